# Everything a fresh machine needs is Python >= 3.11 and make: each target sets up what it uses.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OLD_DUCKDB := 1.5.6
SPECS ?= 100000
KILLS ?= 200
PUBLISHES ?= 100
DOCUMENTS ?= 10000

.DEFAULT_GOAL := help
.PHONY: help run test fuzz torture lint format bench bench-answers bench-history docs sample wheel constraints clean

help: ## show the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

run: $(VENV)/run ## load the embedded, made-up sample cache and ask it a question
	$(BIN)/spack-cache-etl run
	@echo
	@echo "Which packages of develop have x86_64 builds but none for aarch64, on Linux?"
	@$(BIN)/spack-cache-etl sql "select package, spec_count, stacks_text from coverage_gaps where tag = 'develop' \
	    and platform = 'linux' and has_family = 'x86_64' and lacks_family = 'aarch64' order by spec_count desc, package"
	@echo
	@echo "Next: $(BIN)/spack-cache-etl shell, and there .help WORD or .examples"

fuzz: $(VENV)/dev ## run 10,000 damaged documents through the job (DOCUMENTS=10000)
	$(BIN)/python -m bench.fuzz --documents $(DOCUMENTS)

torture: $(VENV)/dev ## kill runs at every step and at random, fill the disk, read while they publish (KILLS=200 PUBLISHES=100)
	$(BIN)/python -m bench.torture --kills $(KILLS) --publishes $(PUBLISHES)

test: $(VENV)/dev $(VENV)/tools ## run the tests
	$(BIN)/python -m pytest -n 2 -q

lint: $(VENV)/dev ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/dev ## bring the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/dev ## time the job beside plain readers of the same files (SPECS=100000)
	$(BIN)/python -m bench --specs $(SPECS)

bench-answers: $(VENV)/dev ## time every view and macro beside the same question to raw pages (SPECS=1100000: the public cache's size)
	$(BIN)/python -m bench --answers --specs $(SPECS)

bench-history: $(VENV)/dev ## time a backfill of 60 made-up nights beside git alone, and the nights one by one
	$(BIN)/python -m bench --history

docs: $(VENV)/run ## write the data dictionary and the settings of BI tools anew
	$(BIN)/spack-cache-etl docs --output docs/data-dictionary.md
	$(BIN)/spack-cache-etl connect all --warehouse /srv/warehouse 2>/dev/null >docs/bi.md

sample: $(VENV)/dev ## write the embedded sample anew
	$(BIN)/python -m bench.sample

wheel: $(VENV)/dev ## build the wheel, install it into an empty environment, and run it there
	rm -rf dist $(VENV)/wheel
	$(BIN)/python -m build --wheel --no-isolation --outdir dist
	$(PYTHON) -m venv $(VENV)/wheel
	$(VENV)/wheel/bin/python -m pip install --quiet --constraint constraints.txt dist/*.whl
	cd $(VENV)/wheel && bin/spack-cache-etl run --warehouse warehouse \
	    && bin/spack-cache-etl sql --warehouse warehouse "select count(*) as packages from packages"

constraints: $(VENV)/dev ## write down the versions that are installed now
	{ sed -n '/^#/p' constraints.txt; $(BIN)/python -m pip freeze --exclude-editable | grep == | sort -f; } > $(VENV)/constraints.txt
	mv $(VENV)/constraints.txt constraints.txt

clean: ## remove all that make made; the warehouse stays
	rm -rf $(VENV) dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/run: $(BIN)/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

# The views must mean the same in the DuckDB before: it is kept apart and asked by the tests in a process of its own. So is its shell, of which there is no
# newer one.
$(VENV)/dev: $(BIN)/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	$(BIN)/python -m pip install --quiet --upgrade --no-deps --target $(VENV)/duckdb-$(OLD_DUCKDB) duckdb==$(OLD_DUCKDB)
	$(BIN)/python -m pip install --quiet --upgrade --no-deps --target $(VENV)/duckdb-cli duckdb-cli==$(OLD_DUCKDB)
	@touch $@ $(VENV)/run

# Real tools that read a warehouse: two pairs of SQLAlchemy and driver that exclude one another, ADBC, harlequin, the shell of DuckDB; and where
# there is npm, DuckDB in node and in WebAssembly. Tests of a tool that is not there are skipped.
$(VENV)/tools: $(BIN)/python tests/bi/requirements.txt tests/bi/requirements-superset.txt tests/bi/package.json
	$(PYTHON) -m venv $(VENV)/bi
	$(VENV)/bi/bin/python -m pip install --quiet --requirement tests/bi/requirements.txt
	$(PYTHON) -m venv $(VENV)/bi-superset
	$(VENV)/bi-superset/bin/python -m pip install --quiet --requirement tests/bi/requirements-superset.txt
	if command -v npm >/dev/null; then \
	    mkdir -p $(VENV)/node && cp tests/bi/package.json $(VENV)/node/ \
	        && (cd $(VENV)/node && npm install --loglevel=error --no-package-lock --no-audit --no-fund >/dev/null) \
	        || { rm -rf $(VENV)/node; echo "npm cannot install them: the tests of DuckDB in node and WebAssembly are skipped" >&2; }; \
	fi
	@touch $@
