// The kernels for one instruction set: compiled once per set, with its compiler options and -DCURVEWISE_SET=<name>.
//
// Everything that the headers define lies in unnamed namespaces and nothing of the C++ library is used: two objects
// compiled for different processors must share no inline function, for the linker would keep just one of them.
#include "epoch.h"
#include "instructions.h"

namespace curvewise {
extern const Instructions CURVEWISE_SET = {train_epoch, evaluate};

}  // namespace curvewise
