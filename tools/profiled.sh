#!/bin/sh
# Builds Weir once more, laid out by what runs often: an instrumented build is loaded by the benches' sysbench, and the
# compiler takes what it has counted. The result is target/profiled/weir; a quarter of an hour on two cores.
set -eu
cd "$(dirname "$0")/.."

host=$(rustc -vV | sed -n 's/^host: //p')
profdata=$(rustc --print sysroot)/lib/rustlib/$host/bin/llvm-profdata
[ -x "$profdata" ] || rustup component add llvm-tools

folder=$PWD/target/profiled
rm -rf "$folder/counts"
mkdir -p "$folder/counts"

# With --target the flags do not reach build scripts and macros.
build() {
    RUSTFLAGS="$1" cargo build --release --locked --bin weir --target "$host" --target-dir "$folder/build"
    cp "$folder/build/$host/release/weir" "$2"
}

build "-Cprofile-generate=$folder/counts" "$folder/counting"
# Weir writes its counts when it is asked to end.
python3 tools/bench_load load --only point_select,read_write,rows --threads 8,64 --rounds 1 --seconds 3 \
    --ways haproxy --scratch "$folder/bench" --weir "counting=$folder/counting"
"$profdata" merge -o "$folder/weir.profdata" "$folder/counts"
build "-Cprofile-use=$folder/weir.profdata" "$folder/weir"
echo "target/profiled/weir"
