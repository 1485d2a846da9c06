# Every target here is also what CI runs (.ci/run).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TEST_STAMP := $(VENV)/.installed-test
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt

.PHONY: deb run test test-long check format bench grades wheels sbom interop screenshots tour picture mutants docs clean help

help:            ## show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

run: $(STAMP)    ## install and start a simulated home
	@$(BIN)/hulian demo $(ARGS)

test: $(TEST_STAMP)  ## run the tests (under 10 minutes)
	$(BIN)/python -m tests.crowd -n 4 --dist worksteal $(ARGS)

test-long: $(TEST_STAMP) interop  ## run the long tests and the third-party clients (under 40 minutes)
	$(BIN)/python -m tests.crowd -n 4 --dist worksteal -m 'long or interop' $(ARGS)
	HULIAN_EXAMPLES=40 $(BIN)/python -m tests.crowd -n 2 --dist worksteal tests/profile/test_strategies.py $(ARGS)

check: $(TEST_STAMP) ## lint, format, types, and no package with a known hole
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m tests.supply.gate

format: $(TEST_STAMP) ## format the code
	$(BIN)/ruff check --fix --quiet || true
	$(BIN)/ruff format

interop: $(TEST_STAMP) ## install the third-party clients that need npm or a venv of their own
	@if command -v npm >/dev/null; then \
	  mkdir -p .interop && cp tests/interop/package.json .interop/ && \
	  npm install --prefix .interop --no-package-lock --no-audit --no-fund --loglevel error; \
	else echo "npm is not installed: the node-wot tests will be skipped"; fi
	@test -x .venv-wotpy/bin/python || $(PYTHON) -m venv .venv-wotpy
	@.venv-wotpy/bin/python -m pip install -qq --disable-pip-version-check -r tests/interop/requirements-wotpy.txt \
	  || echo "wotpy could not be installed: its tests will be skipped"
	@test -x .venv-sdf/bin/python || $(PYTHON) -m venv .venv-sdf
	@.venv-sdf/bin/python -m pip install -qq --disable-pip-version-check -r tests/interop/requirements-sdf.txt \
	  || echo "sdf-wot-converter could not be installed: its tests will be skipped"
	@test -x .venv-appliances/bin/python || $(PYTHON) -m venv .venv-appliances
	@.venv-appliances/bin/python -m pip install -qq --disable-pip-version-check -r tests/interop/requirements-appliances.txt \
	  || echo "the clients of appliances could not be installed: their tests will be skipped"
	@test -x .venv-certificates/bin/python || $(PYTHON) -m venv .venv-certificates
	@.venv-certificates/bin/python -m pip install -qq --disable-pip-version-check -r tests/interop/requirements-certificates.txt \
	  || echo "the libraries that judge certificates could not be installed: their test will be skipped"
	@test -x .venv-schemathesis/bin/python || $(PYTHON) -m venv .venv-schemathesis
	@.venv-schemathesis/bin/python -m pip install -qq --disable-pip-version-check -r tests/interop/requirements-schemathesis.txt \
	  || echo "schemathesis could not be installed: its test will be skipped"
	@$(BIN)/python -m tests.interop.install_homeassistant
	@test -x .venv-esphome/hosted || echo "Building a real ESPHome node (three minutes, once) ..."
	@$(BIN)/python -m tests.interop.esphome_firmware >/dev/null || echo "ESPHome's node could not be built: its tests will be skipped"

screenshots: $(TEST_STAMP) ## write every page of the demo in both languages and two sizes (needs chromium)
	$(BIN)/python -m tests.interop.screenshots build/screenshots

tour: $(TEST_STAMP) ## walk docs/tour.md in a browser, in both languages, and make its pictures and README's (needs chromium)
	$(BIN)/python -m tests.interop.tour docs

wheels: $(TEST_STAMP) ## prove that the base set installs from wheels or pure Python on x86-64, aarch64 and armv7l
	$(BIN)/python -m tests.wheels

sbom: $(TEST_STAMP) ## write build/hulian.cdx.json: what a hub is made of (CycloneDX)
	@mkdir -p build && rm -f build/pip-report.json
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt --dry-run --ignore-installed \
	  --report build/pip-report.json '.[all]' || echo "the archives cannot be asked for: their hashes will be missing"
	@$(BIN)/python -m tests.supply.sbom --report build/pip-report.json build/hulian.cdx.json

bench: $(TEST_STAMP) ## measure, as ratios in one run
	$(BIN)/python -m tests.benchmarks $(ARGS)

grades: $(TEST_STAMP) ## run the contract of every driver and write down what each is worth
	@HULIAN_GRADES=gateway/drivers/grades/results.json $(BIN)/python -m pytest -n 4 --dist worksteal -m contract tests/drivers $(ARGS); \
	kept=$$?; $(BIN)/hulian drivers --markdown >gateway/drivers/GRADES.md; exit $$kept

mutants: $(TEST_STAMP) ## judge every bad twin and every healthy kind: who is caught by what (under 30 minutes)
	$(BIN)/python -m tests.mutants $(ARGS)

picture: $(TEST_STAMP) ## draw docs/demo.svg from a demo that really runs
	$(BIN)/python -m tests.picture

docs: $(STAMP)   ## write one page a kind, in both languages, into build/docs
	$(BIN)/hulian profile docs build/docs

deb: $(STAMP)    ## build the Debian package into dist; ARCH=arm64 or armhf for another machine
	@$(BIN)/python packaging/debian/build.py $(if $(ARCH),--architecture $(ARCH))

clean:           ## remove what the other targets made
	rm -rf $(VENV) .venv-* .interop build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	@echo "Making $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

$(STAMP): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing Hulian (about a minute the first time) ..."
	@$(PIP) -e '.[all]'
	@touch $@

$(TEST_STAMP): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing what the tests need ..."
	@$(PIP) -e '.[all,test]'
	@touch $@ $(STAMP)
