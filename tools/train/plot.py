"""Draws a training run's CSV files as one SVG: losses above, SRCC on val below.

python plot.py --run runs/first
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

WIDTH, HEIGHT, MARGIN = 720, 260, 48
COLOURS = ("#1b6ca8", "#c0392b", "#27825a", "#8e5aa8", "#b9770e", "#555555")


def read(path: Path) -> dict[str, list[float]]:
    """Columns of a CSV file by name."""
    with open(path, newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    return {key: [float(row[key]) for row in table] for key in table[0]}


def panel(columns: dict[str, list[float]], names: list[str], top: int) -> list[str]:
    """One line chart against the column `step`, with its axis limits and legend, as SVG elements."""
    steps = columns["step"]
    values = [v for name in names for v in columns[name]]
    low, high, last = min(0.0, *values), max(values), steps[-1]
    plot_width, plot_height = WIDTH - 2 * MARGIN - 130, HEIGHT - MARGIN

    def point(step: float, value: float) -> str:
        x = MARGIN + plot_width * step / last
        return f"{x:.1f},{top + 16 + plot_height * (high - value) / (high - low):.1f}"

    bottom = top + 16 + plot_height
    out = [
        f'<rect x="{MARGIN}" y="{top + 16}" width="{plot_width}" height="{plot_height}" class="frame"/>',
        f'<text x="{MARGIN - 6}" y="{top + 22}" text-anchor="end">{high:.2f}</text>',
        f'<text x="{MARGIN - 6}" y="{bottom}" text-anchor="end">{low:.2f}</text>',
        f'<text x="{MARGIN + plot_width}" y="{bottom + 14}" text-anchor="end">step {last:.0f}</text>',
    ]
    for i, name in enumerate(names):
        line = " ".join(point(step, value) for step, value in zip(steps, columns[name]))
        colour = COLOURS[i % len(COLOURS)]
        out.append(f'<polyline points="{line}" stroke="{colour}"/>')
        x, y = MARGIN + plot_width + 10, top + 30 + 16 * i
        out.append(f'<text x="{x}" y="{y}" style="fill:{colour}">{name}</text>')
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--run", type=Path, default=Path("runs/first"))
    run = parser.parse_args().run
    style = "text{font:12px sans-serif}polyline{fill:none;stroke-width:1.5}.frame{fill:none;stroke:#bbb}"
    elements = []
    panels = {"train.csv": ("_square", "_ladder", "_adjectives"), "val.csv": ("_srcc", "_ladder")}
    for i, (file, endings) in enumerate(panels.items()):
        if (run / file).exists():
            columns = read(run / file)
            elements += panel(columns, [name for name in columns if name.endswith(endings)], i * HEIGHT)
    body = "\n".join([f"<style>{style}</style>", '<rect width="100%" height="100%" fill="#fff"/>', *elements])
    size = f'width="{WIDTH}" height="{2 * HEIGHT}"'
    (run / "run.svg").write_text(f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n{body}\n</svg>\n')


if __name__ == "__main__":
    main()
