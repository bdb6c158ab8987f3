# Everything runs in .venv, which this file makes: with the uv on PATH or the one that requirements-uv.txt pins.
PYTHON ?= $(firstword $(foreach version,3.13 3.12 3.11 3.14,$(shell command -v python$(version) >/dev/null 2>&1 && python$(version) --version >/dev/null 2>&1 && echo python$(version))) python3)
BIN := .venv/bin
# To an environment's Python: `pip install`, by uv where it can.
INSTALL := -I templates/components/dev/package/install.py
SOURCES := $(shell find src templates -type f -not -name '*.pyc') pyproject.toml README.md
TESTS ?= tests
WORKERS ?= 2
# What is done where tests failed; CI runs a few of them once more.
AGAIN ?= exit $$?
# A Kubernetes node under load wants the machine for itself: what is scaled and killed there is judged by seconds.
ON_A_NODE := tests/deploy/cluster
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-annotate --upgrade --custom-compile-command "make lock"

# As pip does; without compiled modules each of the tests' thousand starts would take twice as long.
export UV_COMPILE_BYTECODE := 1
# Generated projects and these tests keep theirs as well.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# As a constraint too: pip before 24 holds a name with extras and the bare name to two different versions.
.venv/ready: requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is older: make PYTHON=/path/to/python3.11"; exit 2; }
	@$(PYTHON) -m venv --clear --without-pip .venv
	@$(BIN)/python $(INSTALL) --require-hashes --requirement $< --constraint $<
	@touch $@

# The wheels are what users get, so they are what runs here; the checkout is never on the path.
.venv/installed: .venv/ready $(SOURCES)
	@rm -rf dist
	@$(BIN)/python -m hatchling build -t wheel >/dev/null
	@cd templates && ../$(BIN)/python -m hatchling build -t wheel -d ../dist >/dev/null
	@$(BIN)/python $(INSTALL) --no-deps --force-reinstall dist/*.whl
	@touch $@

# hadolint, Compose, actionlint, zizmor, checkov and nginx; tests that want them are skipped without.
.venv-checkers/ready: tests/checkers/requirements.txt
# What `blueprint update` is compared with; the newest git comes with it.
.venv-updaters/ready: tests/updating/rivals/requirements.txt

# SAM, which holds the AWS SDK to other versions than checkov does.
.venv-sam/ready: tests/deploy/aws_lambda/requirements.txt

# If no uv is on PATH, with the one in .venv.
.venv-checkers/ready .venv-sam/ready .venv-updaters/ready: .venv/ready
	@$(BIN)/python -m venv --clear --without-pip $(@D)
	@PATH="$$PATH:$(CURDIR)/$(BIN)" $(@D)/bin/python $(INSTALL) --require-hashes --requirement $(filter %.txt,$^) --constraint $(filter %.txt,$^)
	@touch $@

# No package has it; compiled, which takes a minute, where Go is.
.venv-checkers/bin/kube-score: .venv-checkers/ready
	@! command -v go >/dev/null || GOBIN="$(CURDIR)/$(@D)" go install github.com/zegl/kube-score/cmd/kube-score@v1.20.0

.PHONY: checkers
checkers: .venv-checkers/ready .venv-checkers/bin/kube-score ## Install the programs that check rendered files: hadolint, checkov and others.

.PHONY: sam
sam: .venv-sam/ready ## Install SAM and cfn-lint, which check what is rendered for AWS Lambda.

.PHONY: updaters
updaters: .venv-updaters/ready ## Install Copier, Cruft and the newest git, to compare updates with.
	@tools/oldest_git.sh .venv-gits

.PHONY: updates
updates: .venv/installed updaters ## Remake the table of docs/update.md.
	@$(BIN)/python tools/compare_updates.py

.PHONY: install
install: .venv/installed ## Make .venv, build both wheels and install them there.

.PHONY: demo
demo: .venv/installed ## Describe a clinic, start it, book over HTTP, change the model, merge.
	@$(BIN)/python tools/demo.py

.PHONY: lint
lint: .venv/installed ## Format check, lint, types and import contracts.
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache >.venv/imports || { cat .venv/imports; exit 1; }

.PHONY: format
format: .venv/ready ## Format and fix what can be fixed.
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

.PHONY: test
test: lint ## Every check and test that this machine can run (TESTS=path for some).
ifeq ($(TESTS),tests)
	@$(PYTEST) --ignore=$(ON_A_NODE) tests || $(AGAIN)
	@$(PYTEST) -n 1 $(ON_A_NODE) || $(AGAIN)
else
	@$(PYTEST) $(TESTS)
endif

.PHONY: coverage
coverage: .venv/installed ## The same tests with coverage measured, in twice the time.
	@$(PYTEST) --cov --cov-report=term $(TESTS)

.PHONY: bench
bench: .venv/installed ## The benchmarks; prints the tables of benchmarks/README.md.
	@for script in benchmarks/bench_*.py; do $(BIN)/python $$script || exit 1; done

.PHONY: pictures
pictures: .venv/installed ## Remake the pictures of the program in docs/images.
	@$(BIN)/python tools/pictures.py

.PHONY: lock
lock: ## Raise every requirements file to the newest versions that are allowed (needs uv).
	@echo uv | $(COMPILE) - -o requirements-uv.txt
	@{ echo '# Made by `make lock`, for every supported Python and system.'; sed '/^#/d' requirements-uv.txt; } >templates/components/project/files/requirements-uv.txt
	@$(COMPILE) --group dev pyproject.toml -o requirements-dev.txt
	@tools/lock_layers.sh
	@$(COMPILE) tests/checkers/requirements.in -o tests/checkers/requirements.txt
	@$(COMPILE) tests/deploy/aws_lambda/requirements.in -o tests/deploy/aws_lambda/requirements.txt
	@$(COMPILE) tests/updating/rivals/requirements.in -o tests/updating/rivals/requirements.txt
	@$(COMPILE) benchmarks/rivals/requirements.in -o benchmarks/rivals/requirements.txt

.PHONY: clean
clean: ## Remove what make made.
	@rm -rf .venv .venv-checkers .venv-rivals .venv-sam .venv-updaters .venv-gits dist .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis
