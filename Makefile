# Weir: what there is to run. Every target sets up what it needs on a Debian or Ubuntu machine with cargo and a C compiler.

CARGO ?= cargo

.PHONY: help demo test test-deps unit integration suites bank lint check bench

help:
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: ## two instances, eight databases, 230,000 rows and a tour (ONCE=1 ends after the tour)
	tools/setup-mariadb.sh
	ONCE="$(ONCE)" $(CARGO) run --release --bin weir -- demo

test: test-deps unit integration suites ## set up and run every test

test-deps:
	tools/setup-test-deps.sh

unit:
	$(CARGO) test --lib --bins
	$(CARGO) test --doc

integration:
	$(CARGO) test --test weir -- --nocapture --test-threads=2

suites: test-deps ## what takes minutes: sysbench (SECONDS_EACH=60), the bank (BANK_SECONDS=45), the large model
	$(CARGO) test --test weir -- --nocapture --ignored

BANK_KILLS ?= 1000

bank: test-deps ## 1,000 kills under 100,000 transfers on MariaDB, then on MySQL (BANK_KILLS, BANK_BRAND, BANK_SEED)
	BANK_KILLS=$(BANK_KILLS) $(CARGO) test --release --test weir -- bank:: --include-ignored --nocapture --test-threads=1

lint: ## formatting and clippy, warnings denied
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets -- -D warnings

check: ## the quickest answer: does it compile
	$(CARGO) check --all-targets

bench: ## what there is to measure
	@echo 'No benchmarks yet. tools/point_select.py compares point selects through several ways to the same data.'
