"""Writes OECD ICIO flows and tariffs of one year as one column of numbers: sectors, economies, then
flows and tariffs (sector x exporter x importer). Usage: icio.py PANEL.parquet OUT [YEAR]"""
import sys

import numpy as np
import pandas as pd

panel, out = sys.argv[1:3]
year = int(sys.argv[3]) if len(sys.argv) > 3 else 2022
d = pd.read_parquet(panel)
y, e, i, s, x, t = "year", "exporter", "importer", "sector", "value_musd", "tariff"
d = d[d[y] == year]
codes, sectors = sorted(set(d[e].astype(str)) | set(d[i].astype(str))), sorted(d[s].astype(str).unique())
n, j = len(codes), len(sectors)
at = {c: k for k, c in enumerate(codes)}
place = {c: k for k, c in enumerate(sectors)}
flows, tariffs = np.zeros((j, n, n)), np.zeros((j, n, n))
rows = tuple(d[c].astype(str).map(k).to_numpy() for c, k in ((s, place), (e, at), (i, at)))
flows[rows] = d[x].fillna(0).clip(lower=0)
tariffs[rows] = d[t].fillna(0)
tariffs[:, range(n), range(n)] = 0
with open(out, "w") as f:
    f.write(f"{j}\n{n}\n")
    for m in (flows, tariffs):
        f.write("\n".join(repr(float(v)) for v in m.ravel()) + "\n")
print(f"{j} sectors, {n} economies, {(flows > 0).mean():.2f} of flows positive")
