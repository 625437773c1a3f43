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

// One step; rate and decay may differ from span to span of the parameters, the rest does not.
struct Update {
  int32_t optimizer;
  float rate, decay;         // learning rate of this step; weight decay
  float scale;               // clipping: what the gradient is multiplied by
  double momentum, beta2;    // momentum or beta1; beta2 or alpha
  float first_correction;    // 1 / (1 - beta1^t), t the optimizer's step from 1; 1 where nothing needs it
  float second_correction;   // 1 / sqrt(1 - beta2^t)
  float share;               // c of schedule_free
};

inline Update update_of(const curvewise_optimization &how, float scale, int64_t step, float share) {
  Update u{how.optimizer, 0.0f, float(how.weight_decay), scale, how.momentum, how.beta2, 1.0f, 1.0f, share};
  if (how.optimizer >= OPTIMIZER_ADAM) {
    u.first_correction = float(1.0 / (1.0 - pow(how.momentum, double(step))));
    u.second_correction = float(1.0 / sqrt(1.0 - pow(how.beta2, double(step))));
  }
  return u;
}

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
  const float step_size = u.rate * u.first_correction, root = u.second_correction;
  const float keep = decoupled ? 1.0f - u.rate * u.decay : 1.0f, coupled = decoupled ? 0.0f : u.decay;
  const float new1 = float(1.0 - u.momentum), beta2 = float(u.beta2), new2 = float(1.0 - u.beta2);
  sweep<2>(n, u.scale, p, g, m, v, [=](Vector &w, Vector d, Vector &first, Vector &second) {
    d += coupled * w;
    first += new1 * (d - first);
    second = beta2 * second + new2 * d * d;
    w = keep * w - step_size * first / (square_root(second) * root + 1e-8f);
  });
}

// Schedule-Free AdamW (src/curvewise/cohort/averaging.py has the equations): the parameters are y, the first moment is z.
void schedule_free(const Update &u, int64_t n, float *y, const float *g, float *z, float *v) {
  const float rate = u.rate, decay = u.decay, share = u.share, root = u.second_correction;
  const float back = float(u.rate * (u.momentum * (1.0 - u.share) - 1.0));
  const float beta2 = float(u.beta2), new2 = float(1.0 - u.beta2);
  sweep<2>(n, u.scale, y, g, z, v, [=](Vector &w, Vector d, Vector &walked, Vector &second) {
    second = beta2 * second + new2 * d * d;
    d = d / (square_root(second) * root + 1e-8f) + decay * w;
    w += share * (walked - w) + back * d;
    walked -= rate * d;
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
    case OPTIMIZER_SCHEDULE_FREE: return schedule_free(u, n, p, g, m, v);
  }
}

// Sum of f over n floats, four vectors at a time: one alone would wait for its own additions.
template <class Function>
CURVEWISE_INLINE double total(int64_t n, Function f) {
  Vector sums[4] = {};
  int64_t i = 0;
  for (; i + 4 * LANES <= n; i += 4 * LANES)
#pragma GCC unroll 4
    for (int k = 0; k < 4; k++) sums[k] += f(i + k * LANES);
  for (; i < n; i += LANES) sums[0] += f(i);
  return double(sum((sums[0] + sums[1]) + (sums[2] + sums[3])));
}

double squares(const float *x, int64_t n) {
  return total(n, [=](int64_t i) { return load(x + i) * load(x + i); });
}

double squares_apart(const float *x, const float *y, int64_t n) {
  return total(n, [=](int64_t i) {
    const Vector apart = load(x + i) - load(y + i);
    return apart * apart;
  });
}

// x is added to `sums`, or begins them; its sum of squares.
double squares_into(const float *x, float *sums, bool begins, int64_t n) {
  return total(n, [=](int64_t i) {
    const Vector value = load(x + i);
    store(sums + i, begins ? value : load(sums + i) + value);
    return value * value;
  });
}

}  // namespace
}  // namespace curvewise
