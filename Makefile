# All that is done with the house. `make lab` tries it, `make test` before handing in.
PYTHON ?= python3
N ?= 20
PRESSES ?= 2000
CORES ?= 2
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: setup lab test check bench chaos presses words

setup: .venv/test

lab: .venv/lab
	@$(BIN)/switchover lab $(ARGS)

test: check
	@$(BIN)/python -m pytest --numprocesses $(CORES) --dist loadfile $(ARGS)

check: .venv/test
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary

# Brings the catalogues up to date and names what is still to be translated.
words: .venv/test
	@$(BIN)/python -m tests.tools.catalogue

bench: .venv/test
	@$(BIN)/python -m tests.tools.bench $(ONLY) $(ARGS)

chaos: .venv/test
	@$(BIN)/python -m tests.tools.chaos $(N) $(ARGS)

presses: .venv/test
	@$(BIN)/python -m tests.tools.presses $(PRESSES) $(ARGS)

# Two stamps: who only wants to see the lab does not wait for the tools of the tests.
.venv/lab: pyproject.toml adapters/lab/pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Switchover needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "Switchover needs Python's venv: on Debian, apt install python3-venv"; exit 1; }
	@echo "Setting up .venv (once)…"
	@$(PYTHON) -m venv .venv
	@$(PIP) -e '.[lab]'
	@touch $@

# botbuilder-testing asks for an old pytest and for Azure; only one file of it is read, so it comes without what it asks for.
.venv/test: .venv/lab
	@$(PIP) -e '.[test]'
	@$(PIP) --no-deps botbuilder-testing
	@touch $@
