// Which sequence of a minibatch is at which step in which row of the buffers.
//
// The sequences of a minibatch are sorted by length, the longest first, and their steps lie time-major: all first
// steps, then all second steps of the sequences that have one, and so on. So the rows of a step are the first ones of
// the step before, going on; nothing is masked, and the S steps of the minibatch fill exactly S rows.
#pragma once
#include "layout.h"
#include "numbered_rows.h"
#include "recurrent_abi.h"

namespace curvewise {
namespace {

// The state of the sequence at position p after step t lies in row start[t] + p, for p below active[t].
struct Timetable {
  int64_t sequences, longest, steps;  // B, T, S
  int32_t *active, *start;            // (T), (T + 1)
  int32_t *place, *example;           // (B) of the sequence at each position: its place in the minibatch, its number
  int32_t *last;                      // (B) the row of its last step
  int32_t *target, *line;             // (S) or (B): where the target of each output lies, and the output itself
};

// Fill `table`, whose arrays hold as many as there can be. A counting sort: stable, and linear in steps and sequences.
inline void make_timetable(const curvewise_sequences &examples, Rows rows, bool per_step, Timetable &table) {
  table.sequences = rows.count;
  table.longest = 0;
  for (int64_t i = 0; i < rows.count; i++)
    table.longest = larger(table.longest, examples.lengths[rows[i]]);
  const int64_t time = table.longest;
  // start[l]: first how many are of length l + 1, then, from the end, how many are longer: where those of length l go
  memset(table.active, 0, size_t(time) * sizeof(int32_t));
  for (int64_t i = 0; i < rows.count; i++) table.active[examples.lengths[rows[i]] - 1]++;
  for (int64_t t = time - 2; t >= 0; t--) table.active[t] += table.active[t + 1];
  for (int64_t t = 0; t < time; t++) table.start[t] = t + 1 < time ? table.active[t + 1] : 0;
  for (int64_t i = 0; i < rows.count; i++) {
    const int32_t position = table.start[examples.lengths[rows[i]] - 1]++;
    table.place[position] = int32_t(i);
    table.example[position] = int32_t(rows[i]);
  }
  table.start[0] = 0;
  for (int64_t t = 0; t < time; t++) table.start[t + 1] = table.start[t] + table.active[t];
  table.steps = table.start[time];
  for (int64_t p = 0; p < rows.count; p++)
    table.last[p] = int32_t(table.start[examples.lengths[table.example[p]] - 1] + p);
  if (!per_step) memcpy(table.target, table.example, size_t(rows.count) * sizeof(int32_t));
  if (!per_step) memcpy(table.line, table.example, size_t(rows.count) * sizeof(int32_t));
  for (int64_t t = 0; per_step && t < time; t++)
    for (int64_t p = 0; p < table.active[t]; p++) {
      table.target[table.start[t] + p] = int32_t(table.example[p] * examples.time + t);
      table.line[table.start[t] + p] = int32_t(table.example[p] * examples.longest + t);
    }
}

}  // namespace
}  // namespace curvewise
