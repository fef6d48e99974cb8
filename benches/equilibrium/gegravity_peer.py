"""Peer: gegravity on its sample (N = 30) and on AGTPA 2006 (N = 50, 69): time of the baseline and
the counterfactual. Usage: gegravity_peer.py FOLDER_OF_REFERENCES"""
import sys
import time
import warnings

import gegravity as ge
import pandas as pd

warnings.simplefilter("ignore")
d = sys.argv[1] + "/gegravity/"


def run(name, data, coefficients, costs, change, scale):
    start = time.perf_counter()
    base = ge.BaselineData(data, trade_var_name="trade", imp_var_name="importer", exp_var_name="exporter", year_var_name="year", output_var_name="Y", expend_var_name="E")
    model = ge.OneSectorGE(base, year="2006", reference_importer="DEU", sigma=5, cost_coeff_values=coefficients, cost_variables=costs, quiet=True)
    model.build_baseline(omr_rescale=scale)
    model.define_experiment(change(model.baseline_data.copy()))
    model.simulate()
    took = time.perf_counter() - start
    message = model.solver_diagnostics["full_GE"].message
    print(f"gegravity {name}: {took:.2f} s ({message})")


table = pd.read_csv(d + "cost_coeffs.csv")
sample = pd.read_csv(d + "sample_data_set.csv")
values = ge.CostCoeffs(estimates=table, identifier_col="var", coeff_col="beta", stderr_col="stderr")


def agreement(x):
    x.loc[((x.importer == "CAN") & (x.exporter == "JPN")) | ((x.importer == "JPN") & (x.exporter == "CAN")), "pta"] = 1
    return x


run("N = 30", sample, values, list(table["var"]), agreement, 10)
coefficients = pd.DataFrame({"var": ["lndist", "cntg", "lang", "clny", "rta", "international", "constant"], "beta": [-0.8, 0.39, 0.24, -0.18, 0.41, -2.5, 16.0], "stderr": 0.01})
values = ge.CostCoeffs(estimates=coefficients, identifier_col="var", coeff_col="beta", stderr_col="stderr")
panel = pd.read_csv(d + "agtpa2006_N69.csv.gz")
members = [c for c in open(d + "gegravity_agtpa50_dropNAFTA_country.csv").read().split("\n")[1:] if c]
members = {c.split(",")[0] for c in members}


def without(x):
    bloc = ["CAN", "USA", "MEX"]
    x.loc[x.importer.isin(bloc) & x.exporter.isin(bloc), "rta"] = 0
    return x


small = panel[panel.importer.isin(members) & panel.exporter.isin(members)].copy()
small["Y"] = small.groupby("exporter").trade.transform("sum")
small["E"] = small.groupby("importer").trade.transform("sum")
for name, data in (("N = 50", small), ("N = 69", panel)):
    try:
        run(name, data, values, list(coefficients["var"]), without, 1000)
    except Exception as error:  # The peer may fail to converge.
        print(f"gegravity {name}: failed: {error}")
