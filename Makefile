# Two commands matter: `make demo` and `make test`. Each sets up what it needs, once.
VENV := .venv
PYTHON := $(VENV)/bin/python
STAMP := $(VENV)/.installed

.PHONY: help demo test check refresh lab bench browser
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): requirements.txt pyproject.toml
	@python3 -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; this is " + sys.version.split()[0])'
	@test -x $(PYTHON) || python3 -m venv $(VENV)
	@echo "installing the pinned packages (once)"
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

demo: $(STAMP) ## take the demo district the whole road, offline, and show where its pages are
	@$(PYTHON) -m playbook demo

test: check ## everything that must hold: style, types, tests, notebooks
	@$(PYTHON) -m pytest -n auto --dist loadfile

check: $(STAMP) ## style and types only
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy

refresh: $(STAMP) ## run the notebooks on the demo district and store their outputs
	@$(PYTHON) -m playbook.desk.refresh notebooks

lab: $(STAMP) ## open the guided notebooks in JupyterLab
	@$(PYTHON) -m playbook.desk.lab

bench: $(STAMP) ## measure speed against named peers, as ratios in one run
	@test -x .venv-bench/bin/python || python3 -m venv .venv-bench
	@.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check -r tests/benchmarks/requirements.txt
	@for script in tests/benchmarks/bench_*.py; do echo "== $$script"; $(PYTHON) $$script || exit 1; done

browser: $(STAMP) ## only the tests that drive a real browser (needs chromium)
	@$(PYTHON) -m pytest -m browser
