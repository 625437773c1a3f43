// Noise on the inputs while training (src/curvewise/cohort/input_noise.py is the specification): the sum of a hash's
// four bytes, less its mean, times a unit. The unit has 12 significant bits, so that the product is exact.
#pragma once
#include "dropout.h"

namespace curvewise {
namespace {

constexpr int64_t NOISE_LAYER = 63;  // no hidden layer has this number
constexpr int32_t NOISE_CENTRE = 510;

// line (columns) += noise, of elements numbered from `first`.
CURVEWISE_INLINE void add_noise_to(float *line, int64_t columns, uint32_t first, float unit, uint32_t key) {
  const Unsigned steps = reinterpret_cast<Unsigned>(lane_numbers()) * WEYL;
  for (int64_t j = 0; j < columns; j += LANES) {
    const Unsigned hash = lowbias32(steps + (key + (first + uint32_t(j)) * WEYL));
    const Unsigned bytes = (hash & 255u) + (hash >> 8 & 255u) + (hash >> 16 & 255u) + (hash >> 24);
    const Integers apart = reinterpret_cast<Integers>(bytes) - NOISE_CENTRE;
    const Vector noise = __builtin_convertvector(apart, Vector) * unit;
    float *to = line + j;
    if (j + LANES <= columns) {
      store(to, load(to) + noise);
    } else {
      for (int64_t k = 0; j + k < columns; k++) to[k] += noise[k];
    }
  }
}

// input: a minibatch's rows, `stride` floats apart, of which the first `columns` get noise.
inline void add_noise(float *input, int64_t rows, int64_t columns, int64_t stride, float unit, uint32_t key) {
  for (int64_t i = 0; i < rows; i++) add_noise_to(input + i * stride, columns, uint32_t(i * columns), unit, key);
}

}  // namespace
}  // namespace curvewise
