# `make demo` and `make test` set up all that they need in .venv, and do that again only when pyproject.toml
# changes. Only Python 3.11 or newer is needed; where there is no C compiler, the ziglang wheel is one.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check install
HAVE_CC := $(firstword $(foreach name,cc gcc clang,$(shell command -v $(name) 2>/dev/null)))
# pesq comes as C source: without a compiler it is built by zig, which has to look like one word. Python runs
# isolated there (-I), because pip hides the packages of $(VENV) from what it builds with.
ZIG_CC := $(CURDIR)/$(BIN)/zig-cc
BUILD_ENV := $(if $(HAVE_CC),,CC="$(ZIG_CC)" LDSHARED="$(ZIG_CC) -shared")
# The plain Linux wheel of torch brings gigabytes of CUDA; where this index is out of reach, pip goes on.
TORCH_INDEX := https://download.pytorch.org/whl/cpu

.DEFAULT_GOAL := help
.PHONY: help demo test clean

help: ## Print this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST)

demo: $(VENV)/demo.stamp ## Clean a noisy recording and show what it is worth and what it costs
	@$(BIN)/python examples/demo.py

test: $(VENV)/test.stamp ## Check the style and run the tests
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/python -m pytest -q -n 2

clean: ## Remove what was set up and built
	rm -rf $(VENV) build .pytest_cache .ruff_cache .hypothesis

$(VENV)/base.stamp: pyproject.toml
	@echo "setting up: ossicle in $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Ossicle needs Python 3.11 or newer; name one: make PYTHON=python3.12 ..."; exit 2; }
	@$(PYTHON) -m venv $(VENV) || \
	    { echo "this Python cannot make virtual environments; on Debian: apt install python3-venv"; exit 2; }
	@$(PIP) -e .
	@touch $@

$(VENV)/compiler.stamp: $(VENV)/base.stamp
ifeq ($(HAVE_CC),)
	@echo "setting up: no C compiler found, so the ziglang wheel"
	@$(PIP) -e '.[compiler]'
	@printf '#!/bin/sh\nexec "$(CURDIR)/$(BIN)/python" -I -m ziglang cc "$$@"\n' > $(ZIG_CC)
	@chmod +x $(ZIG_CC)
endif
	@touch $@

# Without Python's headers pesq cannot be built: then all but PESQ works.
$(VENV)/demo.stamp: $(VENV)/compiler.stamp
	@echo "setting up: metrics and plots"
	@$(PIP) -e '.[plot]' pystoi
	@$(BUILD_ENV) $(PIP) -e '.[metrics]' 2>$(VENV)/pesq.log || \
	    echo "pesq did not build ($(VENV)/pesq.log; it needs Python's headers): going on without PESQ"
	@touch $@

$(VENV)/test.stamp: $(VENV)/demo.stamp
	@echo "setting up: torch and the test tools"
	@$(PIP) --retries 1 --extra-index-url $(TORCH_INDEX) torch==2.13.0 2>$(VENV)/torch.log || \
	    $(PIP) torch==2.13.0
	@$(PIP) -e '.[train,test]'
	@touch $@
