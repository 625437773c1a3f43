"""One tuning job: what a person holds of it, and what carries it out."""

from curvewise.study.study import Study as Study
