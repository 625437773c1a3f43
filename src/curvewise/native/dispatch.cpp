// The plain C entry points: sizes, names of parts, and the choice among the compiled instruction sets.
#include "buffers.h"
#include "instructions.h"
#include "recurrent_buffers.h"

using namespace curvewise;

namespace {

struct Choice {
  const char *name;
  const Instructions *instructions;
  const RecurrentInstructions *recurrent;
  bool (*usable)();
};

// Best first. CURVEWISE_X86 is defined where the build made the two upper sets.
const Choice choices[] = {
#if defined(CURVEWISE_X86)
    {"avx512", &avx512, &recurrent_avx512, [] { return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                                    __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"); }},
    {"avx2", &avx2, &recurrent_avx2, [] { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }},
#endif
    {"baseline", &baseline, &recurrent_baseline, [] { return true; }},
};
constexpr int64_t CHOICES = sizeof choices / sizeof choices[0];

// Appends parts to an array that may be null, and counts them.
struct Parts {
  curvewise_part *array;
  int64_t count;

  void add(curvewise_part part) {
    if (array) array[count] = part;
    count++;
  }
};

void add_layer(Parts &parts, const Layer &layer, int64_t l, bool normal, bool running) {
  parts.add({PART_WEIGHT, l, layer.weight, layer.in, layer.out, layer.width});
  parts.add({PART_BIAS, l, layer.bias, 1, layer.out, layer.width});
  if (normal) parts.add({PART_GAIN, l, layer.gain, 1, layer.out, layer.width});
  if (normal) parts.add({PART_SHIFT, l, layer.shift, 1, layer.out, layer.width});
  if (running) parts.add({PART_MEAN, l, layer.mean, 1, layer.out, layer.width});
  if (running) parts.add({PART_VARIANCE, l, layer.variance, 1, layer.out, layer.width});
}

// The embeddings, one after the other from the row's start on.
template <class Recipe>
void add_embeddings(Parts &parts, const Recipe &recipe, int64_t kind) {
  int64_t offset = 0;
  for (int64_t q = 0; q < recipe.columns; q++) {
    const int64_t codes = recipe.cardinalities[q], size = recipe.dimensions[q];
    parts.add({kind, q, offset, codes, size, size});
    offset += codes * size;
  }
}

void add_layer(Parts &parts, const RecurrentLayout &layout, int64_t l) {
  const RecurrentLayer &layer = layout.layer[l];
  const Gates &gates = layout.gates;
  const int64_t units = layout.units, out = gates.blocks * units, width = layout.width, narrow = layout.unit_width;
  parts.add({PART_INPUT_WEIGHT, l, layer.input_weight, layer.in, out, width});
  parts.add({PART_RECURRENT_WEIGHT, l, layer.recurrent_weight, units, out, width});
  parts.add({PART_RECURRENT_BIAS, l, layer.bias, 1, out, width});
  if (gates.gru) parts.add({PART_CANDIDATE_BIAS, l, layer.candidate_bias, 1, units, narrow});
  if (gates.peepholes) parts.add({PART_PEEPHOLES, l, layer.peepholes, gates.peepholes, units, narrow});
  if (gates.full) parts.add({PART_GATE_WEIGHT, l, layer.gate_weight, 3 * units, 3 * units, layout.gate_width});
}

}  // namespace

int64_t curvewise_row_floats(const curvewise_recipe *recipe) { return layout_of(*recipe).extent.row(); }
int64_t curvewise_model_floats(const curvewise_recipe *recipe) { return layout_of(*recipe).extent.model; }

int64_t curvewise_workspace_floats(const curvewise_recipe *recipe) {
  return buffers_of(*recipe, layout_of(*recipe), nullptr).floats;
}

int64_t curvewise_parts(const curvewise_recipe *recipe, curvewise_part *array) {
  const Layout layout = layout_of(*recipe);
  Parts parts{array, 0};
  add_embeddings(parts, *recipe, PART_EMBEDDING);
  for (int64_t l = 0; l <= layout.hidden; l++) {
    const bool hidden = l < layout.hidden;
    add_layer(parts, layout.layer[l], l, hidden && recipe->normalisation != NORMALISATION_NONE,
              hidden && recipe->normalisation == NORMALISATION_BATCH);
  }
  return parts.count;
}

const char *curvewise_instructions(int64_t index) { return index < CHOICES ? choices[index].name : nullptr; }
int64_t curvewise_usable(int64_t index) { return choices[index].usable(); }

void curvewise_train_epoch(int64_t instructions, const curvewise_recipe *recipe, const curvewise_examples *examples,
                           float *row, const int32_t *order, const float *rates, int64_t step, int64_t updates, float *workspace,
                           curvewise_report *report) {
  choices[instructions].instructions->train_epoch(*recipe, *examples, row, order, rates, step, updates, workspace, *report);
}

void curvewise_evaluate(int64_t instructions, const curvewise_recipe *recipe, const curvewise_examples *examples,
                        const float *row, float *outputs, float *workspace, curvewise_report *report) {
  choices[instructions].instructions->evaluate(*recipe, *examples, row, outputs, workspace, *report);
}

int64_t curvewise_recurrent_row_floats(const curvewise_recurrent_recipe *recipe) {
  return layout_of(*recipe).extent.row();
}
int64_t curvewise_recurrent_model_floats(const curvewise_recurrent_recipe *recipe) {
  return layout_of(*recipe).extent.model;
}

int64_t curvewise_recurrent_workspace_floats(const curvewise_recurrent_recipe *recipe) {
  return buffers_of(*recipe, layout_of(*recipe), nullptr).floats;
}

int64_t curvewise_recurrent_parts(const curvewise_recurrent_recipe *recipe, curvewise_part *array) {
  const RecurrentLayout layout = layout_of(*recipe);
  Parts parts{array, 0};
  add_embeddings(parts, *recipe, PART_RECURRENT_EMBEDDING);
  for (int64_t l = 0; l < recipe->layers; l++) add_layer(parts, layout, l);
  parts.add({PART_OUTPUT_WEIGHT, 0, layout.output_weight, layout.units, recipe->outputs, layout.output_width});
  parts.add({PART_OUTPUT_BIAS, 0, layout.output_bias, 1, recipe->outputs, layout.output_width});
  return parts.count;
}

void curvewise_recurrent_train_epoch(int64_t instructions, const curvewise_recurrent_recipe *recipe,
                                     const curvewise_sequences *examples, float *row, const int32_t *order,
                                     const float *rates, int64_t step, int64_t updates, float *workspace,
                                     curvewise_report *report) {
  choices[instructions].recurrent->train_epoch(*recipe, *examples, row, order, rates, step, updates, workspace, *report);
}

void curvewise_recurrent_evaluate(int64_t instructions, const curvewise_recurrent_recipe *recipe,
                                  const curvewise_sequences *examples, const float *row, float *outputs,
                                  float *workspace, curvewise_report *report) {
  choices[instructions].recurrent->evaluate(*recipe, *examples, row, outputs, workspace, *report);
}
