# Everything runs in .venv, made on first use; nothing but Python 3.11+, a C++20 compiler and make is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SOURCES := $(shell find kernels pgwire -name '*.pyx' -o -name '*.pxd' -o -name '*.hpp' 2>/dev/null)
BUILT := build/.built
PYTEST := $(BIN)/python -m pytest -n auto --dist worksteal

.PHONY: install build check test demo bench lint slt clean

install: $(BUILT)

$(STAMP): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --upgrade pip "setuptools>=77" "cython>=3.1"
	$(BIN)/python -m pip install -q --no-build-isolation -e ".[test]"
	mkdir -p build && touch build/.fresh $@

# An installation has just built everything.
$(BUILT): $(STAMP) $(SOURCES)
	if test -e build/.fresh; then rm build/.fresh; else $(BIN)/python kernels/packaging/backend.py; fi
	touch $@

build: $(BUILT)

# The fast subset: under two minutes.
check: $(BUILT) lint
	$(PYTEST) -m "not slow" -x

lint: $(BUILT)
	$(BIN)/ruff check .
	$(BIN)/mypy -p sabot.kernels -p sabot.planner -p sabot.executor -p sabot.storage -p sabot.pgwire -p sabot.server

# Everything: under fifteen minutes on two cores.
test: $(BUILT) lint
	$(PYTEST)

demo: $(BUILT)
	$(BIN)/sabot demo $(if $(DEMO),$(DEMO),nexmark) $(if $(SECONDS_),--seconds $(SECONDS_),)

bench: $(BUILT)
	$(BIN)/python -m tests.bench.nexmark

clean:
	rm -rf build $(VENV) *.egg-info
	find kernels pgwire -name '*.so' -delete
