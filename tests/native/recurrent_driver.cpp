// Runs the kernels of recurrent networks over many small recipes, with every buffer on the heap and exactly as large as
// asked for, so that the sanitizers see the first float read or written beyond. Prints how many recipes it ran.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <algorithm>
#include <vector>

#include "recurrent_abi.h"

namespace {

uint32_t state = 1;
uint32_t draw() { return state = state * 1664525u + 1013904223u, state >> 8; }
float uniform() { return float(draw()) / float(1 << 24) - 0.5f; }

// Weights small and random, pads zero.
void fill(const curvewise_recurrent_recipe &recipe, std::vector<float> &row) {
  std::vector<curvewise_part> parts(size_t(curvewise_recurrent_parts(&recipe, nullptr)));
  curvewise_recurrent_parts(&recipe, parts.data());
  for (const curvewise_part &part : parts)
    for (int64_t i = 0; i < part.rows; i++)
      for (int64_t j = 0; j < part.columns; j++) row[size_t(part.offset + i * part.stride + j)] = 0.5f * uniform();
}

// Sequences of random lengths, with rubbish beyond them.
struct Data {
  std::vector<float> numbers, values;
  std::vector<int32_t> categories, lengths;
  std::vector<int64_t> labels;
  curvewise_sequences examples;

  Data(const curvewise_recurrent_recipe &recipe, int64_t rows, int64_t time) : examples{} {
    const int64_t targets = recipe.per_step ? rows * time : rows;
    const bool sparse = draw() % 2;
    numbers.reserve(1);  // not null where there are none
    categories.reserve(1);
    examples.rows = rows;
    examples.time = time;
    for (int64_t i = 0; i < rows; i++) lengths.push_back(1 + int32_t(draw() % uint32_t(time)));
    examples.longest = *std::max_element(lengths.begin(), lengths.end());
    for (int64_t i = 0; i < rows * time; i++) {
      const bool inside = i % time < lengths[size_t(i / time)];
      for (int64_t d = 0; d < recipe.inputs; d++) numbers.push_back(!inside ? NAN : sparse && draw() % 16 ? 0.0f : uniform());
      for (int64_t q = 0; q < recipe.columns; q++)
        categories.push_back(inside ? int32_t(draw() % uint32_t(recipe.cardinalities[q])) : 1 << 30);
    }
    for (int64_t i = 0; i < targets; i++) {
      const bool inside = !recipe.per_step || i % time < lengths[size_t(i / time)];
      labels.push_back(inside ? draw() % uint32_t(recipe.outputs) : 1 << 30);
      for (int64_t c = 0; c < recipe.outputs; c++) values.push_back(float(draw() % 2));
    }
    examples.numbers = numbers.data();
    examples.categories = categories.data();
    examples.lengths = lengths.data();
    examples.targets = recipe.loss == LOSS_CROSS_ENTROPY ? static_cast<void *>(labels.data()) : values.data();
  }

  // Steps of the longest sequences of a minibatch.
  int64_t room(int64_t minibatch) const {
    std::vector<int32_t> sorted = lengths;
    std::sort(sorted.rbegin(), sorted.rend());
    int64_t steps = 0;
    for (size_t i = 0; i < sorted.size() && i < size_t(minibatch); i++) steps += sorted[i];
    return steps;
  }
};

void run(int64_t instructions, curvewise_recurrent_recipe recipe, int64_t rows, int64_t time) {
  Data data(recipe, rows, time);
  recipe.room = data.room(recipe.minibatch);
  std::vector<int32_t> order;
  for (int64_t i = 0; i < rows; i++) order.push_back(int32_t(rows - 1 - i));
  std::vector<float> row(size_t(curvewise_recurrent_row_floats(&recipe))), rates(size_t(rows), 0.01f);
  std::vector<float> workspace(size_t(curvewise_recurrent_workspace_floats(&recipe)), NAN);
  fill(recipe, row);
  curvewise_report report{};
  for (int epoch = 0; epoch < 2; epoch++)
    curvewise_recurrent_train_epoch(instructions, &recipe, &data.examples, row.data(), order.data(), rates.data(),
                                    report.steps * epoch, 0, workspace.data(), &report);
  if (!report.finite || !(report.loss >= 0.0)) abort();
  const std::vector<float> model(row.begin(), row.begin() + curvewise_recurrent_model_floats(&recipe));
  const int64_t steps = recipe.per_step ? data.examples.longest : 1;
  std::vector<float> outputs(size_t(rows * steps * recipe.outputs));
  curvewise_recurrent_evaluate(instructions, &recipe, &data.examples, model.data(), outputs.data(), workspace.data(),
                               &report);
  if (!report.finite) abort();
  for (float y : outputs)
    if (!isfinite(y)) abort();
}

}  // namespace

int main() {
  const int32_t cardinalities[] = {3, 7}, dimensions[] = {2, 5};
  const int64_t units[] = {1, 7, 16, 33};
  int ran = 0;
  for (int64_t set = 0; curvewise_instructions(set); set++) {
    if (!curvewise_usable(set)) continue;
    for (int32_t choice = 0; choice < 12 * 2 * 4 * 4; choice++) {
      curvewise_recurrent_recipe recipe{};
      recipe.cell = choice % 12;
      recipe.per_step = choice / 12 % 2;
      recipe.loss = choice / 24 % 4;
      recipe.units = units[choice / 96];
      recipe.layers = 1 + draw() % 3;
      recipe.inputs = draw() % 20;
      recipe.columns = recipe.inputs ? draw() % 3 : 2;
      recipe.cardinalities = cardinalities;
      recipe.dimensions = dimensions;
      recipe.outputs = recipe.loss == LOSS_CROSS_ENTROPY || recipe.loss == LOSS_BINARY ? 2 + draw() % 40 : 1;
      recipe.minibatch = 1 + draw() % 20;
      recipe.dropout = draw() % 2 ? 0.3 : 0.0;
      recipe.input_noise = draw() % 2 ? 0.001 : 0.0;
      recipe.label_smoothing = 0.1;
      recipe.optimization.optimizer = int32_t(draw() % 7);
      recipe.optimization.momentum = 0.9;
      recipe.optimization.beta2 = 0.99;
      recipe.optimization.weight_decay = 0.01;
      recipe.optimization.clip = draw() % 2 ? 1.0 : 0.0;
      recipe.optimization.measured = int64_t(draw() % 3);
      run(set, recipe, 1 + draw() % 30, 1 + draw() % 9);
      ran++;
    }
  }
  printf("%d\n", ran);
}
