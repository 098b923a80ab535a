"""A float graph as a network of PyTorch, and back."""

from dataclasses import replace

import torch
from torch import nn

from ossicle.audio.mel_tables import MelConfig
from ossicle.audio.stft import StftConfig
from ossicle.errors import OssicleError
from ossicle.finetuning.layers import Layer, layer_of
from ossicle.graph import Graph, Node
from ossicle.models.spotter import PatchNetwork
from ossicle.models.suppressor import Frames, MaskNetwork

SCORES = "softmax"
"""The operator at the end of a spotter, which its loss has in it."""


class GraphNetwork(nn.Module):
    """Layers that compute what the nodes of a graph compute.

    Raises :class:`OssicleError` where a node cannot be trained, or where there are several inputs or outputs.
    """

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        if len(graph.inputs) != 1 or len(graph.outputs) != 1:
            raise OssicleError(
                f"{graph.name} has several inputs or outputs, which training does not know; "
                "prune without --finetune"
            )
        kept = {state.input: state.output for state in graph.states}
        for node in graph.nodes:
            if "h" in node.inputs and kept.get(node.inputs["h"]) != node.outputs["h_next"]:
                raise OssicleError(
                    f"node {node.name!r} ({node.op}) does not begin with its own last state, as training "
                    "needs; prune without --finetune"
                )
        self.graph = graph
        nodes = graph.nodes[:-1] if graph.nodes[-1].op == SCORES else graph.nodes
        self.layers = nn.ModuleList(layer_of(node) for node in nodes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The output of the graph, without a softmax at its end, of ``(batch, time or map, values)``."""
        values = {self.graph.inputs[0]: x}
        for layer in self.each():
            y = layer(values[layer.node.inputs["x"]])
            values[next(iter(layer.node.outputs.values()))] = y
        last: torch.Tensor = y
        return last

    def each(self) -> list[Layer]:
        """The layers, in the order of execution."""
        return [layer for layer in self.layers if isinstance(layer, Layer)]

    def trained(self) -> Graph:
        """The graph with the parameters as its constants."""
        layers = {layer.node.name: layer for layer in self.each()}
        nodes = tuple(
            _with_parameters(node, layers[node.name]) if node.name in layers else node
            for node in self.graph.nodes
        )
        return replace(self.graph, nodes=nodes)


class GraphSuppressor(MaskNetwork):
    """A suppressor that is a graph."""

    def __init__(self, graph: Graph, stft: StftConfig, features: str) -> None:
        super().__init__()
        self.stft, self.features, self.of = stft, features, GraphNetwork(graph)

    def forward(self, features: torch.Tensor) -> Frames:
        """Run frames of features, ``(batch, time, bins)``; the output for presence is not in a graph."""
        mask = self.of(features)
        return Frames(mask, torch.empty(0), torch.empty(0))


class GraphSpotter(PatchNetwork):
    """A spotter that is a graph."""

    def __init__(self, graph: Graph, mel: MelConfig) -> None:
        super().__init__()
        self.mel, self.of = mel, GraphNetwork(graph)

    def forward(self, patches: torch.Tensor) -> torch.Tensor:
        """Scores ``(batch, classes)`` of patches ``(batch, 1, features, frames)``."""
        scores: torch.Tensor = self.of(patches.permute(0, 2, 3, 1))
        return scores


def _with_parameters(node: Node, layer: Layer) -> Node:
    constants = {name: of.detach().cpu().numpy().copy() for name, of in layer.constants().items()}
    return replace(node, constants={**node.constants, **constants})
