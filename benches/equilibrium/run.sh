#!/bin/sh
# Peers and realign one after the other on the same references. Usage: sh run.sh REFERENCES FOLDER
# PYTHON [ICIO_PANEL.parquet]; REFERENCES is expected/trade_ge, FOLDER takes unpacked inputs.
set -e
references=$1
folder=$2
python=$3
panel=$4
cd "$(dirname "$0")"
cargo build --release --quiet -p realign-numerics --examples
example() {
    name=$1
    shift
    cargo run --release --quiet -p realign-numerics --example "$name" -- "$@"
}
mkdir -p "$folder"
zcat "$references/liberation_day/trade_cepii.csv.gz" > "$folder/trade_cepii.csv"
cp "$references/liberation_day/gdp.csv" "$folder/"
if [ -n "$panel" ]; then "$python" icio.py "$panel" "$folder/icio.txt"; fi
for round in 1 2; do
    "$python" cp_numpy.py "$references"
    if [ -n "$panel" ]; then
        example caliendo_parro_bench "$references" "$folder/icio.txt"
    else
        example caliendo_parro_bench "$references"
    fi
    "$python" liberation_fsolve.py "$references"
    "$python" gegravity_peer.py "$references"
    example trade_ge_bench "$references"
    example equilibrium_bench "$folder"
done
example equilibrium_stress 10000 "$references"
