// The perceptron forward and backward, on the buffers of buffers.h.
#pragma once
#include "activations.h"
#include "buffers.h"
#include "dropout.h"
#include "matrix.h"
#include "normalisation.h"

namespace curvewise {
namespace {

// What stays the same over an epoch.
struct Network {
  const curvewise_recipe &recipe;
  const Layout &layout;
  float *row;  // changed by training only
  Buffers buffers;
};

// Which pass this is: training draws masks and moves the running statistics.
struct Pass {
  bool training;
  int64_t rows, step;
};

// result (B, width) = input W + b.
void linear(const Network &network, const Layer &layer, const float *input, int64_t input_row, int64_t rows,
            float *result) {
  product<Form::plain>({rows, layer.width, layer.in}, {input, input_row, 1}, network.row + layer.weight, layer.width,
                       layer.in, {result, layer.width, Start::bias, network.row + layer.bias}, network.buffers.panel);
}

void normalise(const Network &network, const Layer &layer, const Hidden &hidden, Pass pass) {
  float *row = network.row;
  const Affine affine{row + layer.gain, row + layer.shift};
  if (network.recipe.normalisation == NORMALISATION_LAYER)
    layer_norm(hidden.x, hidden.z, pass.rows, layer.out, layer.width, affine, hidden.rate);
  else if (pass.training)
    batch_norm(hidden.x, hidden.z, pass.rows, layer.width, affine, row + layer.mean, row + layer.variance, hidden.rate);
  else
    batch_norm_fixed(hidden.x, hidden.z, pass.rows, layer.width, affine, row + layer.mean, row + layer.variance);
}

// From buffers.input to buffers.outputs.
void forward(const Network &network, Pass pass) {
  const curvewise_recipe &recipe = network.recipe;
  const float *input = network.buffers.input;
  int64_t input_row = network.layout.layer[0].in;
  for (int64_t l = 0; l < network.layout.hidden; l++) {
    const Layer &layer = network.layout.layer[l];
    const Hidden &hidden = network.buffers.hidden[l];
    const int64_t floats = pass.rows * layer.width;
    linear(network, layer, input, input_row, pass.rows, hidden.x);
    if (recipe.normalisation != NORMALISATION_NONE) normalise(network, layer, hidden, pass);
    activate(recipe.activation, hidden.z, hidden.a, floats);
    input = hidden.a;
    if (pass.training && recipe.dropout > 0.0) {
      draw_mask(Drop{recipe.seed, pass.step, l, recipe.dropout}, pass.rows, layer.out, layer.width, hidden.keep);
      apply_mask(hidden.a, hidden.keep, hidden.h, floats);
      input = hidden.h;
    }
    input_row = layer.width;
  }
  linear(network, network.layout.layer[network.layout.hidden], input, input_row, pass.rows, network.buffers.outputs);
}

// d (B, H): gradient with respect to hidden layer l's result on entry, to its linear map's result on return.
void backward_hidden(const Network &network, int64_t l, int64_t rows, float *d) {
  const curvewise_recipe &recipe = network.recipe;
  const Layer &layer = network.layout.layer[l];
  const Hidden &hidden = network.buffers.hidden[l];
  const int64_t floats = rows * layer.width;
  if (recipe.dropout > 0.0) apply_mask(d, hidden.keep, d, floats);
  differentiate(recipe.activation, hidden.z, hidden.a, d, floats);
  if (recipe.normalisation == NORMALISATION_NONE) return;
  float *d_gain = network.buffers.gradient + layer.gain, *d_shift = network.buffers.gradient + layer.shift;
  const float *gain = network.row + layer.gain;
  if (recipe.normalisation == NORMALISATION_BATCH)
    batch_norm_backward(d, hidden.x, rows, layer.width, gain, hidden.rate, d_gain, d_shift);
  else
    layer_norm_backward(d, hidden.x, rows, layer.out, layer.width, gain, hidden.rate, d_gain, d_shift);
}

// d_input (B, padded in) = d W^T, for the inputs from `first` on.
void backward_input(const Network &network, const Layer &layer, int64_t first, int64_t rows, const float *d,
                    float *d_input) {
  const int64_t inputs = layer.in - first, width = padded(inputs);
  product<Form::transposed>({rows, width, layer.out}, {d, layer.width, 1},
                            network.row + layer.weight + first * layer.width, layer.width, inputs,
                            {d_input, width, Start::zero, nullptr}, network.buffers.panel);
}

// Sums of d's columns. In front of a batch normalisation, which subtracts any bias again, they are exactly 0; computed,
// they would be rounding errors, which Adam blows up to whole steps.
void bias_gradient(const Network &network, int64_t l, int64_t rows, const float *d) {
  const Layer &layer = network.layout.layer[l];
  float *sums = network.buffers.gradient + layer.bias;
  memset(sums, 0, size_t(layer.width) * sizeof(float));
  if (l == network.layout.hidden || network.recipe.normalisation != NORMALISATION_BATCH)
    add_column_sums(d, layer.width, rows, layer.width, sums);
}

// From buffers.d[0], the gradient with respect to the outputs, to buffers.gradient. Returns the gradient with respect
// to the embedded inputs (B, padded embedded), null where there are none.
const float *backward(const Network &network, int64_t rows) {
  const Layout &layout = network.layout;
  const Buffers &buffers = network.buffers;
  float *d = buffers.d[0], *next = buffers.d[1];
  for (int64_t l = layout.hidden; l >= 0; l--) {
    const Layer &layer = layout.layer[l];
    if (l < layout.hidden) backward_hidden(network, l, rows, d);
    const Matrix input = l ? Matrix{buffers.hidden[l - 1].h, 1, layout.layer[l - 1].width}
                           : Matrix{buffers.input, 1, layer.in};
    product<Form::plain>({layer.in, layer.width, rows}, input, d, layer.width, rows,
                         {buffers.gradient + layer.weight, layer.width, Start::zero, nullptr}, buffers.panel);
    bias_gradient(network, l, rows, d);
    const int64_t first = l ? 0 : network.recipe.inputs;
    if (first == layer.in) break;
    backward_input(network, layer, first, rows, d, next);
    float *swap = d;
    d = next;
    next = swap;
  }
  return layout.embedded ? d : nullptr;
}

}  // namespace
}  // namespace curvewise
