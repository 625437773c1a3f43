// What enters the first layer where nearly all of it is zero, as in piano rolls and one-hot codes: a list of the rest.
//
// The first layer's two large products, forward and for its weights' gradient, then take a few lines of W and of the
// gradient for each step instead of all of them.
#pragma once
#include "panels.h"

namespace curvewise {
namespace {

// One number in so many may differ from zero: a product of whole matrices does about four of the list's
// multiplications in the time of one.
constexpr int64_t SPARSE = 8;
constexpr int64_t BURST = 64;  // that may come early on

// The columns of row i's numbers that are not zero: column[first[i]] to before column[first[i + 1]].
struct Nonzeros {
  int32_t *first, *column;
  bool few;  // false: there are too many, and nothing is listed
};

inline int64_t most_nonzeros(int64_t rows, int64_t columns) { return BURST + rows * columns / SPARSE + columns; }

// List them; gives up at the first row by which there are too many.
inline void list_nonzeros(const float *x, int64_t rows, int64_t columns, Nonzeros &list) {
  const int64_t whole = columns / LANES * LANES;
  int32_t count = 0;
  list.few = false;
  for (int64_t i = 0; i < rows; i++, x += columns) {
    list.first[i] = count;
    for (int64_t j = 0; j < whole; j += LANES)
      if (any(load(x + j) != 0.0f))
        for (int64_t k = j; k < j + LANES; k++)
          if (x[k] != 0.0f) list.column[count++] = int32_t(k);
    for (int64_t k = whole; k < columns; k++)
      if (x[k] != 0.0f) list.column[count++] = int32_t(k);
    if (count > BURST + i * columns / SPARSE) return;
  }
  list.first[rows] = count;
  list.few = true;
}

CURVEWISE_INLINE void add_scaled(float *to, const float *from, float scale, int64_t columns) {
  const Vector factor = all(scale);
  for (int64_t j = 0; j < columns; j += LANES) store(to + j, load(to + j) + factor * load(from + j));
}

struct SparseMatrix {
  const float *x;  // (rows, columns)
  int64_t rows, columns;
  const Nonzeros &list;
};

// result (rows, out) = x W + bias. out: a multiple of LANES.
inline void sparse_linear(const SparseMatrix &x, const float *weight, int64_t weight_row, const float *bias, int64_t out,
                          float *result, int64_t result_row) {
  for (int64_t i = 0; i < x.rows; i++) {
    float *line = result + i * result_row;
    memcpy(line, bias, size_t(out) * sizeof(float));
    for (int32_t k = x.list.first[i]; k < x.list.first[i + 1]; k++) {
      const int64_t column = x.list.column[k];
      add_scaled(line, weight + column * weight_row, x.x[i * x.columns + column], out);
    }
  }
}

// gradient (columns, out) = x^T d.
inline void sparse_weight_gradient(const SparseMatrix &x, const float *d, int64_t d_row, int64_t out, float *gradient,
                                   int64_t gradient_row) {
  memset(gradient, 0, size_t(x.columns * gradient_row) * sizeof(float));
  for (int64_t i = 0; i < x.rows; i++)
    for (int32_t k = x.list.first[i]; k < x.list.first[i + 1]; k++) {
      const int64_t column = x.list.column[k];
      add_scaled(gradient + column * gradient_row, d + i * d_row, x.x[i * x.columns + column], out);
    }
}

}  // namespace
}  // namespace curvewise
