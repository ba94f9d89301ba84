"""Writes src/explain/glyphs.ts: the outlines of Inter with which sheets are labelled, as SVG path data.

    npm pack @fontsource/inter && tar xzf fontsource-inter-*.tgz
    python tools/font/glyphs.py package && npx biome format --write src/explain/glyphs.ts

Needs fontTools. Inter is under the SIL Open Font License 1.1, which goes into the written file.
"""

import sys
from pathlib import Path

from fontTools.pens.basePen import BasePen
from fontTools.ttLib import TTFont

UNITS = 1000
LATIN = [*range(0x20, 0x7F), *range(0xA0, 0x100), *map(ord, "–—‘’“”•…−")]
LATIN_EXTENDED, GREEK, CYRILLIC = range(0x100, 0x180), range(0x386, 0x3D0), range(0x400, 0x460)
WEIGHTS = {
    "regular": (400, [*LATIN, *LATIN_EXTENDED, *GREEK, *CYRILLIC]),
    "semibold": (600, LATIN),
}
SUBSETS = ["latin", "latin-ext", "greek", "cyrillic"]


class PathPen(BasePen):
    """Closed contours of lines and quadratic curves, in whole units, the vertical axis downwards."""

    def __init__(self, glyph_set, scale):
        super().__init__(glyph_set)
        self.scale = scale
        self.at = (0, 0)
        self.path = ""

    def _add(self, command, *points):
        places = [(round(x * self.scale), round(-y * self.scale)) for x, y in points]
        numbers = [place - origin for xy in places for place, origin in zip(xy, self.at)]
        text = "".join(f"{number}" if number < 0 else f" {number}" for number in numbers)
        self.path += command + text.removeprefix(" ")
        self.at = places[-1]

    def _moveTo(self, point):
        self._add("m", point)

    def _lineTo(self, point):
        self._add("l", point)

    def _qCurveToOne(self, control, point):
        self._add("q", control, point)


def outlines(folder, weight, characters):
    """Advance width and path of each character that the fonts have."""
    glyphs = {}
    for subset in SUBSETS:
        font = TTFont(folder / "files" / f"inter-{subset}-{weight}-normal.woff")
        names, glyph_set = font.getBestCmap(), font.getGlyphSet()
        scale = UNITS / font["head"].unitsPerEm
        wanted = {chr(c): names[c] for c in characters if c in names and chr(c) not in glyphs}
        for character, name in wanted.items():
            pen = PathPen(glyph_set, scale)
            glyph_set[name].draw(pen)
            glyphs[character] = f"{round(glyph_set[name].width * scale)}{pen.path}"
    return glyphs


def literal(text):
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def main(folder):
    print_to = Path(__file__).parents[2] / "src" / "explain" / "glyphs.ts"
    licence = (folder / "LICENSE").read_text().splitlines()
    lines = [
        "/**",
        " * Outlines of Inter's glyphs, written by tools/font/glyphs.py. Of each character its advance width, and its",
        f" * contours as SVG path data of the commands m, l and q, in 1/{UNITS} of the font's size, down from the",
        " * baseline. Only what runs in Node imports this.",
        " *",
        *(f" * {line}".rstrip() for line in licence),
        " */",
        "export type Glyphs = Record<string, string>;",
        "",
        f"export const unitsPerEm = {UNITS};",
    ]
    for name, (weight, characters) in WEIGHTS.items():
        lines += ["", f"export const {name}: Glyphs = {{"]
        for character, glyph in sorted(outlines(folder, weight, characters).items()):
            lines.append(f'  {literal(character)}: "{glyph}",')
        lines.append("};")
    print_to.write_text("\n".join(lines) + "\n", encoding="utf-8")


main(Path(sys.argv[1]))
