# The only door. `make` lists what it does.
.DEFAULT_GOAL := help
.PHONY: help setup reports edition audit test lint lab screenshots bench lock clean
SHELL := /bin/bash

PYTHON ?= $(shell command -v python3.11 || command -v python3)
SPASER := .venv/bin/spaser
QUARTER ?= 2022-T3

help: ## this list
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):[^#]*## /  make \1\t/' | expand -t 16

setup: .venv/ready data/clean-sample/ready ## .venv/ with the locked versions, and the sample's clean tables

.venv/ready: requirements.lock pyproject.toml
	@echo "Setting up .venv/ (a minute or two)"
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or later is needed: make PYTHON=/path/to/python3 ..." >&2; exit 5; }
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch .venv/ready

# Two snapshots of one fictitious buyer: what was known in October 2022, and what is known now.
FIRST := data/clean-sample/2022-10-31
LAST := data/clean-sample/2026-03-01
INPUTS := $(wildcard data/sample/*/* data/reference/* data/templates/* data/organisations/*/*)
CODE := $(foreach room,. sources cleaning,$(foreach kind,py csv toml,$(wildcard spaser_analysis/$(room)/*.$(kind))))

data/clean-sample/ready: .venv/ready $(INPUTS) $(CODE)
	@$(SPASER) ingest data/sample/2022-10-31 --clean $(FIRST)
	@$(SPASER) ingest data/sample/2026-03-01 --clean $(LAST)
	@touch $@

reports: setup ## publish the sample's quarter (QUARTER=2022-T3) into reports/, with its portal
	@$(if $(filter 2022-T3,$(QUARTER)),$(SPASER) publish --quarter $(QUARTER) --clean $(FIRST))
	@$(SPASER) publish --quarter $(QUARTER) --clean $(LAST)
	@$(SPASER) portal $(if $(shell command -v chromium chromium-browser google-chrome),,--no-pdf)
	@echo "Look at reports/index.html, and from there at the reports of $(QUARTER) (fictitious data)."

# Of the year before, to compare with: the territories only.
TERRITORIES := AMP CT1 CT2 CT3 CT4 CT5 CT6
# The sample is fictitious: its key signs once and is thrown away, and what was published before is no history.
edition: setup ## the sample's committed editions again, from nothing: two revisions and the year before, signed
	@rm -rf reports && sed -i '/^amp /d' data/allowed_signers
	@set -e; folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	$(SPASER) keys new --key $$folder/key >/dev/null; \
	for clean in $(FIRST) $(LAST); do \
	  $(SPASER) publish --quarter 2022-T3 --clean $$clean; \
	  $(SPASER) sign --key $$folder/key reports/2022-T3 reports/2022; \
	done; \
	$(SPASER) publish --quarter 2021-T3 $(TERRITORIES:%=--territory %) --clean $(LAST); \
	$(SPASER) sign --key $$folder/key reports/2021-T3; \
	$(SPASER) portal

audit: setup ## the four steps of the audit on the sample's committed edition
	@$(SPASER) audit all reports/2022-T3 reports/2022 reports/2021-T3

test: setup ## all tests, the committed edition re-run by nbval included
	@.venv/bin/python -m pytest -q -n 2
	@.venv/bin/python -m pytest -q --nbval -n 2 --dist loadfile reports

lint: setup ## ruff and mypy
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy spaser_analysis

lab: setup ## JupyterLab, in French, on the exploration notebook
	@$(SPASER) lab

screenshots: setup ## the pictures of the README again, in Chromium
	@.venv/bin/python docs/screenshots.py

bench: setup ## what is measured, against the alternative
	@.venv/bin/python -m bench

lock: .venv/ready ## requirements.lock again, from the ranges of pyproject.toml
	@.venv/bin/python -m pip install --quiet uv
	@.venv/bin/uv pip compile pyproject.toml --quiet --extra audit --extra cluster --extra database --extra lab --extra dev --universal --python-version 3.11 --generate-hashes --no-header --upgrade -o requirements.lock

clean: ## remove what can be made again
	rm -rf .venv build data/clean-sample .pytest_cache .hypothesis .mypy_cache .ruff_cache *.egg-info
