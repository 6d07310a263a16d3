# Weir: what there is to run. Every target sets up what it needs on a Debian or Ubuntu machine with cargo and a C compiler.

CARGO ?= cargo

.PHONY: help demo test test-deps unit integration suites instructions lint check bench baseline

help:
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

demo: ## two instances, eight databases, 230,000 rows and a tour (ONCE=1 ends after the tour)
	tools/setup-mariadb.sh
	ONCE="$(ONCE)" $(CARGO) run --release --bin weir -- demo

test: test-deps unit integration suites instructions ## set up and run every test

test-deps:
	tools/setup-test-deps.sh

unit:
	$(CARGO) test --lib --bins
	$(CARGO) test --doc

integration:
	$(CARGO) test --test allocations
	$(CARGO) test --test weir -- --nocapture --test-threads=2

suites: test-deps ## what takes minutes: sysbench through Weir (SECONDS_EACH=60)
	$(CARGO) test --test weir -- --nocapture --ignored

instructions: ## instructions of the hot steps, against benches/instructions.txt
	tools/instructions.py

lint: ## formatting and clippy, warnings denied
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets -- -D warnings

check: ## the quickest answer: does it compile
	$(CARGO) check --all-targets

bench: ## each layer timed by criterion, about three minutes (FILTER=road for one)
	$(CARGO) bench --bench layers -- $(FILTER)

baseline: ## a proxy of opensrv-mysql and mysql_async without SQL work, as a peer for load: target/baseline/release/weir-baseline
	$(CARGO) build --release --locked --manifest-path benches/baseline/Cargo.toml --target-dir target/baseline
