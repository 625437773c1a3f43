// The matrix product that everything is made of.
//
// C (M, N) = start + A (M, K) B (K, N): a register tile of TILE_ROWS x TILE_VECTORS accumulators walks over K, loading
// TILE_VECTORS vectors of B and broadcasting one float of A per row. A is read one float at a time, so it may have any
// strides: a transposed A (for the weights' gradient) costs nothing. N is a multiple of PAD.
#pragma once
#include "packing.h"

namespace curvewise {
namespace {

// As many accumulators as leave room for B's vectors and one broadcast of A: 16 registers with AVX2 and SSE2, 32 with
// AVX-512 and NEON.
#if defined(__aarch64__)
constexpr int TILE_ROWS = 6, TILE_VECTORS = 4;
#else
constexpr int TILE_ROWS = LANES == 16 ? 12 : 6, TILE_VECTORS = 2;
#endif
constexpr int64_t STRIP = TILE_VECTORS * LANES;  // columns of a tile

constexpr int64_t DEPTH = PANEL_ROWS;  // of a panel: 256 x 16 floats are half of a 32 KB first-level cache
static_assert(STRIP * DEPTH <= PANEL_FLOATS, "a panel holds a strip of the widest tile");
static_assert(STRIP <= PAD || STRIP - PAD == LANES, "what is left of the columns is a whole strip or one vector");

struct Size {
  int64_t rows, columns, depth;  // M, N, K
};

struct Matrix {
  const float *data;
  int64_t row, column;  // strides

  Matrix from(int64_t i, int64_t k) const { return {data + i * row + k * column, row, column}; }
};

enum class Start { zero, bias, add };

// C, and what it starts from.
struct Target {
  float *data;
  int64_t row;
  Start start;
  const float *bias;  // (N), for Start::bias
};

// One register tile: ROWS x (VECTORS * LANES) of C.
template <int ROWS, int VECTORS>
CURVEWISE_INLINE void tile(int64_t depth, Matrix a, const float *b, int64_t b_row, Target c) {
  Vector sums[ROWS][VECTORS];
#pragma GCC unroll 16
  for (int i = 0; i < ROWS; i++)
#pragma GCC unroll 4
    for (int j = 0; j < VECTORS; j++)
      sums[i][j] = c.start == Start::add    ? load(c.data + i * c.row + j * LANES)
                   : c.start == Start::bias ? load(c.bias + j * LANES)
                                            : Vector{};
  for (int64_t k = 0; k < depth; k++) {
    Vector line[VECTORS];
#pragma GCC unroll 4
    for (int j = 0; j < VECTORS; j++) line[j] = load(b + k * b_row + j * LANES);
#pragma GCC unroll 16
    for (int i = 0; i < ROWS; i++) {
      const Vector scale = all(a.data[i * a.row + k * a.column]);
#pragma GCC unroll 4
      for (int j = 0; j < VECTORS; j++) sums[i][j] += scale * line[j];
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < ROWS; i++)
#pragma GCC unroll 4
    for (int j = 0; j < VECTORS; j++) store(c.data + i * c.row + j * LANES, sums[i][j]);
}

// A tile of `rows` rows, ROWS or fewer: chosen by recursion over the template argument.
template <int ROWS, int VECTORS>
CURVEWISE_INLINE void tile_of(int64_t rows, int64_t depth, Matrix a, const float *b, int64_t b_row, Target c) {
  if constexpr (ROWS > 1) {
    if (rows < ROWS) return tile_of<ROWS - 1, VECTORS>(rows, depth, a, b, b_row, c);
  }
  tile<ROWS, VECTORS>(depth, a, b, b_row, c);
}

// One strip of VECTORS * LANES columns. The last two tiles share their rows evenly: 8 rows are 4 + 4, not 6 + 2,
// for a tile of few rows waits for its own additions.
template <int VECTORS>
void strip(int64_t rows, int64_t depth, Matrix a, const float *b, int64_t b_row, Target c) {
  for (int64_t i = 0; i < rows;) {
    const int64_t left = rows - i;
    const int64_t take = left >= 2 * TILE_ROWS ? TILE_ROWS : left > TILE_ROWS ? (left + 1) / 2 : left;
    const Target here{c.data + i * c.row, c.row, c.start, c.bias};
    tile_of<TILE_ROWS, VECTORS>(take, depth, a.from(i, 0), b, b_row, here);
    i += take;
  }
}

enum class Form { plain, transposed };

// C = start + A B with B (K, N), or A B^T with B (at most N rows, K), of which missing rows count as zero. B's rows lie
// b_row floats apart, padded. `panel`: PANEL_FLOATS of scratch memory.
template <Form FORM>
void product(Size size, Matrix a, const float *b, int64_t b_row, int64_t b_rows, Target c, float *panel) {
  const bool packing = FORM == Form::transposed || (b_row >= 128 && size.rows >= 4 * TILE_ROWS);
  for (int64_t j = 0; j < size.columns; j += STRIP) {
    const int64_t wide = smaller(STRIP, size.columns - j);
    for (int64_t k = 0; k < size.depth; k += DEPTH) {
      const int64_t depth = smaller(DEPTH, size.depth - k);
      const float *part = FORM == Form::plain ? b + k * b_row + j : b + j * b_row + k;
      if constexpr (FORM == Form::transposed)
        pack_transposed(part, b_row, b_rows - j, depth, wide, panel);
      else if (packing)
        pack(part, b_row, depth, wide, panel);
      const float *strip_of_b = packing ? panel : part;
      const int64_t strip_row = packing ? wide : b_row;
      const Target here{c.data + j, c.row, k ? Start::add : c.start, c.bias ? c.bias + j : nullptr};
      if (wide == STRIP)
        strip<TILE_VECTORS>(size.rows, depth, a.from(0, k), strip_of_b, strip_row, here);
      else
        strip<1>(size.rows, depth, a.from(0, k), strip_of_b, strip_row, here);
    }
  }
}

// sums (columns) += the sum of the lines of x (rows, columns), which lie `row` floats apart. columns: a multiple of LANES.
inline void add_column_sums(const float *x, int64_t row, int64_t rows, int64_t columns, float *sums) {
  for (int64_t j = 0; j < columns; j += LANES) {
    Vector total = load(sums + j);
    for (int64_t i = 0; i < rows; i++) total += load(x + i * row + j);
    store(sums + j, total);
  }
}

}  // namespace
}  // namespace curvewise
