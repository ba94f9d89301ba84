"""Full-reference metrics, written from their papers.

Each is `metric(distorted, reference)`, both N×3×H×W RGB in [0,1], float32 → N, higher = better, 1 (PSNR: 100)
for equal pictures. A reference of 1×3×H×W stands beside every distorted picture and is then analysed once.

All work at the picture's own size, without the halvings by which some authors bring large pictures to about
256 pixels; only GMSD halves, as its paper always does. On one core, small filters are fastest as sums of
shifted pictures: `conv2d` takes seven times as long on a single channel.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

YIQ = torch.tensor([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
LMN = torch.tensor([[0.06, 0.63, 0.27], [0.30, 0.04, -0.35], [0.34, -0.6, 0.17]])
LHM = torch.tensor([[0.2989, 0.587, 0.114], [0.30, 0.04, -0.35], [0.34, -0.6, 0.17]])
# Linear RGB to XYZ, each row divided by the white that the authors of SDSP take, D50.
XYZ = torch.tensor(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
) / torch.tensor([[0.9642], [1.0], [0.8251]])

SCHARR = (3 / 16, 10 / 16, 3 / 16)
PREWITT = (1 / 3, 1 / 3, 1 / 3)
MS_SSIM_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


def psnr(distorted: Tensor, reference: Tensor) -> Tensor:
    """Peak signal-to-noise ratio over all three channels in dB, at most 100."""
    return (-10 * torch.log10(((distorted - reference) ** 2).mean((1, 2, 3)))).clamp_max(100)


def ssim(distorted: Tensor, reference: Tensor) -> Tensor:
    """Structural similarity (Wang, Bovik, Sheikh and Simoncelli, 2004) of luma."""
    luminance, contrast = _ssim_maps(_luma(distorted), _luma(reference))
    return (luminance * contrast).mean((1, 2, 3))


def ms_ssim(distorted: Tensor, reference: Tensor) -> Tensor:
    """Multi-scale structural similarity (Wang, Simoncelli and Bovik, 2003) of luma, from 176 pixels up."""
    x, y = _luma(distorted), _luma(reference)
    score = torch.ones(())
    for scale, weight in enumerate(MS_SSIM_WEIGHTS):
        if scale > 0:
            x, y = F.avg_pool2d(x, 2), F.avg_pool2d(y, 2)
        luminance, similarity = _ssim_maps(x, y)
        if scale == len(MS_SSIM_WEIGHTS) - 1:
            similarity = luminance * similarity
        score = score * similarity.mean((1, 2, 3)).clamp_min(0) ** weight
    return score


def haarpsi(distorted: Tensor, reference: Tensor, c: float = 30.0) -> Tensor:
    """HaarPSI (Reisenhofer, Bosse, Kutyniok and Wiegand, 2018) in (0,1], with the authors' C and α."""
    alpha = 4.2
    x, y = _mix(255 * distorted, YIQ), _mix(255 * reference, YIQ)
    responses_x, responses_y = _haar(x[:, :1]), _haar(y[:, :1])
    # Horizontal and vertical: the two fine scales are compared, the coarse one says where it matters.
    fine = [_similarity(a, b, c) for a, b in zip(responses_x[:2], responses_y[:2])]
    chroma = _similarity(_mean2(x[:, 1:]).abs(), _mean2(y[:, 1:]).abs(), c).mean(1, keepdim=True)
    local = torch.cat([(fine[0] + fine[1]) / 2, chroma], 1)
    weights = torch.maximum(responses_x[2], responses_y[2]) + 1e-6
    weights = torch.cat([weights, weights.mean(1, keepdim=True)], 1)
    # The logit amplifies rounding near 1.
    total = (torch.sigmoid(alpha * local) * weights).sum((1, 2, 3), dtype=torch.float64)
    mean = total / weights.sum((1, 2, 3), dtype=torch.float64)
    return ((torch.logit(mean) / alpha) ** 2).float()


def vsi(distorted: Tensor, reference: Tensor) -> Tensor:
    """Visual saliency-induced index (Zhang, Shen and Li, 2014), with the saliency of SDSP."""
    x, y = _mix(255 * distorted, LMN), _mix(255 * reference, LMN)
    saliency_x, saliency_y = _saliency(distorted), _saliency(reference)
    gradient = _similarity(_gradient(x[:, :1], SCHARR), _gradient(y[:, :1], SCHARR), 386.0) ** 0.4
    chroma = _real_power(_similarity(x[:, 1:], y[:, 1:], 130.0).prod(1, keepdim=True), 0.02)
    local = _similarity(saliency_x, saliency_y, 1.27) * gradient * chroma
    return _weighted_mean(local, torch.maximum(saliency_x, saliency_y))


