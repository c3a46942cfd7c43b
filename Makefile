# Everything runs in .venv, which the first target that needs it makes. Needed: make, a POSIX shell, Python >= 3.11.

# the newest interpreter on PATH that will do; `make PYTHON=/path/to/python` takes another
PYTHON ?= $(shell for python in python3.14 python3.13 python3.12 python3.11 python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN = .venv/bin
GENERATED = provider/tfplugin/_generated
# more workers than most machines have processors: tests also wait, for processes and deadlines
PYTEST = $(BIN)/python -m pytest -n 6 --dist worksteal
PROTOC = $(BIN)/python -m grpc_tools.protoc --proto_path=proto $(wildcard proto/*.proto)

.PHONY: help demo demo-down install test test-all lint format proto proto-check docs docs-check pictures release bench freeze clean

help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/.compiled ## apply examples/quickstart to a throw-away PostgreSQL
	@$(BIN)/python examples/demo.py up

demo-down: .venv/.compiled ## destroy what `make demo` made, and stop its server
	@$(BIN)/python examples/demo.py down

install: .venv/.compiled ## install the provider for your user, so that terraform init finds it: ARGS='--mirror DIR' for others
	@$(BIN)/terraform-provider-krenalis install $(ARGS)

test: .venv/.compiled ## run the tests but for slow ones, or all that ARGS says: make test ARGS=tests/unit
	$(PYTEST) $(or $(ARGS),-m 'not slow')

test-all: .venv/.compiled ## run all tests, or those that ARGS says, with all examples of properties
	$(PYTEST) --hypothesis-profile=full $(ARGS)

lint: .venv/.installed proto-check docs-check ## check style, types, import rules, generated code, pages and workflows
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml

format: .venv/.installed ## format the code and mend what can be mended
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

proto: .venv/.installed ## generate the protocol's code from proto/
	$(PROTOC) --python_out=$(GENERATED) --pyi_out=$(GENERATED)

proto-check: .venv/.installed ## check that the generated code is current
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	$(PROTOC) --python_out="$$folder" --pyi_out="$$folder" && \
	diff -r -x __init__.py -x __pycache__ "$$folder" $(GENERATED) || \
	{ echo '$(GENERATED) is not what proto/ gives: run `make proto`' >&2; exit 1; }

docs: .venv/.installed ## make the pages of docs/ from the schemas, templates/ and examples/
	$(BIN)/python -m tools.docs

docs-check: .venv/.installed ## check that these pages are current
	@$(BIN)/python -m tools.docs --check

pictures: .venv/.compiled ## make the pictures of docs/pictures anew, with Terraform, PostgreSQL and Chromium
	$(BIN)/python -m tests.support.review_pictures

release: .venv/.compiled ## make in dist/ what a release consists of: this platform's archive, and more
	$(BIN)/python -m tools.release $(ARGS)

bench: .venv/.compiled ## print tables of timings, beside two other SDKs from PyPI, or the build of a commit: AGAINST=… ROUNDS=…
	$(BIN)/python -m bench$(if $(AGAINST),.against $(AGAINST) $(ROUNDS))

freeze: .venv/.compiled ## write what this version stores to tests/acceptance/stored, before its release
	$(BIN)/python -m tests.support.freeze

clean: ## remove what tools leave behind, but not .venv
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache dist .venv/.compiled .bench
	find provider tests examples bench tools -name __pycache__ -prune -exec rm -rf {} +

.venv/.installed: pyproject.toml provider/terraform-provider-krenalis
	@test -n "$(PYTHON)" || { echo 'Python 3.11 or newer is needed. If it is not on PATH: make PYTHON=/path/to/python' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo '$(PYTHON) is not Python 3.11 or newer' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	{ echo '$(PYTHON) cannot make virtual environments: install its venv package (Debian, Ubuntu: apt install python3-venv)' >&2; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@echo 'Installing into .venv; this takes a while, and only once.'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

# Terraform starts the provider several times for each command, and the provider never writes its own bytecode.
.venv/.compiled: .venv/.installed $(shell find provider -name '*.py')
	@$(BIN)/python -m compileall -q provider
	@touch $@
