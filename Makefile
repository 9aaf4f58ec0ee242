# make fig5: the main job.  make all: every figure and table.  make test: all tests; make quick: the library's short ones.  make check: linters
# types and the site.  make site: the documentation in build/site.  All set up .venv from requirements.lock first, if it is not there.
PYTHON ?= python3
VENV := .venv
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# Threads are set on purpose, per job, by the settings; the libraries must not add their own on top.
export OMP_NUM_THREADS ?= 1

# Tests side by side, one more than two cores, for some only wait. Those of one xdist_group share a worker; the order is that of
# tests/conftest.py, the longest first.
WORKERS ?= 3
TESTS := python -m pytest --numprocesses $(WORKERS) --dist loadgroup --no-loadscope-reorder

# MkDocs' theme prints a notice about other programs without this.
export NO_MKDOCS_2_WARNING := 1

.PHONY: fig5 all test quick check site bench lock schema

fig5: $(VENV)/installed
	kmyriad run results/figures/fig5.pdf

all: $(VENV)/installed
	snakemake --cores all

test: $(VENV)/installed
	$(TESTS)

quick: $(VENV)/installed
	$(TESTS) -m 'not slow' --ignore tests/stages --ignore tests/workflow --ignore tests/slurm

check: $(VENV)/installed
	ruff check .
	ruff format --check .
	snakefmt --check Snakefile workflow
	mypy
	snakemake --lint
	mkdocs build --strict --quiet

site: $(VENV)/installed
	mkdocs build --strict

bench: $(VENV)/installed
	python benchmarks/run.py

schema: $(VENV)/installed
	python -m kmyriad.pipeline.schema > workflow/schemas/config.schema.json

$(VENV)/installed: requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --requirement requirements.lock
	$(VENV)/bin/pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

# New versions of everything: resolve pyproject.toml in an empty environment and write down what came out.
lock:
	rm -rf .lock && $(PYTHON) -m venv .lock
	.lock/bin/pip install --quiet torch==2.13.0 setuptools
	.lock/bin/pip install --quiet --no-build-isolation '.[pipeline,test,docs]'
	.lock/bin/python workflow/lock.py
	rm -rf .lock
