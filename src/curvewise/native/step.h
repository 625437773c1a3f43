// What becomes of a gradient once it is there: its norm, clipping, the optimizer's update, and what an epoch tells of
// them. The same for every family of networks.
#pragma once
#include "optimizers.h"

namespace curvewise {
namespace {

constexpr int64_t MEASURED_STEPS = 8;  // measures are taken over so many last steps

// What a step reads and writes: a slot's row, and buffers of as many floats as it has parameters.
struct Stepped {
  float *row;
  float *gradient;
  float *before;  // a copy of the parameters before the epoch's last update
  float *total;   // the sum of the last gradients, where they are measured in full; null: they are not
};

// The steps of one epoch.
class Stepper {
 public:
  // steps: of the epoch; updates: steps of the optimizer before it.
  Stepper(const curvewise_optimization &how, const Extent &extent, Stepped where, int64_t steps, int64_t updates)
      : how(how), extent(extent), where(where), steps(steps), updates(updates) {}

  // True for the steps that measures are taken of.
  bool counts(int64_t s) const { return how.measured && s >= steps - MEASURED_STEPS; }
  bool in_full() const { return how.measured == MEASURED_IN_FULL && where.total; }

  // Step s of the epoch, from 0, at learning rate `rate`, on a minibatch of `rows` rows.
  void take(int64_t s, float rate, int64_t rows) {
    const int64_t n = extent.parameters;
    double square = 0.0;
    if (counts(s)) {
      square = in_full() ? squares_into(where.gradient, where.total, counted == 0, n) : squares(where.gradient, n);
      norms += sqrt(square);
      mean_square += square;
      mean_share += 1.0 / double(rows);
      counted++;
    } else if (how.clip > 0.0) {
      square = squares(where.gradient, n);
    }
    if (how.measured && s == steps - 1) memcpy(where.before, where.row, size_t(n) * sizeof(float));
    apply(s, rate, sqrt(square));
  }

  // After the last step.
  void tell(curvewise_report &report) const {
    if (!how.measured) {
      report.finite = isfinite(squares(where.row, extent.parameters));
      return;
    }
    const double count = double(counted);
    report.gradient_norm = norms / count;
    tell_update(report);
    if (!in_full()) return;
    report.mean_square = mean_square / count;
    report.square_of_mean = squares(where.total, extent.parameters) / (count * count);
    report.mean_share = mean_share / count;
  }

 private:
  // `norm`: the gradient's L2 norm where clipping needs it; torch's clip_grad_norm_ divides by norm + 1e-6.
  void apply(int64_t s, float rate, double norm) const {
    const bool clipping = how.clip > 0.0 && how.clip < norm + 1e-6;
    const float scale = clipping ? float(how.clip / (norm + 1e-6)) : 1.0f;
    Update u = update_of(how, scale, updates + s + 1, how.shares ? how.shares[s] : 1.0f);
    const curvewise_span halves[] = {{0, extent.decayed, 0, 1.0, how.weight_decay},
                                     {extent.decayed, extent.parameters - extent.decayed, 0, 1.0, 0.0}};
    const curvewise_span *spans = how.update ? how.update : halves;
    for (int64_t i = 0; i < (how.update ? how.updates : 2); i++) {
      const int64_t at = spans[i].offset;
      float *p = where.row + at;
      u.rate = float(rate * spans[i].rate);
      u.decay = float(spans[i].decay);
      update(u, spans[i].floats, p, where.gradient + at, p + extent.moment(0), p + extent.moment(1));
    }
  }

  void tell_update(curvewise_report &report) const {
    const curvewise_span whole{0, extent.parameters, 0, 1.0, 0.0};
    const curvewise_span *spans = how.group ? how.group : &whole;
    double change[CURVEWISE_MOST_GROUPS] = {}, size[CURVEWISE_MOST_GROUPS] = {};
    double changes = 0.0, sizes = 0.0;
    for (int64_t i = 0; i < (how.group ? how.groups : 1); i++) {
      const curvewise_span &span = spans[i];
      const double moved = squares_apart(where.row + span.offset, where.before + span.offset, span.floats);
      const double was = squares(where.before + span.offset, span.floats);
      change[span.group] += moved;
      size[span.group] += was;
      changes += moved;
      sizes += was;
    }
    for (int64_t g = 0; g < CURVEWISE_MOST_GROUPS; g++)
      report.update_ratios[g] = size[g] > 0.0 ? sqrt(change[g] / size[g]) : 0.0;
    report.update_ratio = sqrt(changes / sizes);
    report.finite = isfinite(changes) && isfinite(sizes);
  }

  const curvewise_optimization &how;
  const Extent &extent;
  Stepped where;
  int64_t steps, updates, counted = 0;
  double norms = 0.0, mean_square = 0.0, mean_share = 0.0;
};

}  // namespace
}  // namespace curvewise
