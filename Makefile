# papergraph: everything a fresh machine needs is Python 3.11+ and make.
#
#   make run                  ingest the sample papers (or PAPERS=folder) and print what is in the graph
#   make test                 run the tests, two processes side by side (or JOBS=n, of 2 GB each)
#   make run GPU=1            the same with the CUDA builds (faiss-gpu; torch's default wheel on Linux carries CUDA)
#   make setup TORCH_INDEX=URL   take torch from another wheel index, for example PyTorch's CPU-only one

PYTHON ?= python3
PAPERS ?= tests/data/samples
GRAPH  ?= graph.duckdb
JOBS   ?= 2
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
FAISS  := $(if $(GPU),gpu,cpu)
OTHER  := $(if $(GPU),cpu,gpu)
READY  := $(VENV)/.ready-$(FAISS)

.PHONY: run test test-slow check fix setup clean

run: setup  ## ingest PAPERS into GRAPH and print what is in it
	$(BIN)/papergraph ingest $(PAPERS) --graph $(GRAPH)

test: setup  ## the tests that CI runs, in JOBS processes; fixtures are shared by the tests of a file
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(JOBS) --dist loadfile

test-slow: setup  ## the long tests
	$(BIN)/python -m pytest -m slow

check: setup  ## read-only: format, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright --pythonpath $(BIN)/python

fix: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

setup: $(READY)  ## a virtual environment in .venv with the tested versions

# pip would make byte code by one core. Some files of packages are templates, which do not compile: no matter.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("papergraph needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; call make PYTHON=python3.11") if sys.version_info < (3, 11) else 0'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --upgrade pip
	$(PIP) --no-compile $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) torch
	-$(BIN)/python -m pip uninstall --quiet --yes faiss-$(OTHER)
	$(PIP) --no-compile -e '.[$(FAISS),dev]'
	$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib || true
	@rm -f $(VENV)/.ready-$(OTHER); touch $@

clean:  ## remove what `make run` made; the virtual environment stays
	rm -rf $(GRAPH) $(GRAPH).wal .papergraph
