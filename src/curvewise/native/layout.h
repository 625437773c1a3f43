// Where everything lies in a slot's row of floats.
//
//   [ embeddings | W of every layer | biases, gains, shifts | running statistics | moment 1 | moment 2 ]
//   '------- weight decay ---------'
//   '------------------- parameters ----------------------'
//   '-------------------------------- model ------------------------------------'
//
// W is kept as (in, out), the transpose of torch's, so that a minibatch (B, in) times W needs no transposition. Its
// rows are padded to a multiple of 16 floats; everything in a pad column is zero and stays zero: a zero gradient
// leaves a zero weight at zero under every optimizer.
#pragma once
#include "abi.h"

namespace curvewise {
namespace {

constexpr int64_t PAD = 16;  // the widest vector there is; a row means the same under every instruction set

inline int64_t padded(int64_t n) { return (n + PAD - 1) / PAD * PAD; }
inline int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }
inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

// One linear map and the normalisation that follows it; offsets into the row.
struct Layer {
  int64_t in, out, width;     // width: out, padded
  int64_t weight, bias;       // (in, width), (width)
  int64_t gain, shift;        // (width) each; hidden layers with a normalisation only
  int64_t mean, variance;     // (width) each; hidden layers with batch normalisation only
};

// How far each kind of content reaches, in floats from the row's start; the same for every family of networks.
struct Extent {
  int64_t decayed;            // floats that weight decay applies to
  int64_t parameters, model;  // floats up to there
  int64_t moments;            // 0, 1 or 2

  int64_t moment(int64_t which) const { return model + which * parameters; }
  int64_t row() const { return moment(moments); }
};

struct Layout {
  int64_t hidden;    // hidden layers; layer[hidden] is the output
  int64_t embedded;  // summed dimensions of the embeddings
  int64_t widest;    // largest width
  Extent extent;
  Layer layer[CURVEWISE_MOST_LAYERS + 1];
};

inline int64_t moments_of(int32_t optimizer) {
  switch (optimizer) {
    case OPTIMIZER_SGD: return 0;
    case OPTIMIZER_ADAM:
    case OPTIMIZER_ADAMW:
    case OPTIMIZER_SCHEDULE_FREE: return 2;
    default: return 1;
  }
}

inline Layout layout_of(const curvewise_recipe &recipe) {
  Layout layout{};
  layout.hidden = recipe.layers;
  layout.extent.moments = moments_of(recipe.optimization.optimizer);
  int64_t offset = 0;
  for (int64_t q = 0; q < recipe.columns; q++) {
    offset += int64_t(recipe.cardinalities[q]) * recipe.dimensions[q];
    layout.embedded += recipe.dimensions[q];
  }
  offset = padded(offset);
  auto take = [&offset](int64_t floats) {
    int64_t here = offset;
    offset += floats;
    return here;
  };
  int64_t in = recipe.inputs + layout.embedded;
  for (int64_t l = 0; l <= recipe.layers; l++) {
    Layer &layer = layout.layer[l];
    layer.in = in;
    layer.out = in = l < recipe.layers ? recipe.units[l] : recipe.outputs;
    layer.width = padded(layer.out);
    layer.weight = take(layer.in * layer.width);
    layout.widest = larger(layout.widest, layer.width);
  }
  layout.extent.decayed = offset;
  for (int64_t l = 0; l <= recipe.layers; l++) {
    Layer &layer = layout.layer[l];
    layer.bias = take(layer.width);
    if (l == recipe.layers || recipe.normalisation == NORMALISATION_NONE) continue;
    layer.gain = take(layer.width);
    layer.shift = take(layer.width);
  }
  layout.extent.parameters = offset;
  if (recipe.normalisation == NORMALISATION_BATCH)
    for (int64_t l = 0; l < recipe.layers; l++) {
      layout.layer[l].mean = take(layout.layer[l].width);
      layout.layer[l].variance = take(layout.layer[l].width);
    }
  layout.extent.model = offset;
  return layout;
}

}  // namespace
}  // namespace curvewise
