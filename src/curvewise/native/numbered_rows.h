// Which examples a minibatch holds.
#pragma once
#include <stdint.h>

namespace curvewise {
namespace {

// Row i of the minibatch is example rows[i]: a piece of the epoch's order, or consecutive examples.
struct Rows {
  const int32_t *order;  // null: consecutive
  int64_t first, count;

  int64_t operator[](int64_t i) const { return order ? order[first + i] : first + i; }
};

}  // namespace
}  // namespace curvewise
