"""Small random networks for the tests: the published shape, a few units wide."""

import numpy as np

from ossicle.audio.features import MAGNITUDE, TRAINED
from ossicle.audio.mel import patches
from ossicle.audio.mel_tables import MelConfig
from ossicle.audio.sound import synthetic_voice
from ossicle.audio.stft import StftConfig
from ossicle.graph import Graph, Node, State, Tensor, check
from ossicle.graph.calibration import Moments
from ossicle.graph.model import Model
from ossicle.ops.geometry import ConvolutionGeometry
from ossicle.quantization import calibrate
from ossicle.tasks.frames.record import Frames
from ossicle.tasks.spotting.record import Detector, Spotting
from ossicle.tasks.suppression.settings import Suppression
from ossicle.tasks.voice.record import Sizes, Voice
from ossicle.tasks.voice.segments import SegmentRules

ACTIVATIONS = {
    "none": {"activation": "none"},
    "relu": {"activation": "none", "low": 0.0},
    "sigmoid": {"activation": "sigmoid"},
}
SMALL_STFT = StftConfig(sample_rate=16000, window=64, hop=16, n_fft=64)


def conv_graph(seed: int = 0) -> Graph:
    """Convolutions with and without padding, both poolings and a softmax, over a map of 11 x 3 bins."""
    rng = np.random.default_rng(seed)

    def layer(op, name, x, y, rows, columns, activation, **window):
        constants = {
            "weight": rng.normal(0, 1.5 / np.sqrt(columns), (rows, columns)).astype(np.float32),
            "bias": rng.normal(0, 0.3, rows).astype(np.float32),
        }
        return Node(op, name, {"x": x}, {"y": y}, constants, ACTIVATIONS[activation] | window)

    def pool(op, name, x, window):
        return Node(op, name, {"x": x}, {"y": f"{name}_y"}, {}, window)

    def over(map_, kernel, stride=(1, 1), pad=(0, 0), out=None):
        return {"map": map_, "kernel": kernel, "stride": stride, "pad": pad, "out": out or map_[:2]}

    nodes = (
        layer(
            "conv2d",
            "rows",
            "magnitude",
            "rows_y",
            6,
            12,
            "relu",
            **over((11, 3, 1), (4, 3), (1, 1), (2, 0), (11, 1)),
        ),
        layer("linear", "mix", "rows_y", "mix_y", 7 * 5 * 3, 66, "none"),
        layer(
            "conv2d",
            "local",
            "mix_y",
            "local_y",
            8,
            27,
            "relu",
            **over((7, 5, 3), (3, 3), (2, 1), (1, 1), (4, 5)),
        ),
        layer(
            "depthwise_conv2d",
            "depth",
            "local_y",
            "depth_y",
            8,
            9,
            "none",
            **over((4, 5, 8), (3, 3), pad=(1, 1)),
        ),
        layer("conv2d", "point", "depth_y", "point_y", 10, 8, "relu", **over((4, 5, 8), (1, 1))),
        Node(
            "max_pool",
            "peak",
            {"x": "point_y"},
            {"y": "peak_y"},
            {},
            over((4, 5, 10), (2, 2), (2, 1), out=(2, 4)),
        ),
        Node(
            "average_pool", "mean", {"x": "peak_y"}, {"y": "mean_y"}, {}, over((2, 4, 10), (1, 3), out=(2, 2))
        ),
        layer("linear", "score", "mean_y", "score_y", 33, 40, "none"),
        Node("softmax", "share", {"x": "score_y"}, {"y": "mask"}),
    )
    shapes = {"magnitude": (11, 3, 1), "rows_y": (11, 1, 6), "mix_y": (7, 5, 3), "local_y": (4, 5, 8)}
    shapes |= {"depth_y": (4, 5, 8), "point_y": (4, 5, 10), "peak_y": (2, 4, 10), "mean_y": (2, 2, 10)}
    shapes |= {"score_y": (33,), "mask": (33,)}
    tensors = {name: Tensor(shape) for name, shape in shapes.items()}
    return Graph("tiny_conv", Suppression(SMALL_STFT), ("magnitude",), ("mask",), (), tensors, nodes)


