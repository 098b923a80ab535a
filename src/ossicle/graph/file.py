"""The model file ``NAME.ossicle``: safetensors whose header holds the graph and its history as JSON."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from ossicle.errors import OssicleError
from ossicle.graph.calibration import Calibration, Moments, Span
from ossicle.graph.graph import Graph, State, check
from ossicle.graph.model import Model
from ossicle.graph.task import task_from_dict
from ossicle.graph.types import Node, Tensor
from ossicle.numerics.formats import DType

FORMAT = 3
OLDER = 2
"""A format that is read too; what it holds of a calibration is too little for integers, and left out."""
SUFFIX = ".ossicle"
MOMENTS = "calibration."
"""Prefix of the names of the moments' arrays."""


def save_model(model: Model, path: Path) -> None:
    """Write a model file; an interrupted write leaves nothing behind at ``path``."""
    check(model.graph)
    graph = model.graph
    arrays = {
        f"{node.name}.{name}": np.ascontiguousarray(array)
        for node in graph.nodes
        for name, array in node.constants.items()
    }
    arrays |= {
        f"{MOMENTS}{name}.{part.name}": np.ascontiguousarray(getattr(moments, part.name))
        for name, moments in model.calibration.moments.items()
        for part in fields(Moments)
    }
    header = {
        "graph": {
            "name": graph.name,
            **graph.task.as_dict(),
            "input": graph.input,
            "output": graph.output,
            "states": [asdict(state) for state in graph.states],
            "tensors": {name: asdict(tensor) for name, tensor in graph.tensors.items()},
            "nodes": [
                {
                    "op": node.op,
                    "name": node.name,
                    "inputs": node.inputs,
                    "outputs": node.outputs,
                    "attributes": dict(node.attributes),
                    "precision": node.precision,
                    "constants": list(node.constants),
                }
                for node in graph.nodes
            ],
        },
        "calibration": {
            "spans": {name: asdict(span) for name, span in model.calibration.spans.items()},
            "moments": list(model.calibration.moments),
        },
        "provenance": dict(model.provenance),
    }
    text = json.dumps(header, sort_keys=True)
    metadata = {"format": str(FORMAT), "ossicle": text, "sha256": _digest(text, arrays)}
    partial = path.with_name(path.name + ".part")
    try:
        partial.write_bytes(save(arrays, metadata))
        os.replace(partial, path)
    except (OSError, SafetensorError) as error:
        raise OssicleError(f"cannot write {path} ({error}); choose another place") from None
    finally:
        partial.unlink(missing_ok=True)


def load_model(path: Path) -> Model:
    """Read a model file; raises :class:`OssicleError` where it is cut, newer, altered or inconsistent."""
    try:
        with safe_open(path, "np") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError:
        raise OssicleError(f"there is no model file {path}") from None
    except (OSError, SafetensorError) as error:
        raise OssicleError(f"{path} is not a model file or is cut short ({error}); fetch it again") from None
    if metadata.get("format") not in (str(FORMAT), str(OLDER)):
        raise OssicleError(
            f"{path} has model format {metadata.get('format', 'none')} and this version reads "
            f"{OLDER} and {FORMAT}; upgrade ossicle or export the model again"
        )
    text = metadata.get("ossicle", "")
    if metadata.get("sha256") != _digest(text, arrays):
        raise OssicleError(f"{path} does not match its own checksum: it was altered; fetch it again")
    try:
        header = json.loads(text)
        calibrated = metadata["format"] == str(FORMAT)
        calibration = _parse_calibration(header["calibration"], arrays) if calibrated else Calibration()
        model = Model(_parse_graph(header["graph"], arrays), calibration, header["provenance"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise OssicleError(f"{path} has an inconsistent header ({error!r}); export the model again") from None
    check(model.graph)
    return model


def _parse_graph(graph: dict[str, Any], arrays: dict[str, np.ndarray]) -> Graph:
    nodes = tuple(
        Node(
            node["op"],
            node["name"],
            tuple(node["inputs"]),
            tuple(node["outputs"]),
            {name: arrays[f"{node['name']}.{name}"] for name in node["constants"]},
            node["attributes"],
            node["precision"],
        )
        for node in graph["nodes"]
    )
    tensors = {
        name: Tensor(int(t["size"]), DType(t["dtype"]), float(t["scale"]), int(t["zero_point"]))
        for name, t in graph["tensors"].items()
    }
    return Graph(
        graph["name"],
        task_from_dict(graph),
        graph["input"],
        graph["output"],
        tuple(State(**state) for state in graph["states"]),
        tensors,
        nodes,
    )


def _parse_calibration(header: dict[str, Any], arrays: dict[str, np.ndarray]) -> Calibration:
    spans = {
        name: Span(*(float(span[end.name]) for end in fields(Span))) for name, span in header["spans"].items()
    }
    moments = {
        name: Moments(*(arrays[f"{MOMENTS}{name}.{part.name}"] for part in fields(Moments)))
        for name in header["moments"]
    }
    return Calibration(spans, moments)


def _digest(text: str, arrays: Mapping[str, np.ndarray]) -> str:
    digest = hashlib.sha256(text.encode())
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode())
        digest.update(arrays[name].tobytes())
    return digest.hexdigest()
