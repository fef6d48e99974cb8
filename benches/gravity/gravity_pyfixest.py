"""pyfixest on gravity panels: time (best of REPEATS), memory, coefficients and standard errors.

Usage: python gravity_pyfixest.py FORMULA CLUSTER REPEATS FILE...
"""

import resource
import sys
import time
import warnings

import pandas as pd
import pyfixest as pf

warnings.filterwarnings("ignore")
formula, cluster, repeats = sys.argv[1], sys.argv[2], int(sys.argv[3])
for file in sys.argv[4:]:
    data = pd.read_csv(file)
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        fit = pf.fepois(formula, data, vcov={"CRV1": cluster})
        seconds.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{file}: pyfixest {pf.__version__} {min(seconds):.2f} s, peak {peak} MB, {fit._N} rows")
    for name, b, s in list(zip(fit._coefnames, fit.coef(), fit.se()))[:6]:
        print(f"  {name:<12} {b:+.9f} ({s:.9f})")
