// exp, tanh, the logistic function and the normal distribution on vectors, each to about 1e-7 of a float's value.
#pragma once
#include "vector.h"

namespace curvewise {
namespace {

// exp(x) = 2^n exp(r), n = round(x / ln 2), |r| <= ln 2 / 2; polynomial and the split of ln 2 from Cephes' expf.
// Outside [-87, 88] the result would leave the normal floats; NaN stays NaN.
CURVEWISE_INLINE Vector exponential(Vector x) {
  x = largest(all(-87.0f), smallest(all(88.0f), x));
  const Vector shifted = x * 1.44269504f + 12582912.0f;  // adding 1.5 * 2^23 leaves round(x / ln 2) in the low bits
  const Vector n = shifted - 12582912.0f;
  const Vector r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  Vector p = all(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + (r + 1.0f);
  const Integers power = ((reinterpret_cast<Integers>(shifted) - 0x4B400000 + 127) << 23);
  return p * reinterpret_cast<Vector>(power);
}

// 1 / (1 + exp(-x))
CURVEWISE_INLINE Vector logistic(Vector x) { return 1.0f / (1.0f + exponential(-x)); }

// tanh(x): near 0 an odd polynomial (Cephes' tanhf, |x| < 0.625), else 1 - 2 / (exp(2|x|) + 1) with x's sign.
CURVEWISE_INLINE Vector hyperbolic_tangent(Vector x) {
  const Vector s = x * x, size = absolute(x);
  Vector p = all(-5.70498872745e-3f);
  p = p * s + 2.06390887954e-2f;
  p = p * s - 5.37397155531e-2f;
  p = p * s + 1.33314422036e-1f;
  p = p * s - 3.33332819422e-1f;
  const Vector near = x + x * s * p;
  const Vector far = 1.0f - 2.0f / (exponential(size + size) + 1.0f);
  const Vector signed_far = x < 0.0f ? -far : far;
  return size < 0.625f ? near : signed_far;
}

// The standard normal distribution function (1 + erf(x / sqrt 2)) / 2 and its density, which share one exponential.
// With t = |x| / sqrt 2: erf(t) by its Taylor series (11 terms) for t < 1, else Abramowitz and Stegun, eq. 7.1.26
// (absolute error 1.5e-7).
struct Normal {
  Vector distribution, density;
};

CURVEWISE_INLINE Normal normal(Vector x) {
  const Vector t = absolute(x) * 0.70710678f, s = t * t;
  const Vector e = exponential(-s);
  // (-1)^n / (n! (2n + 1)), n = 10 .. 0, times 2 / sqrt(pi)
  Vector p = all(1.48071928e-8f);
  p = p * s - 1.63658447e-7f;
  p = p * s + 1.64621140e-6f;
  p = p * s - 1.49256503e-5f;
  p = p * s + 1.20553330e-4f;
  p = p * s - 8.54832702e-4f;
  p = p * s + 5.22397762e-3f;
  p = p * s - 2.68661706e-2f;
  p = p * s + 1.12837917e-1f;
  p = p * s - 3.76126389e-1f;
  p = p * s + 1.12837917f;
  const Vector near = t * p;
  const Vector u = 1.0f / (1.0f + 0.3275911f * t);
  Vector q = all(1.061405429f);
  q = q * u - 1.453152027f;
  q = q * u + 1.421413741f;
  q = q * u - 0.284496736f;
  q = q * u + 0.254829592f;
  const Vector far = 1.0f - q * u * e;
  const Vector size = t < 1.0f ? near : far;
  const Vector erf = x < 0.0f ? -size : size;
  return {0.5f * (1.0f + erf), 0.39894228f * e};
}

}  // namespace
}  // namespace curvewise
