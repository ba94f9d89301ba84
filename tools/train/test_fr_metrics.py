"""The full-reference metrics beside piq's, and what holds of every one."""

import pytest
import torch
import torch.nn.functional as F

from fr_metrics import METRICS
from seeded import seeded_picture

# From piq 0.8.0 in float64 on `pictures()`: SSIM without its downsampling, HaarPSI without subsampling; SSIM
# and MS-SSIM of luma; MDSI and GMSD taken from 1.
PIQ = {
    "psnr": [25.480662, 26.461195, 27.949581, 27.946591],
    "ssim": [0.700462, 0.992412, 0.97401, 0.790841],
    "ms_ssim": [0.960688, 0.991453, 0.974642, 0.981671],
    "haarpsi": [0.62898, 0.876038, 0.902951, 0.519376],
    "vsi": [0.963041, 0.99432, 0.99201, 0.953488],
    "mdsi": [0.630426, 0.751561, 0.746417, 0.575599],
    "gmsd": [0.940539, 0.99429, 0.962113, 0.978826],
    "vif": [0.376402, 0.914755, 0.706412, 0.465909],
    "fsim": [0.871675, 0.985585, 0.978615, 0.849894],
}

# PSNR: piq adds 1e-8 to the squared error. HaarPSI and FSIM: piq has four digits of YIQ, the authors three.
# VSI: piq brings the saliency back to size with aligned corners and without antialiasing, unlike `imresize`.
# FSIM: of a negative similarity's power, piq takes the magnitude and the authors the real part.
TOLERANCE = {"psnr": 1e-4, "haarpsi": 3e-4, "vsi": 1e-4, "fsim": 1e-4}


def picture(seed: int, side: int = 192) -> torch.Tensor:
    return torch.from_numpy(seeded_picture(side, side, seed)).permute(2, 0, 1)[None].float() / 255


def pictures() -> tuple[torch.Tensor, torch.Tensor]:
    """Blurred, of another tone, noisy and in blocks, 4×3×192×192; their reference, 1×3×192×192."""
    reference = picture(1)
    blurred = F.avg_pool2d(F.pad(reference, (1, 1, 1, 1), mode="replicate"), 3, 1)
    tone = reference * torch.tensor([0.8, 0.9, 1.0]).view(3, 1, 1) + 0.05
    noisy = 0.85 * reference + 0.15 * picture(2)
    blocks = F.interpolate(F.avg_pool2d(reference, 4), scale_factor=4)
    return torch.cat([blurred, tone.clamp(0, 1), noisy, blocks]), reference


@pytest.mark.parametrize("name", METRICS)
def test_agrees_with_piq(name):
    distorted, reference = pictures()
    values = METRICS[name](distorted, reference.expand_as(distorted))
    assert values.tolist() == pytest.approx(PIQ[name], abs=TOLERANCE.get(name, 1e-5))


@pytest.mark.parametrize("name", METRICS)
def test_one_reference_may_stand_beside_many(name):
    distorted, reference = pictures()
    each = torch.cat([METRICS[name](d[None], reference) for d in distorted])
    assert METRICS[name](distorted, reference).tolist() == pytest.approx(each.tolist(), abs=1e-5)


@pytest.mark.parametrize("side", [176, 189, 224])
@pytest.mark.parametrize("name", METRICS)
def test_equal_pictures_have_the_top_value(name, side):
    image = torch.cat([picture(3, side), torch.zeros(1, 3, side, side), torch.full((1, 3, side, side), 0.6)])
    top = 100 if name == "psnr" else 1
    # HaarPSI's closing logit amplifies float32 rounding near 1.
    assert METRICS[name](image, image).tolist() == pytest.approx([top] * 3, abs=5e-6)


@pytest.mark.parametrize("name", METRICS)
def test_more_noise_is_less_quality(name):
    reference = F.avg_pool2d(picture(1, 384), 2)
    noise = picture(2) - 0.5
    ladder = torch.cat([(reference + a * noise).clamp(0, 1) for a in (0, 0.05, 0.1, 0.2, 0.4, 0.8)])
    values = METRICS[name](ladder, reference).tolist()
    assert all(a > b for a, b in zip(values, values[1:])), values


@pytest.mark.parametrize("name", METRICS)
def test_finite_beside_black_and_flat(name):
    image, black, flat = picture(1), torch.zeros(1, 3, 192, 192), torch.full((1, 3, 192, 192), 0.6)
    distorted = torch.cat([image, black, flat, black, image, flat])
    reference = torch.cat([black, image, black, flat, flat, image])
    assert METRICS[name](distorted, reference).isfinite().all()
