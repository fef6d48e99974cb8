"""AGTPA panel with the columns the bench uses. Usage: python make_agtpa.py agtpa_21yr.csv.gz OUT.csv"""

import sys

import pandas as pd

d = pd.read_csv(sys.argv[1])
d["pair_directed"] = d.exporter + "_" + d.importer
for year in sorted(d.year.unique())[:-1]:
    d[f"border_{year}"] = ((d.year == year) & (d.brdr == 1)).astype(int)
d.to_csv(sys.argv[2], index=False)
