"""Headers of model files of older formats, turned into those of the present one."""

from collections.abc import Mapping
from typing import Any

OLDER = (2, 3, 4, 5)
"""Formats that are read. Of a calibration, 2 holds too little for integers: it is left out."""
RECURRENT = {"gru": ("h",), "lstm": ("h", "c")}
MAP = {
    "map": ("height", "width", "channels"),
    "kernel": ("kernel_height", "kernel_width"),
    "stride": ("stride_height", "stride_width"),
    "pad": ("pad_top", "pad_left"),
    "out": ("out_height", "out_width"),
}
"""Numbers that have become one attribute."""
TASKS = {"suppression": ("stft",), "spotting": ("mel", "labels", "keywords", "frames", "detector")}
"""Settings of the tasks that there were; the first one tells which it is."""


def upgrade(header: dict[str, Any], version: int) -> dict[str, Any]:
    """A header of an older format as one of the present format.

    What is missing or of another kind raises KeyError, TypeError or ValueError.
    """
    if version < 4:
        header = _with_task(header, version)
    graph = header["graph"]
    if graph["task"]["name"] == "suppression":
        graph = graph | {"task": _suppression(graph["task"])}
    return header | {"graph": graph}


def _suppression(task: Mapping[str, Any]) -> dict[str, Any]:
    """Until format 5, suppressors had one input, of a kind that format 4 did not name, and gave a mask."""
    inputs = [{"kind": task.get("features", "magnitude")}]
    return {"name": task["name"], "stft": task["stft"], "inputs": inputs, "output": {"kind": "mask"}}


def _with_task(header: dict[str, Any], version: int) -> dict[str, Any]:
    """A header of format 2 or 3 as one of format 4."""
    old = header["graph"]
    [(task, settings)] = [(name, keys) for name, keys in TASKS.items() if keys[0] in old]
    tensors = {name: _tensor(tensor) for name, tensor in old["tensors"].items()}
    nodes = [_node(node) for node in old["nodes"]]
    for node in nodes:
        _shape_maps(node, tensors)
    # A converted map is one too, also behind a second conversion.
    for node in [*nodes, *reversed(nodes)]:
        _shape_converted(node, tensors)
    graph = {
        "name": old["name"],
        "task": {"name": task} | {key: old[key] for key in settings},
        "inputs": [old["input"]],
        "outputs": [old["output"]],
        "states": old["states"],
        "tensors": tensors,
        "nodes": nodes,
    }
    calibration = {"spans": {}, "moments": []} if version == OLDER[0] else header["calibration"]
    return {"graph": graph, "calibration": calibration, "provenance": header["provenance"]}


def _tensor(tensor: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: tensor[name] for name in ("dtype", "scale", "zero_point")}
    return {"shape": [tensor["size"]]} | kept


def _node(node: Mapping[str, Any]) -> dict[str, Any]:
    inputs, outputs = list(node["inputs"]), list(node["outputs"])
    states = RECURRENT.get(node["op"], ())
    if states and len(inputs) == 1 + len(states):
        # Products in float read the state itself.
        inputs.insert(1, inputs[1])
    ports_in = ("x", "h_operand", *states) if states else ("x",)
    ports_out = [f"{state}_next" for state in states] or ["y"]
    names = node["precision"].split("+")
    products = 2 if states else 1 if node["constants"] else 0
    return {
        "op": node["op"],
        "name": node["name"],
        "inputs": list(zip(ports_in, inputs, strict=True)),
        "outputs": list(zip(ports_out, outputs, strict=True)),
        "attributes": _attributes(dict(node["attributes"])),
        "precisions": (names * products)[:products] if len(names) == 1 else names,
        "constants": node["constants"],
    }


def _attributes(old: dict[str, Any]) -> dict[str, Any]:
    found = {}
    if "activation" in old:
        found = {"activation": "none", "low": 0.0} if old["activation"] == "relu" else {}
        found = found or {"activation": old["activation"]}
    if "height" in old:
        found |= {name: [old[part] for part in parts] for name, parts in MAP.items()}
    return found


def _shape_maps(node: Mapping[str, Any], tensors: dict[str, dict[str, Any]]) -> None:
    """Give the tensors that a node reads and writes as feature maps their shapes."""
    attributes = node["attributes"]
    if "map" not in attributes:
        return
    ends: list[tuple[str, str]] = node["inputs"] + node["outputs"]
    (_, x), (_, y) = ends
    positions = attributes["out"][0] * attributes["out"][1]
    tensors[x]["shape"] = attributes["map"]
    tensors[y]["shape"] = [*attributes["out"], tensors[y]["shape"][0] // positions]


def _shape_converted(node: Mapping[str, Any], tensors: dict[str, dict[str, Any]]) -> None:
    if node["op"] == "convert":
        ends = [tensors[name] for _, name in (*node["inputs"], *node["outputs"])]
        shape = max((tensor["shape"] for tensor in ends), key=len)
        for tensor in ends:
            tensor["shape"] = shape
