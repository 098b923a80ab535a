"""Small random networks for the tests: the published shape, a few units wide."""

import numpy as np

from ossicle.audio.stft import StftConfig
from ossicle.graph import Graph, Node, State, Suppression, Tensor
from ossicle.graph.file import Model
from ossicle.quantize import calibrate

SMALL_STFT = StftConfig(sample_rate=16000, window=64, hop=16, n_fft=64)


def small_graph(cell: str = "gru", hidden: int = 20, seed: int = 0, stft: StftConfig = SMALL_STFT) -> Graph:
    """Random weights of a trained network's size; 20 units are no multiple of any vector width."""
    rng = np.random.default_rng(seed)
    bins, gates = stft.bins, {"gru": 3, "lstm": 4}[cell]

    def dense(name, x, y, rows, columns, activation):
        constants = {
            "weight": rng.normal(0, 1.5 / np.sqrt(columns), (rows, columns)).astype(np.float32),
            "bias": rng.normal(0, 0.3, rows).astype(np.float32),
        }
        return Node("linear", name, (x,), (y,), constants, {"activation": activation})

    tensors = {
        "magnitude": Tensor(bins),
        "fc_in_y": Tensor(hidden),
        "fc_mid_y": Tensor(bins),
        "mask": Tensor(bins),
    }
    nodes, states, x = [dense("fc_in", "magnitude", "fc_in_y", hidden, bins, "relu")], [], "fc_in_y"
    for layer in range(2):
        kept = [f"rnn{layer}_{kind}" for kind in ("hc" if cell == "lstm" else "h")]
        constants = {
            f"{kind}_{end}": rng.normal(
                0, 0.4, (gates * hidden, hidden)[: 2 if kind == "weight" else 1]
            ).astype(np.float32)
            for kind in ("weight", "bias")
            for end in ("ih", "hh")
        }
        replaced = tuple(f"{name}_next" for name in kept)
        nodes.append(Node(cell, f"rnn{layer}", (x, *kept), replaced, constants))
        tensors |= {name: Tensor(hidden) for name in (*kept, *replaced)}
        states += [State(name, f"{name}_next") for name in kept]
        x = replaced[0]
    nodes.append(dense("fc_mid", x, "fc_mid_y", bins, hidden, "relu"))
    nodes.append(dense("fc_out", "fc_mid_y", "mask", bins, bins, "sigmoid"))
    return Graph(f"tiny_{cell}", Suppression(stft), "magnitude", "mask", tuple(states), tensors, tuple(nodes))


def magnitudes(graph: Graph, frames: int, seed: int = 1) -> np.ndarray:
    """Magnitudes with the few large values of speech, ``(frames, bins)``."""
    rng = np.random.default_rng(seed)
    return np.abs(rng.standard_normal((frames, graph.task.inputs)) * rng.gamma(0.5, 1.0, (frames, 1))).astype(
        np.float32
    )


def small_model(cell: str = "gru", **options) -> Model:
    """A small graph with its calibration."""
    graph = small_graph(cell, **options)
    return Model(graph, calibrate(graph, [magnitudes(graph, 300)]), {"source": "random"})


def noise(samples: int, seed: int = 2) -> np.ndarray:
    """Float32 noise of a speech-like level."""
    return np.random.default_rng(seed).normal(0, 0.1, samples).astype(np.float32)
