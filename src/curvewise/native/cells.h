// What a cell does beside its products, one step of all sequences that are still going: families/cells.py has the
// equations.
//
// Gates are a line of blocks of H floats, side by side without padding, changed in place: from the sums that enter
// them to their values on the way forward, from there to the gradients of the sums on the way back. A GRU's line has
// four blocks: r, z, the two parts of the candidate apart (U_n h + c_n, which r scales, and W_n x + b_n); forward they
// become r, z, the first part, n, and on the way back the gradients of r's and z's sums and of the two parts.
#pragma once
#include "elementary.h"
#include "recurrent_layout.h"

namespace curvewise {
namespace {

// Pointers to the first line of a step; lines of gates lie `gates_row` floats apart, of everything else `width`.
struct CellStep {
  int64_t rows, units, width;
  float *gates;
  int64_t gates_row;
  const float *h_before, *c_before;  // (rows, H) of the step before; zeros at the first
  float *h, *c, *y;                  // outputs, cell states, tanh of the cell states
  const float *peepholes;            // (gates that peep, H)
  float *again;                      // full gate recurrence: (rows, 3 H), lines `again_row` apart, see lstm.h
  int64_t again_row;
};

// Of the way back; lines `width` floats apart.
struct CellBack {
  const float *dh;    // gradient with respect to h
  float *dc;          // to c: of the next step on entry, of this one's c_before on return
  float *dh_before;   // GRU: what z lets through is added; null at the first step
  float *peepholes;   // their gradient, added to
  const float *back;  // full gate recurrence: gradient with respect to the gates, from the next step
};

// Stores of a whole vector, and of what is left of a block: the floats after it belong to somebody else.
struct Whole {
  CURVEWISE_INLINE void put(float *to, Vector x) const { store(to, x); }
  CURVEWISE_INLINE Vector kept(Vector x) const { return x; }
};
struct Rest {
  Integers inside;
  CURVEWISE_INLINE void put(float *to, Vector x) const { store(to, inside ? x : load(to)); }
  CURVEWISE_INLINE Vector kept(Vector x) const { return inside ? x : Vector{}; }
};

// body(i, j, stores) for every line i and every vector of units j.
template <class Body>
CURVEWISE_INLINE void over_units(int64_t rows, int64_t units, Body body) {
  const int64_t whole = units / LANES * LANES;
  const Rest rest{lane_numbers() < int32_t(units - whole)};
  for (int64_t i = 0; i < rows; i++) {
    for (int64_t j = 0; j < whole; j += LANES) body(i, j, Whole{});
    if (whole < units) body(i, whole, rest);
  }
}

template <int32_t CELL>
void simple_forward(const CellStep &s) {
  over_units(s.rows, s.units, [&](int64_t i, int64_t j, auto) {
    const Vector x = load(s.gates + i * s.gates_row + j);
    store(s.h + i * s.width + j, CELL == CELL_TANH ? hyperbolic_tangent(x) : largest(Vector{}, x));
  });
}

template <int32_t CELL>
void simple_backward(const CellStep &s, const CellBack &b) {
  over_units(s.rows, s.units, [&](int64_t i, int64_t j, auto stores) {
    const Vector h = load(s.h + i * s.width + j), d = load(b.dh + i * s.width + j);
    stores.put(s.gates + i * s.gates_row + j, CELL == CELL_TANH ? d * (1.0f - h * h) : h > 0.0f ? d : Vector{});
  });
}

void gru_forward(const CellStep &s) {
  over_units(s.rows, s.units, [&](int64_t i, int64_t j, auto stores) {
    float *line = s.gates + i * s.gates_row + j;
    const int64_t at = i * s.width + j;
    const Vector r = logistic(load(line)), z = logistic(load(line + s.units)), u = load(line + 2 * s.units);
    const Vector n = hyperbolic_tangent(load(line + 3 * s.units) + r * u);
    store(s.h + at, n + z * (load(s.h_before + at) - n));
    stores.put(line, r);
    stores.put(line + s.units, z);
    stores.put(line + 3 * s.units, n);
  });
}

void gru_backward(const CellStep &s, const CellBack &b) {
  over_units(s.rows, s.units, [&](int64_t i, int64_t j, auto stores) {
    float *line = s.gates + i * s.gates_row + j;
    const int64_t at = i * s.width + j;
    const Vector r = load(line), z = load(line + s.units), u = load(line + 2 * s.units), n = load(line + 3 * s.units);
    const Vector d = load(b.dh + at);
    const Vector dz = d * (load(s.h_before + at) - n) * (z * (1.0f - z));
    const Vector dn = d * (1.0f - z) * (1.0f - n * n);
    const Vector dr = dn * u * (r * (1.0f - r));
    stores.put(line, dr);
    stores.put(line + s.units, dz);
    stores.put(line + 2 * s.units, dn * r);
    stores.put(line + 3 * s.units, dn);
    if (b.dh_before) store(b.dh_before + at, load(b.dh_before + at) + stores.kept(d * z));
  });
}

// A GRU's lines from what one product gives, [r z n] without the candidate's own bias, to four blocks; `pad` clears
// what is behind them.
void spread_gru(float *gates, int64_t gates_row, int64_t rows, int64_t units, const float *candidate_bias) {
  const size_t size = size_t(units) * sizeof(float);
  for (int64_t i = 0; i < rows; i++) {
    float *line = gates + i * gates_row;
    memcpy(line + 3 * units, line + 2 * units, size);
    memcpy(line + 2 * units, candidate_bias, size);
  }
}

// And back: the gradients of W's three blocks side by side.
void gather_gru(float *gates, int64_t gates_row, int64_t rows, int64_t units, int64_t columns) {
  const size_t size = size_t(units) * sizeof(float), pad = size_t(columns - 3 * units) * sizeof(float);
  for (int64_t i = 0; i < rows; i++) {
    float *line = gates + i * gates_row;
    memcpy(line + 2 * units, line + 3 * units, size);
    memset(line + 3 * units, 0, pad);
  }
}

}  // namespace
}  // namespace curvewise
