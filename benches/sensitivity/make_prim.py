"""Writes 10,000 uniform points in 12 dimensions and cases of interest: prim_SEED.csv.

Usage: python make_prim.py OUT_FOLDER [SEED...]. Inside the box x0 < 0.4, x1 > 0.5, 0.2 < x2 < 0.8
a point is a case with probability 0.8, outside with probability 0.1: three dimensions matter, nine
do not.
"""

import sys
from pathlib import Path

import numpy as np

POINTS, DIMENSIONS = 10_000, 12

out = Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
for seed in [int(s) for s in sys.argv[2:]] or [1]:
    rng = np.random.default_rng(seed)
    x = rng.random((POINTS, DIMENSIONS))
    inside = (x[:, 0] < 0.4) & (x[:, 1] > 0.5) & (x[:, 2] > 0.2) & (x[:, 2] < 0.8)
    case = rng.random(POINTS) < np.where(inside, 0.8, 0.1)
    np.savetxt(
        out / f"prim_{seed}.csv", np.column_stack([x, case]), delimiter=",", fmt="%.17g"
    )
