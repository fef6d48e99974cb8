"""EMA Workbench's PRIM on prim_SEED.csv: time of one box and the dimensions it restricts.

Usage: python prim_ema.py FOLDER [SEED...]. Defaults of the Workbench: one find_box, peeling and
pasting; reported are the last box of its trajectory, which it selects, the box with the largest
harmonic mean of coverage and density, and that box without the dimensions whose quasi-p-values
exceed 0.05, which is what its user would do by hand.
"""

import logging
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from ema_workbench.analysis import prim

logging.disable(logging.CRITICAL)
TRUE_DIMENSIONS = {"x0", "x1", "x2"}
folder = Path(sys.argv[1])
for seed in [int(s) for s in sys.argv[2:]] or [1]:
    data = np.loadtxt(folder / f"prim_{seed}.csv", delimiter=",")
    x = pd.DataFrame(data[:, :-1], columns=[f"x{j}" for j in range(data.shape[1] - 1)])
    y = data[:, -1] > 0.5
    seconds = []
    for _ in range(3):
        p = prim.Prim(x, y, threshold=0.5)
        start = time.perf_counter()
        box = p.find_box()
        seconds.append(time.perf_counter() - start)
    path = box.peeling_trajectory
    f1 = 2 * path.coverage * path.density / (path.coverage + path.density)
    print(f"EMA Workbench, seed {seed}: {min(seconds):.3f} s a box (best of {len(seconds)})")
    for name, i in [("last box", len(path) - 1), ("largest harmonic mean", int(f1.idxmax()))]:
        row = path.loc[i]
        limits, whole = box.box_lims[i], box.box_lims[0]
        restricted = [c for c in x.columns if not limits[c].equals(whole[c])]
        spurious = [c for c in restricted if c not in TRUE_DIMENSIONS]
        qp = box._calculate_quasi_p(i, restricted)
        kept = [c for c in restricted if any(0 <= v <= 0.05 for v in qp[c])]
        spurious_kept = [c for c in kept if c not in TRUE_DIMENSIONS]
        print(
            f"  {name}: coverage {row.coverage:.3f} density {row.density:.3f} mass {row['mass']:.3f}"
            f" | restricted {len(restricted)}, spurious {len(spurious)}"
            f" | after quasi-p at 0.05: spurious {len(spurious_kept)}"
        )
