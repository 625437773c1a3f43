// What one compiled instruction set offers; kernel.cpp and recurrent_kernel.cpp are compiled once for each.
#pragma once
#include "recurrent_abi.h"

// avx2 -> recurrent_avx2
#define CURVEWISE_JOIN(a, b) a##b
#define CURVEWISE_RECURRENT(set) CURVEWISE_JOIN(recurrent_, set)

namespace curvewise {

struct Instructions {
  void (*train_epoch)(const curvewise_recipe &, const curvewise_examples &, float *row, const int32_t *order,
                      const float *rates, int64_t step, int64_t updates, float *workspace, curvewise_report &);
  void (*evaluate)(const curvewise_recipe &, const curvewise_examples &, const float *row, float *outputs,
                   float *workspace, curvewise_report &);
};

extern const Instructions avx512, avx2, baseline;

struct RecurrentInstructions {
  void (*train_epoch)(const curvewise_recurrent_recipe &, const curvewise_sequences &, float *row, const int32_t *order,
                      const float *rates, int64_t step, int64_t updates, float *workspace, curvewise_report &);
  void (*evaluate)(const curvewise_recurrent_recipe &, const curvewise_sequences &, const float *row, float *outputs,
                   float *workspace, curvewise_report &);
};

extern const RecurrentInstructions recurrent_avx512, recurrent_avx2, recurrent_baseline;

}  // namespace curvewise
