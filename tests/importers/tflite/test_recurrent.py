"""Plain recurrent layers of TFLite files in floats give what LiteRT gives, states carried."""

import numpy as np
import pytest

pytest.importorskip("tflite")

from tflite_files import Function, Part, Step, constant, quantized, write

import ossicle
from ossicle.errors import OssicleError

RNG = np.random.default_rng(5)
WIDTH, UNITS = 6, 5


def weights(name, width):
    return [
        constant(f"{name}_w", RNG.normal(size=(UNITS, width)) / 2, "float32"),
        constant(f"{name}_u", RNG.normal(size=(UNITS, UNITS)) / 2, "float32"),
        constant(f"{name}_b", RNG.normal(size=UNITS), "float32"),
        Part(f"{name}_h", (1, UNITS), variable=True),
    ]


def layer(kind, name, x, y, **options):
    ports = [x, *(f"{name}_{of}" for of in "wubh")]
    return Step(kind, ports, [y], "RNNOptions" if kind == "RNN" else "SequenceRNNOptions", options)


def one_step(x=None):
    parts = [x or Part("x", (1, WIDTH)), *weights("a", WIDTH), Part("y", (1, UNITS))]
    return Function(parts, [layer("RNN", "a", "x", "y", FusedActivationFunction=4)], ["x"], ["y"])


def sequences(batch=1):
    """Three steps at a time, the batch first, then the steps."""
    parts = [Part("x", (batch, 3, WIDTH)), *weights("a", WIDTH), Part("m", (batch, 3, UNITS))]
    parts += [constant("order", [1, 0, 2]), Part("t", (3, batch, UNITS)), *weights("b", UNITS)]
    parts += [Part("y", (3, batch, UNITS))]
    kind = "UNIDIRECTIONAL_SEQUENCE_RNN"
    steps = [
        layer(kind, "a", "x", "m", FusedActivationFunction=4),
        Step("TRANSPOSE", ["m", "order"], ["t"], "TransposeOptions"),
        layer(kind, "b", "t", "y", FusedActivationFunction=1, TimeMajor=True),
    ]
    return Function(parts, steps, ["x"], ["y"])


@pytest.mark.parametrize("function", [one_step, sequences])
def test_layers_agree_with_litert_from_step_to_step(tmp_path, function):
    pytest.importorskip("ai_edge_litert")
    model = ossicle.import_network(write(tmp_path / "r.tflite", function()), steps=20)
    assert model.proof.engine.startswith("ai-edge-litert") and model.proof.snr_db > 110
    assert len(model.graph.states) == (1 if function is one_step else 2)


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        (lambda: one_step(quantized("x", (1, WIDTH), 0.1)), "rnn_0.*RNN.*in integers it is not imported"),
        (lambda: sequences(batch=2), "unidirectional_sequence_rnn_0.*2 sequences side by side"),
    ],
)
def test_what_is_not_imported_is_refused_by_its_name(tmp_path, function, sentence):
    with pytest.raises(OssicleError, match=sentence):
        ossicle.import_network(write(tmp_path / "r.tflite", function()))