def mdsi(distorted: Tensor, reference: Tensor) -> Tensor:
    """1 − mean deviation similarity index (Nafchi, Shahkolaei, Hedjam and Cheriet, 2016), summed."""
    x, y = _mix(255 * distorted, LHM), _mix(255 * reference, LHM)
    gradient_x, gradient_y = _gradient(x[:, :1], PREWITT), _gradient(y[:, :1], PREWITT)
    gradient_mean = _gradient((x[:, :1] + y[:, :1]) / 2, PREWITT)
    structure = (
        _similarity(gradient_x, gradient_y, 140.0)
        + _similarity(gradient_x, gradient_mean, 55.0)
        - _similarity(gradient_y, gradient_mean, 55.0)
    )
    h, m = x[:, 1:], y[:, 1:]
    squares = (h**2).sum(1, keepdim=True) + (m**2).sum(1, keepdim=True)
    chroma = (2 * (h * m).sum(1, keepdim=True) + 550) / (squares + 550)
    combined = 0.6 * structure + 0.4 * chroma
    # The fourth root of a negative number is complex, and so is the mean.
    root = combined.abs() ** 0.25
    turned = torch.where(combined < 0, math.sqrt(0.5) * root, 0)
    real = torch.where(combined < 0, turned, root)
    deviation = torch.hypot(real - real.mean((1, 2, 3), True), turned - turned.mean((1, 2, 3), True))
    return 1 - deviation.mean((1, 2, 3)) ** 0.25


def gmsd(distorted: Tensor, reference: Tensor) -> Tensor:
    """1 − gradient magnitude similarity deviation (Xue, Zhang, Mou and Bovik, 2014) of halved luma."""
    x, y = (_gradient(F.avg_pool2d(255 * _luma(v), 2), PREWITT) for v in (distorted, reference))
    return 1 - _similarity(x, y, 170.0).flatten(1).std(1, correction=0)


def vif(distorted: Tensor, reference: Tensor) -> Tensor:
    """Visual information fidelity (Sheikh and Bovik, 2006) in the pixel domain, of luma; can exceed 1."""
    noise, eps = 2.0, 1e-8
    # Variances do not change with the mean; near 0 they lose less to rounding.
    x, y = (255 * (_luma(v) - 0.5) for v in (distorted, reference))
    kept, whole = 0.0, 0.0
    for scale in range(4):
        size = 2 ** (4 - scale) + 1
        taps = _gaussian(size, size / 5)
        if scale > 0:
            x, y = _blur(x, taps)[:, :, ::2, ::2], _blur(y, taps)[:, :, ::2, ::2]
        _, _, var_x, var_y, cov = _moments(x, y, taps)
        var_x, var_y = var_x.clamp_min(0), var_y.clamp_min(0)
        gain = torch.where((var_x >= eps) & (var_y >= eps), cov / var_y.clamp_min(eps), 0).clamp_min(0)
        rest = (var_x - gain * cov).clamp_min(0)
        kept = kept + torch.log1p(gain**2 * var_y / (rest + noise)).sum((1, 2, 3))
        whole = whole + torch.log1p(var_y / noise).sum((1, 2, 3))
    return (kept + eps) / (whole + eps)


def fsim(distorted: Tensor, reference: Tensor) -> Tensor:
    """Feature similarity with chroma, FSIMc (Zhang, Zhang, Mou and Zhang, 2011)."""
    x, y = _mix(255 * distorted, YIQ), _mix(255 * reference, YIQ)
    congruency_x, congruency_y = _phase_congruency(x[:, :1]), _phase_congruency(y[:, :1])
    gradient = _similarity(_gradient(x[:, :1], SCHARR), _gradient(y[:, :1], SCHARR), 160.0)
    chroma = _real_power(_similarity(x[:, 1:], y[:, 1:], 200.0).prod(1, keepdim=True), 0.03)
    local = _similarity(congruency_x, congruency_y, 0.85) * gradient * chroma
    return _weighted_mean(local, torch.maximum(congruency_x, congruency_y))


def _linear(image: Tensor) -> Tensor:
    """sRGB in [0,1] → linear RGB in [0,1]."""
    return torch.where(image <= 0.04045, image / 12.92, ((image + 0.055) / 1.055) ** 2.4)


def _mix(image: Tensor, matrix: Tensor) -> Tensor:
    """N×3×H×W times a 3×3 matrix of colours → N×3×H×W."""
    return (matrix @ image.flatten(2)).view_as(image)


def _luma(image: Tensor) -> Tensor:
    """N×3×H×W → N×1×H×W, of the same range."""
    return 0.299 * image[:, :1] + 0.587 * image[:, 1:2] + 0.114 * image[:, 2:]


def _similarity(a: Tensor, b: Tensor, c: float) -> Tensor:
    """1 where both are equal."""
    return (2 * a * b + c) / (a**2 + b**2 + c)


