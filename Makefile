# make play: everything from nothing, then music.   make play BARS=16 PATCH=jig
# make test: everything from nothing, then the tests. The quiet ones wait most of the time; what computes for minutes, and
# mypy, run beneath them.
# make test-long: every seed and case of which `make test` takes a share, stress at the numbers that are promised, and
# a million evenings of the note ledger; takes hours.
# make mutants: mutation testing of the modules in pyproject.toml, up to MINUTES; goes on where it was stopped.
PYTHON ?= python3.11
PATCH ?= first
BARS ?=
ARGS ?=
MINUTES ?= 60
CORES ?= $(shell nproc 2>/dev/null || echo 2)
VENV = .venv
BIN = $(VENV)/bin
PYTEST = $(BIN)/python -m pytest
PIP = $(BIN)/python -m pip
# beneath everything else: only what nobody wants of the processors
IDLE := $(shell chrt --idle 0 true 2>/dev/null && echo chrt --idle 0 || echo nice -n 19)
# files with tests that need real time: only these are read for them
REALTIME = $(shell grep -rlE 'mark\.realtime|MARKS' tests --include='test_*.py')
# and those with tests that compute for minutes
COMPUTING = $(shell grep -rl 'mark\.computing' tests --include='test_*.py')
# tests with their asserts rewritten are kept for the next who reads them
export PYTHONDONTWRITEBYTECODE =

.PHONY: play test test-long computing check mutants clean

play: $(VENV)/installed
	$(BIN)/python run.py $(PATCH) $(if $(BARS),--bars $(BARS)) $(ARGS)

test: $(VENV)/compiled
	$(BIN)/python -m compileall -q instrument tests/fakes  # hundreds of processes import them
	OMP_NUM_THREADS=1 $(PYTEST) -n $(CORES) --dist loadfile --no-loadscope-reorder -m "not realtime and not long and not computing"
	$(PYTEST) -n 3 --dist loadfile -m "realtime and not quiet and not long" $(REALTIME)  # they wait more than they work
	@said=$$(mktemp); $(IDLE) $(MAKE) --no-print-directory -j 2 -O computing check >$$said 2>&1 & beneath=$$!; \
	$(PYTEST) -m "quiet and not long" $(REALTIME); quiet=$$?; \
	wait $$beneath; beneath=$$?; cat $$said; rm $$said; exit $$((quiet | beneath))

test-long: $(VENV)/installed-test
	LILT_THOROUGH=1 OMP_NUM_THREADS=1 $(PYTEST) -n $(CORES) --dist loadfile -m "not realtime"
	LILT_THOROUGH=1 $(PYTEST) -m realtime
	LILT_EXAMPLES=1000000 OMP_NUM_THREADS=1 $(PYTEST) -n 2 --timeout 0 tests/playing/test_note_ledger.py tests/playing/test_note_ledger_again.py

computing: $(VENV)/installed-test
	OMP_NUM_THREADS=1 $(PYTEST) -n $(CORES) --dist loadfile -m computing $(COMPUTING)

check: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/mypy  # one process: two take 75 s of the processors for 55

mutants: $(VENV)/installed-mutants
	$(BIN)/python tests/mutants.py --minutes $(MINUTES)

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV) || python3 -m venv $(VENV)

$(VENV)/installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install --quiet --constraint constraints.txt -e .
	touch $@

# much of what the tests depend on is never imported; what is, is compiled then: a minute less than all of it here
$(VENV)/installed-test: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install --quiet --no-compile --constraint constraints.txt -e '.[test]'
	$(PIP) install --quiet --no-compile --no-deps tinysoundfont  # what it depends on is for playing by itself
	touch $@ $(VENV)/installed

# what the tests import is compiled, and their asserts rewritten, once: not by every worker at the same time
$(VENV)/compiled: $(VENV)/installed-test
	$(PYTEST) --collect-only -m "" >/dev/null
	touch $@

$(VENV)/installed-mutants: $(VENV)/installed-test
	$(PIP) install --quiet --constraint constraints.txt -e '.[mutants]'
	touch $@

clean:
	rm -rf $(VENV) build mutants recordings *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
