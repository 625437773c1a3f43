// The matrix product that everything is made of, and a blocked transposition.
//
// C (M, N) = start + A (M, K) B (K, N): a register tile of TILE_ROWS x TILE_VECTORS accumulators walks over K, loading
// TILE_VECTORS vectors of B and broadcasting one float of A per row. A is read one float at a time, so it may have any
// strides: a transposed A (for the weights' gradient) costs nothing. N is a multiple of PAD.
#pragma once
#include "buffers.h"
#include "vector.h"

namespace curvewise {
namespace {

// As many accumulators as leave room for B's vectors and one broadcast of A: 16 registers with AVX2 and SSE2, 32 with
// AVX-512 and NEON.
#if defined(__aarch64__)
constexpr int TILE_ROWS = 6, TILE_VECTORS = 4;
#elif defined(__AVX512F__)
constexpr int TILE_ROWS = 12, TILE_VECTORS = 2;
#else
constexpr int TILE_ROWS = 6, TILE_VECTORS = 2;
#endif

constexpr int64_t DEPTH = PANEL_ROWS;  // rows of B in a panel: 256 x 16 floats are half of a 32 KB first-level cache
static_assert(TILE_VECTORS * LANES * DEPTH <= PANEL_FLOATS, "a panel holds a strip of the widest tile");

struct Matrix {
  const float *data;
  int64_t row, column;  // strides
};

enum class Start { zero, bias, add };

// One register tile: ROWS x (VECTORS * LANES) of C.
template <int ROWS, int VECTORS>
CURVEWISE_INLINE void tile(int64_t depth, Matrix a, const float *b, int64_t b_row, float *c, int64_t c_row, Start start,
                           const float *bias) {
  Vector sums[ROWS][VECTORS];
#pragma GCC unroll 16
  for (int i = 0; i < ROWS; i++)
#pragma GCC unroll 4
    for (int j = 0; j < VECTORS; j++)
      sums[i][j] = start == Start::add    ? load(c + i * c_row + j * LANES)
                   : start == Start::bias ? load(bias + j * LANES)
                                          : Vector{};
  for (int64_t k = 0; k < depth; k++) {
    Vector row[VECTORS];
#pragma GCC unroll 4
    for (int j = 0; j < VECTORS; j++) row[j] = load(b + k * b_row + j * LANES);
#pragma GCC unroll 16
    for (int i = 0; i < ROWS; i++) {
      const Vector scale = all(a.data[i * a.row + k * a.column]);
#pragma GCC unroll 4
      for (int j = 0; j < VECTORS; j++) sums[i][j] += scale * row[j];
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < ROWS; i++)
#pragma GCC unroll 4
    for (int j = 0; j < VECTORS; j++) store(c + i * c_row + j * LANES, sums[i][j]);
}

// Tiles of ROWS or fewer rows, by recursion over the template argument.
template <int ROWS, int VECTORS>
CURVEWISE_INLINE void tile_of(int64_t rows, int64_t depth, Matrix a, const float *b, int64_t b_row, float *c,
                              int64_t c_row, Start start, const float *bias) {
  if constexpr (ROWS > 1) {
    if (rows < ROWS) return tile_of<ROWS - 1, VECTORS>(rows, depth, a, b, b_row, c, c_row, start, bias);
  }
  tile<ROWS, VECTORS>(depth, a, b, b_row, c, c_row, start, bias);
}

// One strip of VECTORS * LANES columns. The last two tiles share their rows evenly: 8 rows are 4 + 4, not 6 + 2,
// for a tile of few rows waits for its own additions.
template <int VECTORS>
void strip(int64_t rows, int64_t depth, Matrix a, const float *b, int64_t b_row, float *c, int64_t c_row, Start start,
           const float *bias) {
  for (int64_t i = 0; i < rows;) {
    const int64_t left = rows - i;
    const int64_t take = left >= 2 * TILE_ROWS ? TILE_ROWS : left > TILE_ROWS ? (left + 1) / 2 : left;
    const Matrix a_here{a.data + i * a.row, a.row, a.column};
    tile_of<TILE_ROWS, VECTORS>(take, depth, a_here, b, b_row, c + i * c_row, c_row, start, bias);
    i += take;
  }
}

// A strip of B copied to consecutive memory: rows of a wide B lie pages apart, and would collide in the cache.
CURVEWISE_INLINE void pack(const float *b, int64_t b_row, int64_t depth, float *panel) {
  for (int64_t k = 0; k < depth; k++)
    for (int j = 0; j < TILE_VECTORS; j++)
      store(panel + (k * TILE_VECTORS + j) * LANES, load(b + k * b_row + j * LANES));
}

// C = start + A B. `panel`: PANEL_FLOATS of scratch memory.
void product(int64_t rows, int64_t columns, int64_t depth, Matrix a, const float *b, int64_t b_row, float *c,
             int64_t c_row, Start start, const float *bias, float *panel) {
  constexpr int64_t STRIP = TILE_VECTORS * LANES;
  const bool packing = b_row >= 128 && rows >= 4 * TILE_ROWS;
  for (int64_t j = 0; j < columns;) {
    const bool whole = columns - j >= STRIP;
    for (int64_t k = 0; k < depth; k += DEPTH) {
      const int64_t here = smaller(DEPTH, depth - k);
      const Matrix a_here{a.data + k * a.column, a.row, a.column};
      const Start start_here = k ? Start::add : start;
      const float *b_here = b + k * b_row + j, *bias_here = bias ? bias + j : nullptr;
      if (!whole) {
        strip<1>(rows, here, a_here, b_here, b_row, c + j, c_row, start_here, bias_here);
      } else if (packing) {
        pack(b_here, b_row, here, panel);
        strip<TILE_VECTORS>(rows, here, a_here, panel, STRIP, c + j, c_row, start_here, bias_here);
      } else {
        strip<TILE_VECTORS>(rows, here, a_here, b_here, b_row, c + j, c_row, start_here, bias_here);
      }
    }
    j += whole ? STRIP : LANES;
  }
}

// to (columns, padded rows) = from (rows, columns), transposed; the pad columns become zero. In blocks of 16 x 16, of
// which every touched cache line is used whole.
void transpose(const float *from, int64_t from_row, int64_t rows, int64_t columns, float *to) {
  const int64_t to_row = padded(rows);
  for (int64_t i = 0; i < to_row; i += PAD)
    for (int64_t j = 0; j < columns; j += PAD) {
      const int64_t whole = smaller(PAD, rows - i);
      for (int64_t c = 0; c < PAD; c++) {
        float *line = to + (j + c) * to_row + i;
        for (int64_t r = 0; r < whole; r++) line[r] = from[(i + r) * from_row + j + c];
        for (int64_t r = whole; r < PAD; r++) line[r] = 0.0f;
      }
    }
}

// sums (columns) = the sum of the rows of x (rows, columns).
void column_sums(const float *x, int64_t rows, int64_t columns, float *sums) {
  for (int64_t j = 0; j < columns; j += LANES) {
    Vector total = {};
    for (int64_t i = 0; i < rows; i++) total += load(x + i * columns + j);
    store(sums + j, total);
  }
}

}  // namespace
}  // namespace curvewise
