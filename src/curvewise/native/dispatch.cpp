// The plain C entry points: sizes, names of parts, and the choice among the compiled instruction sets.
#include "buffers.h"
#include "instructions.h"

using namespace curvewise;

namespace {

struct Choice {
  const char *name;
  const Instructions *instructions;
  bool (*usable)();
};

// Best first. CURVEWISE_X86 is defined where the build made the two upper sets.
const Choice choices[] = {
#if defined(CURVEWISE_X86)
    {"avx512", &avx512, [] { return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                                    __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"); }},
    {"avx2", &avx2, [] { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }},
#endif
    {"baseline", &baseline, [] { return true; }},
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

}  // namespace

int64_t curvewise_row_floats(const curvewise_recipe *recipe) { return layout_of(*recipe).extent.row(); }
int64_t curvewise_model_floats(const curvewise_recipe *recipe) { return layout_of(*recipe).extent.model; }

int64_t curvewise_workspace_floats(const curvewise_recipe *recipe) {
  return buffers_of(*recipe, layout_of(*recipe), nullptr).floats;
}

int64_t curvewise_parts(const curvewise_recipe *recipe, curvewise_part *array) {
  const Layout layout = layout_of(*recipe);
  Parts parts{array, 0};
  int64_t offset = 0;
  for (int64_t q = 0; q < recipe->columns; q++) {
    const int64_t codes = recipe->cardinalities[q], size = recipe->dimensions[q];
    parts.add({PART_EMBEDDING, q, offset, codes, size, size});
    offset += codes * size;
  }
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
