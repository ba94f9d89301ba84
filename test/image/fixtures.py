"""Writes fixtures/: JPEG files with the pixels that Pillow decodes from them, and Pillow's resizes. Needs Pillow 13."""

import io
import pathlib
import random

from PIL import Image, ImageCms

here = pathlib.Path(__file__).parent
out = here / "fixtures"


def picture(width: int, height: int) -> Image.Image:
    """Smooth colours, hard edges and a little seeded noise."""
    rng = random.Random(1)
    image = Image.new("RGB", (width, height))
    for y in range(height):
        for x in range(width):
            edge = 90 if (x // 9 + y // 7) % 2 else 0
            smooth = (4 * x + edge, 5 * y + 30, 200 - 3 * x + edge)
            image.putpixel((x, y), tuple(max(0, min(255, v + rng.randrange(-8, 9))) for v in smooth))
    return image


def save_jpeg(name: str, image: Image.Image, patch=lambda data: data, **options) -> None:
    """Saves `name.jpg`, changed by `patch`, and its pixels as Pillow decodes them, `name.png`."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", **{"quality": 90, **options})
    data = patch(buffer.getvalue())
    (out / f"{name}.jpg").write_bytes(data)
    Image.open(io.BytesIO(data)).convert("RGB").save(out / f"{name}.png", icc_profile=None, optimize=True)


def ycck(image: Image.Image) -> Image.Image:
    """A CMYK image whose stored (that is, inverted) channels are the Y, Cb, Cr and K of YCCK."""
    cyan, magenta, yellow, black = image.convert("CMYK").split()
    # Adobe stores inverted inks, and YCC of 255 minus those: the inks themselves.
    y, cb, cr = Image.merge("RGB", (cyan, magenta, yellow)).convert("YCbCr").split()
    black = black.point(lambda v: (v + 40) // 2)
    return Image.merge("CMYK", (*(band.point(lambda v: 255 - v) for band in (y, cb, cr)), black))


def adobe_transform(value: int):
    def patch(data: bytes) -> bytes:
        at = data.index(b"Adobe") + 11
        return data[:at] + bytes([value]) + data[at + 1 :]

    return patch


def main() -> None:
    out.mkdir(exist_ok=True)
    image = picture(45, 37)
    save_jpeg("ycc444", image, subsampling="4:4:4")
    save_jpeg("ycc422", image, subsampling="4:2:2")
    save_jpeg("ycc420", image, subsampling="4:2:0")
    save_jpeg("progressive", image, subsampling="4:2:0", progressive=True)
    save_jpeg("restarts", image, subsampling="4:2:0", restart_marker_blocks=2)
    save_jpeg("grey", image.convert("L"))
    save_jpeg("rgb", image, keep_rgb=True)
    save_jpeg("cmyk", image.convert("CMYK"))
    save_jpeg("ycck", ycck(image), adobe_transform(2))
    save_jpeg("pixel", image.crop((0, 0, 1, 1)))
    save_jpeg("srgb", image, icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    save_jpeg("lab", image, icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes())

    large = picture(64, 53)
    large.save(out / "resize.png", optimize=True)
    for name, method in (("bilinear", Image.Resampling.BILINEAR), ("bicubic", Image.Resampling.BICUBIC)):
        for size in ((23, 31), (97, 80), (64, 9), (11, 53), (63, 52)):
            large.resize(size, method).save(out / f"resize-{name}-{size[0]}x{size[1]}.png", optimize=True)


main()
