# make demo   set-up, then the whole job on a generated company's data
# make test   the same set-up, then all tests
SHELL := /bin/sh
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
DEMO_DIR ?= demo
export OMP_WAIT_POLICY := passive
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test quick lint fix docs bench setup clean

setup: $(STAMP)

# The lock holds hashes for every package; --no-deps because the lock is complete.
$(STAMP): requirements/lock.txt requirements/torch.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing the locked dependencies into $(VENV) (a few minutes, once)"
	@$(BIN)/pip install --quiet --no-deps --require-hashes -r requirements/lock.txt
	@$(BIN)/pip install --quiet --no-deps --require-hashes --retries 1 --index-url $(TORCH_INDEX) -r requirements/torch.txt
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation -e .
	@touch $(STAMP)

demo: setup
	@if [ -e $(DEMO_DIR) ]; then mv $(DEMO_DIR) $(DEMO_DIR)-$$(date +%Y%m%d-%H%M%S); fi
	@$(BIN)/tunewright demo $(DEMO_DIR)

test: setup lint
	$(BIN)/pytest -q -n 2 --dist loadfile

quick: setup
	$(BIN)/pytest -q -n 2 --dist loadfile -m "not slow and not service" tests/unit tests/property tests/contract tests/arch

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: setup
	$(BIN)/python scripts/write_reference.py

# BENCH_DATA: a folder with raw-bank/ and pii/ (see CONTRIBUTING.md). The whole takes some hours on two cores.
BENCH_DATA ?= ../shared/data
bench: setup
	@for f in near_duplicates near_duplicates_scale train_speed generation_speed gateway_overhead trace_impact rollback; do \
	  echo "== $$f"; $(BIN)/python benchmarks/$$f.py || echo "$$f missed its target"; done
	@echo "== pii_patterns"; $(BIN)/python benchmarks/pii_patterns.py $(BENCH_DATA)
	@echo "== pii_ner"; $(BIN)/python benchmarks/pii_ner.py $(BENCH_DATA)
	@echo "== messy_export"; $(BIN)/python benchmarks/messy_export.py $(BENCH_DATA)/raw-bank
	@echo "== heldout_export"; $(BIN)/python benchmarks/heldout_export.py build/heldout --seed 7 --rows 6000
	@$(BIN)/python benchmarks/messy_export.py build/heldout --name heldout
	@echo "== data"; $(BIN)/python benchmarks/data.py $(BENCH_DATA)/raw-bank
	@for f in lineage_overhead redecide; do echo "== $$f"; $(BIN)/python benchmarks/$$f.py $(BENCH_DATA)/raw-bank; done
	@for f in coverage counterfactuals ray_scaling; do echo "== $$f"; $(BIN)/python benchmarks/$$f.py $(BENCH_DATA); done
	@echo "== lookup"; $(BIN)/python benchmarks/lookup.py --examples 1000000
	@echo "== erasure"; $(BIN)/python benchmarks/erasure.py 1000000 50000
	@echo "== review_queue"; $(BIN)/python benchmarks/review_queue.py 100000
	@echo "== residual_coverage"; $(BIN)/python benchmarks/residual_coverage.py 1000
	@echo "== rights"; $(BIN)/python benchmarks/rights.py 10000 1000000
	@echo "== console"; $(BIN)/python benchmarks/console.py 100000 100000 30
	@echo "== whole_job"; $(BIN)/python benchmarks/whole_job.py demo
	@for m in lora full; do $(BIN)/python benchmarks/whole_job.py run $(BENCH_DATA)/raw-bank --method $$m; done

clean:
	rm -rf $(VENV) $(DEMO_DIR) build dist .mypy_cache .ruff_cache .pytest_cache
