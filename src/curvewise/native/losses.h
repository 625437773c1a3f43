// Losses and errors as points report them, and the gradient of what training minimises.
//
// The gradient of the mean over the minibatch's B rows, of which these may be a part, goes to d (rows, H), its pad columns zero; loss and error are summed.
// What is reported knows no label smoothing and no Huber bend, so that losses of training and validation compare.
#pragma once
#include "elementary.h"
#include "layout.h"
#include "numbered_rows.h"

namespace curvewise {
namespace {

struct Score {
  double loss, error;
};

// The sum of the logarithms of many numbers of moderate size (softmax's denominators: 1 to C), by one logarithm of
// their product for every hundred or so.
class LogSum {
 public:
  void add(double x) {
    product *= x;
    if (!(product < 1e150)) settle();  // also where it is not a number
  }
  double value() {
    settle();
    return sum;
  }

 private:
  void settle() {
    sum += log(product);
    product = 1.0;
  }
  double product = 1.0, sum = 0.0;
};

// Softmax of one row: d = exp(z - top), zero in the pad columns.
struct Softmax {
  float top, mass;  // the largest output; the sum of d
  bool chosen;      // the label is the first of the largest outputs, as torch.argmax has it
};

// Without branches on the data: they would be mispredicted as often as the network errs.
CURVEWISE_INLINE Softmax softmax(const float *z, int32_t classes, int64_t width, int32_t label, float *d) {
  const Integers lanes = lane_numbers();
  Vector most = all(-INFINITY), total = {};
  for (int32_t j = 0; j < width; j += LANES)
    most = largest(most, lanes + j < classes ? load(z + j) : all(-INFINITY));
  const float top = maximum(most);
  Integers earlier = {};
  for (int32_t j = 0; j < width; j += LANES) {
    const Vector here = load(z + j);
    const Vector e = lanes + j < classes ? exponential(here - top) : Vector{};
    earlier |= (here == top) & (lanes + j < label);
    total += e;
    store(d + j, e);
  }
  return {top, sum(total), z[label] == top && !any(earlier)};
}

// The loss is -log p at the label, p = softmax(z). Training minimises -sum_j t_j log p_j with
// t = (1 - smoothing) at the label + smoothing / C everywhere, so dz = (p - t) / B.
Score cross_entropy(const float *z, Rows rows, int32_t classes, int64_t width, const int64_t *labels, float smoothing,
                    float share, float *d) {
  Score score{};
  LogSum normalisers;
  const Integers lanes = lane_numbers();
  const float each = smoothing / float(classes) * share;
  const Vector more = all((1.0f - smoothing) * share);
  for (int64_t i = 0; i < rows.count; i++, z += width, d += width) {
    const int32_t label = int32_t(labels[rows[i]]);
    const Softmax at = softmax(z, classes, width, label, d);
    normalisers.add(at.mass);
    score.loss += double(at.top - z[label]);
    score.error += !at.chosen;
    const float scale = share / at.mass;
    for (int32_t j = 0; j < width; j += LANES) {
      const Vector target = (lanes + j == label ? more : Vector{}) + each;
      store(d + j, lanes + j < classes ? load(d + j) * scale - target : Vector{});
    }
  }
  score.loss += normalisers.value();
  return score;
}

// Loss and error are the squared residual r^2, r = z - y. Training minimises it (dz = 2 r / B), or Huber's loss with
// delta 1: r^2 / 2 where |r| < 1, else |r| - 1/2 (dz = r or its sign, / B).
Score residual_loss(bool huber, const float *z, Rows rows, int64_t width, const float *targets, float share, float *d) {
  Score score{};
  memset(d, 0, size_t(rows.count * width) * sizeof(float));
  for (int64_t i = 0; i < rows.count; i++) {
    const float r = z[i * width] - targets[rows[i]];
    score.loss += double(r * r);
    d[i * width] = share * (!huber ? 2.0f * r : fabsf(r) < 1.0f ? r : copysignf(1.0f, r));
  }
  score.error = score.loss;
  return score;
}

// log(1 + e) for e in (0, 1] as 2 artanh(s), s = e / (2 + e) at most 1/3, by its series: good to about 1e-7 of its value.
CURVEWISE_INLINE Vector log_one_plus(Vector s) {
  const Vector q = s * s;
  Vector p = all(1.0f / 13.0f);
  p = p * q + 1.0f / 11.0f;
  p = p * q + 1.0f / 9.0f;
  p = p * q + 1.0f / 7.0f;
  p = p * q + 1.0f / 5.0f;
  p = p * q + 1.0f / 3.0f;
  return 2.0f * s * (1.0f + p * q);
}

// Loss of logits x of labels y, and its derivative. One division serves both: 1 / ((1 + e) (2 + e)).
struct Labelled {
  Vector loss, slope;
};

CURVEWISE_INLINE Labelled labelled(Vector x, Vector y) {
  const Vector e = exponential(-absolute(x)), more = 1.0f + e, most = 2.0f + e;
  const Vector shared = 1.0f / (more * most), one = most * shared;
  const Vector loss = largest(Vector{}, x) - x * y + log_one_plus(e * more * shared);
  return {loss, (x < 0.0f ? e * one : one) - y};
}

// Loss and error are -sum_c [y_c log s_c + (1 - y_c) log(1 - s_c)], s the logistic function of z; dz = (s - y) / B.
Score binary(const float *z, Rows rows, int32_t labels, int64_t width, const float *targets, float share, float *d) {
  Score score{};
  const int32_t whole = labels / LANES * LANES;
  for (int64_t i = 0; i < rows.count; i++, z += width, d += width) {
    const float *y = targets + rows[i] * labels;
    Vector total = {};
    for (int32_t j = 0; j < whole; j += LANES) {
      const Labelled at = labelled(load(z + j), load(y + j));
      total += at.loss;
      store(d + j, at.slope * share);
    }
    if (whole < width) {
      Vector rest = {};
      memcpy(&rest, y + whole, size_t(labels - whole) * sizeof(float));
      const Labelled at = labelled(load(z + whole), rest);
      const Integers inside = lane_numbers() + whole < labels;
      memset(d + whole, 0, size_t(width - whole) * sizeof(float));
      total += inside ? at.loss : Vector{};
      store(d + whole, inside ? at.slope * share : Vector{});
    }
    score.loss += double(sum(total));
  }
  score.error = score.loss;
  return score;
}

// What a network is trained for.
struct Goal {
  int32_t loss;
  double label_smoothing;
  const void *targets;  // int64 codes for cross-entropy, else floats
  float share;          // of the mean loss that is a row's: 1 / B
};

// Loss and error of the outputs z (B, width), of which `outputs` columns count, and the gradient of the mean loss that
// training minimises.
Score assess(const Goal &goal, bool training, const float *z, Rows rows, int32_t outputs, int64_t width, float *d) {
  const float *numbers = static_cast<const float *>(goal.targets);
  switch (goal.loss) {
    case LOSS_CROSS_ENTROPY:
      return cross_entropy(z, rows, outputs, width, static_cast<const int64_t *>(goal.targets),
                           training ? float(goal.label_smoothing) : 0.0f, goal.share, d);
    case LOSS_BINARY: return binary(z, rows, outputs, width, numbers, goal.share, d);
    default: return residual_loss(training && goal.loss == LOSS_HUBER, z, rows, width, numbers, goal.share, d);
  }
}

}  // namespace
}  // namespace curvewise
