"""Cuts the font files that the brief embeds.

Input: the woff2 files of the npm packages @fontsource/source-serif-4 5.3.1 and
@fontsource/source-sans-3 5.3.1 (Adobe, SIL Open Font License 1.1, reserved font name "Source").
The Latin and Latin Extended files of a style are cut to the characters of European names and
written under a name of their own, as the licence asks of modified versions.

    python3 subset_fonts.py DIRECTORY_WITH_WOFF2_FILES
"""

import os
import sys

from fontTools import subset
from fontTools.ttLib import TTFont

LATIN = list(range(0x20, 0x7F)) + list(range(0xA0, 0x100)) + [
    0x131, 0x152, 0x153, 0x2009, 0x2010, 0x2011, 0x2013, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D,
    0x2022, 0x2026, 0x2212, 0x20AC,
]
EXTENDED = list(range(0x100, 0x180)) + [0x218, 0x219, 0x21A, 0x21B]
STYLES = [
    ("source-serif-4", "400-normal", "serif"), ("source-serif-4", "400-italic", "serif-italic"),
    ("source-serif-4", "600-normal", "serif-semibold"), ("source-sans-3", "400-normal", "sans"),
    ("source-sans-3", "600-normal", "sans-semibold"),
]

for family, style, name in STYLES:
    for part, wanted in (("latin", LATIN), ("latin-ext", EXTENDED)):
        font = TTFont(os.path.join(sys.argv[1], f"{family}-{part}-{style}.woff2"))
        options = subset.Options()
        options.flavor = "woff2"
        options.layout_features = ["kern", "mark", "mkmk", "ccmp", "locl", "liga", "lnum", "pnum", "tnum"]
        options.hinting = False
        options.name_IDs = [0, 1, 2, 4, 6, 13, 14]
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=wanted)
        cutter.subset(font)
        own = f"Realign {name}"
        for record in font["name"].names:
            if record.nameID in (1, 4):
                record.string = own
            if record.nameID == 6:
                record.string = own.replace(" ", "")
        font.flavor = "woff2"
        font.save(f"{name}-{part}.woff2", reorderTables=False)
