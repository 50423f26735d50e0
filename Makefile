# Everything happens in .venv inside this checkout; nothing is installed globally.
PYTHON ?= python3
UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin
# Stamps, newer than what they were made from, so that a second call installs nothing.
RUN := $(VENV)/.ready-to-run
DEV := $(VENV)/.ready
export UV_LINK_MODE := copy
# Where the environment forbids to keep compiled modules, as containers do, every process and every
# test worker would compile Dagster, pandas and the tests anew: half of what a process costs.
unexport PYTHONDONTWRITEBYTECODE

# The certificates that the system trusts, a company's own among them. pip and uv bring their own
# and are told of the system's, unless they have been told otherwise.
CERTS = $(shell $(PYTHON) -c 'import ssl; print(ssl.get_default_verify_paths().cafile or "")')
PIP = { $(BIN)/python -m pip config list | grep cert= >/dev/null || export PIP_CERT="$(CERTS)"; } \
  && $(BIN)/python -m pip --quiet --disable-pip-version-check
UV = UV_SYSTEM_CERTS=$${UV_SYSTEM_CERTS:-$(if $(CERTS)$(filter Darwin,$(shell uname)),true,false)} \
  $(BIN)/uv --quiet pip

.PHONY: demo test test-all check lint bench audit contract dev lock clean picture

demo: $(RUN)
	$(BIN)/okr demo

# Everything. A file's tests stay on one worker, so that what they share is made once.
PYTEST := $(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadscope --no-loadscope-reorder
test: $(DEV) lint
	$(PYTEST)

test-all: $(DEV) lint
	$(PYTEST) -m ""

# The inner loop: all but the tests marked `night`, which read, compute or publish for a whole
# company, and `thorough`, which try so many examples that they take seconds. tests/conftest.py marks
# the nights that use its companies; other modules do it themselves: `pytestmark = pytest.mark.night`.
check: $(DEV) lint
	$(PYTEST) -m "not night and not thorough and not matrix"

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(DEV)
	$(BIN)/python -m benchmarks $(BENCH)

# Security advisories about what runs, and about what is only developed with. Needs the network, and
# says so where the advisory database cannot be reached.
audit: $(DEV)
	$(BIN)/python scripts/audit.py requirements.lock requirements-dev.lock

# Records the contract of the published tables anew, if its version says what changed.
contract: $(DEV)
	$(BIN)/python -m scripts.contract

# Redraws the README's pictures from what the demo published; those of the page need Chromium.
picture: demo $(DEV)
	$(BIN)/python docs/picture.py demo/okr.yaml docs/images

dev: $(RUN)
	$(BIN)/okr dev

# What running needs; Python compiles what the demo imports as it goes.
$(RUN): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "okr-sync needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install uv==$(UV_VERSION)
	$(UV) install --python $(BIN)/python --require-hashes -r requirements.lock
	$(UV) install --python $(BIN)/python --no-deps --build-constraints requirements-dev.lock --editable .
	touch $@

# What developing needs on top; of what both locks name, they name the same version. Everything is
# compiled, so that many processes can begin at once.
$(DEV): requirements-dev.lock $(RUN)
	$(UV) install --python $(BIN)/python --compile-bytecode --require-hashes -r requirements-dev.lock
	$(BIN)/python -m compileall -q connectors dashboard okr_model okr_sync pipelines published sandbox
	touch $@

# Rewrites both locks from pyproject.toml; the index's address is left out on purpose.
LOCK = $(UV) compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-strip-extras
lock: $(DEV)
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) pyproject.toml --extra alerts --extra postgres --extra store -o deploy/requirements.lock
	$(LOCK) pyproject.toml --group dev -o requirements-dev.lock

clean:
	rm -rf $(VENV) demo .mypy_cache .ruff_cache .pytest_cache .hypothesis
