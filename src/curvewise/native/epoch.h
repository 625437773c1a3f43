// One slot through one epoch, and an evaluation: gather rows, forward, loss, backward, clip, update.
#pragma once
#include "floating_point.h"
#include "losses.h"
#include "network.h"
#include "optimizers.h"
#include "rows.h"

namespace curvewise {
namespace {

constexpr int64_t NORM_STEPS = 8;  // the gradient's norm is averaged over so many last steps

// Loss and error of buffers.outputs, and the gradient of the mean loss that training minimises, in d[0].
Score assess(const Network &network, const curvewise_examples &examples, Rows rows, bool training) {
  const curvewise_recipe &recipe = network.recipe;
  const Layer &last = network.layout.layer[network.layout.hidden];
  float *outputs = network.buffers.outputs, *d = network.buffers.d[0];
  if (recipe.loss == LOSS_CROSS_ENTROPY)
    return cross_entropy(outputs, rows, int32_t(last.out), last.width, static_cast<const int64_t *>(examples.targets),
                         training ? float(recipe.label_smoothing) : 0.0f, d);
  return residual_loss(training && recipe.loss == LOSS_HUBER, outputs, rows, last.width,
                       static_cast<const float *>(examples.targets), d);
}

// Apply buffers.gradient in the optimizer's step `step` (from 1); `norm`: its L2 norm where clipping needs it. torch's clip_grad_norm_ divides by norm + 1e-6.
void apply(const Network &network, float rate, int64_t step, double norm) {
  const curvewise_recipe &recipe = network.recipe;
  const Layout &layout = network.layout;
  double scale = 1.0;
  if (recipe.clip > 0.0 && recipe.clip < norm + 1e-6) scale = recipe.clip / (norm + 1e-6);
  Update how{recipe.optimizer, rate, float(recipe.weight_decay), float(scale), recipe.momentum, recipe.beta2, step};
  float *p = network.row, *g = network.buffers.gradient;
  float *m = p + layout.moment(0), *v = p + layout.moment(1);
  update(how, layout.decayed, p, g, m, v);
  how.decay = 0.0f;
  const int64_t n = layout.decayed, rest = layout.parameters - n;
  update(how, rest, p + n, g + n, m + n, v + n);
}

// One minibatch: forward, loss, backward into buffers.gradient.
Score step_gradient(const Network &network, const curvewise_examples &examples, Rows rows, int64_t step) {
  gather(network, examples, rows);
  forward(network, Pass{true, rows.count, step});
  const Score score = assess(network, examples, rows, true);
  if (!isfinite(score.loss)) return score;
  const float *embedded = backward(network, rows.count);
  if (embedded) scatter(network, examples, rows, embedded);
  return score;
}

// Minibatches of an epoch; batch normalisation leaves a last one of a single row out, for it has no variance.
int64_t steps_of(const curvewise_recipe &recipe, int64_t rows) {
  const int64_t whole = rows / recipe.minibatch, rest = rows % recipe.minibatch;
  const bool lone = recipe.normalisation == NORMALISATION_BATCH && recipe.layers > 0 && rest == 1;
  return whole + (rest > 0 && !lone);
}

void train_epoch(const curvewise_recipe &recipe, const curvewise_examples &examples, float *row, const int32_t *order,
                 const float *rates, int64_t step, int64_t updates, float *workspace, curvewise_report &report) {
  const FlushToZero flush;
  const Layout layout = layout_of(recipe);
  const Network network{recipe, layout, row, buffers_of(recipe, layout, workspace)};
  const int64_t steps = steps_of(recipe, examples.rows), parameters = layout.parameters;
  const float *gradient = network.buffers.gradient;
  report = curvewise_report{};
  double norms = 0.0;
  for (int64_t s = 0; s < steps; s++) {
    const int64_t first = s * recipe.minibatch;
    const Rows rows{order, first, smaller(recipe.minibatch, examples.rows - first)};
    const Score score = step_gradient(network, examples, rows, step + s);
    if (!isfinite(score.loss)) return;
    const bool counted = s >= steps - NORM_STEPS, last = s == steps - 1;
    const double norm = counted || recipe.clip > 0.0 ? sqrt(squares(gradient, nullptr, parameters)) : 0.0;
    if (counted) norms += norm;
    if (last) memcpy(network.buffers.before, row, size_t(parameters) * sizeof(float));
    apply(network, rates[s], updates + s + 1, norm);
    report.steps++;
    report.rows += rows.count;
    report.loss += score.loss;
    report.error += score.error;
  }
  const double change = squares(row, network.buffers.before, parameters);
  report.gradient_norm = norms / double(smaller(steps, NORM_STEPS));
  report.update_ratio = sqrt(change / squares(network.buffers.before, nullptr, parameters));
  report.finite = isfinite(squares(row, nullptr, parameters));
}

void evaluate(const curvewise_recipe &recipe, const curvewise_examples &examples, const float *row, float *outputs,
              float *workspace, curvewise_report &report) {
  const FlushToZero flush;
  const Layout layout = layout_of(recipe);
  // The row is only read: no pass that evaluates moves the running statistics.
  const Network network{recipe, layout, const_cast<float *>(row), buffers_of(recipe, layout, workspace)};
  const int64_t out = recipe.outputs, width = layout.layer[layout.hidden].width;
  report = curvewise_report{};
  for (int64_t first = 0; first < examples.rows; first += EVALUATION_ROWS) {
    const Rows rows{nullptr, first, smaller(EVALUATION_ROWS, examples.rows - first)};
    gather(network, examples, rows);
    forward(network, Pass{false, rows.count, 0});
    if (outputs)
      for (int64_t i = 0; i < rows.count; i++)
        memcpy(outputs + (first + i) * out, network.buffers.outputs + i * width, size_t(out) * sizeof(float));
    report.rows += rows.count;
    if (!examples.targets) continue;
    const Score score = assess(network, examples, rows, false);
    report.loss += score.loss;
    report.error += score.error;
  }
  report.finite = isfinite(report.loss);
}

}  // namespace
}  // namespace curvewise
