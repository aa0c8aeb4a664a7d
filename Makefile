.PHONY: help install run demo test lint properties fuzz bench protos lock clean
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

help:  ## list the tasks
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# One environment with everything: locked, hash-checked dependencies, then the project itself, editable.
$(STAMP): pyproject.toml deploy/requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "authz needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r deploy/requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

install: $(STAMP)  ## make .venv with everything in it

run: install  ## the quickstart: authorizer, Envoy and backends, until Ctrl-C
	@exec $(BIN)/authz dev quickstart

demo: install  ## the quickstart's table once; status 1 where an outcome differs
	@exec $(BIN)/authz dev quickstart --once

test: install  ## all tests, a real Envoy among them
	$(BIN)/python -m pytest

lint: install  ## ruff, mypy, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cd protos && ../$(BIN)/mypy --config-file ../pyproject.toml prune.py pruning
	$(BIN)/lint-imports

properties: install  ## the laws, on many more generated inputs
	AUTHZ_HYPOTHESIS_PROFILE=thorough $(BIN)/python -m pytest tests/properties --timeout 1800

fuzz: install  ## a short coverage-guided run on every parser (FUZZ_SECONDS each)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r deploy/requirements-fuzz.txt
	$(BIN)/python -m tests.fuzz.run --seconds $${FUZZ_SECONDS:-20}

bench: install  ## what a decision costs, beside a linear scan
	$(BIN)/python -m tests.bench.run

protos: install  ## rebuild protos/ (pruned) and authz/pb from them
	$(BIN)/python protos/prune.py

lock: install  ## resolve the locked dependencies anew
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-package authz --no-header pyproject.toml -o deploy/requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-package authz --no-header pyproject.toml --extra dev -o deploy/requirements-dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-package authz --no-header pyproject.toml --extra fuzz -o deploy/requirements-fuzz.txt
	cd protos && ../$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header tools.in -o tools.txt

clean:  ## remove what the tasks made
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
