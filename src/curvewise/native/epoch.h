// One slot through one epoch, and an evaluation: gather rows, forward, loss, backward, update.
#pragma once
#include "dead_units.h"
#include "floating_point.h"
#include "input_noise.h"
#include "losses.h"
#include "network.h"
#include "rows.h"
#include "step.h"

namespace curvewise {
namespace {

// Loss and error of buffers.outputs, and the gradient of the mean loss that training minimises, in d[0].
Score assess_outputs(const Network &network, const curvewise_examples &examples, Rows rows, bool training) {
  const curvewise_recipe &recipe = network.recipe;
  const Layer &last = network.layout.layer[network.layout.hidden];
  const Goal goal{recipe.loss, recipe.label_smoothing, examples.targets, 1.0f / float(rows.count)};
  return assess(goal, training, network.buffers.outputs, rows,
                int32_t(last.out), last.width, network.buffers.d[0]);
}

// One minibatch: forward, loss, backward into buffers.gradient.
Score step_gradient(const Network &network, const curvewise_examples &examples, Rows rows, int64_t step) {
  const curvewise_recipe &recipe = network.recipe;
  gather(network, examples, rows);
  if (recipe.input_noise > 0.0)
    add_noise(network.buffers.input, rows.count, recipe.inputs, network.layout.layer[0].in, float(recipe.input_noise),
              key_of(recipe.seed, step, NOISE_LAYER));
  forward(network, Pass{true, rows.count, step});
  const Score score = assess_outputs(network, examples, rows, true);
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

// Of each hidden layer, over the minibatch that just went forward; the first of those that count begins.
void watch(const Network &network, int64_t rows, bool begins) {
  for (int64_t l = 0; l < network.layout.hidden; l++) {
    const Hidden &hidden = network.buffers.hidden[l];
    const int64_t width = network.layout.layer[l].width;
    if (begins)
      for (int64_t j = 0; j < width; j++) hidden.most[j] = -INFINITY;
    watch_units(network.recipe.activation, hidden, rows, width, hidden.most);
  }
}

void tell_dead_units(const Network &network, curvewise_report &report) {
  for (int64_t l = 0; l < network.layout.hidden; l++)
    report.dead_units[l] =
        dead_share(network.recipe.activation, network.buffers.hidden[l].most, network.layout.layer[l].out);
}

void train_epoch(const curvewise_recipe &recipe, const curvewise_examples &examples, float *row, const int32_t *order,
                 const float *rates, int64_t step, int64_t updates, float *workspace, curvewise_report &report) {
  const FlushToZero flush;
  const Layout layout = layout_of(recipe);
  const Network network{recipe, layout, row, buffers_of(recipe, layout, workspace)};
  const int64_t steps = steps_of(recipe, examples.rows);
  const Stepped stepped{row, network.buffers.gradient, network.buffers.before, network.buffers.total};
  Stepper stepper(recipe.optimization, layout.extent, stepped, steps, updates);
  report = curvewise_report{};
  for (int64_t s = 0; s < steps; s++) {
    const int64_t first = s * recipe.minibatch;
    const Rows rows{order, first, smaller(recipe.minibatch, examples.rows - first)};
    const Score score = step_gradient(network, examples, rows, step + s);
    if (!isfinite(score.loss)) return;
    if (stepper.in_full() && stepper.counts(s)) watch(network, rows.count, !stepper.counts(s - 1) || s == 0);
    stepper.take(s, rates[s], rows.count);
    report.steps++;
    report.rows += rows.count;
    report.loss += score.loss;
    report.error += score.error;
  }
  stepper.tell(report);
  if (stepper.in_full()) tell_dead_units(network, report);
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
    const Score score = assess_outputs(network, examples, rows, false);
    report.loss += score.loss;
    report.error += score.error;
  }
  report.finite = isfinite(report.loss);
}

}  // namespace
}  // namespace curvewise
