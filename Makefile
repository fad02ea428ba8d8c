# One room for the commands people type. `make run` is the main job on the sample company.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: run setup spark harlequin dev test test-slow lint types check bench bench-soak bench-nights bench-spark bench-scale bench-method bench-situations bench-claims audit lock clean

run: setup
	$(BIN)/icp run --home data

setup: $(STAMP)

# pip with hashes, because a new machine has no uv and pip follows the machine's own package settings.
$(STAMP): requirements.lock pyproject.toml
	@echo "Setting up .venv (once; about a minute) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || (echo "Python 3.11 or newer is needed: make run PYTHON=/path/to/python3.11" && exit 1)
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

# PySpark, for the tests that build the sample on Spark: 460 MB, which nobody needs for anything else. Java is not among it.
spark: $(STAMP)_spark

$(STAMP)_spark: $(STAMP) requirements-spark.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-spark.lock
	@touch $@

# Harlequin as analysts have it, for the test of the queries they save: apart, for it wants older packages than ours.
harlequin: $(STAMP)_harlequin

$(STAMP)_harlequin: $(STAMP) requirements-harlequin.lock
	@$(PYTHON) -m venv .venv/harlequin
	@.venv/harlequin/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-harlequin.lock
	@touch $@

dev: setup
	$(BIN)/icp dev --home data

# Each worker begins with a half of its own, so that tests of one module, which share a home, stay together.
PYTEST := $(BIN)/pytest -n 2 --dist worksteal

test: setup
	$(PYTEST) -m "not slow"

test-slow: setup
	$(PYTEST) -m slow

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup
	$(BIN)/mypy

check: setup
	$(BIN)/icp check --home data

bench: setup
	$(BIN)/python -m bench

# Hundreds of runs, many killed, with readers at work; about half an hour. `make bench-soak RUNS=20` is a short one.
RUNS ?= 200
bench-soak: setup
	$(BIN)/python -m bench.soak --runs $(RUNS)

# Night after night on one home, each a day later: what a night and the home come to take. Ctrl-C ends it with those so far.
NIGHTS ?= 400
bench-nights: setup
	$(BIN)/python -m bench.nights --nights $(NIGHTS)

# One company on DuckDB and on Spark, table by table, and usage on one, two and four workers; e.g. ARGS="--events 2000000".
bench-spark: spark
	$(BIN)/python -m bench.spark $(ARGS)

# 200,000 accounts with 60 million events, then landing and Spark from 20 to 300 million; 90 GB of disk, kept in
# $ICP_BENCH_CACHE. One: `.venv/bin/python -m bench.scale company`, `.venv/bin/python -m bench.scale spark --millions 20,60`.
bench-scale: spark
	$(BIN)/python -m bench.scale company
	$(BIN)/python -m bench.scale landing
	$(BIN)/python -m bench.scale spark

# What the method finds and what it makes up; e.g. `make bench-method ARGS="--quick"` or ARGS="--worlds 20 --customers 300".
bench-method: setup
	$(BIN)/python -m bench.method $(ARGS)

# The same in CRMs that have renewals, groups of one parent, half-covered outcomes, imported dates, a new mix and partners.
bench-situations: setup
	$(BIN)/python -m bench.method --generators crm $(ARGS)

# What people say of made-up companies, some of it true, some false, some about nothing; a quarter of an hour.
bench-claims: setup
	$(BIN)/python -m bench.claims $(ARGS)

# Known vulnerabilities of the locked packages, where their list can be reached; says so where it cannot.
audit: setup
	@PYTHON=$(PYTHON) .ci/audit

# Rewrites the lock files from pyproject.toml; uv is needed only here.
LOCKED := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header
lock:
	uv pip compile pyproject.toml --extra dev $(LOCKED) -o requirements.lock
	$(PYTHON) -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['optional-dependencies']['spark'])" \
		| uv pip compile - -c requirements.lock $(LOCKED) -o requirements-spark.lock
	echo "harlequin>=2.17" | uv pip compile - $(LOCKED) -o requirements-harlequin.lock

clean:
	rm -rf .venv build *.egg-info
