// The output layer and the loss, forward and backward: some rows at a time, so that what is between stays in the caches.
#pragma once
#include "losses.h"
#include "recurrent_network.h"

namespace curvewise {
namespace {

// The output's weights, packed once for all rows.
struct OutputWeights {
  Panels forward, backward;
  const float *bias;
};

OutputWeights output_weights(const RecurrentNetwork &network) {
  const RecurrentLayout &layout = network.layout;
  const int64_t units = layout.units, outputs = network.recipe.outputs;
  const float *weight = network.row + layout.output_weight;
  return {pack_panels<Form::plain>(weight, layout.output_width, units, outputs, network.buffers.panels),
          pack_panels<Form::transposed>(weight, layout.output_width, outputs, units, network.buffers.gate_panels),
          network.row + layout.output_bias};
}

// Rows that have an output.
int64_t output_rows(const RecurrentNetwork &network) {
  return network.recipe.per_step ? network.buffers.table.steps : network.buffers.table.sequences;
}

// What enters the output's linear map, and where the gradient with respect to it goes: (S, H), or (B, H).
float *output_input(const RecurrentNetwork &network) {
  const RecurrentBuffers &buffers = network.buffers;
  return network.recipe.per_step ? buffers.hidden[network.recipe.layers - 1].up : buffers.last;
}

float *output_input_gradient(const RecurrentNetwork &network) {
  return network.recipe.per_step ? network.buffers.dh[0] : network.buffers.last;
}

// buffers.outputs = the outputs of `count` rows from `first` on.
void output_forward(const RecurrentNetwork &network, const OutputWeights &weights, int64_t first, int64_t count) {
  const int64_t width = network.layout.unit_width;
  multiply(count, {output_input(network) + first * width, width, 1}, weights.forward,
           {network.buffers.outputs, network.layout.output_width, Start::bias, weights.bias});
}

// From buffers.d_outputs of these rows: their share of the output's gradient, and the gradient with respect to what
// entered.
void output_backward(const RecurrentNetwork &network, const OutputWeights &weights, int64_t first, int64_t count) {
  const RecurrentLayout &layout = network.layout;
  const RecurrentBuffers &buffers = network.buffers;
  const int64_t width = layout.unit_width, row = layout.output_width, columns = in_grains(network.recipe.outputs);
  const float *d = buffers.d_outputs;
  product<Form::plain>({layout.units, columns, count}, {output_input(network) + first * width, 1, width}, d, row, count,
                       {buffers.gradient + layout.output_weight, row, Start::add, nullptr}, buffers.panel);
  add_column_sums(d, row, count, columns, buffers.gradient + layout.output_bias);
  multiply(count, {d, row, 1}, weights.backward,
           {output_input_gradient(network) + first * width, width, Start::zero, nullptr});
}

// Where only last steps have an output, the others' gradient is zero.
void spread_last(const RecurrentNetwork &network) {
  const RecurrentBuffers &buffers = network.buffers;
  const int64_t width = network.layout.unit_width;
  memset(buffers.dh[0], 0, size_t(buffers.table.steps * width) * sizeof(float));
  for (int64_t p = 0; p < buffers.table.sequences; p++)
    memcpy(buffers.dh[0] + buffers.table.last[p] * width, buffers.last + p * width,
           size_t(network.layout.units) * sizeof(float));
}

// Loss and error of the minibatch, after `forward`; in training the output's gradient, and in dh[0] (S, H) that with
// respect to what the last layer sends up.
Score train_outputs(const RecurrentNetwork &network, const Goal &goal) {
  const RecurrentLayout &layout = network.layout;
  const RecurrentBuffers &buffers = network.buffers;
  const OutputWeights weights = output_weights(network);
  const int64_t rows = output_rows(network);
  memset(buffers.gradient + layout.output_weight, 0, size_t(layout.units * layout.output_width) * sizeof(float));
  memset(buffers.gradient + layout.output_bias, 0, size_t(layout.output_width) * sizeof(float));
  Score total{};
  for (int64_t first = 0; first < rows; first += OUTPUT_ROWS) {
    const int64_t count = smaller(OUTPUT_ROWS, rows - first);
    output_forward(network, weights, first, count);
    const Score score = assess(goal, true, buffers.outputs, Rows{buffers.table.target, first, count},
                               int32_t(network.recipe.outputs), layout.output_width, buffers.d_outputs);
    total.loss += score.loss;
    total.error += score.error;
    output_backward(network, weights, first, count);
  }
  if (!network.recipe.per_step) spread_last(network);
  return total;
}

// Loss and error where `goal` has targets; outputs, at the timetable's lines of C, where there is room for them.
Score evaluate_outputs(const RecurrentNetwork &network, const Goal &goal, float *outputs) {
  const RecurrentBuffers &buffers = network.buffers;
  const OutputWeights weights = output_weights(network);
  const int64_t rows = output_rows(network), out = network.recipe.outputs, width = network.layout.output_width;
  Score total{};
  for (int64_t first = 0; first < rows; first += OUTPUT_ROWS) {
    const int64_t count = smaller(OUTPUT_ROWS, rows - first);
    output_forward(network, weights, first, count);
    for (int64_t i = 0; outputs && i < count; i++)
      memcpy(outputs + buffers.table.line[first + i] * out, buffers.outputs + i * width, size_t(out) * sizeof(float));
    if (!goal.targets) continue;
    const Score score = assess(goal, false, buffers.outputs, Rows{buffers.table.target, first, count}, int32_t(out),
                               width, buffers.d_outputs);
    total.loss += score.loss;
    total.error += score.error;
  }
  return total;
}

}  // namespace
}  // namespace curvewise
