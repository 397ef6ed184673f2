# All that is done with the project: `make lab` tries it, `make test` checks it.
PYTHON ?= python3
N ?= 20
PRESSES ?= 2000
CORES ?= 2
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: setup lab test check bench chaos presses mutations words new-step

setup: .venv/test

lab: .venv/lab
	@$(BIN)/switchover lab $(ARGS)

test: check
	@$(BIN)/python -m pytest --numprocesses $(CORES) --dist loadfile $(ARGS)

check: .venv/test
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/python -m tests.tools.legibility --quiet

# Brings the catalogues up to date and names what is still to be translated.
words: .venv/test
	@$(BIN)/python -m tests.tools.catalogue

# A step with its fact, cases, scenario and lab cmdlets: make new-step NAME=push_notifications NOUN=CsPushNotificationConfiguration
new-step: .venv/test
	@$(BIN)/python -m tests.tools.new_step $(NAME) $(NOUN)
	@$(BIN)/python -m tests.tools.catalogue
	@$(BIN)/python -m pytest --accept tests/steps/test_cases.py tests/architecture/test_steps_page.py -k "$(NAME) or page"

bench: .venv/test
	@$(BIN)/python -m tests.tools.bench $(ONLY) $(ARGS)

chaos: .venv/test
	@$(BIN)/python -m tests.tools.chaos $(N) $(ARGS)

presses: .venv/test
	@$(BIN)/python -m tests.tools.presses $(PRESSES) $(ARGS)

# Makes the product wrong in sixty ways, one at a time in a copy, and tells which of them no test notices: make mutations ARGS="--only 7"
mutations: .venv/test
	@$(BIN)/python -m tests.tools.mutations $(ARGS)

# Two stamps: the lab alone does not need the tools of the tests.
.venv/lab: pyproject.toml adapters/lab/pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Switchover needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "Switchover needs Python's venv: on Debian, apt install python3-venv"; exit 1; }
	@echo "Setting up .venv (once)…"
	@$(PYTHON) -m venv .venv
	@$(PIP) -e '.[lab]'
	@touch $@

# botbuilder-testing depends on an old pytest and on Azure; only one file of it is used, so it is installed without dependencies.
.venv/test: .venv/lab
	@$(PIP) -e '.[test]'
	@$(PIP) --no-deps botbuilder-testing
	@touch $@
