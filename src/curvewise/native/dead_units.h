// Which units passed no gradient on for any example, or step (src/curvewise/cohort/dead_units.py is the specification).
//
// Every activation has a number that grows as a unit comes alive, and a least one above which it is: what enters it, or
// what leaves it where only that is kept. The largest over the examples tells whether a unit is ever alive.
#pragma once
#include "activations.h"
#include "buffers.h"

namespace curvewise {
namespace {

constexpr float SATURATED = 5.0f;
constexpr float SATURATED_TANH = 0.9999092f, SATURATED_LOGISTIC = 0.4933071f;  // tanh(5); logistic(5) - 1/2

// most (H) = the larger of itself and of what the rows of x (B, H) come to.
template <class Function>
CURVEWISE_INLINE void keep_largest(const float *x, int64_t rows, int64_t width, float *most, Function function) {
  for (int64_t j = 0; j < width; j += LANES) {
    Vector top[4] = {load(most + j), load(most + j), load(most + j), load(most + j)};  // one alone would wait for itself
    int64_t i = 0;
    for (; i + 4 <= rows; i += 4)
#pragma GCC unroll 4
      for (int k = 0; k < 4; k++) top[k] = largest(top[k], function(load(x + (i + k) * width + j)));
    for (; i < rows; i++) top[0] = largest(top[0], function(load(x + i * width + j)));
    store(most + j, largest(largest(top[0], top[1]), largest(top[2], top[3])));
  }
}

// x (B, H): what enters a GELU or SiLU, what leaves any other. most (H), to begin with -infinity everywhere.
void watch_values(int32_t activation, const float *x, int64_t rows, int64_t width, float *most) {
  if (activation == ACTIVATION_TANH)
    keep_largest(x, rows, width, most, [](Vector a) { return -absolute(a); });
  else if (activation == ACTIVATION_SIGMOID)
    keep_largest(x, rows, width, most, [](Vector a) { return -absolute(a - 0.5f); });
  else
    keep_largest(x, rows, width, most, [](Vector a) { return a; });
}

void watch_units(int32_t activation, const Hidden &hidden, int64_t rows, int64_t width, float *most) {
  watch_values(activation, invertible(activation) ? hidden.a : hidden.z, rows, width, most);
}

double dead_share(int32_t activation, const float *most, int64_t units) {
  const float least = activation == ACTIVATION_RELU || activation == ACTIVATION_LEAKY_RELU ? 0.0f
                      : activation == ACTIVATION_TANH                                      ? -SATURATED_TANH
                      : activation == ACTIVATION_SIGMOID                                   ? -SATURATED_LOGISTIC
                                                                                           : -SATURATED;
  int64_t dead = 0;
  for (int64_t j = 0; j < units; j++) dead += !(most[j] > least);
  return double(dead) / double(units);
}

}  // namespace
}  // namespace curvewise
