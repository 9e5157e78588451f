# make play: everything from nothing, then music.   make play BARS=16 PATCH=jig
# make test: everything from nothing, then the tests.
# make mutants: mutation testing of the modules in pyproject.toml, up to MINUTES; goes on where it was stopped.
PYTHON ?= python3.11
PATCH ?= first
BARS ?=
ARGS ?=
MINUTES ?= 60
VENV = .venv
BIN = $(VENV)/bin

.PHONY: play test check mutants clean

play: $(VENV)/installed
	$(BIN)/python run.py $(PATCH) $(if $(BARS),--bars $(BARS)) $(ARGS)

test: $(VENV)/installed-test
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile -m "not realtime"
	$(BIN)/python -m pytest -m realtime
	$(MAKE) --no-print-directory check

check: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/mypy

mutants: $(VENV)/installed-mutants
	$(BIN)/python tests/mutants.py --minutes $(MINUTES)

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV) || python3 -m venv $(VENV)

$(VENV)/installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt -e .
	touch $@

$(VENV)/installed-test: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt -e '.[test]'
	$(BIN)/python -m pip install --quiet --no-deps tinysoundfont  # what it depends on is for playing by itself
	touch $@ $(VENV)/installed

$(VENV)/installed-mutants: $(VENV)/installed-test
	$(BIN)/python -m pip install --quiet --constraint constraints.txt -e '.[mutants]'
	touch $@

clean:
	rm -rf $(VENV) build mutants recordings *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
