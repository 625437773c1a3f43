// Losses and errors as points report them, and the gradient of what training minimises.
//
// The gradient of the mean over the minibatch's rows goes to d (B, H), its pad columns zero; loss and error are summed.
// What is reported knows no label smoothing and no Huber bend, so that losses of training and validation compare.
#pragma once
#include "elementary.h"
#include "rows.h"

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
                    float *d) {
  Score score{};
  LogSum normalisers;
  const Integers lanes = lane_numbers();
  const float share = 1.0f / float(rows.count), each = smoothing / float(classes) * share;
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
Score residual_loss(bool huber, const float *z, Rows rows, int64_t width, const float *targets, float *d) {
  Score score{};
  const float share = 1.0f / float(rows.count);
  memset(d, 0, size_t(rows.count * width) * sizeof(float));
  for (int64_t i = 0; i < rows.count; i++) {
    const float r = z[i * width] - targets[rows[i]];
    score.loss += double(r * r);
    d[i * width] = share * (!huber ? 2.0f * r : fabsf(r) < 1.0f ? r : copysignf(1.0f, r));
  }
  score.error = score.loss;
  return score;
}

}  // namespace
}  // namespace curvewise
