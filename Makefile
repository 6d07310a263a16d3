# Weir: what there is to run. Every target sets up what it needs on a Debian or Ubuntu machine with cargo and a C compiler.

CARGO ?= cargo

.PHONY: help demo test test-deps unit integration suites model bank instructions lint check profiled bench baseline bench-load bench-curves bench-transactions bench-deps

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
	python3 -m unittest discover -q -s tools/bench_load -p 'test_*.py'

integration:
	$(CARGO) test --test allocations
	$(CARGO) test --test weir -- --nocapture --test-threads=2

suites: test-deps ## what takes minutes: sysbench (SECONDS_EACH=60), the bank (BANK_SECONDS=45), the fuzzer, the collection of statements
	$(CARGO) test --test weir -- --nocapture --ignored

model: ## the commit protocol with three branches, every state
	MODEL_BRANCHES=3 $(CARGO) test --release --test weir -- model:: --include-ignored --nocapture --test-threads=1

BANK_KILLS ?= 1000

bank: test-deps ## 1,000 kills under 100,000 transfers on MariaDB, then on MySQL (BANK_KILLS, BANK_BRAND, BANK_SEED, BANK_RECORD)
	BANK_KILLS=$(BANK_KILLS) $(CARGO) test --release --test weir -- bank:: --include-ignored --nocapture --test-threads=1

.PHONY: fuzz tpch corpora

FUZZ_SECONDS ?= 3600

fuzz: test-deps ## random statements on one server and through Weir (FUZZ_SECONDS=3600 a server, FUZZ_STATEMENTS, FUZZ_SEED, FUZZ_BRAND)
	FUZZ_SECONDS=$(FUZZ_SECONDS) $(CARGO) test --release --test weir -- fuzz::random --include-ignored --nocapture --test-threads=1

TPCH_SCALE ?= 0.1
TPCH_ROUNDS ?= 3

tpch: test-deps ## the 22 queries of TPC-H, timed against one server (TPCH_SCALE=0.1 TPCH_ROUNDS=3 TPCH_LAYOUT=copied|split TPCH_BRAND)
	TPCH_SCALE=$(TPCH_SCALE) TPCH_ROUNDS=$(TPCH_ROUNDS) $(CARGO) test --release --test weir -- tpch_is_timed --include-ignored --nocapture

corpora: test-deps ## statements of others, from FOLDER, on one server and through Weir; the findings are in target/corpora
	CORPORA=$(abspath $(FOLDER)) $(CARGO) test --test weir -- corpora:: --include-ignored --nocapture

instructions: ## instructions of the hot steps, against benches/instructions.txt
	tools/instructions.py

lint: ## formatting and clippy, warnings denied
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets -- -D warnings

check: ## the quickest answer: does it compile
	$(CARGO) check --all-targets

profiled: bench-deps ## Weir laid out by a profile of the benches' load, a tenth less CPU a query: target/profiled/weir, in a quarter of an hour
	tools/profiled.sh

bench: ## each layer timed by criterion, about three minutes (FILTER=road for one)
	$(CARGO) bench --bench layers -- $(FILTER)

baseline: ## a proxy of opensrv-mysql and mysql_async without SQL work, as a peer for load: target/baseline/release/weir-baseline
	$(CARGO) build --release --locked --manifest-path benches/baseline/Cargo.toml --target-dir target/baseline

# What the load benches take from the command line, as arguments of tools/bench_load; ARGS is passed as it is.
bench_arguments = $(foreach weir,$(WEIR),--weir $(weir)) $(if $(ONLY),--only $(ONLY)) \
	$(if $(WAYS),--ways $(WAYS)) $(if $(PROTOCOLS),--protocols $(PROTOCOLS)) $(if $(THREADS),--threads $(THREADS)) \
	$(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(SECONDS),--seconds $(SECONDS)) $(if $(SERVER),--server $(SERVER)) $(foreach peer,$(PEER),--peer $(peer)) \
	$(if $(PEER_RUN),--peer-run '$(PEER_RUN)') $(if $(CHECK),--check) $(if $(STRICT),--strict) $(if $(KEEP),--keep) $(ARGS)

bench-load: bench-deps ## sysbench through direct, HAProxy, Weir and PEER=name=host:port[:pid] (ONLY= THREADS= ROUNDS= SECONDS= CHECK=1)
	python3 tools/bench_load load $(bench_arguments)

bench-curves: bench-deps ## how cost grows: 10 to 10,000 clients, 1 to 256 tables, 1 to 10,000 rules, 1 to 10 million rows (ONLY=)
	python3 tools/bench_load curves $(bench_arguments)

bench-transactions: bench-deps ## transactions beside plain relaying, XA by hand and snapshots (ONLY= ROUNDS= SECONDS= SERVER=mysql9)
	python3 tools/bench_load transactions $(bench_arguments)

bench-deps:
	tools/setup-bench-deps.sh
	$(if $(WEIR),,$(CARGO) build --release --bin weir)
