// How a minibatch's examples come into the network, and their gradient out of it.
#pragma once
#include "network.h"
#include "numbered_rows.h"

namespace curvewise {
namespace {

// input (B, D) = the examples' numbers, then the embeddings of their categories.
void gather(const Network &network, const curvewise_examples &examples, Rows rows) {
  const curvewise_recipe &recipe = network.recipe;
  float *to = network.buffers.input;
  for (int64_t i = 0; i < rows.count; i++) {
    const int64_t example = rows[i];
    memcpy(to, examples.numbers + example * recipe.inputs, size_t(recipe.inputs) * sizeof(float));
    to += recipe.inputs;
    const float *table = network.row;
    for (int64_t q = 0; q < recipe.columns; q++) {
      const int64_t size = recipe.dimensions[q], code = examples.categories[example * recipe.columns + q];
      memcpy(to, table + code * size, size_t(size) * sizeof(float));
      table += recipe.cardinalities[q] * size;
      to += size;
    }
  }
}

// The embeddings' gradient: each row's share is added to the lines of the tables that it read. d (B, padded embedded).
void scatter(const Network &network, const curvewise_examples &examples, Rows rows, const float *d) {
  const curvewise_recipe &recipe = network.recipe;
  float *gradient = network.buffers.gradient;
  memset(gradient, 0, size_t(network.layout.layer[0].weight) * sizeof(float));
  for (int64_t i = 0; i < rows.count; i++) {
    const float *from = d + i * padded(network.layout.embedded);
    float *table = gradient;
    for (int64_t q = 0; q < recipe.columns; q++) {
      const int64_t size = recipe.dimensions[q], code = examples.categories[rows[i] * recipe.columns + q];
      for (int64_t k = 0; k < size; k++) table[code * size + k] += from[k];
      table += recipe.cardinalities[q] * size;
      from += size;
    }
  }
}

}  // namespace
}  // namespace curvewise
