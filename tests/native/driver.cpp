// Runs the kernels over many small recipes, with every buffer on the heap and exactly as large as asked for, so that
// the sanitizers see the first float read or written beyond. Prints how many recipes it ran.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <vector>

#include "abi.h"

namespace {

uint32_t state = 1;
uint32_t draw() { return state = state * 1664525u + 1013904223u, state >> 8; }
float uniform() { return float(draw()) / float(1 << 24) - 0.5f; }

// Weights of the model's parts small and random, pads zero, running variances 1.
void fill(const curvewise_recipe &recipe, std::vector<float> &row) {
  std::vector<curvewise_part> parts(size_t(curvewise_parts(&recipe, nullptr)));
  curvewise_parts(&recipe, parts.data());
  for (const curvewise_part &part : parts)
    for (int64_t i = 0; i < part.rows; i++)
      for (int64_t j = 0; j < part.columns; j++)
        row[size_t(part.offset + i * part.stride + j)] =
            part.kind == PART_VARIANCE || part.kind == PART_GAIN ? 1.0f : part.kind == PART_MEAN ? 0.0f : uniform();
}

// Where the last part ends that is no statistic.
int64_t parameters_of(const curvewise_recipe &recipe) {
  std::vector<curvewise_part> parts(size_t(curvewise_parts(&recipe, nullptr)));
  curvewise_parts(&recipe, parts.data());
  int64_t end = 0;
  for (const curvewise_part &part : parts) {
    const int64_t here = part.offset + part.rows * part.stride;
    if (part.kind < PART_MEAN && here > end) end = here;
  }
  return (end + 15) / 16 * 16;
}

void run(int64_t instructions, curvewise_recipe recipe, int64_t rows) {
  std::vector<float> numbers(size_t(rows * recipe.inputs)), outputs(size_t(rows * recipe.outputs)), values;
  std::vector<int32_t> categories(size_t(rows * recipe.columns)), order;
  std::vector<int64_t> labels;
  for (float &x : numbers) x = uniform();
  for (int64_t i = 0; i < rows; i++) {
    for (int64_t q = 0; q < recipe.columns; q++)
      categories[size_t(i * recipe.columns + q)] = int32_t(draw() % uint32_t(recipe.cardinalities[q]));
    order.push_back(int32_t(rows - 1 - i));
    labels.push_back(draw() % uint32_t(recipe.outputs));
    values.push_back(uniform());
  }
  const void *targets = recipe.loss == LOSS_CROSS_ENTROPY ? static_cast<void *>(labels.data()) : values.data();
  const curvewise_examples examples{rows, numbers.data(), categories.data(), targets};
  std::vector<float> row(size_t(curvewise_row_floats(&recipe))), rates(size_t(rows), 0.01f), shares(size_t(rows), 0.5f);
  const curvewise_span all{0, parameters_of(recipe), 1, 0.5, 0.01};
  recipe.optimization.measured = draw() % 3;
  recipe.optimization.shares = recipe.optimization.optimizer == OPTIMIZER_SCHEDULE_FREE ? shares.data() : nullptr;
  if (draw() % 2) {
    recipe.optimization.updates = recipe.optimization.groups = 1;
    recipe.optimization.update = recipe.optimization.group = &all;
  }
  std::vector<float> workspace(size_t(curvewise_workspace_floats(&recipe)), NAN);  // nothing in it may be relied on
  fill(recipe, row);
  curvewise_report report{};
  for (int epoch = 0; epoch < 2; epoch++)
    curvewise_train_epoch(instructions, &recipe, &examples, row.data(), order.data(), rates.data(), report.steps * epoch,
                          0, workspace.data(), &report);
  if (!report.finite || !(report.loss >= 0.0)) abort();
  const std::vector<float> model(row.begin(), row.begin() + curvewise_model_floats(&recipe));
  curvewise_evaluate(instructions, &recipe, &examples, model.data(), outputs.data(), workspace.data(), &report);
  for (float y : outputs)
    if (!isfinite(y)) abort();
}

}  // namespace

int main() {
  const int32_t cardinalities[] = {3, 7}, dimensions[] = {2, 4};
  const int32_t units[] = {33, 1, 16, 5};
  int ran = 0;
  for (int64_t set = 0; curvewise_instructions(set); set++) {
    if (!curvewise_usable(set)) continue;
    for (int32_t choice = 0; choice < 6 * 3 * 3 * 8; choice++)
      for (int64_t layers = 0; layers <= 4; layers += 2) {
        curvewise_recipe recipe{};
        recipe.activation = choice % 6;
        recipe.normalisation = choice / 6 % 3;
        recipe.loss = choice / 18 % 3;
        recipe.optimization.optimizer = choice / 54;
        recipe.inputs = 1 + draw() % 20;
        recipe.columns = draw() % 3;
        recipe.cardinalities = cardinalities;
        recipe.dimensions = dimensions;
        recipe.layers = layers;
        recipe.units = units;
        recipe.outputs = recipe.loss == LOSS_CROSS_ENTROPY ? 2 + draw() % 40 : 1;
        recipe.minibatch = 2 + draw() % 20;
        recipe.dropout = draw() % 2 ? 0.3 : 0.0;
        recipe.label_smoothing = 0.1;
        recipe.input_noise = draw() % 2 ? 0.001 : 0.0;
        recipe.optimization.momentum = 0.9;
        recipe.optimization.beta2 = 0.99;
        recipe.optimization.weight_decay = 0.01;
        recipe.optimization.clip = draw() % 2 ? 1.0 : 0.0;
        run(set, recipe, 2 + draw() % 60);
        ran++;
      }
  }
  printf("%d\n", ran);
}
