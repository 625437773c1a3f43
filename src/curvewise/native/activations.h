// Activations and their derivatives, elementwise over n floats (n a multiple of PAD).
//
// Shape suffixes in this folder: B rows of the minibatch, H a layer's width (padded), D inputs, C outputs.
#pragma once
#include "elementary.h"
#include "layout.h"

namespace curvewise {
namespace {

constexpr float LEAK = 0.01f;  // slope of leaky_relu below zero, torch's default

template <class Function>
CURVEWISE_INLINE void map(const float *x, float *y, int64_t n, Function function) {
  for (int64_t i = 0; i < n; i += LANES) store(y + i, function(load(x + i)));
}

// a = f(z); may be in place where the activation is invertible.
void activate(int32_t activation, const float *z, float *a, int64_t n) {
  switch (activation) {
    case ACTIVATION_RELU: return map(z, a, n, [](Vector x) { return largest(Vector{}, x); });
    case ACTIVATION_LEAKY_RELU: return map(z, a, n, [](Vector x) { return x < 0.0f ? LEAK * x : x; });
    case ACTIVATION_TANH: return map(z, a, n, [](Vector x) { return hyperbolic_tangent(x); });
    case ACTIVATION_SIGMOID: return map(z, a, n, [](Vector x) { return logistic(x); });
    case ACTIVATION_GELU: return map(z, a, n, [](Vector x) { return x * normal(x).distribution; });
    case ACTIVATION_SILU: return map(z, a, n, [](Vector x) { return x * logistic(x); });
  }
}

template <class Slope>
CURVEWISE_INLINE void chain(float *d, const float *x, int64_t n, Slope slope) {
  for (int64_t i = 0; i < n; i += LANES) store(d + i, load(d + i) * slope(load(x + i)));
}

// d: gradient with respect to a on entry, to z on return.
void differentiate(int32_t activation, const float *z, const float *a, float *d, int64_t n) {
  switch (activation) {
    case ACTIVATION_RELU:
      return chain(d, a, n, [](Vector y) { return y > 0.0f ? all(1.0f) : Vector{}; });
    case ACTIVATION_LEAKY_RELU:
      return chain(d, a, n, [](Vector y) { return y > 0.0f ? all(1.0f) : all(LEAK); });
    case ACTIVATION_TANH:
      return chain(d, a, n, [](Vector y) { return 1.0f - y * y; });
    case ACTIVATION_SIGMOID:
      return chain(d, a, n, [](Vector y) { return y * (1.0f - y); });
    case ACTIVATION_GELU:  // (x Phi(x))' = Phi(x) + x phi(x)
      return chain(d, z, n, [](Vector x) {
        const Normal at = normal(x);
        return at.distribution + x * at.density;
      });
    case ACTIVATION_SILU:  // (x s(x))' = s (1 + x (1 - s))
      return chain(d, z, n, [](Vector x) {
        const Vector s = logistic(x);
        return s * (1.0f + x * (1.0f - s));
      });
  }
}

}  // namespace
}  // namespace curvewise
