// A matrix packed once and multiplied with many times, as recurrent weights are at every step.
//
// The panels hold B (K, N) strip by strip, a strip's lines one after the other; N is rounded up to GRAIN. Products with
// few rows are what a step in time is made of, and would pack as much as they multiply.
#pragma once
#include "matrix.h"

namespace curvewise {
namespace {

constexpr int64_t GRAIN = LANES > 8 ? LANES : 8;  // columns come in so many: a vector, or a block of packing.h

inline int64_t in_grains(int64_t n) { return (n + GRAIN - 1) / GRAIN * GRAIN; }
inline int64_t in_eights(int64_t n) { return (n + 7) / 8 * 8; }

struct Panels {
  float *data;
  int64_t depth, columns;  // K; N in grains

  int64_t lines() const { return in_eights(depth); }  // room of a strip: packing transposed rounds up
};

inline int64_t panel_floats(int64_t depth, int64_t columns) { return in_eights(depth) * in_grains(columns); }

// panels = from (K, N), rows `row` floats apart and padded, or for Form::transposed from (N, K).
template <Form FORM>
Panels pack_panels(const float *from, int64_t row, int64_t depth, int64_t columns, float *data) {
  const Panels panels{data, depth, in_grains(columns)};
  for (int64_t j = 0; j < panels.columns; j += STRIP) {
    const int64_t wide = smaller(STRIP, panels.columns - j);
    float *strip = data + j * panels.lines();
    if constexpr (FORM == Form::transposed)
      pack_transposed(from + j * row, row, columns - j, depth, wide, strip);
    else
      pack(from + j, row, depth, wide, strip);
  }
  return panels;
}

// C (rows, N in grains) = start + A B.
inline void multiply(int64_t rows, Matrix a, const Panels &b, Target c) {
  for (int64_t j = 0; j < b.columns; j += STRIP) {
    const int64_t wide = smaller(STRIP, b.columns - j);
    const float *lines = b.data + j * b.lines();
    for (int64_t k = 0; k < b.depth; k += DEPTH) {
      const int64_t depth = smaller(DEPTH, b.depth - k);
      const Target here{c.data + j, c.row, k ? Start::add : c.start, c.bias ? c.bias + j : nullptr};
      if (wide == STRIP)
        strip<TILE_VECTORS>(rows, depth, a.from(0, k), lines + k * wide, wide, here);
      else
        for (int64_t v = 0; v < wide; v += LANES)
          strip<1>(rows, depth, a.from(0, k), lines + k * wide + v, wide,
                   {here.data + v, here.row, here.start, here.bias ? here.bias + v : nullptr});
    }
  }
}

}  // namespace
}  // namespace curvewise