def small_graph(
    cell: str = "gru",
    hidden: int = 20,
    seed: int = 0,
    stft: StftConfig = SMALL_STFT,
    features: str = MAGNITUDE,
) -> Graph:
    """Random weights of a trained network's size; 20 units are no multiple of any vector width."""
    rng = np.random.default_rng(seed)
    bins, gates = stft.bins, {"gru": 3, "lstm": 4}[cell]

    def dense(name, x, y, rows, columns, activation):
        constants = {
            "weight": rng.normal(0, 1.5 / np.sqrt(columns), (rows, columns)).astype(np.float32),
            "bias": rng.normal(0, 0.3, rows).astype(np.float32),
        }
        return Node("linear", name, {"x": x}, {"y": y}, constants, ACTIVATIONS[activation])

    sizes = {features: bins, "fc_in_y": hidden, "fc_mid_y": bins, "mask": bins}
    tensors = {name: Tensor((size,)) for name, size in sizes.items()}
    nodes, states, x = [dense("fc_in", features, "fc_in_y", hidden, bins, "relu")], [], "fc_in_y"
    for layer in range(2):
        kept = {kind: f"rnn{layer}_{kind}" for kind in ("hc" if cell == "lstm" else "h")}
        constants = {
            f"{kind}_{end}": rng.normal(
                0, 0.4, (gates * hidden, hidden)[: 2 if kind == "weight" else 1]
            ).astype(np.float32)
            for kind in ("weight", "bias")
            for end in ("ih", "hh")
        }
        replaced = {f"{kind}_next": f"{name}_next" for kind, name in kept.items()}
        inputs = {"x": x, "h_operand": kept["h"], **kept}
        nodes.append(Node(cell, f"rnn{layer}", inputs, replaced, constants))
        tensors |= {name: Tensor((hidden,)) for name in (*kept.values(), *replaced.values())}
        states += [State(name, f"{name}_next") for name in kept.values()]
        x = replaced["h_next"]
    nodes.append(dense("fc_mid", x, "fc_mid_y", bins, hidden, "relu"))
    nodes.append(dense("fc_out", "fc_mid_y", "mask", bins, bins, "sigmoid"))
    task = Suppression(stft, (TRAINED[features],))
    return Graph(f"tiny_{cell}", task, (features,), ("mask",), tuple(states), tensors, tuple(nodes))


def magnitudes(graph: Graph, frames: int, seed: int = 1) -> np.ndarray:
    """Magnitudes with the few large values of speech, ``(frames, bins)``."""
    rng = np.random.default_rng(seed)
    return np.abs(
        rng.standard_normal((frames, graph.tensors[graph.inputs[0]].size)) * rng.gamma(0.5, 1.0, (frames, 1))
    ).astype(np.float32)


SMALL_MEL = MelConfig(window=64, hop=32, n_fft=64, mels=6, low_hz=200.0, frames=8)


def small_spotter(
    seed: int = 0, mel: MelConfig = SMALL_MEL, frames: int = 1, filters: int = 5, pad: int = 1
) -> Model:
    """Random weights over a patch of a few features, calibrated; it reports ``yes`` and ``no``."""
    rng = np.random.default_rng(seed)
    task = Spotting(mel, ("other", "yes", "no"), ("yes", "no"), frames, Detector(3, 0.5, 4))
    height = mel.features - 2 + 2 * pad
    geometry = ConvolutionGeometry(mel.features, mel.frames, 1, 3, mel.frames, 1, 1, pad, 0, height, 1)
    layers = (
        ("conv2d", "conv", filters, 3 * mel.frames, ACTIVATIONS["relu"] | geometry.attributes),
        ("linear", "score", 3, filters * height, ACTIVATIONS["none"]),
    )
    tensors, nodes, x = {"patch": Tensor((mel.features, mel.frames, 1))}, [], "patch"
    for op, name, rows, columns, attributes in layers:
        constants = {
            "weight": rng.normal(0, 2.0 / np.sqrt(columns), (rows, columns)).astype(np.float32),
            "bias": rng.normal(0, 0.3, rows).astype(np.float32),
        }
        nodes.append(Node(op, name, {"x": x}, {"y": f"{name}_y"}, constants, attributes))
        x = f"{name}_y"
        tensors[x] = Tensor((height, 1, rows) if op == "conv2d" else (rows,))
    nodes.append(Node("softmax", "share", {"x": x}, {"y": "posterior"}))
    tensors["posterior"] = Tensor((3,))
    graph = Graph("tiny_spotter", task, ("patch",), ("posterior",), (), tensors, tuple(nodes))
    return Model(graph, calibrate(graph, [patches(voice(200 * mel.hop), mel, 1)]), {"source": "random"})


