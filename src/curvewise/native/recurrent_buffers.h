// What a slot that trains a recurrent network needs beside its row: the buffers of one minibatch, forward and backward.
//
// Rows of everything with S lines are numbered by the timetable. Letters: S steps of all sequences of the minibatch,
// B sequences, H units, G blocks of a cell.
#pragma once
#include "buffers.h"
#include "panels.h"
#include "recurrent_layout.h"
#include "sparse_inputs.h"
#include "timetable.h"

namespace curvewise {
namespace {

constexpr int64_t OUTPUT_ROWS = 96;  // that go through the output layer and the loss at once, while in the first caches
constexpr int64_t EVALUATION_SEQUENCES = 64;  // that an evaluation takes at once, where its workspace has room for them

struct RecurrentHidden {
  float *gates;       // (S, gates_row): G blocks, a GRU's four (cells.h)
  float *h, *c, *y;   // (S, H) outputs, cell states, tanh of cell states
  float *again;       // (S, 3 H) full gate recurrence
  float *keep, *up;   // (S, H) mask; what goes up to the next layer: h itself without dropout
  float *most;        // (H): how alive each unit was at best (dead_units.h)
};

struct RecurrentBuffers {
  float *gradient, *before, *total;    // (parameters) each, as in buffers.h
  float *input;                        // (S, D + embedded)
  Nonzeros nonzeros;                   // of `input`
  RecurrentHidden hidden[CURVEWISE_MOST_RECURRENT_LAYERS];
  float *last;                         // (B, H) outputs of the sequences' last steps
  float *outputs, *d_outputs;          // (OUTPUT_ROWS, C)
  float *dh[2];                        // (S, H): gradient with respect to a layer's outputs, layers taking turns
  float *dc, *zeros;                   // (B, H): gradient with respect to the cell states; a state before the first step
  float *back, *d_again;               // (B, 3 H), (S, 3 H): full gate recurrence
  float *previous;                     // (S, 3 H or H): states of the step before
  float *sums;                         // (gates_row): sums of the gates' gradients
  float *d_embedded;                   // (S, embedded)
  float *panels, *gate_panels;         // packed recurrent weights, or the output's and its transpose
  float *panel;                        // scratch of the products
  Timetable table;
  int64_t gates_row;
  int64_t floats;                      // what all of it needs
};

// Takes pieces of a workspace, each beginning at a multiple of 16 floats; of a null workspace it only counts.
class Pieces {
 public:
  explicit Pieces(float *workspace) : workspace(workspace) {}

  float *take(int64_t floats) {
    float *here = workspace ? workspace + taken : nullptr;
    taken += padded(floats);
    return here;
  }
  int32_t *take_integers(int64_t count) { return reinterpret_cast<int32_t *>(take(count)); }

  int64_t taken = 0;

 private:
  float *workspace;
};

inline int64_t sequences_at_once(const curvewise_recurrent_recipe &recipe) {
  return smaller(recipe.room, larger(recipe.minibatch, EVALUATION_SEQUENCES));
}

inline RecurrentHidden take_hidden(Pieces &pieces, const curvewise_recurrent_recipe &recipe,
                                   const RecurrentLayout &layout, int64_t gates_row) {
  RecurrentHidden hidden{};
  const int64_t floats = recipe.room * layout.unit_width;
  hidden.gates = pieces.take(recipe.room * gates_row);
  hidden.h = hidden.up = pieces.take(floats);
  if (layout.gates.lstm) hidden.c = pieces.take(floats);
  if (layout.gates.lstm) hidden.y = pieces.take(floats);
  if (layout.gates.full) hidden.again = pieces.take(recipe.room * layout.gate_width);
  if (recipe.dropout > 0.0) hidden.keep = pieces.take(floats);
  if (recipe.dropout > 0.0) hidden.up = pieces.take(floats);
  hidden.most = pieces.take(layout.unit_width);
  return hidden;
}

inline Timetable take_timetable(Pieces &pieces, const curvewise_recurrent_recipe &recipe) {
  Timetable table{};
  const int64_t sequences = sequences_at_once(recipe);
  table.active = pieces.take_integers(recipe.room);
  table.start = pieces.take_integers(recipe.room + 1);
  table.place = pieces.take_integers(sequences);
  table.example = pieces.take_integers(sequences);
  table.last = pieces.take_integers(sequences);
  table.target = pieces.take_integers(recipe.room);
  table.line = pieces.take_integers(recipe.room);
  return table;
}

// Divide `workspace` up; with a null workspace only `floats` means anything.
inline RecurrentBuffers buffers_of(const curvewise_recurrent_recipe &recipe, const RecurrentLayout &layout,
                                   float *workspace) {
  RecurrentBuffers buffers{};
  Pieces pieces(workspace);
  const int64_t room = recipe.room, sequences = sequences_at_once(recipe), units = layout.units;
  const int64_t state = layout.unit_width, three = layout.gates.full ? layout.gate_width : 0;
  buffers.gates_row = layout.gates.gru ? padded(4 * units) : layout.width;
  buffers.gradient = pieces.take(layout.extent.parameters);
  buffers.before = pieces.take(layout.extent.parameters);
  buffers.total = pieces.take(layout.extent.parameters);
  buffers.input = pieces.take(room * layout.layer[0].in);
  buffers.nonzeros.first = pieces.take_integers(room + 1);
  buffers.nonzeros.column = pieces.take_integers(most_nonzeros(room, layout.layer[0].in));
  for (int64_t l = 0; l < recipe.layers; l++)
    buffers.hidden[l] = take_hidden(pieces, recipe, layout, buffers.gates_row);
  buffers.last = pieces.take(sequences * state);
  buffers.outputs = pieces.take(OUTPUT_ROWS * layout.output_width);
  buffers.d_outputs = pieces.take(OUTPUT_ROWS * layout.output_width);
  for (float *&dh : buffers.dh) dh = pieces.take(room * state);
  buffers.dc = pieces.take(sequences * state);
  buffers.zeros = pieces.take(sequences * state);
  buffers.back = pieces.take(sequences * three);
  buffers.d_again = pieces.take(room * three);
  buffers.previous = pieces.take(room * larger(state, three));
  buffers.sums = pieces.take(buffers.gates_row);
  buffers.d_embedded = pieces.take(room * padded(layout.embedded));
  const int64_t wide = larger(layout.width, layout.output_width);
  buffers.panels = pieces.take(larger(panel_floats(units, wide), panel_floats(wide, units)));
  buffers.gate_panels = pieces.take(
      larger(panel_floats(layout.output_width, units), layout.gates.full ? panel_floats(3 * units, 3 * units) : 0));
  buffers.table = take_timetable(pieces, recipe);
  buffers.panel = pieces.take(PANEL_FLOATS);
  buffers.floats = pieces.taken;
  return buffers;
}

}  // namespace
}  // namespace curvewise
