# Two commands: `make run` serves the web chat, `make test` runs every test. Both install what they need.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8080
VENV := .venv
BIN := $(VENV)/bin
COMPILE = $(BIN)/uv pip compile --universal --generate-hashes --no-annotate --no-emit-index-url \
	--quiet --custom-compile-command "make lock"
FILES ?= $(wildcard ../shared/eval/dev*.jsonl)

.PHONY: run test check bench eval lock clean playground

run: $(VENV)/installed
	@echo "Web chat: http://$(HOST):$(PORT)   Terminal: $(BIN)/vejviser ask \"må jeg lægge en sag i ChatGPT?\""
	$(BIN)/vejviser serve --host $(HOST) --port $(PORT)

test: $(VENV)/installed-dev
	scripts/install-test-parts
	$(BIN)/python -m pytest

check: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/installed-dev
	$(BIN)/python -m benchmarks

eval: $(VENV)/installed
	scripts/evaluate $(FILES)

# Microsoft's test client: for evaluation only, so it is no part of `make test`.
playground: $(VENV)/installed-dev
	scripts/install-test-parts
	npm ci --prefix tests/playground --silent --no-audit --no-fund
	$(BIN)/python tests/playground/story.py

lock: $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(COMPILE) pyproject.toml --group build -o requirements.lock
	$(COMPILE) pyproject.toml --group build --group dev -c requirements.lock -o requirements-dev.lock

$(VENV)/bin/python:
	scripts/make-venv $(PYTHON) $(VENV)

$(VENV)/installed: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/installed-dev: requirements-dev.lock $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

clean:
	rm -rf $(VENV)