def voice(samples: int, seed: int = 2) -> np.ndarray:
    """Float32 noise whose level and colour change like those of speech."""
    rng = np.random.default_rng(seed)
    swell = np.repeat(rng.gamma(0.5, 0.1, samples // 500 + 1), 500)[:samples]
    tone = np.sin(np.arange(samples) * np.repeat(rng.uniform(0.1, 1.5, samples // 900 + 1), 900)[:samples])
    return (swell * (tone + rng.normal(0, 0.3, samples))).astype(np.float32)


def small_model(kind: str = "gru", **options) -> Model:
    """A small graph, ``gru``, ``lstm`` or ``conv``, with its calibration."""
    graph = conv_graph(**options) if kind == "conv" else small_graph(kind, **options)
    return Model(graph, calibrate(graph, [magnitudes(graph, 300)]), {"source": "random"})


def still(columns):
    """Moments of an operand of which nothing is known: weights go to the nearest code."""
    zeros = np.zeros((1, 1, columns), np.float32)
    return Moments.of(zeros, zeros)


def noise(samples: int, seed: int = 2) -> np.ndarray:
    """Float32 noise of a speech-like level."""
    return np.random.default_rng(seed).normal(0, 0.1, samples).astype(np.float32)


def small_frames(seed: int = 0, rate: float | None = None) -> Model:
    """Two inputs and two outputs around a GRU, with a state between frames."""
    rng = np.random.default_rng(seed)

    def dense(name: str, x: str, y: str, rows: int, columns: int, activation: str) -> Node:
        constants = {
            "weight": rng.normal(0, 1.0 / np.sqrt(columns), (rows, columns)).astype(np.float32),
            "bias": rng.normal(0, 0.3, rows).astype(np.float32),
        }
        return Node("linear", name, {"x": x}, {"y": y}, constants, ACTIVATIONS[activation])

    recurrent = {
        f"{kind}_{end}": rng.normal(0, 0.4, (36, 12)[: 2 if kind == "weight" else 1]).astype(np.float32)
        for kind in ("weight", "bias")
        for end in ("ih", "hh")
    }
    nodes = (
        dense("squeeze", "map", "squeezed", 12, 15, "relu"),
        Node("gru", "rnn", {"x": "squeezed", "h_operand": "h", "h": "h"}, {"h_next": "h_next"}, recurrent),
        dense("gate", "context", "gain", 12, 5, "sigmoid"),
        dense("score", "h_next", "scores", 4, 12, "none"),
    )
    shapes = {"map": (3, 5), "context": (5,), "squeezed": (12,), "h": (12,), "h_next": (12,)}
    tensors = {name: Tensor(shape) for name, shape in (shapes | {"gain": (12,), "scores": (4,)}).items()}
    graph = Graph(
        "tiny_frames",
        Frames(rate),
        ("map", "context"),
        ("scores", "gain"),
        (State("h", "h_next"),),
        tensors,
        nodes,
    )
    check(graph)
    return Model(graph, calibrate(graph, [frame_arrays(100, seed=1)]), {"source": "random"})


def frame_arrays(frames: int, seed: int = 2) -> dict[str, np.ndarray]:
    """Inputs of :func:`small_frames` by name."""
    rng = np.random.default_rng(seed)
    shapes = {"map": (frames, 3, 5), "context": (frames, 5)}
    return {name: rng.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}


def frames_model(name, nodes, shapes, inputs, outputs, states=(), frames=150) -> Model:
    """Nodes without a front end, calibrated on random inputs; shapes by tensor."""
    tensors = {tensor: Tensor(shape) for tensor, shape in shapes.items()}
    graph = Graph(name, Frames(), inputs, outputs, tuple(states), tensors, tuple(nodes))
    check(graph)
    return Model(graph, calibrate(graph, [random_frames(graph, frames, seed=1)]), {"source": "random"})


def random_frames(graph: Graph, frames: int, seed: int = 2) -> dict[str, np.ndarray]:
    """Inputs of a graph by name, ``(frames, *shape)``."""
    rng = np.random.default_rng(seed)
    return {
        name: rng.standard_normal((frames, *graph.tensors[name].shape)).astype(np.float32)
        for name in graph.inputs
    }


def random_layer(rng, rows: int, columns: int) -> dict[str, np.ndarray]:
    """Constants of a dense layer or of filters."""
    return {
        "weight": rng.normal(0, 1.2 / np.sqrt(columns), (rows, columns)).astype(np.float32),
        "bias": rng.normal(0, 0.3, rows).astype(np.float32),
    }


def random_cell(rng, gates: int, inputs: int, units: int) -> dict[str, np.ndarray]:
    """Constants of a recurrent layer."""
    return {
        f"{kind}_{end}": rng.normal(0, 0.5, (gates * units, columns)[: 2 if kind == "weight" else 1]).astype(
            np.float32
        )
        for end, columns in (("ih", inputs), ("hh", units))
        for kind in ("weight", "bias")
    }


def band_network(seed: int = 0) -> Model:
    """What networks do along the bands of a frame.

    A grouped, dilated convolution over a ring of frames, a dilated depthwise one, some of one tap, attention
    of bands to each other, recurrent layers that pass over them in both directions, and some for each band
    that keep a state over time.
    """
    rng = np.random.default_rng(seed)
    bands, channels = 11, 12
    over = {"stride": (1, 1), "out": (1, bands), "activation": "none"}
    nodes = [
        Node(
            "conv2d",
            "ring",
            {"x": "frames"},
            {"y": "ring_y"},
            random_layer(rng, channels, 3 * 3 * 3),
            {"map": (5, bands, 6), "kernel": (3, 3), "pad": (0, 1), "dilation": (2, 1), "groups": 2, **over},
        ),
        Node(
            "depthwise_conv2d",
            "wide",
            {"x": "ring_y"},
            {"y": "wide_y"},
            random_layer(rng, channels, 3),
            {"map": (1, bands, channels), "kernel": (1, 3), "pad": (0, 3), "dilation": (1, 3), **over},
        ),
        *(
            Node(
                "conv2d",
                name,
                {"x": "wide_y"},
                {"y": f"{name}_y"},
                random_layer(rng, rows, channels // groups),
                {
                    "map": (1, bands, channels),
                    "kernel": (1, 1),
                    "pad": (0, 0),
                    "groups": groups,
                    **over,
                    **more,
                },
            )
            for name, rows, groups, more in (
                ("query", 6, 1, {}),
                ("key", 6, 2, {}),
                ("value", 9, 3, {"low": 0.0}),
            )
        ),
        Node(
            "matmul",
            "score",
            {"a": "query_y", "b": "key_y"},
            {"y": "score_y"},
            {},
            {"shape": (1, bands, 6, bands), "transposed": 1},
        ),
        Node("softmax", "share", {"x": "score_y"}, {"y": "share_y"}, {}, {"rows": bands}),
        Node(
            "matmul",
            "mix",
            {"a": "share_y", "b": "value_y"},
            {"y": "mix_y"},
            {},
            {"shape": (1, bands, bands, 9)},
        ),
        Node(
            "gru_scan",
            "up",
            {"x": "mix_y"},
            {"y": "up_y", "h_next": "up_h"},
            random_cell(rng, 3, 9, 5),
            {"steps": bands},
        ),
        Node(
            "lstm_scan",
            "down",
            {"x": "mix_y", "h": "down_h", "c": "down_c"},
            {"y": "down_y", "h_next": "down_h_next", "c_next": "down_c_next"},
            random_cell(rng, 4, 9, 4),
            {"steps": bands, "reverse": 1},
        ),
        Node(
            "gru_scan",
            "pairs",
            {"x": "frames_now"},
            {"y": "pairs_y", "h_next": "pairs_h"},
            random_cell(rng, 3, 4, 4),
            {"steps": 3, "rows": 2, "reverse": 1},
        ),
        Node(
            "gru",
            "time",
            {"x": "up_y", "h_operand": "time_h", "h": "time_h"},
            {"h_next": "time_h_next"},
            random_cell(rng, 3, 5, 7),
            {"rows": bands},
        ),
        Node(
            "lstm",
            "memory",
            {"x": "down_y", "h_operand": "memory_h", "h": "memory_h", "c": "memory_c"},
            {"h_next": "memory_h_next", "c_next": "memory_c_next"},
            random_cell(rng, 4, 4, 3),
            {"rows": bands},
        ),
    ]
    shapes = {"frames": (5, bands, 6), "frames_now": (24,), "pairs_y": (24,), "pairs_h": (2, 4)}
    shapes |= {name: (1, bands, channels) for name in ("ring_y", "wide_y")}
    shapes |= {"query_y": (bands, 6), "key_y": (bands, 6), "value_y": (bands, 9), "mix_y": (bands, 9)}
    shapes |= {name: (bands, bands) for name in ("score_y", "share_y")}
    shapes |= {"up_y": (bands, 5), "up_h": (5,), "down_y": (bands, 4)}
    shapes |= {f"down_{name}": (4,) for name in ("h", "c", "h_next", "c_next")}
    shapes |= {name: (bands, 7) for name in ("time_h", "time_h_next")}
    shapes |= {f"memory_{name}": (bands, 3) for name in ("h", "c", "h_next", "c_next")}
    states = [State(name, f"{name}_next") for name in ("down_h", "down_c", "time_h", "memory_h", "memory_c")]
    outputs = ("pairs_y", "up_y", "time_h_next", "memory_h_next")
    return frames_model("tiny_bands", nodes, shapes, ("frames", "frames_now"), outputs, states)


def small_detector(
    sizes: Sizes = Sizes(16000, 160, 40),  # noqa: B008 - frozen
    rules: SegmentRules = SegmentRules(),  # noqa: B008 - frozen
) -> Model:
    """A voice detector of two dense layers with random weights, calibrated."""
    task, inputs = Voice(sizes, rules), sizes.context + sizes.hop

    def dense(name: str, x: str, y: str, rows: int, columns: int, activation: str) -> Node:
        rng = np.random.default_rng(rows)
        weight = rng.normal(0, 3 / np.sqrt(columns), (rows, columns)).astype(np.float32)
        constants = {"weight": weight, "bias": rng.normal(0, 0.1, rows).astype(np.float32)}
        return Node("linear", name, {"x": x}, {"y": y}, constants, ACTIVATIONS[activation])

    tensors = {"x": Tensor((inputs,)), "y": Tensor((6,)), "p": Tensor((1,))}
    nodes = (dense("one", "x", "y", 6, inputs, "relu"), dense("two", "y", "p", 1, 6, "sigmoid"))
    graph = Graph("tiny_voice", task, ("x",), ("p",), (), tensors, nodes)
    heard = task.hear(synthetic_voice(16000, 3.0).astype(np.float32) / 32768)
    return Model(graph, calibrate(graph, [heard]), {"source": "random"})
