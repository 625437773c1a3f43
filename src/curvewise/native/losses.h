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

// The first of the largest outputs, as torch.argmax has it.
inline int64_t best_class(const float *z, int64_t classes, float top) {
  for (int64_t j = 0; j < classes; j++)
    if (z[j] == top) return j;
  return -1;  // not a number
}

// The loss is -log p at the label, p = softmax(z). Training minimises -sum_j t_j log p_j with
// t = (1 - smoothing) at the label + smoothing / C everywhere, so dz = (p - t) / B.
// z (B, H): its pad columns are overwritten with numbers too small to count. d null: only the score.
Score cross_entropy(float *z, Rows rows, int64_t classes, int64_t width, const int64_t *labels, float smoothing,
                    float *d) {
  Score score{};
  const float share = 1.0f / float(rows.count), each = smoothing / float(classes) * share;
  for (int64_t i = 0; i < rows.count; i++, z += width) {
    for (int64_t j = classes; j < width; j++) z[j] = -1e30f;
    Vector most = load(z);
    for (int64_t j = LANES; j < width; j += LANES) most = largest(most, load(z + j));
    const float top = maximum(most);
    Vector total = {};
    for (int64_t j = 0; j < width; j += LANES) {
      const Vector e = exponential(load(z + j) - top);
      total += e;
      if (d) store(d + j, e);
    }
    const int64_t label = labels[rows[i]];
    const float mass = sum(total);
    score.loss += double(logf(mass) + top - z[label]);
    score.error += best_class(z, classes, top) != label;
    if (!d) continue;
    const float scale = share / mass;
    for (int64_t j = 0; j < width; j += LANES) store(d + j, load(d + j) * scale - each);
    for (int64_t j = classes; j < width; j++) d[j] = 0.0f;
    d[label] -= (1.0f - smoothing) * share;
    d += width;
  }
  return score;
}

// Loss and error are the squared residual r^2, r = z - y. Training minimises it (dz = 2 r / B), or Huber's loss with
// delta 1: r^2 / 2 where |r| < 1, else |r| - 1/2 (dz = r or its sign, / B).
Score residual_loss(bool huber, const float *z, Rows rows, int64_t width, const float *targets, float *d) {
  Score score{};
  const float share = 1.0f / float(rows.count);
  if (d) memset(d, 0, size_t(rows.count * width) * sizeof(float));
  for (int64_t i = 0; i < rows.count; i++) {
    const float r = z[i * width] - targets[rows[i]];
    score.loss += double(r * r);
    if (d) d[i * width] = share * (!huber ? 2.0f * r : fabsf(r) < 1.0f ? r : copysignf(1.0f, r));
  }
  score.error = score.loss;
  return score;
}

}  // namespace
}  // namespace curvewise
