"""Peer: the one-sector tariff model (MODEL.md section 14, case 1) by scipy's fsolve in wages,
expenditures and labour, N = 194. Usage: liberation_fsolve.py FOLDER_OF_REFERENCES"""
import sys
import time

import numpy as np
from scipy.optimize import fsolve

d = sys.argv[1] + "/liberation_day/"
X = np.genfromtxt(d + "trade_cepii.csv.gz", delimiter=",", skip_header=1)
X = np.nan_to_num(X)
Y = np.genfromtxt(d + "gdp.csv", skip_header=1) / 1000
N = len(Y)
codes = [line.split(",")[0] for line in open(d + "country_labels.csv").read().split("\n")[1:] if line]
us = codes.index("USA")
t0 = np.maximum(np.genfromtxt(d + "tariffs.csv", skip_header=1), 0.1)
nu = np.full(N, 0.114365)
nu[us] = 0.2706962
np.fill_diagonal(X, 0)
T = (1 - nu) * (X.sum(0) - X @ (1 - nu))
np.fill_diagonal(X, np.maximum(0, Y + T - X.sum(0)))
E = X.sum(0)
Y = X @ (1 - nu) + nu * E
T = E - Y
lam = X / E
eps, kappa = 4.0, 0.5
psi, theta = 0.67 / eps, eps / 0.67
phi = (1 + theta) / ((1 - nu) * theta) - 1 / theta
tariff = np.zeros((N, N))
tariff[:, us] = t0
tariff[us, us] = 0


def parts(v):
    w, e, l = (np.abs(q) for q in np.split(v, 3))
    a = lam * ((w / l**psi) ** -eps)[:, None] * (1 + tariff) ** (-eps * phi)
    P = (e / w) ** (1 - phi) * a.sum(0) ** (-1 / eps)
    flows = a / a.sum(0) * e * E / (1 + tariff)
    return w, e, l, P, flows


def system(v):
    w, e, l, P, flows = parts(v)
    R = (flows * tariff).sum(0)
    out = w * l * Y
    one = (flows @ (1 - nu) + nu * flows.sum(0) - out) / Y
    one[-1] = ((P - 1) * E).mean() / E.mean()
    two = (R + out + T * out.sum() / Y.sum() - e * E) / E
    three = l - (w / P / (1 - R / out)) ** kappa
    return np.concatenate([one, two, three])


best, v = None, None
for _ in range(2):
    start = time.perf_counter()
    v, info, ok, message = fsolve(system, np.ones(3 * N), xtol=1e-12, full_output=True)
    took = time.perf_counter() - start
    best = took if best is None else min(best, took)
w, e, l, P, flows = parts(v)
out, R = w * l * Y, (flows * tariff).sum(0)
delta = E / (E - kappa * (1 - R / out) * Y / (1 + kappa))
W = delta * e / P + (1 - delta) * w * l / P
print(f"scipy fsolve, N = {N}: {best:.2f} s, residual {np.abs(system(v)).max():.1e}, US welfare {100 * (W[us] - 1):.3f} %")
