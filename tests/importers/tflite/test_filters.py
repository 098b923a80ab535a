"""Float layers of filters over the last frames give what LiteRT gives, from the first frame."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("tflite")

from tflite_files import Function, Part, Step, constant, write

import ossicle
from ossicle.errors import OssicleError

RNG = np.random.default_rng(9)


def filters(rank, bias=True, units=5, width=7, memory=4, integer=False):
    """A layer with a ReLU, and a second one behind it."""
    parts, steps, at = [Part("x", (1, width))], [], "x"
    for name in ("a", "b"):
        weights = RNG.normal(size=(units * rank, width)).astype(np.float32)
        times = RNG.normal(size=(units * rank, memory)).astype(np.float32)
        parts += [
            constant(f"{name}_features", weights, "float32"),
            constant(f"{name}_times", times, "float32"),
            constant(f"{name}_bias", RNG.normal(size=units), "float32"),
            Part(f"{name}_memory", (1, units * rank * memory), variable=True),
            Part(name, (1, units)),
        ]
        ports = [at, f"{name}_features", f"{name}_times", f"{name}_bias" if bias else "", f"{name}_memory"]
        options = {"Rank": rank, "FusedActivationFunction": 1 if name == "a" else 0}
        steps.append(Step("SVDF", ports, [name], "SVDFOptions", options))
        at, width = name, units
    if integer:
        parts[0] = replace(parts[0], dtype="int8", scale=(0.1,))
    return Function(parts, steps, ["x"], ["b"])


@pytest.mark.parametrize(("rank", "bias"), [(1, True), (2, True), (2, False)])
def test_filters_over_time_agree_with_litert(tmp_path, rank, bias):
    pytest.importorskip("ai_edge_litert")
    model = ossicle.import_network(write(tmp_path / "f.tflite", filters(rank, bias)), steps=30)
    assert model.proof.engine.startswith("ai-edge-litert") and model.proof.snr_db > 110
    assert len(model.graph.states) == 2


def test_filters_of_integers_are_refused_with_a_way_out(tmp_path):
    path = write(tmp_path / "f.tflite", filters(1, integer=True))
    with pytest.raises(OssicleError, match=r"svdf_0.*SVDF.*in integers.*import the float network"):
        ossicle.import_network(path)
