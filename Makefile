# Everything that a person or the gate does, one short recipe each; `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# One torch thread per process: on small work two are slower than one (docs/architecture.md).
export OMP_NUM_THREADS ?= 1

.PHONY: help demo test slow lint types layers docs check clean

help: ## List the recipes
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(VENV)/installed: pyproject.toml constraints.txt CMakeLists.txt $(wildcard src/curvewise/native/*)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip -c constraints.txt
	$(BIN)/pip install --quiet -c constraints.txt torch
	$(BIN)/pip install --quiet -c constraints.txt --editable .
	@touch $@

$(VENV)/developed: $(VENV)/installed
	$(BIN)/pip install --quiet -c constraints.txt --editable '.[dev]'
	@touch $@

demo: $(VENV)/installed ## Set up, then find good hyperparameters for the digits in a minute
	$(BIN)/curvewise tune digits --budget 60s

test: $(VENV)/developed ## Set up, then run the tests (under ten minutes on two cores)
	$(BIN)/pytest -n 2 -q

slow: $(VENV)/developed ## The tests that take long: kill -9, sanitizers, every twin
	$(BIN)/pytest -q -m slow

lint: $(VENV)/developed ## Formatting and lint
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/ruff check src tests benchmarks

types: $(VENV)/developed ## Strict types
	$(BIN)/mypy

layers: $(VENV)/developed ## An import may only point down
	$(BIN)/lint-imports

docs: $(VENV)/developed ## What the docs say against what the code says
	$(BIN)/pytest -q tests/docs

check: test lint types layers docs ## Everything that the gate runs

clean: ## Remove what was built
	rm -rf $(VENV) build dist
