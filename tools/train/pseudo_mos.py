"""A full-reference estimate of quality in [0,1], 1 = pristine, in place of human scores.

    q = clip((HaarPSI − 0.3) / 0.7, 0, 1)^2 · exp(−ΔE / 0.4)

HaarPSI (Reisenhofer et al., 2018) sees structure; 0.3 is about its floor, and the power spreads its
crowded upper end. It is taken without its authors' halving of the picture, after which JPEG of quality 10
still scores 0.94: too little to learn from. It hardly sees a shift of tone or colour over a whole region, so
ΔE does: the mean distance in OKLab of both pictures, averaged over 8×8 blocks before.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

YIQ = torch.tensor([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
LMS = torch.tensor(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
LAB = torch.tensor(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def pseudo_mos(distorted: Tensor, reference: Tensor) -> Tensor:
    """Both N×3×H×W in [0,1] → N in [0,1]."""
    structure = ((haarpsi(distorted, reference) - 0.3) / 0.7).clamp(0, 1) ** 2
    difference = oklab(F.avg_pool2d(distorted, 8)) - oklab(F.avg_pool2d(reference, 8))
    return structure * torch.exp(-difference.norm(dim=1).mean((1, 2)) / 0.4)


def haarpsi(x: Tensor, y: Tensor) -> Tensor:
    """Both N×3×H×W in [0,1] → N in (0,1], with the authors' C = 30 and α = 4.2, at full size."""
    c, alpha = 30.0, 4.2
    x, y = (torch.einsum("ij,njhw->nihw", YIQ, 255 * v) for v in (x, y))
    responses_x, responses_y = _haar(x[:, :1]), _haar(y[:, :1])

    def similarity(a: Tensor, b: Tensor) -> Tensor:
        return (2 * a * b + c**2) / (a**2 + b**2 + c**2)

    # Horizontal and vertical: the two fine scales are compared, the coarse one says where it matters.
    local = [(similarity(responses_x[0], responses_y[0]) + similarity(responses_x[1], responses_y[1])) / 2]
    weights = [torch.maximum(responses_x[2], responses_y[2])]
    chroma_x, chroma_y = (_same(v[:, 1:], torch.full((2, 1, 2, 2), 0.25), groups=2).abs() for v in (x, y))
    local.append(similarity(chroma_x, chroma_y).mean(1, keepdim=True))
    weights.append(weights[0].mean(1, keepdim=True))
    local, weights = torch.cat(local, 1), torch.cat(weights, 1)
    mean = (torch.sigmoid(alpha * local) * weights).sum((1, 2, 3)) / (weights.sum((1, 2, 3)) + 1e-12)
    return (torch.logit(mean, eps=1e-7) / alpha) ** 2


def oklab(image: Tensor) -> Tensor:
    """sRGB N×3×H×W in [0,1] → OKLab, N×3×H×W."""
    linear = torch.where(image <= 0.04045, image / 12.92, ((image + 0.055) / 1.055) ** 2.4)
    lms = torch.einsum("ij,njhw->nihw", LMS, linear).clamp_min(0) ** (1 / 3)
    return torch.einsum("ij,njhw->nihw", LAB, lms)


def _haar(luma: Tensor) -> list[Tensor]:
    """N×1×H×W → at three scales, the magnitudes of both Haar responses, N×2×H×W."""
    out = []
    for scale in (1, 2, 3):
        n = 2**scale
        kernel = torch.full((n, n), 1 / n)
        kernel[: n // 2] *= -1
        out.append(_same(luma, torch.stack([kernel, kernel.T])[:, None]).abs())
    return out


def _same(x: Tensor, kernel: Tensor, groups: int = 1) -> Tensor:
    """Convolution with zero padding that keeps the size for even kernels."""
    n = kernel.shape[-1]
    return F.conv2d(F.pad(x, (n // 2 - 1, n // 2, n // 2 - 1, n // 2)), kernel, groups=groups)
