// What one compiled instruction set offers; kernel.cpp is compiled once for each.
#pragma once
#include "abi.h"

namespace curvewise {

struct Instructions {
  void (*train_epoch)(const curvewise_recipe &, const curvewise_examples &, float *row, const int32_t *order,
                      const float *rates, int64_t step, int64_t updates, float *workspace, curvewise_report &);
  void (*evaluate)(const curvewise_recipe &, const curvewise_examples &, const float *row, float *outputs,
                   float *workspace, curvewise_report &);
};

extern const Instructions avx512, avx2, baseline;

}  // namespace curvewise
