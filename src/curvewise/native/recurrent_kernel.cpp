// The kernels of recurrent networks for one instruction set; kernel.cpp says how it is compiled.
#include "instructions.h"
#include "recurrent_epoch.h"

namespace curvewise {
extern const RecurrentInstructions CURVEWISE_RECURRENT(CURVEWISE_SET) = {train_recurrent_epoch, evaluate_recurrent};

}  // namespace curvewise
