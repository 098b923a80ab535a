# `make demo` and `make test` set up all that they need in .venv, and do that again only when pyproject.toml
# changes. Only Python 3.11 or newer is needed; where there is no C compiler, the ziglang wheel is one.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip -qq --disable-pip-version-check install
HAVE_CC := $(firstword $(foreach name,cc gcc clang,$(shell command -v $(name) 2>/dev/null)))
COMPILER := $(if $(HAVE_CC),system,zig)
# pesq comes as C source: without a compiler it is built by zig, which has to look like one word.
BUILD_ENV := $(if $(HAVE_CC),,PATH="$(CURDIR)/$(BIN):$$PATH" CC=zig-cc LDSHARED="zig-cc -shared")
# The plain Linux wheel of torch brings gigabytes of CUDA; where this index is out of reach, pip goes on.
TORCH_INDEX := https://download.pytorch.org/whl/cpu
TORCH := $(shell sed -n 's/.*"\(torch==[^"]*\)".*/\1/p' pyproject.toml)
WITHOUT_PESQ := $(VENV)/without-pesq

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow fuzz sbom docs site clean anew

help: ## Print this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST)

demo: $(VENV)/demo.stamp ## Clean a noisy recording and show what it is worth and what it costs
	@[ ! -e $(WITHOUT_PESQ) ] || echo "without PESQ: pesq did not build, see $(VENV)/pesq.log;" \
	    "on Debian: apt install python3-dev, then make clean"
	@$(BIN)/python examples/demo.py

test: $(VENV)/test.stamp ## Check the style and the types and run the tests
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/python -m pytest -q -n 2 -rs

test-slow: $(VENV)/test.stamp ## Run the tests that take long
	@$(BIN)/python -m pytest -q -n 2 -rs -m slow

fuzz: $(VENV)/test.stamp ## Try damaged files on all readers; others with FUZZ="--first 100000"
	@$(BIN)/python benchmarks/fuzz.py --inputs 5000 $(FUZZ)

sbom: $(VENV)/base.stamp ## List packages and licences in sbom.json (CycloneDX)
	@$(BIN)/python .ci/sbom.py > sbom.json

docs: $(VENV)/base.stamp ## Render the documents from the results of benchmarks
	@$(BIN)/python benchmarks/render.py

site: $(VENV)/site.stamp ## Build the documentation as a site, in build/site
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

clean: ## Remove what was set up and built
	rm -rf $(VENV) build .pytest_cache .ruff_cache .mypy_cache .hypothesis

# A virtual environment does not outlive a move or copy of its checkout, nor its Python: it is then made anew.
ifneq ($(shell test -x $(BIN)/python && cat $(VENV)/place 2>/dev/null),$(CURDIR))
$(VENV)/base.stamp: anew
endif
anew:
	@[ ! -e $(VENV)/place ] || rm -rf $(VENV)

$(VENV)/base.stamp: pyproject.toml
	@echo "setting up: ossicle in $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Ossicle needs Python 3.11 or newer; name one: make PYTHON=python3.12 ..."; exit 2; }
	@$(PYTHON) -m venv $(VENV) || \
	    { echo "this Python cannot make virtual environments; on Debian: apt install python3-venv"; exit 2; }
	@printf '%s\n' "$(CURDIR)" > $(VENV)/place
	@$(PIP) -e .
	@touch $@

# From here on ossicle is named as installed: to install it again would take it away from a demo that runs.
# zig builds for any processor, since pip may keep the wheel for other machines. Its Python is isolated (-I),
# because pip hides the packages of $(VENV) from what it builds with.
$(VENV)/$(COMPILER).stamp: $(VENV)/base.stamp
ifeq ($(COMPILER),zig)
	@echo "setting up: no C compiler found, so the ziglang wheel"
	@$(PIP) 'ossicle[compiler]'
	@printf '#!/bin/sh\nexec "$${0%%/*}/python" -I -m ziglang cc -mcpu=baseline "$$@"\n' > $(BIN)/zig-cc
	@chmod +x $(BIN)/zig-cc
endif
	@touch $@

# Without Python's headers pesq cannot be built: then all but PESQ works.
$(VENV)/demo.stamp: $(VENV)/$(COMPILER).stamp
	@echo "setting up: metrics and plots"
	@$(PIP) 'ossicle[plot]' pystoi
	@rm -f $(WITHOUT_PESQ)
	@$(BUILD_ENV) $(PIP) 'ossicle[metrics]' 2>$(VENV)/pesq.log || touch $(WITHOUT_PESQ)
	@touch $@

$(VENV)/site.stamp: $(VENV)/base.stamp
	@echo "setting up: mkdocs"
	@$(PIP) 'ossicle[docs]'
	@touch $@

$(VENV)/test.stamp: $(VENV)/demo.stamp
	@echo "setting up: torch and the test tools"
	@$(PIP) --no-deps --retries 1 --timeout 15 --extra-index-url $(TORCH_INDEX) $(TORCH) 2>$(VENV)/torch.log || true
	@$(PIP) 'ossicle[test]'
	@touch $@
