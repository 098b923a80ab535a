"""The model file ``NAME.ossicle``: safetensors whose header holds the graph and its history as JSON."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from ossicle.errors import OssicleError
from ossicle.files import check_file, replacing
from ossicle.graph.calibration import Calibration, Moments, Span
from ossicle.graph.graph import Graph, State, check
from ossicle.graph.model import Model
from ossicle.graph.older import OLDER, upgrade
from ossicle.graph.task import parse_task
from ossicle.graph.types import Attribute, Node, Tensor
from ossicle.numerics.formats import PRECISIONS, DType

FORMAT = 6
LARGEST_MODEL = 256 << 20
"""Bytes of a file: far more than any firmware."""
KEY = "ossicle"
"""Of the one entry of the file's metadata: with several, equal models would not be equal files."""
MOMENTS = "calibration."
"""Prefix of the names of the moments' arrays."""


def save_model(model: Model, path: Path) -> None:
    """Write a model file; an interrupted write leaves nothing behind at ``path``."""
    check(model.graph)
    arrays = {
        f"{node.name}.{name}": np.ascontiguousarray(array)
        for node in model.graph.nodes
        for name, array in node.constants.items()
    }
    arrays |= {
        f"{MOMENTS}{name}.{part.name}": np.ascontiguousarray(getattr(moments, part.name))
        for name, moments in model.calibration.moments.items()
        for part in fields(Moments)
    }
    header = {
        "graph": _graph_as_dict(model.graph),
        "calibration": {
            "spans": {name: asdict(span) for name, span in model.calibration.spans.items()},
            "moments": list(model.calibration.moments),
            "wide": sorted(model.calibration.wide),
        },
        "provenance": dict(model.provenance),
    }
    text = json.dumps(header, sort_keys=True)
    entry = json.dumps({"format": FORMAT, "sha256": _digest(text, arrays), "header": text})
    try:
        with replacing(path) as partial:
            partial.write_bytes(save(arrays, {KEY: entry}))
    except (OSError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or error
        raise OssicleError(f"cannot write {path} ({reason}); choose another place") from None


def load_model(path: Path) -> Model:
    """Read a model file; raises :class:`OssicleError` where it is cut, newer, altered or inconsistent.

    Files of older formats are read too; saved again, they are of this one.
    """
    try:
        check_file(path, LARGEST_MODEL)
        with safe_open(path, "np") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except FileNotFoundError:
        raise OssicleError(f"there is no model file {path}") from None
    except OSError as error:
        raise OssicleError(f"cannot read {path} ({error.strerror or error}); check its path") from None
    except SafetensorError as error:
        raise OssicleError(f"{path} is not a model file or is cut short ({error}); fetch it again") from None
    entry = _read_entry(path, metadata)
    if entry.sha256 != _digest(entry.header, arrays):
        raise OssicleError(f"{path} does not match its own checksum: it was altered; fetch it again")
    try:
        header = json.loads(entry.header)
        if entry.format != FORMAT:
            header = upgrade(header, entry.format)
        calibration = _parse_calibration(header["calibration"], arrays)
        model = Model(_parse_graph(header["graph"], arrays), calibration, _provenance(header["provenance"]))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise OssicleError(f"{path} has an inconsistent header ({error!r}); export the model again") from None
    check(model.graph)
    return model


@dataclass(frozen=True)
class _Entry:
    """What the metadata of a file hold."""

    format: int
    sha256: str
    header: str


def _read_entry(path: Path, metadata: Mapping[str, str]) -> _Entry:
    try:
        if "format" in metadata:
            found = _Entry(int(metadata["format"]), metadata["sha256"], metadata[KEY])
        else:
            data = json.loads(metadata[KEY])
            found = _Entry(int(data["format"]), data["sha256"], data["header"])
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError):
        raise OssicleError(f"{path} is no model file of Ossicle; export the model again") from None
    if found.format not in (*OLDER, FORMAT):
        raise OssicleError(
            f"{path} has model format {found.format} and this version reads {OLDER[0]} to {FORMAT}; "
            "upgrade ossicle or export the model again"
        )
    return found


def _graph_as_dict(graph: Graph) -> dict[str, Any]:
    return {
        "name": graph.name,
        "task": {"name": graph.task.name} | graph.task.as_dict(),
        "inputs": graph.inputs,
        "outputs": graph.outputs,
        "states": [asdict(state) for state in graph.states],
        "tensors": {name: asdict(tensor) for name, tensor in graph.tensors.items()},
        "nodes": [
            {
                "op": node.op,
                "name": node.name,
                "inputs": list(node.inputs.items()),
                "outputs": list(node.outputs.items()),
                "attributes": dict(node.attributes),
                "precisions": [precision.name for precision in node.precisions],
                "constants": list(node.constants),
            }
            for node in graph.nodes
        ],
    }


def _parse_graph(graph: dict[str, Any], arrays: dict[str, np.ndarray]) -> Graph:
    nodes = tuple(
        Node(
            _name(node["op"]),
            _name(node["name"]),
            _ports(node["inputs"]),
            _ports(node["outputs"]),
            {name: arrays[f"{node['name']}.{name}"] for name in node["constants"]},
            {name: _attribute(value) for name, value in node["attributes"].items()},
            tuple(PRECISIONS[name] for name in node["precisions"]),
        )
        for node in graph["nodes"]
    )
    tensors = {
        name: Tensor(tuple(t["shape"]), DType(t["dtype"]), float(t["scale"]), int(t["zero_point"]))
        for name, t in graph["tensors"].items()
    }
    return Graph(
        _name(graph["name"]),
        parse_task(graph["task"]),
        tuple(map(_name, graph["inputs"])),
        tuple(map(_name, graph["outputs"])),
        tuple(State(_name(state["input"]), _name(state["output"])) for state in graph["states"]),
        tensors,
        nodes,
    )


def _name(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no name")
    return value


def _ports(pairs: Any) -> dict[str, str]:
    return {_name(port): _name(tensor) for port, tensor in pairs}


def _attribute(value: Any) -> Attribute:
    return tuple(value) if isinstance(value, list) else value


def _provenance(value: Any) -> dict[str, Any]:
    """Any plain data by name; of the data that it was trained on, if it has that, hours by kind."""
    for of in dict(value).get("data", {}).values():
        float(of["hours"])
    return dict(value)


def _parse_calibration(header: dict[str, Any], arrays: dict[str, np.ndarray]) -> Calibration:
    spans = {name: _parse_span(span) for name, span in header["spans"].items()}
    moments = {
        name: Moments(*(arrays[f"{MOMENTS}{name}.{part.name}"] for part in fields(Moments)))
        for name in header["moments"]
    }
    # Earlier files of this format have neither these nor the ranges of int16.
    return Calibration(spans, moments, frozenset(map(_name, header.get("wide", ()))))


def _parse_span(span: Mapping[str, Any]) -> Span:
    usual = Span.usual(*(float(span[end]) for end in ("low", "high", "s8_low", "s8_high")))
    return replace(usual, s16=float(span.get("s16", usual.s16)))


def _digest(text: str, arrays: Mapping[str, np.ndarray]) -> str:
    digest = hashlib.sha256(text.encode())
    for name in sorted(arrays):
        digest.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode())
        digest.update(arrays[name].tobytes())
    return digest.hexdigest()
