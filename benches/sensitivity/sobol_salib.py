"""SALib's Sobol analysis of sobol.csv: time and indices. Usage: python sobol_salib.py FOLDER"""

import sys
import time
from pathlib import Path

import numpy as np
from SALib.analyze import sobol

FACTORS = 12
folder = Path(sys.argv[1])
y = np.loadtxt(folder / "sobol.csv")
problem = {
    "num_vars": FACTORS,
    "names": [f"x{j}" for j in range(FACTORS)],
    "bounds": [[0.0, 1.0]] * FACTORS,
}
seconds = []
for _ in range(3):
    start = time.perf_counter()
    s = sobol.analyze(problem, y, calc_second_order=True, num_resamples=1000, seed=1)
    seconds.append(time.perf_counter() - start)
print(f"SALib: {min(seconds):.3f} s (best of {len(seconds)})")
with open(folder / "sobol_salib.csv", "w") as f:
    f.write("index,a,b,value,half_width\n")
    for j in range(FACTORS):
        f.write(f"S1,{j},,{s['S1'][j]:.17g},{s['S1_conf'][j]:.17g}\n")
        f.write(f"ST,{j},,{s['ST'][j]:.17g},{s['ST_conf'][j]:.17g}\n")
    for j in range(FACTORS):
        for k in range(j + 1, FACTORS):
            f.write(f"S2,{j},{k},{s['S2'][j, k]:.17g},{s['S2_conf'][j, k]:.17g}\n")
