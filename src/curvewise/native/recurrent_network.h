// The recurrent network forward and backward, on the buffers of recurrent_buffers.h.
//
// What does not depend on the step before is taken out of time: one product for what enters a layer at all steps, one
// each for the gradients of its weights. In time there are left, for every step, a product with U or its transpose,
// packed once, and the cell itself.
#pragma once
#include "dropout.h"
#include "lstm.h"
#include "recurrent_buffers.h"

namespace curvewise {
namespace {

// What stays the same over an epoch.
struct RecurrentNetwork {
  const curvewise_recurrent_recipe &recipe;
  const RecurrentLayout &layout;
  float *row;  // changed by training only
  RecurrentBuffers buffers;
};

// A matrix whose lines lie `row` floats apart.
struct Lines {
  const float *data;
  int64_t row;
};

// result (rows, out in grains) = input W + bias.
void linear(const RecurrentNetwork &network, int64_t rows, Lines input, int64_t in, Lines weight, int64_t out,
            const float *bias, float *result, int64_t result_row) {
  product<Form::plain>({rows, in_grains(out), in}, {input.data, input.row, 1}, weight.data, weight.row, in,
                       {result, result_row, Start::bias, bias}, network.buffers.panel);
}

// gradient (in, out) = input^T d, over `rows` rows; zero where there are none.
void weight_gradient(const RecurrentNetwork &network, int64_t rows, Lines input, int64_t in, Lines d, int64_t out,
                     float *gradient, int64_t gradient_row) {
  if (rows == 0) memset(gradient, 0, size_t(in * gradient_row) * sizeof(float));
  product<Form::plain>({in, in_grains(out), rows}, {input.data, 1, input.row}, d.data, d.row, rows,
                       {gradient, gradient_row, Start::zero, nullptr}, network.buffers.panel);
}

// d_input (rows, in in grains) = d W^T.
void input_gradient(const RecurrentNetwork &network, int64_t rows, Lines d, int64_t out, Lines weight, int64_t in,
                    float *d_input, int64_t d_input_row) {
  product<Form::transposed>({rows, in_grains(in), out}, {d.data, d.row, 1}, weight.data, weight.row, in,
                            {d_input, d_input_row, Start::zero, nullptr}, network.buffers.panel);
}

Lines layer_input(const RecurrentNetwork &network, int64_t l) {
  if (l) return {network.buffers.hidden[l - 1].up, network.layout.unit_width};
  return {network.buffers.input, network.layout.layer[0].in};
}

// What enters the first layer, as a list.
SparseMatrix sparse_input(const RecurrentNetwork &network) {
  const RecurrentBuffers &buffers = network.buffers;
  return {buffers.input, buffers.table.steps, network.layout.layer[0].in, buffers.nonzeros};
}

// The sums that enter the gates of layer l, as far as its input makes them: at all steps at once.
void project(const RecurrentNetwork &network, int64_t l) {
  const RecurrentLayout &layout = network.layout;
  const RecurrentLayer &layer = layout.layer[l];
  const Lines weight{network.row + layer.input_weight, layout.width};
  const float *bias = network.row + layer.bias;
  float *gates = network.buffers.hidden[l].gates;
  const int64_t out = layout.gates.blocks * layout.units, gates_row = network.buffers.gates_row;
  if (l == 0 && network.buffers.nonzeros.few)
    sparse_linear(sparse_input(network), weight.data, weight.row, bias, in_grains(out), gates, gates_row);
  else
    linear(network, network.buffers.table.steps, layer_input(network, l), layer.in, weight, out, bias, gates, gates_row);
}

// What cells.h is given for step t of layer l.
CellStep cell_step(const RecurrentNetwork &network, int64_t l, int64_t t) {
  const RecurrentLayout &layout = network.layout;
  const RecurrentBuffers &buffers = network.buffers;
  const RecurrentHidden &hidden = buffers.hidden[l];
  const int64_t first = buffers.table.start[t], at = first * layout.unit_width;
  const int64_t before = t ? buffers.table.start[t - 1] * layout.unit_width : 0;
  CellStep step{};
  step.rows = buffers.table.active[t];
  step.units = layout.units;
  step.width = layout.unit_width;
  step.gates = hidden.gates + first * buffers.gates_row;
  step.gates_row = buffers.gates_row;
  step.h_before = t ? hidden.h + before : buffers.zeros;
  step.h = hidden.h + at;
  step.peepholes = network.row + layout.layer[l].peepholes;
  if (layout.gates.lstm) {
    step.c_before = t ? hidden.c + before : buffers.zeros;
    step.c = hidden.c + at;
    step.y = hidden.y + at;
  }
  if (layout.gates.full) step.again = hidden.again + first * layout.gate_width;
  step.again_row = layout.gate_width;
  return step;
}

void cell_forward(int32_t cell, const CellStep &s) {
  switch (cell) {
    case CELL_TANH: return simple_forward<CELL_TANH>(s);
    case CELL_RELU: return simple_forward<CELL_RELU>(s);
    case CELL_GRU: return gru_forward(s);
    case CELL_LSTM: return lstm_forward<CELL_LSTM>(s);
    case CELL_LSTM_PEEPHOLE: return lstm_forward<CELL_LSTM_PEEPHOLE>(s);
    case CELL_LSTM_NIG: return lstm_forward<CELL_LSTM_NIG>(s);
    case CELL_LSTM_NFG: return lstm_forward<CELL_LSTM_NFG>(s);
    case CELL_LSTM_NOG: return lstm_forward<CELL_LSTM_NOG>(s);
    case CELL_LSTM_NIAF: return lstm_forward<CELL_LSTM_NIAF>(s);
    case CELL_LSTM_NOAF: return lstm_forward<CELL_LSTM_NOAF>(s);
    case CELL_LSTM_CIFG: return lstm_forward<CELL_LSTM_CIFG>(s);
    case CELL_LSTM_FGR: return lstm_forward<CELL_LSTM_FGR>(s);
  }
}

void cell_backward(int32_t cell, const CellStep &s, const CellBack &b) {
  switch (cell) {
    case CELL_TANH: return simple_backward<CELL_TANH>(s, b);
    case CELL_RELU: return simple_backward<CELL_RELU>(s, b);
    case CELL_GRU: return gru_backward(s, b);
    case CELL_LSTM: return lstm_backward<CELL_LSTM>(s, b);
    case CELL_LSTM_PEEPHOLE: return lstm_backward<CELL_LSTM_PEEPHOLE>(s, b);
    case CELL_LSTM_NIG: return lstm_backward<CELL_LSTM_NIG>(s, b);
    case CELL_LSTM_NFG: return lstm_backward<CELL_LSTM_NFG>(s, b);
    case CELL_LSTM_NOG: return lstm_backward<CELL_LSTM_NOG>(s, b);
    case CELL_LSTM_NIAF: return lstm_backward<CELL_LSTM_NIAF>(s, b);
    case CELL_LSTM_NOAF: return lstm_backward<CELL_LSTM_NOAF>(s, b);
    case CELL_LSTM_CIFG: return lstm_backward<CELL_LSTM_CIFG>(s, b);
    case CELL_LSTM_FGR: return lstm_backward<CELL_LSTM_FGR>(s, b);
  }
}

// Add what the gates of the step before contribute through R, blocks i, f, o, to the sums of this step's.
void add_gate_recurrence(const RecurrentNetwork &network, const RecurrentHidden &hidden, const Panels &r, int64_t t,
                         const CellStep &step) {
  const int64_t row = network.layout.gate_width, two = 2 * step.units;
  const float *before = hidden.again + network.buffers.table.start[t - 1] * row;
  float *sums = network.buffers.back;
  multiply(step.rows, {before, row, 1}, r, {sums, row, Start::zero, nullptr});
  for (int64_t i = 0; i < step.rows; i++) {
    float *line = step.gates + i * step.gates_row;
    const float *more = sums + i * row;
    for (int64_t j = 0; j < two; j++) line[j] += more[j];
    for (int64_t j = 0; j < step.units; j++) line[step.units + two + j] += more[two + j];
  }
}

// Layer l from its input to its outputs h.
void forward_layer(const RecurrentNetwork &network, int64_t l) {
  const RecurrentLayout &layout = network.layout;
  const RecurrentBuffers &buffers = network.buffers;
  const RecurrentLayer &layer = layout.layer[l];
  const RecurrentHidden &hidden = buffers.hidden[l];
  const float *row = network.row;
  const Timetable &table = buffers.table;
  const int64_t out = layout.gates.blocks * layout.units;
  project(network, l);
  const Panels u = pack_panels<Form::plain>(row + layer.recurrent_weight, layout.width, layout.units, out, buffers.panels);
  Panels r{};
  if (layout.gates.full)
    r = pack_panels<Form::plain>(row + layer.gate_weight, layout.gate_width, 3 * layout.units, 3 * layout.units,
                                 buffers.gate_panels);
  for (int64_t t = 0; t < table.longest; t++) {
    const CellStep step = cell_step(network, l, t);
    if (layout.gates.gru) spread_gru(step.gates, step.gates_row, step.rows, step.units, row + layer.candidate_bias);
    if (t) multiply(step.rows, {step.h_before, layout.unit_width, 1}, u, {step.gates, step.gates_row, Start::add, nullptr});
    if (t && layout.gates.full) add_gate_recurrence(network, hidden, r, t, step);
    cell_forward(network.recipe.cell, step);
  }
}

// Silence some of layer l's outputs on their way up. Elements are numbered time first, then by place in the minibatch.
void drop(const RecurrentNetwork &network, int64_t l, int64_t step) {
  const curvewise_recurrent_recipe &recipe = network.recipe;
  const RecurrentHidden &hidden = network.buffers.hidden[l];
  const Timetable &table = network.buffers.table;
  const int64_t units = network.layout.units, width = network.layout.unit_width;
  const Masks masks(Drop{recipe.seed, step, l, recipe.dropout});
  for (int64_t t = 0; t < table.longest; t++)
    for (int64_t p = 0; p < table.active[t]; p++)
      masks.draw(uint32_t((t * table.sequences + table.place[p]) * units), width,
                 hidden.keep + (table.start[t] + p) * width);
  apply_mask(hidden.h, hidden.keep, hidden.up, table.steps * width);
}

// From buffers.input to what enters the output's linear map. step: of the trial, for the masks; below 0 nothing is dropped.
void forward(const RecurrentNetwork &network, int64_t step) {
  const RecurrentLayout &layout = network.layout;
  const RecurrentBuffers &buffers = network.buffers;
  const int64_t layers = network.recipe.layers, width = layout.unit_width;
  const bool dropping = network.recipe.dropout > 0.0;
  for (int64_t l = 0; l < layers; l++) {
    const RecurrentHidden &hidden = buffers.hidden[l];
    forward_layer(network, l);
    if (dropping && step >= 0) drop(network, l, step);
    if (dropping && step < 0) memcpy(hidden.up, hidden.h, size_t(buffers.table.steps * width) * sizeof(float));
  }
  if (!network.recipe.per_step)
    for (int64_t p = 0; p < buffers.table.sequences; p++)
      memcpy(buffers.last + p * width, buffers.hidden[layers - 1].up + buffers.table.last[p] * width,
             size_t(width) * sizeof(float));
}

}  // namespace
}  // namespace curvewise
