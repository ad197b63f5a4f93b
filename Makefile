# Worthline: everything a newcomer runs. `make` alone lists the targets.
# Needs make and Python 3.11 or newer; all else goes into .venv, as an ordinary user.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help env demo test check bench truth chaos supply any-tables examples lock reference house inventory clean

VENV := .venv
BIN := $(VENV)/bin
# A stamp beside the environment: it is rebuilt only when the lock or the project file changes.
STAMP := $(VENV)/.built
UV ?= uv

help:  ## list the targets
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

env: $(STAMP)  ## the environment in .venv, so that .venv/bin/worthline runs

$(STAMP): requirements/dev.lock pyproject.toml scripts/make_env.sh
	@sh scripts/make_env.sh $(VENV)
	@touch $@

demo: env  ## make a simulated company of 50,000 customers, run it and show it
	$(BIN)/worthline demo build/demo

test: env  ## the whole test suite; gets a browser and Spark where it can
	@sh scripts/test_needs.sh $(VENV)
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

check: env  ## style, types, layers, circles, locked versions, sizes, docstrings, language
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/python scripts/check_lock.py
	$(BIN)/python -m scripts.licences
	$(BIN)/python scripts/sizes.py
	$(BIN)/python scripts/circles.py
	$(BIN)/python scripts/docstrings.py
	$(BIN)/python scripts/language.py

bench: env  ## speed and memory, as ratios to the bare engine, threads pinned
	$(BIN)/python -m benchmarks

SHARD := 1/1
MINUTES := 60
SEEDS := 20
truth: env  ## long studies against known truths; resumes (SHARD=i/n MINUTES=60 SEEDS=20)
	@$(BIN)/python -m tests.worlds --tests --write --shard $(SHARD) --minutes $(MINUTES) --seeds $(SEEDS)

CHAOS := sample
chaos: env  ## what may go wrong: kills, full disks, rot, bombs, attacks, load; CHAOS=full resumes (MINUTES=60)
	@$(BIN)/python -m tests.chaos $(CHAOS) --minutes $(MINUTES)

supply: env  ## bill of materials, licences, known faults of locked packages (where their data can be reached)
	$(BIN)/python -m scripts.sbom
	$(BIN)/python -m scripts.licences
	@sh scripts/audit.sh $(VENV)

any-tables: env  ## every table, pair and 500 subsets in every shape, each pair once first; goes on where it stopped (MINUTES=60); 500 damaged files
	$(BIN)/python -m tests.properties --minutes $(MINUTES)
	WORTHLINE_MUTATIONS=500 $(BIN)/python -m pytest tests/properties/test_mutated_files.py

examples: env  ## run the real companies in examples/
	$(BIN)/python examples/run_all.py

# For maintainers; needs uv. Resolves everything together once, then cuts the smaller locks out of that one,
# so that an extra never shifts a version unseen. What was locked stays locked: add LOCK="--upgrade" for newer
# versions, or LOCK="--upgrade-package duckdb" for one. No index address is written.
COMPILE = $(UV) pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header
lock:  ## resolve and hash-lock the dependencies anew (LOCK="--upgrade" for newer versions)
	@command -v $(UV) >/dev/null || { echo "make lock needs uv; say where it is: make lock UV=path/to/uv"; exit 2; }
	$(COMPILE) $(LOCK) --all-extras -o requirements/extras.lock
	$(COMPILE) --no-annotate --extra dev --extra web --extra postgres -c requirements/extras.lock -o requirements/dev.lock
	$(COMPILE) --no-annotate --extra spark -c requirements/extras.lock -o requirements/spark.lock
	$(COMPILE) --no-annotate -c requirements/extras.lock -o requirements/run.lock
	$(MAKE) --no-print-directory env
	$(BIN)/python scripts/check_lock.py --raise

reference: env  ## write docs/reference from the code
	$(BIN)/python -m scripts.reference

house: env  ## print the inventory that ARCHITECTURE.md must hold
	@$(BIN)/python scripts/house.py

inventory: env  ## write that inventory into ARCHITECTURE.md
	@sh scripts/architecture.sh

clean:  ## remove what was built, the caches and the environment
	rm -rf build dist $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src tests scripts examples benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
