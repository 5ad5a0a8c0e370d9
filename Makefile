# Every verb sets up what it needs. `make demo` is the place to start.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
PATIENTS ?= 10000

.PHONY: setup demo test check docs bench golden browser validators simulations setup-spark test-spark test-postgres mutants lock clean

setup: .venv/installed ## .venv/bin/lumbar, from hash-locked requirements

demo: .venv/installed ## a synthetic clinic, evaluated, with its report
	$(BIN)/lumbar demo --out demo-clinic --overwrite

test: .venv/installed-dev ## every test that needs no server, browser or Java, and no long simulation
	$(BIN)/python -m pytest -n 2 --ignore tests/browser --ignore tests/simulations --ignore tests/validators --ignore tests/spark --ignore tests/postgres

check: .venv/installed-dev ## lint, types, import contracts, SQL style, fresh docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --processes 2 src
	$(BIN)/python docs/generate.py --check

docs: .venv/installed-dev ## generated pages, then the site in site/
	$(BIN)/python docs/generate.py
	$(BIN)/mkdocs build --strict

bench: .venv/installed-spark ## benchmarks on PATIENTS patients; FULL=1 for the published size; Spark and npm beside
	npm install --prefix benchmarks/peers --no-package-lock --no-audit --no-fund --silent
	$(BIN)/python benchmarks/run.py $(if $(FULL),--full,--patients $(PATIENTS))

golden: .venv/installed-dev ## writes the golden texts anew; read the difference before you commit
	LUMBAR_GOLDEN=write $(BIN)/python -m pytest tests/golden tests/exports/test_qpp_years.py

browser: .venv/installed-dev ## the report in a real browser; installs chromium and node where apt-get is at hand
	@command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq chromium >/dev/null; }
	@command -v npm >/dev/null || { apt-get update -qq && apt-get install -y -qq nodejs npm >/dev/null; }
	npm install --prefix tests/browser --no-package-lock --no-audit --no-fund --silent
	$(BIN)/python -m pytest -n 2 tests/browser

validators: .venv/installed-dev ## FHIR files before validators of others; installs node where apt-get is at hand
	@command -v npm >/dev/null || { apt-get update -qq && apt-get install -y -qq nodejs npm >/dev/null; }
	npm install --prefix tests/validators --no-package-lock --no-audit --no-fund --silent
	$(BIN)/python -m pytest tests/validators

simulations: .venv/installed-dev ## simulated clinics: the forecast's coverage, the next best call against the due date; 15 minutes of processor time
	$(BIN)/python -m pytest -n 2 tests/simulations

setup-spark: .venv/installed-spark ## Spark beside the rest, and Java where the machine has none

test-spark: .venv/installed-spark ## every test that needs Spark
	$(BIN)/python -m pytest tests/spark

test-postgres: .venv/installed-dev ## every test that needs PostgreSQL; installs it where apt-get is at hand
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || { apt-get update -qq && apt-get install -y -qq postgresql >/dev/null; }
	$(BIN)/python -m pytest tests/postgres

mutants: .venv/installed-dev ## plants faults one by one; each must be caught
	$(BIN)/python tests/mutants/run.py

lock: .venv/installed-dev ## the requirement files from pyproject.toml
	$(BIN)/python -m pip --quiet install uv
	$(BIN)/uv pip compile pyproject.toml --python-version 3.11 --universal --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --quiet -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --group dev --python-version 3.11 --universal --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --quiet -o requirements-dev.lock
	$(BIN)/uv pip compile pyproject.toml --group dev --group spark --python-version 3.11 --universal --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --quiet -o requirements-spark.lock

clean: ## everything that is made
	rm -rf .venv site demo-clinic build dist tests/browser/node_modules tests/validators/node_modules benchmarks/peers/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "lumbar needs Python 3.11 or later; set PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/installed: requirements.lock pyproject.toml | .venv/bin/python
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --no-deps -e .
	@touch $@

.venv/installed-dev: requirements-dev.lock pyproject.toml | .venv/bin/python
	$(PIP) install --require-hashes -r requirements-dev.lock
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@ .venv/installed

.venv/installed-spark: requirements-spark.lock | .venv/installed-dev
	$(PIP) install --require-hashes -r requirements-spark.lock
	@touch $@