def _real_power(x: Tensor, exponent: float) -> Tensor:
    """The real part of the power, which of a negative number is complex."""
    power = x.abs() ** exponent
    return torch.where(x < 0, math.cos(math.pi * exponent) * power, power)


def _weighted_mean(values: Tensor, weights: Tensor) -> Tensor:
    """N×1×H×W each → N; 1 without weights, as of black pictures, where nothing differs."""
    return ((values * weights).sum((1, 2, 3)) + 1e-6) / (weights.sum((1, 2, 3)) + 1e-6)


def _correlate(x: Tensor, taps: Sequence[float], dim: int) -> Tensor:
    """Along one dimension, without padding."""
    size = x.shape[dim] - len(taps) + 1
    out = taps[0] * x.narrow(dim, 0, size)
    for i, tap in enumerate(taps[1:], 1):
        if tap:
            out.add_(x.narrow(dim, i, size), alpha=tap)
    return out


def _blur(x: Tensor, taps: Sequence[float]) -> Tensor:
    return _correlate(_correlate(x, taps, 2), taps, 3)


@lru_cache
def _gaussian(size: int, sigma: float) -> tuple[float, ...]:
    weights = [math.exp(-((i - (size - 1) / 2) ** 2) / (2 * sigma**2)) for i in range(size)]
    return tuple(w / sum(weights) for w in weights)


def _gradient(x: Tensor, across: Sequence[float]) -> Tensor:
    """N×1×H×W → the magnitude of the 3×3 gradient with these weights across it, N×1×H×W, 0 outside."""
    x = F.pad(x, (1, 1, 1, 1))
    horizontal = _correlate(_correlate(x, across, 2), (-1.0, 0.0, 1.0), 3)
    vertical = _correlate(_correlate(x, across, 3), (-1.0, 0.0, 1.0), 2)
    return torch.sqrt(horizontal**2 + vertical**2)


def _moments(x: Tensor, y: Tensor, taps: Sequence[float]) -> tuple[Tensor, ...]:
    """Under a window: means of x and y, variances of x and y, covariance."""
    mean_x, mean_y = _blur(x, taps), _blur(y, taps)
    var_x, var_y = _blur(x**2, taps) - mean_x**2, _blur(y**2, taps) - mean_y**2
    return mean_x, mean_y, var_x, var_y, _blur(x * y, taps) - mean_x * mean_y


