// What a slot needs beside its row: the buffers of one minibatch on its way forward and backward.
//
//   input (B, D) -> [ x = input W + b -> normalise: x^, z -> activate: a -> drop: h ] per hidden layer -> outputs (B, C)
//
// A step that does nothing shares its buffer with the one before: without a normalisation z is x, where the derivative
// can be had from a itself z is a, without dropout h is a.
#pragma once
#include "layout.h"

namespace curvewise {
namespace {

constexpr int64_t PANEL_ROWS = 256, PANEL_FLOATS = PANEL_ROWS * 32;  // of a packed panel (matrix.h), the widest tile's
constexpr int64_t EVALUATION_ROWS = 64;  // rows that an evaluation takes at once: enough for full tiles, few enough for L2

// True where the derivative is had from the activation itself, so that its input need not be kept.
inline bool invertible(int32_t activation) {
  return activation != ACTIVATION_GELU && activation != ACTIVATION_SILU;
}

struct Hidden {
  float *x, *z, *a, *h;  // (B, H)
  float *keep;           // (B, H) mask
  float *rate;           // (H) or (B): 1 / standard deviation
  float *most;           // (H): how alive each unit was at best (dead_units.h)
};

struct Buffers {
  float *gradient, *before;   // (parameters) each: the gradient; a copy of the parameters before the last update
  float *total;               // (parameters): the sum of the last gradients
  float *input;               // (B, D)
  Hidden hidden[CURVEWISE_MOST_LAYERS];
  float *outputs;             // (B, C)
  float *d[2];                // (B, widest): gradient with respect to a layer's result, layers taking turns
  float *panel;               // scratch of the products
  int64_t floats;             // what all of it needs
};

inline int64_t rows_at_once(const curvewise_recipe &recipe) { return larger(recipe.minibatch, EVALUATION_ROWS); }

// Divide `workspace` up; with a null workspace only `floats` means anything.
inline Buffers buffers_of(const curvewise_recipe &recipe, const Layout &layout, float *workspace) {
  Buffers buffers{};
  const int64_t rows = rows_at_once(recipe);
  auto take = [&](int64_t floats) {
    float *here = workspace ? workspace + buffers.floats : nullptr;
    buffers.floats += padded(floats);
    return here;
  };
  buffers.gradient = take(layout.extent.parameters);
  buffers.before = take(layout.extent.parameters);
  buffers.total = take(layout.extent.parameters);
  buffers.input = take(rows * layout.layer[0].in);
  for (int64_t l = 0; l < layout.hidden; l++) {
    Hidden &hidden = buffers.hidden[l];
    const int64_t floats = rows * layout.layer[l].width;
    const bool normal = recipe.normalisation != NORMALISATION_NONE;
    hidden.x = take(floats);
    hidden.z = normal ? take(floats) : hidden.x;
    hidden.a = invertible(recipe.activation) ? hidden.z : take(floats);
    hidden.h = recipe.dropout > 0.0 ? take(floats) : hidden.a;
    if (recipe.dropout > 0.0) hidden.keep = take(floats);
    hidden.most = take(layout.layer[l].width);
    if (normal) hidden.rate = take(larger(rows, layout.layer[l].width));
  }
  buffers.outputs = take(rows * layout.layer[layout.hidden].width);
  for (float *&d : buffers.d) d = take(rows * layout.widest);
  buffers.panel = take(PANEL_FLOATS);
  return buffers;
}

}  // namespace
}  // namespace curvewise
