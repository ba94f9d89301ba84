"""What is exported to ONNX is the network of the checkpoint."""

import importlib.util

import numpy as np
import pytest
import torch

import checkpoint
import export_onnx
from config import small
from model import BPCLIP
from seeded import seed_weights, seeded_pair

if importlib.util.find_spec("onnx") is None:
    pytest.skip("onnx is not installed", allow_module_level=True)

HEIGHT, WIDTH = 64, 96


@pytest.fixture(scope="module", params=["nr", "fr"])
def exported(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("onnx")
    model = BPCLIP(small(request.param)).eval()
    seed_weights(model, 1)
    path = str(folder / "model.safetensors")
    checkpoint.save(path, model, model.config)
    export_onnx.export(path, HEIGHT, WIDTH, folder / "model.onnx")
    return path, folder / "model.onnx"


def pictures(count: int) -> list[torch.Tensor]:
    pair = seeded_pair(HEIGHT, WIDTH, 1)
    return [torch.from_numpy(rgb).permute(2, 0, 1)[None].float() / 255 for rgb in pair[:count]]


def test_the_file_gives_the_same_score(exported):
    from onnx.reference import ReferenceEvaluator

    path, file = exported
    module, names, output = export_onnx.network(path)
    inputs = pictures(len(names))
    with torch.no_grad():
        expected = module(*inputs)
    feeds = {name: picture.numpy() for name, picture in zip(names, inputs)}
    (score,) = ReferenceEvaluator(str(file)).run([output], feeds)
    # f32 on both sides, with sums in another order.
    np.testing.assert_allclose(score, expected, atol=1e-4)


def test_inputs_and_shapes_are_named(exported):
    import onnx

    path, file = exported
    _, names, output = export_onnx.network(path)
    graph = onnx.load(str(file)).graph
    shapes = {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim] for v in graph.input}
    assert shapes == {name: [1, 3, HEIGHT, WIDTH] for name in names}
    assert [v.name for v in graph.output] == [output]


def test_the_backbone_alone_is_the_mean_of_its_last_map(tmp_path):
    model = BPCLIP(small("nr")).eval()
    seed_weights(model, 1)
    path = str(tmp_path / "model.safetensors")
    checkpoint.save(path, model, model.config)
    module, names, output = export_onnx.network(path, backbone=True)
    (image,) = pictures(1)
    with torch.no_grad():
        torch.testing.assert_close(module(image), model.taps(image)[4].mean((2, 3)))
    assert (names, output) == (["image"], "features")
