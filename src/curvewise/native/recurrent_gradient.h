// The way back through a recurrent network: backpropagation through time (Werbos 1990), layer by layer.
#pragma once
#include "recurrent_network.h"

namespace curvewise {
namespace {

// For the rows from start[1] on, what `states` (S, width) holds of the same sequences one step before. Where all
// sequences are equally long that is `states` itself.
const float *one_step_before(const Timetable &table, const float *states, int64_t width, float *copy) {
  if (table.longest < 2 || table.active[table.longest - 1] == table.active[0]) return states;
  float *to = copy;
  for (int64_t t = 1; t < table.longest; t++) {
    const int64_t floats = table.active[t] * width;
    memcpy(to, states + table.start[t - 1] * width, size_t(floats) * sizeof(float));
    to += floats;
  }
  return copy;
}

// Layer l in time, last step first: gates become the gradients of their sums; dh, complete with what comes from later.
void backward_in_time(const RecurrentNetwork &network, int64_t l, float *dh) {
  const RecurrentLayout &layout = network.layout;
  const RecurrentBuffers &buffers = network.buffers;
  const RecurrentLayer &layer = layout.layer[l];
  const Timetable &table = buffers.table;
  const int64_t width = layout.unit_width, units = layout.units, out = layout.gates.blocks * units;
  const int64_t summed = in_grains(layout.gates.gru ? 4 * units : out);
  const Panels u = pack_panels<Form::transposed>(network.row + layer.recurrent_weight, layout.width, out, units,
                                                 buffers.panels);
  Panels r{};
  if (layout.gates.full)
    r = pack_panels<Form::transposed>(network.row + layer.gate_weight, layout.gate_width, 3 * units, 3 * units,
                                      buffers.gate_panels);
  memset(buffers.dc, 0, size_t(table.sequences * width) * sizeof(float));
  memset(buffers.back, 0, size_t(layout.gates.full ? table.sequences * layout.gate_width : 0) * sizeof(float));
  memset(buffers.sums, 0, size_t(buffers.gates_row) * sizeof(float));
  float *peepholes = buffers.gradient + layer.peepholes;
  memset(peepholes, 0, size_t(layout.gates.peepholes * width) * sizeof(float));
  for (int64_t t = table.longest - 1; t >= 0; t--) {
    CellStep step = cell_step(network, l, t);
    float *before = t ? dh + table.start[t - 1] * width : nullptr;
    if (layout.gates.full) step.again = buffers.d_again + table.start[t] * layout.gate_width;
    cell_backward(network.recipe.cell, step, {dh + table.start[t] * width, buffers.dc, before, peepholes, buffers.back});
    add_column_sums(step.gates, step.gates_row, step.rows, summed, buffers.sums);
    if (t) multiply(step.rows, {step.gates, step.gates_row, 1}, u, {before, width, Start::add, nullptr});
    if (t && layout.gates.full)
      multiply(step.rows, {step.again, layout.gate_width, 1}, r, {buffers.back, layout.gate_width, Start::zero, nullptr});
  }
}

void bias_gradients(const RecurrentNetwork &network, const RecurrentLayer &layer) {
  const RecurrentLayout &layout = network.layout;
  const float *sums = network.buffers.sums;
  float *bias = network.buffers.gradient + layer.bias;
  const size_t block = size_t(layout.units) * sizeof(float);
  memcpy(bias, sums, size_t(layout.gates.blocks) * block);
  if (!layout.gates.gru) return;
  memcpy(bias + 2 * layout.units, sums + 3 * layout.units, block);
  memcpy(network.buffers.gradient + layer.candidate_bias, sums + 2 * layout.units, block);
}

void clear_pads(float *matrix, int64_t rows, int64_t columns, int64_t row) {
  for (int64_t i = 0; i < rows; i++) memset(matrix + i * row + columns, 0, size_t(row - columns) * sizeof(float));
}

// The weights that act in time: one product each over all steps but the first.
void recurrent_gradients(const RecurrentNetwork &network, int64_t l) {
  const RecurrentLayout &layout = network.layout;
  const RecurrentBuffers &buffers = network.buffers;
  const RecurrentLayer &layer = layout.layer[l];
  const RecurrentHidden &hidden = buffers.hidden[l];
  const Timetable &table = buffers.table;
  const int64_t units = layout.units, out = layout.gates.blocks * units;
  const int64_t first = table.active[0], rows = table.steps - first;
  float *gradient = buffers.gradient + layer.recurrent_weight;
  const float *before = one_step_before(table, hidden.h, layout.unit_width, buffers.previous);
  weight_gradient(network, rows, {before, layout.unit_width}, units,
                  {hidden.gates + first * buffers.gates_row, buffers.gates_row}, out, gradient, layout.width);
  clear_pads(gradient, units, out, layout.width);
  if (!layout.gates.full) return;
  before = one_step_before(table, hidden.again, layout.gate_width, buffers.previous);
  gradient = buffers.gradient + layer.gate_weight;
  weight_gradient(network, rows, {before, layout.gate_width}, 3 * units,
                  {buffers.d_again + first * layout.gate_width, layout.gate_width}, 3 * units, gradient,
                  layout.gate_width);
  clear_pads(gradient, 3 * units, 3 * units, layout.gate_width);
}

// d (S, G H): gradient with respect to the sums that entered layer l's gates.
void input_weight_gradient(const RecurrentNetwork &network, int64_t l, Lines d, int64_t out) {
  const RecurrentLayout &layout = network.layout;
  const RecurrentBuffers &buffers = network.buffers;
  float *gradient = buffers.gradient + layout.layer[l].input_weight;
  if (l == 0 && buffers.nonzeros.few)
    sparse_weight_gradient(sparse_input(network), d.data, d.row, in_grains(out), gradient, layout.width);
  else
    weight_gradient(network, buffers.table.steps, layer_input(network, l), layout.layer[l].in, d, out, gradient,
                    layout.width);
}

// From dh[0], the gradient with respect to what the last layer sends up, to that of all weights below. Returns the gradient with respect to the embedded inputs (S, padded embedded), null
// where there are none.
const float *backward(const RecurrentNetwork &network) {
  const RecurrentLayout &layout = network.layout;
  const RecurrentBuffers &buffers = network.buffers;
  const int64_t steps = buffers.table.steps, width = layout.unit_width, out = layout.gates.blocks * layout.units;
  float *dh = buffers.dh[0], *next = buffers.dh[1];
  for (int64_t l = network.recipe.layers - 1; l >= 0; l--) {
    const RecurrentLayer &layer = layout.layer[l];
    const RecurrentHidden &hidden = buffers.hidden[l];
    if (network.recipe.dropout > 0.0) apply_mask(dh, hidden.keep, dh, steps * width);
    backward_in_time(network, l, dh);
    bias_gradients(network, layer);
    recurrent_gradients(network, l);
    if (layout.gates.gru) gather_gru(hidden.gates, buffers.gates_row, steps, layout.units, in_grains(out));
    const Lines d{hidden.gates, buffers.gates_row};
    input_weight_gradient(network, l, d, out);
    const Lines weight{network.row + layer.input_weight + (l ? 0 : network.recipe.inputs * layout.width), layout.width};
    if (l)
      input_gradient(network, steps, d, out, weight, layout.units, next, width);
    else if (layout.embedded)
      input_gradient(network, steps, d, out, weight, layout.embedded, buffers.d_embedded, padded(layout.embedded));
    float *swap = dh;
    dh = next;
    next = swap;
  }
  return layout.embedded ? buffers.d_embedded : nullptr;
}

}  // namespace
}  // namespace curvewise
