"""Every distortion at five strengths of one photograph, on one sheet to be looked at.

python contact_sheet.py [--photo FILE] [--out contact-sheet.jpg]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from distortions import DISTORTIONS, distort

STRENGTHS = (0.2, 0.4, 0.6, 0.8, 1.0)
SIDE = 120
COLUMNS = 2


def sheet(photo: np.ndarray) -> Image.Image:
    """Rows of the pristine and five strengths, two distortions a row.

    photo is H×W×3 uint8, at least 256 a side; its middle is shown."""
    y, x = (n // 2 - 128 for n in photo.shape[:2])
    crop = photo[y : y + 256, x : x + 256]
    rows = -(-len(DISTORTIONS) // COLUMNS)
    width = SIDE * (len(STRENGTHS) + 1) + 10
    page = Image.new("RGB", (COLUMNS * width, rows * (SIDE + 16)), "white")
    draw = ImageDraw.Draw(page)
    for i, name in enumerate(DISTORTIONS):
        x, y = i % COLUMNS * width, i // COLUMNS * (SIDE + 16)
        draw.text((x + 2, y + 2), f"{DISTORTIONS[name].family}: {name}", fill="black")
        images = [crop] + [distort(crop, name, s, np.random.default_rng(3)) for s in STRENGTHS]
        for k, image in enumerate(images):
            page.paste(
                Image.fromarray(image).crop((68, 68, 68 + SIDE - 2, 68 + SIDE - 2)), (x + k * SIDE, y + 15)
            )
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--photo", type=Path, default=Path(__file__).parents[2] / "test/photos/chelsea.png")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("contact-sheet.jpg"))
    args = parser.parse_args()
    photo = np.asarray(Image.open(args.photo).convert("RGB"))
    sheet(photo).save(args.out, quality=65)
    print(args.out)


if __name__ == "__main__":
    main()
