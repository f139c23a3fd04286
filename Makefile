# `make demo` and `make test` are complete: from Python 3.11 or newer and make alone, each sets up what it needs in
# .venv and runs. Set-up is repeated only when pyproject.toml or constraints.txt changed.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

# The first of these that is Python 3.11 or newer and can make environments; override with PYTHON=...
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	if $$p -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	then echo $$p; break; fi; done)

# One editable installation with the given extras, of exactly the versions in constraints.txt. The build backend is
# pinned there too, so it is installed first and used without isolation.
install = $(PIP) install --quiet -c constraints.txt hatchling editables && \
	$(PIP) install --quiet --no-build-isolation -c constraints.txt -e '.[$(1)]'

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo test plugins dev lint types docs wheel constraints clean

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' Makefile | sed -e 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/.demo ## set up and run the worked example
	$(BIN)/simworth demo

test: $(VENV)/.test ## set up and run all tests, with coverage
	$(BIN)/python -m pytest --cov --numprocesses auto --maxprocesses 4 --dist loadfile

plugins: $(VENV)/.dev ## the tests of plug-in learners, which train PyTorch modules
	$(BIN)/python -m pytest tests/learners/plugins

dev: $(VENV)/.dev ## set up everything a developer needs

lint: $(VENV)/.dev ## ruff: rules and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev ## mypy, strict
	$(BIN)/mypy

docs: $(VENV)/.dev ## build the documentation into site/; any warning or outside request is an error
	$(BIN)/python -m sphinx --builder html --fail-on-warning --keep-going --fresh-env --quiet docs site
	$(BIN)/python docs/check_offline.py site

wheel: $(VENV)/.dev ## build the wheel into dist/
	rm -rf dist
	$(PIP) wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

constraints: $(VENV)/.dev ## resolve constraints.txt anew (CONTRIBUTING.md says when)
	$(PIP) install --quiet uv
	$(BIN)/uv pip compile --quiet pyproject.toml --all-extras --universal --python-version 3.11 \
		--fork-strategy fewest --upgrade --no-annotate --no-emit-package simworth \
		--custom-compile-command 'make constraints' --output-file constraints.txt

clean: ## remove everything that the other targets made
	rm -rf $(VENV) site dist .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/.python:
	@test -n "$(PYTHON)" || { echo "simworth needs Python 3.11 or newer with the venv module (on Debian and Ubuntu:" \
		"apt install python3-venv); none was found on PATH. Name one with: make PYTHON=/path/to/python3" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.demo: $(VENV)/.python pyproject.toml constraints.txt
	$(call install,chem)
	@touch $@

$(VENV)/.test: $(VENV)/.python pyproject.toml constraints.txt
	$(call install,chem$(comma)lmdb$(comma)produce$(comma)serve$(comma)sql$(comma)test)
	@touch $@

$(VENV)/.dev: $(VENV)/.python pyproject.toml constraints.txt
	$(call install,dev)
	@touch $@

comma := ,
