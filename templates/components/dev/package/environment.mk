# The environment in .venv: with uv, which is put in where it is not installed, and without it with pip.

PY := .venv/bin/python
# Without compiled modules every start would take seconds longer.
unexport PYTHONDONTWRITEBYTECODE

# $(call LOCKED,FILE,INPUTS): with hashes, and neither an index address nor a path of this machine.
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes --no-header \
	--no-annotate --no-emit-index-url
LOCKED = { echo '\# Made by `make lock` from pyproject.toml, for every supported Python and system.'; \
	$(COMPILE) $(2); } > $(1).new && mv $(1).new $(1)

lock: lock-uv
.PHONY: lock-uv
lock-uv:
	@command -v uv >/dev/null || { echo 'error: `make lock` needs uv; it is a package: pip install uv' >&2; exit 3; }
	@{ echo '# Made by `make lock`, for every supported Python and system.'; echo uv | $(COMPILE) -; } > requirements-uv.txt.new
	@mv requirements-uv.txt.new requirements-uv.txt

clean: ## remove .venv and caches; the data in var/ stay
	@$(NOT_IN_USE)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The newest Python that is really there (a version manager's shim may only complain).
FIND_PYTHON := for python in $(PYTHON) python3.14 python3.13 python3.12 python3.11 python3; do \
	"$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& break; python=; done

# Not under a server that runs in it.
NOT_IN_USE := test ! -x $(PY) || $(PY) -I dev/exclusive.py .venv/ready || test $$? -ne 75

# An environment that belongs to another folder (the project was moved) or that lost its Python.
ifneq ($(wildcard .venv/ready),)
ifneq ($(shell test "$$(cat .venv/ready)" = "$$(pwd -P)" && $(PY) -c '' && echo same),same)
.venv/ready: stale
endif
endif

# The constraint: pip before 24 takes a package with extras and the same without for two.
.venv/ready: requirements-dev.txt pyproject.toml
	@$(NOT_IN_USE)
	@$(FIND_PYTHON); if test -z "$$python" && command -v uv >/dev/null; \
	then uv venv --quiet --clear --python '>=3.11' .venv; \
	else "$${python:?Python 3.11 or newer with its venv module is needed, or uv}" -m venv --clear --without-pip .venv; fi
	@$(PY) -I dev/install.py --require-hashes --requirement $< --constraint $<
	@$(PY) -I dev/install.py --no-deps --no-build-isolation --editable .
	@pwd -P > .venv/ready
