# Everything that a newcomer needs: `make run` and `make test`. `make help` lists the rest.
PYTHON ?= python3.11
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
GRAPHIQL := gateway/graphiql
# Twice as many as processors: the tests wait for systems as much as they work.
WORKERS ?= $(shell expr 2 \* $$(getconf _NPROCESSORS_ONLN))
DASHBOARD := examples/dashboard
DASHBOARD_SOURCES := $(wildcard $(addprefix $(DASHBOARD)/,index.html package.json package-lock.json tsconfig.json vite.config.ts codegen.ts src/*.*))
GRAPHIQL_SOURCES := $(wildcard $(addprefix $(GRAPHIQL)/,index.html package.json package-lock.json tsconfig.json vite.config.ts src/* src/examples/*))

.DEFAULT_GOAL := help
.PHONY: help run dashboard test storm lint search fmt types floors sdl bench overload lock audit licences sbom clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(VENV)/.runtime: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed: '$(PYTHON)' is not on the PATH. Name another with PYTHON=…"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) (once, about half a minute)…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@echo "Installing what the tests need…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

# The page needs Node to be built; without it the gateway says so on the page and works all the same.
$(GRAPHIQL)/dist/.built: $(GRAPHIQL_SOURCES)
	@if ! command -v npm >/dev/null; then echo "GraphiQL is left out: building its page needs Node.js 20.19 or later with npm."; \
	else echo "Building GraphiQL (about a minute, once)…"; \
	  (cd $(GRAPHIQL) && npm ci --no-audit --no-fund --silent && npm run build --silent -- --logLevel error) && touch $@ \
	  || echo "GraphiQL is left out: its page did not build. To see why: npm --prefix $(GRAPHIQL) ci && npm --prefix $(GRAPHIQL) run build"; fi

# An example of what is built on the graph; it needs Node, too.
$(DASHBOARD)/dist/.built: $(DASHBOARD_SOURCES) schema/schema.graphql
	@if ! command -v npm >/dev/null; then echo "The example dashboard is left out: building it needs Node.js 20.19 or later with npm."; \
	else echo "Building the example dashboard (about half a minute, once)…"; \
	  (cd $(DASHBOARD) && npm ci --no-audit --no-fund --silent && npm run build --silent >/dev/null) && touch $@ \
	  || echo "The example dashboard is left out: it did not build. To see why: npm --prefix $(DASHBOARD) ci && npm --prefix $(DASHBOARD) run build"; fi

dashboard: $(DASHBOARD)/dist/.built ## build the example dashboard, which the demo then serves

run: $(VENV)/.runtime $(GRAPHIQL)/dist/.built ## start the gateway with simulators of every system (PORT=8000)
	@exec $(BIN)/portal demo --port $(PORT)

# Bytecode is kept, whatever the machine's habit: the tests start many processes. Those who run them find it made, for
# they are collected once beside mypy.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(VENV)/.dev ## everything that must hold: lint, types, floors, SDL, tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pytest --collect-only -qq >/dev/null 2>&1 & $(BIN)/mypy && wait
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest --numprocesses=$(WORKERS) --dist=worksteal

search: $(VENV)/.dev ## look for inputs that break a promise: the property tests over new random examples
	$(BIN)/pytest --numprocesses=$(WORKERS) --hypothesis-profile=search $(or $(TESTS),tests)

storm: $(VENV)/.dev ## ten thousand cases through a service system that fails in every way, on both databases; processes killed
	PORTAL_STORM=10000 $(BIN)/pytest -q tests/connectors/test_courier.py -k bad_hour --durations=2
	PORTAL_STORM_OF_PROCESSES=2000 $(BIN)/pytest -q tests/deploy/test_storm.py --durations=1

lint: $(VENV)/.dev ## ruff, mypy and the floors
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

fmt: $(VENV)/.dev ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

sdl: $(VENV)/.runtime ## write the graph's SDL to schema/schema.graphql
	$(BIN)/portal schema --write

bench: $(VENV)/.dev ## compare what queries cost, side by side
	PYTHONPATH=. $(BIN)/python -m benchmarks.compare $(if $(QUICK),--quick)

overload: $(VENV)/.dev ## ask for more than can be served, and see what becomes of answers (a minute)
	PYTHONPATH=. $(BIN)/python -m benchmarks.overload

lock: $(VENV)/.dev ## pin every dependency anew, with hashes; what is shipped is what is tested
	$(BIN)/uv pip compile pyproject.toml --extra build --extra dev --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --python-version 3.11 --output-file requirements-dev.lock --quiet $(UPGRADE)
	$(BIN)/uv pip compile pyproject.toml --extra build --constraint requirements-dev.lock --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header --python-version 3.11 --output-file requirements.lock --quiet $(UPGRADE)

audit: $(VENV)/.dev ## hold the pinned packages against the known vulnerabilities
	$(BIN)/python .ci/audit.py

licences: $(VENV)/.dev ## list the licences of what is shipped in docs/licences.md
	@$(BIN)/pip-licenses --format=markdown --with-urls --with-system --packages $$(grep -oE '^[A-Za-z0-9._-]+==' requirements.lock | tr -d '=') > docs/licences.md
	@echo "Written: docs/licences.md"

sbom: $(VENV)/.dev ## write what is shipped to build/sbom.json (CycloneDX)
	@mkdir -p build
	@$(BIN)/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml --of JSON -o build/sbom.json
	@echo "Written: build/sbom.json"

clean: ## remove what was built here
	rm -rf $(VENV) $(GRAPHIQL)/dist $(GRAPHIQL)/node_modules $(DASHBOARD)/dist $(DASHBOARD)/node_modules $(DASHBOARD)/src/gql build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis var
