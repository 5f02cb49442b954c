# Everything lives in .venv; nothing is installed outside it.
PYTHON ?= python3
BIN = .venv/bin
OUT = out

.PHONY: replay test test-lab drill prove prove-journal prove-lab check bench bench-failover docs lock clean

replay: .venv/base  ## Replay the five-server outage and write its report
	@mkdir -p $(OUT)
	@$(BIN)/continuance replay five-server-outage --report $(OUT)/report.html --timeline $(OUT)/timeline.jsonl

test: .venv/test  ## Run the whole test suite, without root
	$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

test-lab: .venv/test  ## Run the tests on real hosts; needs root, and installs the packages that these hosts run
	lab/install-packages
	$(BIN)/pytest -m lab

drill: .venv/lab  ## Let the database of the lab lose its power under load, and set what it came to beside the prediction; needs root
	lab/install-packages
	@$(BIN)/continuance drill database-power-cut

prove: .venv/base  ## Play schedules of faults of SEED from where docs/proof.json ends: a million, or as many as SCHEDULES says
	$(BIN)/continuance fuzz --seed $(SEED) --schedules $(SCHEDULES) --record docs/proof.json

SEED ?= 6
SCHEDULES ?= 1000000

prove-journal: .venv/test  ## Cut the journal at every byte, and flip a bit of each: it is refused, or known to be old, or whole
	CONTINUANCE_EVERY_BYTE=1 $(BIN)/pytest -q tests/failover/live/test_damage.py

prove-lab: .venv/test  ## Play nights on call on real hosts, and kill the controller at every moment of a failover; needs root, and two hours
	lab/install-packages
	$(BIN)/pytest -m night
	@mkdir -p $(OUT)
	$(BIN)/python -m tests.lab.deaths.campaign --record $(OUT)/deaths.jsonl

check: .venv/test  ## Lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cd playbooks/project && PATH=$(CURDIR)/$(BIN):$$PATH ansible-lint --offline -q

bench: .venv/lab  ## Measure what docs/performance.md claims
	$(BIN)/python -m benchmarks.topology
	$(BIN)/python -m benchmarks.replay
	$(BIN)/python -m benchmarks.fuzz
	$(BIN)/python -m benchmarks.engine
	$(BIN)/python -m benchmarks.watching

bench-failover: .venv/lab  ## Measure failovers on the lab, ours and Patroni's; takes an hour and needs root, and can be broken off
	lab/install-packages
	$(BIN)/python -m benchmarks.failover

docs: .venv/base  ## Write again the documents that are made from the code
	$(BIN)/python -m console.reference docs/reference
	$(BIN)/python -m monitoring.generate docs

lock: .venv/test  ## Resolve the dependencies anew within the ranges of pyproject.toml
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --group build --universal --generate-hashes $(LOCK) -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --group build --extra lab -c requirements.lock --universal --generate-hashes $(LOCK) -o requirements-lab.lock
	$(BIN)/uv pip compile pyproject.toml --group build --extra test -c requirements-lab.lock --universal --generate-hashes $(LOCK) -o requirements-test.lock

LOCK = --quiet --upgrade --python-version 3.11 --no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock"

.venv/bin/python:
	@$(PYTHON) -m venv .venv || { echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; rm -rf .venv; exit 2; }

.venv/base: requirements.lock pyproject.toml | .venv/bin/python
	@echo "Setting up .venv (once)"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/lab: requirements-lab.lock .venv/base
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-lab.lock
	@touch $@

.venv/test: requirements-test.lock .venv/base
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	@touch $@

clean:  ## Remove everything that was set up or written
	rm -rf .venv $(OUT) build dist *.egg-info
