# `make` alone lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help install demo up test prove pictures check bench-audience bench-import bench-carriers bench-delivery \
	bench-storm bench-replay bench-latency bench-web bench-contacts format lock clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

install: $(READY)  ## make .venv from requirements/

# --no-deps because the files name everything: pip must check hashes here, not choose versions.
$(READY): requirements/runtime.txt requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
		|| { echo "tellfirst needs Python 3.11, 3.12 or 3.13; run: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "installing into $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@$(BIN)/python -m pip check --quiet
	@touch $(READY)

demo: $(READY)  ## break a tower in a simulated city; KEEP=1 leaves everything up
	@$(BIN)/tellfirst demo $(if $(KEEP),--keep)

up: $(READY)  ## start everything: Prefect server, worker, deployments, web, carriers
	@$(BIN)/tellfirst up

test: $(READY)  ## every test, JOBS=2 of them at a time
	@$(BIN)/python -m pytest -n $(or $(JOBS),2) --dist loadfile

prove: $(READY)  ## kill, stop and mislead workers while they send: every proof there is, on both databases (long)
	@$(BIN)/tellfirst prove --schedules 1000 --backend sqlite --json out/prove/sqlite.json
	@$(BIN)/tellfirst prove --schedules 200 --backend postgresql --json out/prove/postgresql.json
	@$(BIN)/tellfirst prove --enumerate --backend both --json out/prove/enumerated.json
	@$(BIN)/tellfirst prove --schedules 10 --policy look-up --spawn --json out/prove/spawned.json
	@for lie in accepts_twice forgets receipts_for_nothing answers_without_accepting; do \
		$(BIN)/tellfirst prove --schedules 20 --policy look-up --lying $$lie --json out/prove/$$lie.json; \
		test $$? -eq 1 || { echo "the lie $$lie was not caught"; exit 1; }; done
	@TELLFIRST_PROOF=long $(BIN)/python -m pytest tests/delivery tests/flows/test_enforcement.py -p no:cacheprovider

pictures: $(READY)  ## docs/pictures/pages: each page in each language, as chromium shows it
	@mkdir -p docs/pictures/pages
	@TELLFIRST_PICTURES=docs/pictures/pages $(BIN)/python -m pytest tests/web/browser -k picture

check: $(READY)  ## format, lint, types, import contract, configuration and texts
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/tellfirst check

bench-audience: $(READY)  ## how fast and exact an audience is found, on both databases; SCALE=10 for 10 M customers
	@$(BIN)/python -m benchmarks.audience $(if $(SCALE),--scale $(SCALE))

bench-import: $(READY)  ## how fast a million customers are imported, and whether every fault is found
	@$(BIN)/python -m benchmarks.imports

bench-carriers: $(READY)  ## how fast the simulated carriers are, so that no measurement measures them instead
	@$(BIN)/python -m benchmarks.carriers_ceiling

bench-delivery: $(READY)  ## how fast notices leave and are confirmed, beside other ways; QUICK=1 to try, SCALE=10
	@$(BIN)/python -m benchmarks.delivery $(if $(QUICK),--quick) $(if $(SCALE),--scale $(SCALE))

bench-storm: $(READY)  ## how well and fast a storm of 10,000 alerts becomes the failures that explain it, on both databases
	@$(BIN)/python -m benchmarks.storm

bench-replay: $(READY)  ## how fast incidents are lived through, and whether every word is kept; ONE_IN=10 plays fewer
	@$(BIN)/python -m benchmarks.replay $(if $(ONE_IN),--one-in $(ONE_IN))

bench-contacts: $(READY)  ## how well the rules understand what customers write; TEXTS=folder of the two collections
	@$(BIN)/python -m benchmarks.contacts $(if $(TEXTS),--texts $(TEXTS))

bench-latency: $(READY)  ## from an alert to the first word, and storms of alerts; QUICK=1 to try, COLD=1 to compare
	@$(BIN)/python -m benchmarks.latency $(if $(QUICK),--quick) $(if $(COLD),--cold)

bench-web: $(READY)  ## how fast customers who write are answered while a notice is sent, and who can read at once; QUICK=1
	@$(BIN)/python -m benchmarks.web $(if $(QUICK),--quick)

format: $(READY)  ## format and mend what can be mended
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .

lock:  ## choose versions anew from requirements/*.in (needs uv)
	@for name in runtime dev; do uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --no-emit-index-url --no-emit-find-links requirements/$$name.in -o requirements/$$name.txt; done

clean:  ## remove .venv, the local installation and everything written by demos
	@rm -rf $(VENV) .tellfirst out