def _ssim_maps(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """N×1×H×W in [0,1] each → luminance, and contrast times structure, N×1×(H−10)×(W−10)."""
    c1, c2 = 0.01**2, 0.03**2
    mean_x, mean_y, var_x, var_y, cov = _moments(x, y, _gaussian(11, 1.5))
    return _similarity(mean_x, mean_y, c1), (2 * cov + c2) / (var_x + var_y + c2)


def _haar(luma: Tensor) -> list[Tensor]:
    """N×1×H×W → at three scales, the magnitudes of both Haar responses, N×2×H×W."""
    out = []
    for n in (2, 4, 8):
        low, high = (1 / n,) * n, (-1.0,) * (n // 2) + (1.0,) * (n // 2)
        x = F.pad(luma, (n // 2 - 1, n // 2) * 2)
        responses = [_correlate(_correlate(x, low, dim), high, 5 - dim) for dim in (3, 2)]
        out.append(torch.cat(responses, 1).abs())
    return out


def _mean2(x: Tensor) -> Tensor:
    """The means of 2×2 pixels, padded with 0 below and to the right."""
    return _blur(F.pad(x, (0, 1, 0, 1)), (0.5, 0.5))


def _frequencies(height: int, width: int) -> tuple[Tensor, Tensor]:
    """Along both axes in cycles a pixel, H×1 and 1×W, float64, 0 first."""
    return (
        torch.fft.fftfreq(height, dtype=torch.float64)[:, None],
        torch.fft.fftfreq(width, dtype=torch.float64)[None],
    )


@lru_cache
def _saliency_filters() -> tuple[Tensor, Tensor]:
    """SDSP's band-pass filter for `rfft2`, 256×129, and its prior for the centre, 256×256."""
    fy, fx = _frequencies(256, 256)
    radius = torch.hypot(fy, fx)
    band = torch.exp(-(torch.log(radius.clamp_min(1e-9) / 0.021) ** 2) / (2 * 1.34**2))
    band = torch.where((radius > 0) & (radius <= 0.5), band, 0)[:, :129]
    offset = (torch.arange(256, dtype=torch.float64) - 127) ** 2
    centre = torch.exp(-(offset[:, None] + offset) / 145**2)
    return band.float(), centre.float()


def _saliency(image: Tensor) -> Tensor:
    """SDSP (Zhang, Gu and Li, 2013): N×3×H×W in [0,1] → N×1×H×W, stretched to [0,1]."""
    band, centre = _saliency_filters()
    lab = _lab(F.interpolate(image, (256, 256), mode="bilinear", antialias=True))
    passed = torch.fft.irfft2(torch.fft.rfft2(lab) * band, s=(256, 256))
    frequency = (passed**2).sum(1, keepdim=True).sqrt()
    warmth = (_stretch(lab[:, 1:]) ** 2).sum(1, keepdim=True)
    colour = 1 - torch.exp(-warmth / 0.001**2)
    saliency = frequency * centre * colour
    return _stretch(F.interpolate(saliency, image.shape[2:], mode="bilinear", antialias=True))


def _stretch(x: Tensor) -> Tensor:
    """Each N×C×H×W map to [0,1]; a constant one to 0."""
    low, high = x.amin((2, 3), keepdim=True), x.amax((2, 3), keepdim=True)
    return (x - low) / (high - low + 1e-7)


def _lab(image: Tensor) -> Tensor:
    """sRGB N×3×H×W in [0,1] → CIE L*a*b*."""
    xyz = _mix(_linear(image), XYZ)
    root = torch.where(xyz > 0.008856, xyz.clamp_min(0.008856) ** (1 / 3), (903.3 * xyz + 16) / 116)
    x, y, z = root.split(1, 1)
    return torch.cat([116 * y - 16, 500 * (x - y), 200 * (y - z)], 1)


@lru_cache(8)
def _log_gabors(height: int, width: int) -> tuple[Tensor, list[float]]:
    """The bank of 4 orientations and 4 scales, 4×4×H×W, and for each orientation the threshold of noise as a
    multiple of the median response at the finest scale (Kovesi, 1999)."""
    fy, fx = _frequencies(height, width)
    radius, theta = torch.hypot(fy, fx), torch.atan2(-fx, fy)
    lowpass = 1 / (1 + (radius / 0.45) ** 30)
    radius[0, 0] = 1
    logs = torch.stack([torch.log(radius * wavelength) for wavelength in (6, 12, 24, 48)])
    radial = torch.exp(-(logs**2) / (2 * math.log(0.55) ** 2)) * lowpass
    radial[:, 0, 0] = 0
    bank, thresholds = [], []
    for angle in (0, math.pi / 4, math.pi / 2, 3 * math.pi / 4):
        away = torch.atan2(torch.sin(theta - angle), torch.cos(theta - angle))
        bank.append(radial * torch.exp(-(away**2) / (2 * (math.pi / 4 / 1.2) ** 2)))
        # Of white noise: the expected energy, by a Rayleigh distribution, and two standard deviations. The
        # factor of 1.7 is Kovesi's.
        even = torch.fft.ifft2(bank[-1].sum(0)).real * math.sqrt(height * width)
        tau = torch.sqrt((even**2).sum() / (bank[-1][0] ** 2).sum() / math.log(2))
        thresholds.append(tau.item() * (math.sqrt(math.pi / 2) + 2 * math.sqrt(2 - math.pi / 2)) / 1.7)
    return torch.stack(bank).float(), thresholds


def _phase_congruency(luma: Tensor) -> Tensor:
    """Kovesi's PC2 with the parameters of FSIM: N×1×H×W in [0,255] → N×1×H×W in [0,1]."""
    bank, thresholds = _log_gabors(*luma.shape[2:])
    out = []
    # One picture and orientation at a time stay in the cache.
    for spectrum in torch.fft.fft2(luma):
        energies, amplitudes = torch.zeros(()), torch.full((), 1e-4)
        for filters, threshold in zip(bank, thresholds):
            response = torch.view_as_real(torch.fft.ifft2(spectrum * filters))
            even, odd = response[..., 0].contiguous(), response[..., 1].contiguous()
            sum_even, sum_odd = even.sum(0), odd.sum(0)
            length = torch.sqrt(sum_even**2 + sum_odd**2)
            mean_even, mean_odd = sum_even / (length + 1e-4), sum_odd / (length + 1e-4)
            amplitude = torch.sqrt(even**2 + odd**2)
            # The responses along the mean phase add up to its length; those across it count against it.
            energy = length - (even * mean_odd - odd * mean_even).abs().sum(0)
            energies = energies + (energy - threshold * amplitude[0].median()).clamp_min(0)
            amplitudes = amplitudes + amplitude.sum(0)
        out.append(energies / amplitudes)
    return torch.stack(out)[:, None]


METRICS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "psnr": psnr,
    "ssim": ssim,
    "ms_ssim": ms_ssim,
    "haarpsi": haarpsi,
    "vsi": vsi,
    "mdsi": mdsi,
    "gmsd": gmsd,
    "vif": vif,
    "fsim": fsim,
}
