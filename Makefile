# make demo   set up, then the main job on the embedded default; ends with the report's path
# make test   lint, types, import rules and the tests, offline once installed
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: demo test lint format perf corpus validity test-slow test-kill example constraints model clean

demo: $(INSTALLED)
	$(BIN)/bench run

test: lint model
	$(BIN)/python -m pytest -q -m "not slow"

test-slow: $(INSTALLED) model
	$(BIN)/python -m pytest -q -m slow
	$(BIN)/python -m pytest -q -m "not slow" --hypothesis-profile=new $$(grep -rl --include=test_*.py "^from hypothesis" tests)
	$(BIN)/python -m tests.kill

# Real runs of a tiny model, ended at every kind of point by signals and full disks, gone on with and compared byte for byte.
test-kill: $(INSTALLED)
	$(BIN)/python -m tests.kill

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(INSTALLED)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Ours against stock TRL, and `advise` against `datasets`, on the same rows, in turns: prints ratios, asserts nothing.
perf: $(INSTALLED) model
	$(BIN)/python -m tests.perf.advise
	$(BIN)/python -m tests.perf

# Real files with expert labels, which are no part of the project: where they are not here, it says so and stops.
CORPUS ?= ../shared/corpus
corpus: $(INSTALLED)
	@if [ -e $(CORPUS)/score.py ]; then $(BIN)/python $(CORPUS)/score.py --command $(BIN)/advise --verbose; \
	else echo "corpus: skipped, as $(CORPUS)/score.py is not here (CORPUS=FOLDER says where it is)"; fi

# How far the instruments agree with people: the tables of docs/validity.md, as far as the data beside the project are here.
SHARED ?= ../shared
validity: $(INSTALLED)
	$(BIN)/python -m tests.validity $(SHARED)

# The newest finished run becomes the committed example, beside the advice on embedded data.
example: $(INSTALLED)
	mkdir -p reports/examples
	cp "$$(ls -d runs/*/report.html | tail -1)" reports/examples/default.html
	$(BIN)/advise tasks/data/values.jsonl --html reports/examples/advice.html

# The default model, fetched and converted once, so that the tests need no network.
model: $(INSTALLED)
	@$(BIN)/python -c "from bench.models import resolve; resolve(None)"

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench,test]'
	touch $@

# Resolves afresh and pins what came out. torch first, so that its CPU build satisfies everything after it.
constraints:
	rm -rf .constraints-venv
	$(PYTHON) -m venv .constraints-venv
	.constraints-venv/bin/python -m pip install --quiet torch==2.13.0
	.constraints-venv/bin/python -m pip install --quiet '.[bench,test]'
	{ echo "# Exact versions for us, made by: make constraints"; \
	  .constraints-venv/bin/python -m pip list --format=freeze --exclude tune-advisor --exclude pip --exclude setuptools \
	  | sed 's/+cpu$$//'; } > constraints.txt
	rm -rf .constraints-venv

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
