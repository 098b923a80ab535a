from dataclasses import replace

import numpy as np
import pytest
from networks import magnitudes, small_graph

pytest.importorskip("scipy")


from ossicle.lowering import weight_bytes
from ossicle.measure import sensitivity
from ossicle.measure.sensitivity import SensitivityContext, sensitivities
from ossicle.quantization import Ranges
from ossicle.quantization.search import candidates_of, front, one_at_a_time


def calmed(graph):
    """With recurrent weights small enough that errors die away, as in a trained network."""
    nodes = [
        replace(node, constants={name: array * np.float32(0.4) for name, array in node.constants.items()})
        if node.op in ("gru", "lstm")
        else node
        for node in graph.nodes
    ]
    return replace(graph, nodes=tuple(nodes))


@pytest.fixture
def context():
    graph = calmed(small_graph("gru", hidden=12))
    return SensitivityContext.of(graph, [magnitudes(graph, 60, seed) for seed in (1, 2)])


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_sizes_are_the_emitted_ones_and_losses_add_up(cell, tmp_path):
    graph = calmed(small_graph(cell, hidden=33))
    context = SensitivityContext.of(graph, [magnitudes(graph, 150, seed) for seed in (1, 2, 3)])
    assert context.error(graph) == 0
    for assignment in front(candidates_of(graph, sensitivities(context, tmp_path, jobs=1)), points=5):
        assert weight_bytes(context.quantize(assignment.precisions)) == assignment.bytes
        expected, measured = assignment.output_error, context.output_error(assignment.precisions)
        assert expected / 3 < measured + 1e-7 < expected * 3 + 1e-6


def test_losses_are_measured_once(context, tmp_path, monkeypatch):
    calls = []
    first = sensitivities(context, tmp_path, jobs=1, advance=lambda: calls.append(1))
    assert len(calls) == len(first) == len(one_at_a_time(context.graph))
    monkeypatch.setattr(sensitivity, "_output_error", pytest.fail)
    again = sensitivities(context, tmp_path, jobs=1, advance=lambda: calls.append(1))
    assert again == first and len(calls) == 2 * len(first)
    (path,) = tmp_path.glob("*.json")
    path.write_text("[[1, 2]")
    monkeypatch.undo()
    assert sensitivities(context, tmp_path, jobs=1) == first


def test_the_key_follows_the_network_the_clips_and_the_ranges(context):
    graph = context.graph
    clips = [magnitudes(graph, 60, seed) for seed in (1, 2)]
    others = (
        SensitivityContext.of(graph, clips[:1]),
        SensitivityContext.of(graph, clips, Ranges(dense="mse")),
        SensitivityContext.of(small_graph("gru", hidden=12), clips),
    )
    keys = {context.key(), *(other.key() for other in others)}
    assert len(keys) == 4 and SensitivityContext.of(graph, clips).key() == context.key()
