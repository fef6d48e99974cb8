"""Writes outputs of a g-function of 12 factors on SALib's Saltelli design: sobol.csv.

Usage: python make_sobol.py OUT_FOLDER. The rows are in the order both programs expect:
A, A_B of every factor, B_A of every factor, B, base row by base row.
"""

import sys
from pathlib import Path

import numpy as np
from SALib.sample import sobol

FACTORS, BASE_ROWS = 12, 1024
WEIGHTS = np.array([0, 0.5, 1, 2, 4, 9, 9, 20, 50, 99, 99, 99.0])

out = Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
problem = {
    "num_vars": FACTORS,
    "names": [f"x{j}" for j in range(FACTORS)],
    "bounds": [[0.0, 1.0]] * FACTORS,
}
x = sobol.sample(problem, BASE_ROWS, calc_second_order=True, seed=1)
y = np.prod((np.abs(4 * x - 2) + WEIGHTS) / (1 + WEIGHTS), axis=1)
np.savetxt(out / "sobol.csv", y, fmt="%.17g")
print(f"{len(y)} outputs")
