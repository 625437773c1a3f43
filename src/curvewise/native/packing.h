// Copies of strips of a matrix to consecutive memory, as the matrix product reads them.
//
// A panel (depth, wide) holds a strip of B: columns of it, or, for a product with B transposed, rows of it. It pays
// where B is wide, for its rows then lie pages apart and collide in the cache, and wherever B is to be transposed.
#pragma once
#include "buffers.h"
#include "vector.h"

namespace curvewise {
namespace {

// panel (depth, wide) = from (depth, wide), whose rows lie `row` floats apart. wide: a multiple of LANES.
CURVEWISE_INLINE void pack(const float *from, int64_t row, int64_t depth, int64_t wide, float *panel) {
  for (int64_t k = 0; k < depth; k++)
    for (int64_t j = 0; j < wide; j += LANES) store(panel + k * wide + j, load(from + k * row + j));
}

CURVEWISE_INLINE Eight load_eight(const float *from) { return *reinterpret_cast<const UnalignedEight *>(from); }
CURVEWISE_INLINE void store_eight(float *to, Eight value) { *reinterpret_cast<UnalignedEight *>(to) = value; }

// Eight lines of eight floats, transposed in registers: pairs of lines interleaved, pairs of pairs, then halves.
CURVEWISE_INLINE void transpose_block(const Eight line[8], float *to, int64_t to_row) {
  Eight pair[8], four[8];
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    pair[2 * i] = CURVEWISE_PICK(line[2 * i], line[2 * i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    pair[2 * i + 1] = CURVEWISE_PICK(line[2 * i], line[2 * i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {  // four[0..3]: columns of lines 0..3, four[4..7]: of lines 4..7
    const Eight first = pair[i / 2 * 4 + i % 2], second = pair[i / 2 * 4 + i % 2 + 2];
    four[i / 2 * 4 + i % 2 * 2] = CURVEWISE_PICK(first, second, 0, 1, 8, 9, 4, 5, 12, 13);
    four[i / 2 * 4 + i % 2 * 2 + 1] = CURVEWISE_PICK(first, second, 2, 3, 10, 11, 6, 7, 14, 15);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) {
    store_eight(to + i * to_row, CURVEWISE_PICK(four[i], four[i + 4], 0, 1, 2, 3, 8, 9, 10, 11));
    store_eight(to + (i + 4) * to_row, CURVEWISE_PICK(four[i], four[i + 4], 4, 5, 6, 7, 12, 13, 14, 15));
  }
}

// panel (depth, wide) = from (lines, depth) transposed, columns past `lines` zero. wide: a multiple of 8. Rows of
// `from` are padded, so depth may be rounded up to a multiple of 8.
CURVEWISE_INLINE void pack_transposed(const float *from, int64_t row, int64_t lines, int64_t depth, int64_t wide,
                                      float *panel) {
  for (int64_t j = 0; j < wide; j += 8)
    for (int64_t k = 0; k < depth; k += 8) {
      Eight line[8];
#pragma GCC unroll 8
      for (int i = 0; i < 8; i++) line[i] = j + i < lines ? load_eight(from + (j + i) * row + k) : Eight{};
      transpose_block(line, panel + k * wide + j, wide);
    }
}

}  // namespace
}  // namespace curvewise
