"""Derives world-110m.json from Natural Earth 1:110 m as TopoJSON.

Input: countries-110m.json of the npm package world-atlas 2.0.2 (Natural Earth, public domain) and a
table from ISO numeric to ISO3 codes. Steps: ids become ISO3 codes; the outline of land is dropped;
Antarctica is dropped; the ring of Crimea leaves its neighbour and becomes an area of its own;
areas that states dispute are marked; positions of UN members too small for this scale are added,
rounded to a tenth of a degree, from general knowledge.

    python3 derive_world.py countries-110m.json codelist.csv > world-110m.json
"""

import csv
import json
import sys

# Areas with a claim on the whole of them; they are filled only with an estimate of their own.
DISPUTED = {"ESH", "FLK", "PSE", "TWN", "XKX", "XNC", "XSL", "XCR"}
WITHOUT_CODE = {"Kosovo": "XKX", "N. Cyprus": "XNC", "Somaliland": "XSL"}
CRIMEA = [163, 164]  # its ring in the atlas; arc 163 is the isthmus
POINTS = [
    ("AND", "Andorra", 1.5, 42.5), ("ATG", "Antigua and Barbuda", -61.8, 17.1),
    ("BHR", "Bahrain", 50.6, 26.0), ("BRB", "Barbados", -59.5, 13.2),
    ("COM", "Comoros", 43.9, -11.9), ("CPV", "Cabo Verde", -23.9, 15.5),
    ("DMA", "Dominica", -61.4, 15.4), ("FSM", "Micronesia", 158.2, 6.9),
    ("GRD", "Grenada", -61.7, 12.1), ("KIR", "Kiribati", 173.0, 1.4),
    ("KNA", "Saint Kitts and Nevis", -62.7, 17.3), ("LCA", "Saint Lucia", -61.0, 13.9),
    ("LIE", "Liechtenstein", 9.5, 47.2), ("MCO", "Monaco", 7.4, 43.7),
    ("MDV", "Maldives", 73.3, 3.8), ("MHL", "Marshall Islands", 171.2, 7.1),
    ("MLT", "Malta", 14.4, 35.9), ("MUS", "Mauritius", 57.6, -20.3),
    ("NRU", "Nauru", 166.9, -0.5), ("PLW", "Palau", 134.5, 7.5),
    ("SGP", "Singapore", 103.8, 1.3), ("SMR", "San Marino", 12.5, 43.9),
    ("STP", "São Tomé and Príncipe", 6.7, 0.3), ("SYC", "Seychelles", 55.5, -4.6),
    ("TON", "Tonga", -175.2, -21.2), ("TUV", "Tuvalu", 179.2, -8.5),
    ("VCT", "Saint Vincent and the Grenadines", -61.2, 13.2), ("WSM", "Samoa", -172.0, -13.8),
]

topo = json.load(open(sys.argv[1]))
codes = {}
for row in csv.DictReader(open(sys.argv[2])):
    if row["iso3n"] not in ("", "NA"):
        codes[int(float(row["iso3n"]))] = row["iso3c"]

areas = []
for g in topo["objects"]["countries"]["geometries"]:
    name = g["properties"]["name"]
    iso3 = codes[int(g["id"])] if g.get("id") else WITHOUT_CODE[name]
    if iso3 == "ATA":
        continue
    polygons = g["arcs"] if g["type"] == "MultiPolygon" else [g["arcs"]]
    kept = [p for p in polygons if p != [CRIMEA]]
    areas.append([iso3, name, int(iso3 in DISPUTED), kept])
    if len(kept) < len(polygons):
        areas.append(["XCR", "Crimea", 1, [[CRIMEA]]])
areas.sort()
used = sorted({a if a >= 0 else ~a for _, _, _, ps in areas for p in ps for r in p for a in r})
place = {a: k for k, a in enumerate(used)}
for area in areas:
    area[3] = [[[place[a] if a >= 0 else ~place[~a] for a in r] for r in p] for p in area[3]]
json.dump({
    "source": "Natural Earth 1:110 m, public domain, by way of world-atlas 2.0.2; derive_world.py",
    "scale": topo["transform"]["scale"],
    "translate": topo["transform"]["translate"],
    "arcs": [topo["arcs"][a] for a in used],
    "areas": areas,
    "points": POINTS,
}, sys.stdout, ensure_ascii=False, separators=(",", ":"))
