// The LSTM and its variants, elementwise: cells.h says what a step is given.
//
// Full gate recurrence: on the way forward the values of i, f, o are copied to `again`, where the product for the next
// step finds them; on the way back the gradients of their sums are.
#pragma once
#include "cells.h"

namespace curvewise {
namespace {

template <int32_t CELL>
struct Lstm {
  // Numbers of the blocks, below 0 where the cell has none
  static constexpr int64_t input = gates_of(CELL).input, forget = gates_of(CELL).forget;
  static constexpr int64_t candidate = gates_of(CELL).candidate, output = gates_of(CELL).output;
  static constexpr int64_t peepholes = gates_of(CELL).peepholes;
  static constexpr bool coupled = CELL == CELL_LSTM_CIFG, full = CELL == CELL_LSTM_FGR, peeping = peepholes > 0;
  static constexpr bool curved_in = CELL != CELL_LSTM_NIAF, curved_out = CELL != CELL_LSTM_NOAF;
  static constexpr bool has_input = input >= 0, has_forget = forget >= 0, has_output = output >= 0;
  // Lines of the peepholes
  static constexpr int64_t input_peephole = 0, forget_peephole = has_input, output_peephole = peepholes - 1;
};

// Of one gate: its value, from its sum and the cell state that it peeps at.
template <bool PEEPING>
CURVEWISE_INLINE Vector gate(const float *sum, const float *peephole, Vector seen) {
  Vector x = load(sum);
  if constexpr (PEEPING) x += load(peephole) * seen;
  return logistic(x);
}

template <int32_t CELL>
void lstm_forward(const CellStep &s) {
  using Of = Lstm<CELL>;
  const int64_t H = s.units;
  over_units(s.rows, H, [&](int64_t row, int64_t j, auto stores) {
    float *line = s.gates + row * s.gates_row + j;
    const float *peephole = s.peepholes + j;
    const int64_t here = row * s.width + j;
    const Vector before = load(s.c_before + here);
    Vector i = all(1.0f), f = all(1.0f), g = load(line + Of::candidate * H), o = all(1.0f);
    if constexpr (Of::has_input) i = gate<Of::peeping>(line + Of::input * H, peephole, before);
    if constexpr (Of::has_forget)
      f = gate<Of::peeping>(line + Of::forget * H, peephole + Of::forget_peephole * s.width, before);
    if constexpr (Of::coupled) f = 1.0f - i;
    if constexpr (Of::curved_in) g = hyperbolic_tangent(g);
    const Vector c = f * before + i * g;
    if constexpr (Of::has_output)
      o = gate<Of::peeping>(line + Of::output * H, peephole + Of::output_peephole * s.width, c);
    const Vector y = Of::curved_out ? hyperbolic_tangent(c) : c;
    store(s.c + here, c);
    if constexpr (Of::curved_out) store(s.y + here, y);
    store(s.h + here, o * y);
    if constexpr (Of::has_input) stores.put(line + Of::input * H, i);
    if constexpr (Of::has_forget) stores.put(line + Of::forget * H, f);
    if constexpr (Of::curved_in) stores.put(line + Of::candidate * H, g);
    if constexpr (Of::has_output) stores.put(line + Of::output * H, o);
    if constexpr (Of::full) {
      float *again = s.again + row * s.again_row + j;
      stores.put(again, i);
      stores.put(again + H, f);
      stores.put(again + 2 * H, o);
    }
  });
}

template <int32_t CELL>
void lstm_backward(const CellStep &s, const CellBack &b) {
  using Of = Lstm<CELL>;
  const int64_t H = s.units;
  over_units(s.rows, H, [&](int64_t row, int64_t j, auto stores) {
    float *line = s.gates + row * s.gates_row + j;
    const float *peephole = s.peepholes + j;
    const float *back = Of::full ? b.back + row * s.again_row + j : nullptr;
    const int64_t here = row * s.width + j;
    const Vector dh = load(b.dh + here), before = load(s.c_before + here), c = load(s.c + here);
    const Vector y = Of::curved_out ? load(s.y + here) : c;
    Vector i = all(1.0f), f = all(1.0f), o = all(1.0f), g = load(line + Of::candidate * H);
    if constexpr (Of::has_input) i = load(line + Of::input * H);
    if constexpr (Of::has_forget) f = load(line + Of::forget * H);
    if constexpr (Of::coupled) f = 1.0f - i;
    if constexpr (Of::has_output) o = load(line + Of::output * H);
    auto add_peephole = [&](int64_t which, Vector d, Vector seen) {
      float *to = b.peepholes + which * s.width + j;
      store(to, load(to) + stores.kept(d * seen));
    };
    Vector dc = load(b.dc + here);
    dc += Of::curved_out ? dh * o * (1.0f - y * y) : dh * o;
    if constexpr (Of::has_output) {
      Vector d = dh * y;
      if constexpr (Of::full) d += load(back + 2 * H);
      d *= o * (1.0f - o);
      stores.put(line + Of::output * H, d);
      if constexpr (Of::full) stores.put(s.again + row * s.again_row + j + 2 * H, d);
      if constexpr (Of::peeping) {
        dc += load(peephole + Of::output_peephole * s.width) * d;
        add_peephole(Of::output_peephole, d, c);
      }
    }
    Vector dc_before = dc * f;
    if constexpr (Of::has_input) {
      Vector d = Of::coupled ? dc * (g - before) : dc * g;
      if constexpr (Of::full) d += load(back);
      d *= i * (1.0f - i);
      stores.put(line + Of::input * H, d);
      if constexpr (Of::full) stores.put(s.again + row * s.again_row + j, d);
      if constexpr (Of::peeping) {
        dc_before += load(peephole) * d;
        add_peephole(Of::input_peephole, d, before);
      }
    }
    if constexpr (Of::has_forget) {
      Vector d = dc * before;
      if constexpr (Of::full) d += load(back + H);
      d *= f * (1.0f - f);
      stores.put(line + Of::forget * H, d);
      if constexpr (Of::full) stores.put(s.again + row * s.again_row + j + H, d);
      if constexpr (Of::peeping) {
        dc_before += load(peephole + Of::forget_peephole * s.width) * d;
        add_peephole(Of::forget_peephole, d, before);
      }
    }
    stores.put(line + Of::candidate * H, Of::curved_in ? dc * i * (1.0f - g * g) : dc * i);
    store(b.dc + here, dc_before);
  });
}

}  // namespace
}  // namespace curvewise
