#!/bin/sh
# pyfixest and realign one after the other on the same files.
# Usage: sh run.sh FOLDER SHARED [PYTHON]   (FOLDER takes the panels, SHARED holds generators and data)
set -e
folder=$1
shared=$2
python=${3:-python3}
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
export PYTHONWARNINGS=ignore
cargo build --release --quiet --manifest-path "$root/Cargo.toml" -p realign-numerics --example ppml_bench
bench() {
    cargo run --release --quiet --manifest-path "$root/Cargo.toml" -p realign-numerics --example ppml_bench -- "$@"
}
model="trade ~ rta + ln_tariff + sanction + ally | exp_year + imp_year + pair"
for size in "70 15" "120 25" "180 33"; do
    set -- $size
    for kind in gravity_panel gravity_panel_hard; do
        file=$folder/${kind}_$1.csv
        [ -f "$file" ] || "$python" "$shared/bench/$kind.py" "$1" "$2" 1 "$file"
        bench "$model" pair 5 "$file"
        [ "$1" = 180 ] && repeats=1 || repeats=2
        "$python" "$here/gravity_pyfixest.py" "$model" pair "$repeats" "$file"
    done
done
file=$folder/agtpa.csv
[ -f "$file" ] || "$python" "$here/make_agtpa.py" "$shared/expected/gravity_ppml/agtpa_21yr.csv.gz" "$file"
border=$(head -1 "$file" | tr ',' '\n' | grep '^border_' | tr '\n' '+' | sed 's/+$//; s/+/ + /g')
for model in "trade ~ rta | exp_year + imp_year + pair_directed" \
    "trade ~ rta + $border | exp_year + imp_year + pair_directed"; do
    bench "$model" pair_id 5 "$file"
    "$python" "$here/gravity_pyfixest.py" "$model" pair_id 2 "$file"
done
