// One slot that trains a recurrent network through one epoch, and an evaluation.
#pragma once
#include "dead_units.h"
#include "floating_point.h"
#include "input_noise.h"
#include "recurrent_gradient.h"
#include "recurrent_outputs.h"
#include "step.h"

namespace curvewise {
namespace {

// input (S, D + embedded) = the numbers of every step, then the embeddings of its codes.
void gather(const RecurrentNetwork &network, const curvewise_sequences &examples) {
  const curvewise_recurrent_recipe &recipe = network.recipe;
  const Timetable &table = network.buffers.table;
  float *to = network.buffers.input;
  for (int64_t t = 0; t < table.longest; t++)
    for (int64_t p = 0; p < table.active[t]; p++) {
      const int64_t at = table.example[p] * examples.time + t;
      memcpy(to, examples.numbers + at * recipe.inputs, size_t(recipe.inputs) * sizeof(float));
      to += recipe.inputs;
      const float *lines = network.row;
      for (int64_t q = 0; q < recipe.columns; q++) {
        const int64_t size = recipe.dimensions[q], code = examples.categories[at * recipe.columns + q];
        memcpy(to, lines + code * size, size_t(size) * sizeof(float));
        lines += recipe.cardinalities[q] * size;
        to += size;
      }
    }
}

void look_at_inputs(RecurrentNetwork &network) {
  list_nonzeros(network.buffers.input, network.buffers.table.steps, network.layout.layer[0].in, network.buffers.nonzeros);
}

// Noise on the numbers. Elements are numbered time first, then by place in the minibatch.
void add_noise(const RecurrentNetwork &network, int64_t step) {
  const curvewise_recurrent_recipe &recipe = network.recipe;
  const Timetable &table = network.buffers.table;
  const uint32_t key = key_of(recipe.seed, step, NOISE_LAYER);
  for (int64_t t = 0; t < table.longest; t++)
    for (int64_t p = 0; p < table.active[t]; p++) {
      const int64_t first = (t * table.sequences + table.place[p]) * recipe.inputs;
      add_noise_to(network.buffers.input + (table.start[t] + p) * network.layout.layer[0].in, recipe.inputs,
                   uint32_t(first), float(recipe.input_noise), key);
    }
}

// The embeddings' gradient: each step's share is added to the lines that it read. d (S, padded embedded).
void scatter(const RecurrentNetwork &network, const curvewise_sequences &examples, const float *d) {
  const curvewise_recurrent_recipe &recipe = network.recipe;
  const Timetable &table = network.buffers.table;
  float *gradient = network.buffers.gradient;
  memset(gradient, 0, size_t(network.layout.layer[0].input_weight) * sizeof(float));
  for (int64_t t = 0; t < table.longest; t++)
    for (int64_t p = 0; p < table.active[t]; p++) {
      const int64_t at = table.example[p] * examples.time + t;
      const float *from = d + (table.start[t] + p) * padded(network.layout.embedded);
      float *lines = gradient;
      for (int64_t q = 0; q < recipe.columns; q++) {
        const int64_t size = recipe.dimensions[q], code = examples.categories[at * recipe.columns + q];
        for (int64_t k = 0; k < size; k++) lines[code * size + k] += from[k];
        lines += recipe.cardinalities[q] * size;
        from += size;
      }
    }
}

Goal goal_of(const RecurrentNetwork &network, const curvewise_sequences &examples) {
  const curvewise_recurrent_recipe &recipe = network.recipe;
  return {recipe.loss, recipe.label_smoothing, examples.targets, 1.0f / float(output_rows(network))};
}

void begin(const RecurrentNetwork &network) {
  const RecurrentBuffers &buffers = network.buffers;
  memset(buffers.gradient, 0, size_t(network.layout.extent.parameters) * sizeof(float));  // its pads stay zero
  memset(buffers.zeros, 0, size_t(sequences_at_once(network.recipe) * network.layout.unit_width) * sizeof(float));
}

// The activation whose dead units a cell's are; gates have none that would tell (dead_units.py says why).
bool has_dead_units(int32_t cell) { return cell == CELL_TANH || cell == CELL_RELU; }
int32_t activation_of(int32_t cell) { return cell == CELL_TANH ? ACTIVATION_TANH : ACTIVATION_RELU; }

// Of each layer, over all steps of the minibatch that just went forward; the first of those that count begins.
void watch(const RecurrentNetwork &network, bool begins) {
  if (!has_dead_units(network.recipe.cell)) return;
  const int64_t width = network.layout.unit_width;
  for (int64_t l = 0; l < network.recipe.layers; l++) {
    const RecurrentHidden &hidden = network.buffers.hidden[l];
    for (int64_t j = 0; begins && j < width; j++) hidden.most[j] = -INFINITY;
    watch_values(activation_of(network.recipe.cell), hidden.h, network.buffers.table.steps, width, hidden.most);
  }
}

void tell_dead_units(const RecurrentNetwork &network, curvewise_report &report) {
  if (!has_dead_units(network.recipe.cell)) return;
  for (int64_t l = 0; l < network.recipe.layers; l++)
    report.dead_units[l] =
        dead_share(activation_of(network.recipe.cell), network.buffers.hidden[l].most, network.layout.units);
}

void train_recurrent_epoch(const curvewise_recurrent_recipe &recipe, const curvewise_sequences &examples, float *row,
                           const int32_t *order, const float *rates, int64_t step, int64_t updates, float *workspace,
                           curvewise_report &report) {
  const FlushToZero flush;
  const RecurrentLayout layout = layout_of(recipe);
  RecurrentNetwork network{recipe, layout, row, buffers_of(recipe, layout, workspace)};
  const int64_t steps = (examples.rows + recipe.minibatch - 1) / recipe.minibatch;
  const Stepped stepped{row, network.buffers.gradient, network.buffers.before, network.buffers.total};
  Stepper stepper(recipe.optimization, layout.extent, stepped, steps, updates);
  report = curvewise_report{};
  begin(network);
  for (int64_t s = 0; s < steps; s++) {
    const int64_t first = s * recipe.minibatch;
    make_timetable(examples, Rows{order, first, smaller(recipe.minibatch, examples.rows - first)}, recipe.per_step,
                   network.buffers.table);
    gather(network, examples);
    if (recipe.input_noise > 0.0) add_noise(network, step + s);
    look_at_inputs(network);
    forward(network, step + s);
    const Score score = train_outputs(network, goal_of(network, examples));
    if (!isfinite(score.loss)) return;
    if (stepper.in_full() && stepper.counts(s)) watch(network, s == 0 || !stepper.counts(s - 1));
    const float *embedded = backward(network);
    if (embedded) scatter(network, examples, embedded);
    stepper.take(s, rates[s], network.buffers.table.sequences);
    report.steps++;
    report.rows += output_rows(network);
    report.loss += score.loss;
    report.error += score.error;
  }
  stepper.tell(report);
  if (stepper.in_full()) tell_dead_units(network, report);
}

// As many sequences from `first` on as an evaluation takes at once: one or more.
int64_t sequences_from(const curvewise_recurrent_recipe &recipe, const curvewise_sequences &examples, int64_t first) {
  int64_t count = 0, steps = 0;
  while (count < sequences_at_once(recipe) && first + count < examples.rows) {
    steps += examples.lengths[first + count];
    if (steps > recipe.room) break;
    count++;
  }
  return count;
}

void evaluate_recurrent(const curvewise_recurrent_recipe &recipe, const curvewise_sequences &examples, const float *row,
                        float *outputs, float *workspace, curvewise_report &report) {
  const FlushToZero flush;
  const RecurrentLayout layout = layout_of(recipe);
  // The row is only read: nothing but the optimizer changes it
  RecurrentNetwork network{recipe, layout, const_cast<float *>(row), buffers_of(recipe, layout, workspace)};
  report = curvewise_report{};
  begin(network);
  for (int64_t first = 0; first < examples.rows; first += network.buffers.table.sequences) {
    make_timetable(examples, Rows{nullptr, first, sequences_from(recipe, examples, first)}, recipe.per_step,
                   network.buffers.table);
    gather(network, examples);
    look_at_inputs(network);
    forward(network, -1);
    const Score score = evaluate_outputs(network, goal_of(network, examples), outputs);
    report.rows += output_rows(network);
    report.loss += score.loss;
    report.error += score.error;
  }
  report.finite = isfinite(report.loss);
}

}  // namespace
}  // namespace curvewise
