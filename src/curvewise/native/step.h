// What becomes of a gradient once it is there: its norm, clipping, the optimizer's update, and what an epoch tells of
// them. The same for every family of networks.
#pragma once
#include "optimizers.h"

namespace curvewise {
namespace {

constexpr int64_t NORM_STEPS = 8;  // the gradient's norm is averaged over so many last steps

// What a step reads and writes: a slot's row, and two buffers of as many floats as it has parameters.
struct Stepped {
  float *row;
  float *gradient;
  float *before;  // a copy of the parameters before the epoch's last update
};

// The steps of one epoch.
class Stepper {
 public:
  // steps: of the epoch; updates: steps of the optimizer before it.
  Stepper(const curvewise_optimization &how, const Extent &extent, Stepped where, int64_t steps, int64_t updates)
      : how(how), extent(extent), where(where), steps(steps), updates(updates) {}

  // Step s of the epoch, from 0, at learning rate `rate`.
  void take(int64_t s, float rate) {
    const bool counted = s >= steps - NORM_STEPS, last = s == steps - 1;
    const int64_t n = extent.parameters;
    const double norm = counted || how.clip > 0.0 ? sqrt(squares(where.gradient, nullptr, n)) : 0.0;
    if (counted) norms += norm;
    if (last) memcpy(where.before, where.row, size_t(n) * sizeof(float));
    apply(rate, updates + s + 1, norm);
  }

  // After the last step.
  void tell(curvewise_report &report) const {
    const double change = squares(where.row, where.before, extent.parameters);
    report.gradient_norm = norms / double(smaller(steps, NORM_STEPS));
    report.update_ratio = sqrt(change / squares(where.before, nullptr, extent.parameters));
    report.finite = isfinite(squares(where.row, nullptr, extent.parameters));
  }

 private:
  // Apply the gradient in the optimizer's step `step` (from 1). `norm`: its L2 norm where clipping needs it; torch's
  // clip_grad_norm_ divides by norm + 1e-6.
  void apply(float rate, int64_t step, double norm) const {
    const bool clipping = how.clip > 0.0 && how.clip < norm + 1e-6;
    const float scale = clipping ? float(how.clip / (norm + 1e-6)) : 1.0f;
    Update update_of{how.optimizer, rate, float(how.weight_decay), scale, how.momentum, how.beta2, step};
    float *p = where.row, *g = where.gradient;
    float *m = p + extent.moment(0), *v = p + extent.moment(1);
    update(update_of, extent.decayed, p, g, m, v);
    update_of.decay = 0.0f;
    const int64_t n = extent.decayed, rest = extent.parameters - n;
    update(update_of, rest, p + n, g + n, m + n, v + n);
  }

  const curvewise_optimization &how;
  const Extent &extent;
  Stepped where;
  int64_t steps, updates;
  double norms = 0.0;
};

}  // namespace
}  // namespace curvewise
