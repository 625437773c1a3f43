// Where everything lies in the row of a slot that trains a recurrent network.
//
//   [ embeddings | per layer: W, U, R, peepholes | output W ][ per layer: bias, candidate bias | output bias ][ moments ]
//   '-------------------- weight decay ---------------------'
//
// Letters as in src/curvewise/cohort/families/cells.py. Matrices are kept as (in, out), the transpose of torch's. The
// blocks of a cell's gates lie side by side without padding; only the whole line of G H is padded to a multiple of 16.
#pragma once
#include "layout.h"
#include "recurrent_abi.h"

namespace curvewise {
namespace {

// What a cell is made of. Blocks are in torch's order: input, forget, candidate, output; a block that is lacking is -1.
struct Gates {
  int64_t blocks;                            // G
  int64_t input, forget, candidate, output;  // LSTMs only
  int64_t peepholes;                         // gates that peep
  bool lstm, gru, full;                      // full: gates see the gates of the step before (R)
};

constexpr Gates gates_of(int32_t cell) {
  if (cell == CELL_TANH || cell == CELL_RELU) return {1, -1, -1, -1, -1, 0, false, false, false};
  if (cell == CELL_GRU) return {3, -1, -1, -1, -1, 0, false, true, false};
  Gates gates{0, -1, -1, -1, -1, 0, true, false, cell == CELL_LSTM_FGR};
  if (cell != CELL_LSTM_NIG) gates.input = gates.blocks++;
  if (cell != CELL_LSTM_NFG && cell != CELL_LSTM_CIFG) gates.forget = gates.blocks++;
  gates.candidate = gates.blocks++;
  if (cell != CELL_LSTM_NOG) gates.output = gates.blocks++;
  if (cell != CELL_LSTM) gates.peepholes = gates.blocks - 1;
  return gates;
}

// One recurrent layer; offsets into the row.
struct RecurrentLayer {
  int64_t in;
  int64_t input_weight, recurrent_weight;  // (in, width), (H, width)
  int64_t gate_weight;                     // (3 H, gate_width), full gate recurrence only
  int64_t peepholes;                       // (gates that peep, unit_width)
  int64_t bias, candidate_bias;            // (width), (unit_width) GRU only
};

struct RecurrentLayout {
  Gates gates;
  int64_t units, width;            // H; G H padded
  int64_t unit_width, gate_width;  // H padded, 3 H padded
  int64_t embedded;                // summed dimensions of the embeddings
  int64_t output_weight, output_bias, output_width;  // (H, output_width), (output_width)
  Extent extent;
  RecurrentLayer layer[CURVEWISE_MOST_RECURRENT_LAYERS];
};

inline RecurrentLayout layout_of(const curvewise_recurrent_recipe &recipe) {
  RecurrentLayout layout{};
  const Gates gates = layout.gates = gates_of(recipe.cell);
  const int64_t units = layout.units = recipe.units;
  layout.width = padded(gates.blocks * units);
  layout.unit_width = padded(units);
  layout.gate_width = padded(3 * units);
  layout.output_width = padded(recipe.outputs);
  int64_t offset = 0;
  auto take = [&offset](int64_t floats) {
    const int64_t here = offset;
    offset += floats;
    return here;
  };
  for (int64_t q = 0; q < recipe.columns; q++) {
    take(int64_t(recipe.cardinalities[q]) * recipe.dimensions[q]);
    layout.embedded += recipe.dimensions[q];
  }
  offset = padded(offset);
  for (int64_t l = 0; l < recipe.layers; l++) {
    RecurrentLayer &layer = layout.layer[l];
    layer.in = l ? units : recipe.inputs + layout.embedded;
    layer.input_weight = take(layer.in * layout.width);
    layer.recurrent_weight = take(units * layout.width);
    if (gates.full) layer.gate_weight = take(3 * units * layout.gate_width);
    layer.peepholes = take(gates.peepholes * layout.unit_width);
  }
  layout.output_weight = take(units * layout.output_width);
  layout.extent.decayed = offset;
  for (int64_t l = 0; l < recipe.layers; l++) {
    layout.layer[l].bias = take(layout.width);
    if (gates.gru) layout.layer[l].candidate_bias = take(layout.unit_width);
  }
  layout.output_bias = take(layout.output_width);
  layout.extent.parameters = layout.extent.model = offset;
  layout.extent.moments = moments_of(recipe.optimization.optimizer);
  return layout;
}

}  // namespace
}  // namespace curvewise
