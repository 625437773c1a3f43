// Prints the largest error of each elementary function over a dense grid, against the C library in double precision:
// relative for exp, tanh and the logistic function, absolute for the normal distribution.
#include "elementary.h"

#include <stdio.h>

using namespace curvewise;

namespace {

template <class Function>
double worst(float from, float to, bool relative, Function function, double (*exact)(double)) {
  double most = 0.0;
  const int steps = 400000;
  for (int i = 0; i <= steps; i++) {
    const float x = from + (to - from) * float(i) / float(steps);
    const double is = function(all(x))[0], should = exact(double(x)), error = fabs(is - should);
    most = fmax(most, relative && should != 0.0 ? error / fabs(should) : error);
  }
  return most;
}

}  // namespace

int main() {
  printf("exponential %g\n", worst(-87.0f, 88.0f, true, [](Vector x) { return exponential(x); }, exp));
  printf("hyperbolic_tangent %g\n", worst(-12.0f, 12.0f, true, [](Vector x) { return hyperbolic_tangent(x); }, tanh));
  printf("logistic %g\n", worst(-80.0f, 80.0f, true, [](Vector x) { return logistic(x); },
                                [](double x) { return 1.0 / (1.0 + exp(-x)); }));
  printf("distribution %g\n", worst(-9.0f, 9.0f, false, [](Vector x) { return normal(x).distribution; },
                                    [](double x) { return 0.5 * erfc(-x / sqrt(2.0)); }));
  printf("density %g\n", worst(-9.0f, 9.0f, false, [](Vector x) { return normal(x).density; },
                               [](double x) { return exp(-x * x / 2.0) / sqrt(2.0 * M_PI); }));
  // What is not a number stays so, and what overflows stays at an end.
  const float none = NAN, huge = INFINITY;
  const bool kept = isnan(exponential(all(none))[0]) && isnan(hyperbolic_tangent(all(none))[0]) &&
                    isnan(logistic(all(none))[0]) && isnan(normal(all(none)).distribution[0]) &&
                    logistic(all(huge))[0] == 1.0f && logistic(all(-huge))[0] < 1e-37f &&
                    hyperbolic_tangent(all(-huge))[0] == -1.0f;
  printf("not_finite %d\n", kept ? 0 : 1);
}
