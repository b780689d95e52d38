# `make` alone explains itself. Nothing here needs more than Python 3.11 to 3.14 with venv, make, and PyPI.
.DEFAULT_GOAL := help
BIN := .venv/bin
PROTOS := $(wildcard protos/switchroom/v1/*.proto)

.PHONY: help setup setup-dev run demo test sim coverage coverage-of-core integration deployment proof lint format lock protos release-image golden check clean

help: ## this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## what the services need, into .venv (2 seconds when nothing changed)
	@sh scripts/setup requirements.lock

setup-dev:
	@sh scripts/setup requirements-dev.lock

run: setup ## set up, start everything, and watch contacts being routed until Ctrl-C
	@$(BIN)/switchroom demo

demo: setup ## the same once, in a folder of its own: one JSON object a line, ends by itself
	@$(BIN)/switchroom demo --json

test: setup-dev ## unit, contract, simulation and every large number cut short (6 to 7 minutes)
	@sh scripts/test

sim: setup-dev ## 500 days of the router's core with faults and an auditor (`make sim SEED=7`: that one alone)
	@$(BIN)/python -m tests.simulation.sim $(if $(SEED),--seed $(SEED),--seeds 500 --operations 2000)

coverage: setup-dev ## the same, measured: fails below 100 % of the core, the fold and the codecs, or 90 % of the rest
	@sh scripts/test --coverage

coverage-of-core: setup-dev ## 100 % of the core, the fold and the codecs, by a part of the tests; CI runs this one
	@sh scripts/test --coverage-of-core

integration: setup-dev ## what needs Debian packages: the desk in a real browser, the services on Apache Kafka
	@sh scripts/integration

deployment: setup-dev ## image, compose file and manifests, on a real API server; needs Go, Debian packages, root
	@scripts/deployment

proof: setup-dev ## every number in full, by hand (an hour or more)
	@sh scripts/proof

lint: setup-dev ## ruff, mypy --strict, import-linter, buf, the house rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy services tests
	$(BIN)/lint-imports
	$(BIN)/buf lint
	$(BIN)/buf breaking --against protos/released.binpb
	$(BIN)/pytest -n 0 tests/test_house_rules.py

format: setup-dev ## put every file into its form
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

lock: setup-dev ## requirements*.lock anew from pyproject.toml
	@sh scripts/lock

protos: setup-dev ## switchroom/v1 anew from protos/
	@sh scripts/protos

release-image: setup-dev ## at a release: protos/released.binpb anew, which make lint holds later protos against
	$(BIN)/buf build --exclude-source-info -o protos/released.binpb

golden: setup-dev ## at a release: its logs and snapshots, for the tests of later ones (tests/contract/golden/)
	@$(BIN)/python -m tests.contract.golden_making

check: lint test ## what has to be right before a commit; CI runs it and more
	@sh scripts/protos --check

clean: ## remove what the other targets made (not data/)
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage* htmlcov
