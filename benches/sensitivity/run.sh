#!/bin/sh
# Peers and realign one after the other on the same files. Usage: sh run.sh FOLDER [PYTHON]
set -e
folder=$1
python=${2:-python3}
here=$(dirname "$0")
export PYTHONWARNINGS=ignore
cd "$here"
cargo build --release --quiet -p realign-numerics --example sobol_bench --example prim_bench
"$python" make_sobol.py "$folder"
"$python" make_prim.py "$folder" 1 2 3
for round in 1 2; do
    "$python" sobol_salib.py "$folder"
    cargo run --release --quiet -p realign-numerics --example sobol_bench -- "$folder"
    "$python" prim_ema.py "$folder" 1 2 3
    cargo run --release --quiet -p realign-numerics --example prim_bench -- "$folder" 1 2 3
done
