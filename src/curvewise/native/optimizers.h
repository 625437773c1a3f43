// One update for all parameters of a slot, by the rules of torch.optim (the same letters as its documentation).
//
// p parameters, g gradient, m first moment or momentum buffer, v second moment. Weight decay is added to the gradient
// (coupled, L2) by every rule but AdamW, which shrinks the parameters first (decoupled). A rule is a function of four
// vectors, applied in one pass over memory: the update of a small network is bound by memory, not by arithmetic.
#pragma once
#include "layout.h"
#include "vector.h"

namespace curvewise {
namespace {

struct Update {
  int32_t optimizer;
  float rate, decay;       // learning rate of this step; weight decay
  float scale;             // clipping: what the gradient is multiplied by
  double momentum, beta2;  // momentum or beta1; beta2 or alpha
  int64_t step;            // from 1
};

template <int MOMENTS, class Rule>
CURVEWISE_INLINE void sweep(int64_t n, float scale, float *p, const float *g, float *m, float *v, Rule rule) {
  for (int64_t i = 0; i < n; i += LANES) {
    Vector parameter = load(p + i);
    Vector first = MOMENTS > 0 ? load(m + i) : Vector{}, second = MOMENTS > 1 ? load(v + i) : Vector{};
    rule(parameter, load(g + i) * scale, first, second);
    store(p + i, parameter);
    if constexpr (MOMENTS > 0) store(m + i, first);
    if constexpr (MOMENTS > 1) store(v + i, second);
  }
}

// torch: denom = sqrt(v) / sqrt(1 - beta2^t) + eps; p -= rate / (1 - beta1^t) * m / denom.
void adam(const Update &u, bool decoupled, int64_t n, float *p, const float *g, float *m, float *v) {
  const float step_size = float(u.rate / (1.0 - pow(u.momentum, double(u.step))));
  const float root = float(1.0 / sqrt(1.0 - pow(u.beta2, double(u.step))));
  const float keep = decoupled ? 1.0f - u.rate * u.decay : 1.0f, coupled = decoupled ? 0.0f : u.decay;
  const float new1 = float(1.0 - u.momentum), beta2 = float(u.beta2), new2 = float(1.0 - u.beta2);
  sweep<2>(n, u.scale, p, g, m, v, [=](Vector &w, Vector d, Vector &first, Vector &second) {
    d += coupled * w;
    first += new1 * (d - first);
    second = beta2 * second + new2 * d * d;
    w = keep * w - step_size * first / (square_root(second) * root + 1e-8f);
  });
}

// n parameters of which all or none decay. m and v: first and second moment, untouched by rules without.
void update(const Update &u, int64_t n, float *p, const float *g, float *m, float *v) {
  const float rate = u.rate, decay = u.decay, mu = float(u.momentum);
  switch (u.optimizer) {
    case OPTIMIZER_SGD:
      return sweep<0>(n, u.scale, p, g, m, v,
                      [=](Vector &w, Vector d, Vector &, Vector &) { w -= rate * (d + decay * w); });
    case OPTIMIZER_MOMENTUM:
      return sweep<1>(n, u.scale, p, g, m, v, [=](Vector &w, Vector d, Vector &first, Vector &) {
        first = mu * first + (d + decay * w);
        w -= rate * first;
      });
    case OPTIMIZER_NESTEROV:
      return sweep<1>(n, u.scale, p, g, m, v, [=](Vector &w, Vector d, Vector &first, Vector &) {
        d += decay * w;
        first = mu * first + d;
        w -= rate * (d + mu * first);
      });
    case OPTIMIZER_ADAGRAD:
      return sweep<1>(n, u.scale, p, g, m, v, [=](Vector &w, Vector d, Vector &squares, Vector &) {
        d += decay * w;
        squares += d * d;
        w -= rate * d / (square_root(squares) + 1e-10f);
      });
    case OPTIMIZER_RMSPROP: {
      const float alpha = float(u.beta2), fresh = float(1.0 - u.beta2);
      return sweep<1>(n, u.scale, p, g, m, v, [=](Vector &w, Vector d, Vector &squares, Vector &) {
        d += decay * w;
        squares = alpha * squares + fresh * d * d;
        w -= rate * d / (square_root(squares) + 1e-8f);
      });
    }
    case OPTIMIZER_ADAM: return adam(u, false, n, p, g, m, v);
    case OPTIMIZER_ADAMW: return adam(u, true, n, p, g, m, v);
  }
}

// Sum of squares of n floats; of their differences where `other` is given.
double squares(const float *x, const float *other, int64_t n) {
  Vector total = {};
  for (int64_t i = 0; i < n; i += LANES) {
    const Vector value = other ? load(x + i) - load(other + i) : load(x + i);
    total += value * value;
  }
  return double(sum(total));
}

}  // namespace
}  // namespace curvewise
