"""What becomes of each operator when a network over a sequence goes step by step; in a table by operator."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ossicle.importers.network import Network, Operation, StatePair, Value
from ossicle.importers.obstacle import Obstacle
from ossicle.importers.passes.search import Search

Step = Callable[["Steps", Operation], Sequence[Operation]]


@dataclass
class Steps:
    """A network on its way from a sequence to a step, and the states that came up."""

    network: Network
    search: Search
    values: dict[str, Value] = field(default_factory=dict)
    states: list[StatePair] = field(default_factory=list)
    past: dict[str, int] = field(default_factory=dict)
    """How many rows of the steps before a value begins with."""

    def time(self, value: str) -> int | None:
        """The axis of a value along which steps follow one another."""
        return self.network.time_axes.get(value)

    def frames(self, value: str) -> int:
        """How many rows of a value are of this step; it has an axis of time."""
        return self.shape(value)[self.network.time_axes[value]] - self.past.get(value, 0)

    def shape(self, value: str) -> tuple[int, ...]:
        """Of a value."""
        return (self.values.get(value) or self.network.values[value]).shape

    def add(self, name: str, shape: Sequence[int]) -> str:
        """A new value; returns its name."""
        self.values[name] = Value(name, tuple(shape), "float32")
        return name

    def resize(self, value: str, time: int, rows: int) -> None:
        """Let a value have that many rows."""
        shape = list(self.shape(value))
        if shape[time] != rows:
            shape[time] = rows
            self.add(value, shape)

    def state(self, name: str, shape: Sequence[int], how: str) -> tuple[str, str]:
        """A new state; returns the names of its old and its new value."""
        pair = StatePair(self.add(name, shape), self.add(f"{name}_next", shape), how)
        self.states.append(pair)
        return pair.input, pair.output


def unchanged(steps: Steps, operation: Operation) -> Sequence[Operation]:
    """An operator that computes each row on its own; its results have as many rows as it reads."""
    past = max((steps.past.get(value, 0) for value in operation.inputs), default=0)
    rows = [
        steps.shape(value)[steps.time(value) or 0]
        for value in operation.inputs
        if steps.time(value) is not None
    ]
    for value in operation.outputs:
        time = steps.time(value)
        if time is not None and rows:
            steps.past[value] = past
            steps.resize(value, time, max(rows))
    return [operation]


def _recurrent(steps: Steps, operation: Operation) -> Sequence[Operation]:
    """A layer over time that starts from zero goes on from where the last step ended."""
    kinds = ((5, "h"), (6, "c")) if operation.op == "LSTM" else ((5, "h"),)
    ports = 5 + len(kinds)
    inputs = [*operation.inputs, *[""] * (ports - len(operation.inputs))]
    length, rows, _ = steps.shape(inputs[0])
    time = steps.time(inputs[0])
    if length > 1 or (steps.network.time_axes and time != 0):
        return [operation]
    direction = operation.attributes.get("direction", "forward")
    if time == 0 and direction != "forward":
        raise Obstacle.at(
            operation,
            f"it runs over time in {'both directions' if direction == 'bidirectional' else 'reverse'}",
            "train it with one direction over time",
        )
    outputs = [*operation.outputs, *[""] * (3 - len(operation.outputs))]
    hidden = steps.network.values[inputs[2]].shape[2]
    before: list[Operation] = []
    for port, kind in kinds:
        start = steps.search.constant(inputs[port])
        if direction == "forward" and (not inputs[port] or (start is not None and not start.any())):
            name = f"{operation.name}_{kind}"
            old, new = steps.state(
                name, (1, rows, hidden), f"{operation.op} {operation.name} starts from zero"
            )
            inputs[port] = old
            if outputs[port - 4]:
                before.append(Operation("Identity", operation.name, (outputs[port - 4],), (new,), {}))
            else:
                outputs[port - 4] = new
    changed = replace(operation, inputs=tuple(inputs), outputs=tuple(outputs))
    return [changed, *before]


def _convolution(steps: Steps, operation: Operation) -> Sequence[Operation]:
    """The rows that its filters reach back to become a state."""
    x, time = operation.inputs[0], steps.time(operation.inputs[0])
    if time is None or time < 2:
        return unchanged(steps, operation)
    attributes, axis, rank = operation.attributes, time - 2, len(operation.attributes["kernel_shape"])
    stride, frames, past = attributes["strides"][axis], steps.frames(x), steps.past.get(x, 0)
    if frames % stride:
        raise Obstacle.at(
            operation,
            f"its stride over time is {stride}, and a step is {frames} frame",
            "import a window of fixed length: give --shape all sizes",
        )
    reach = (attributes["kernel_shape"][axis] - 1) * attributes["dilations"][axis]
    before = attributes["pads"][axis] + past
    if before > reach + stride - 1:
        raise Obstacle.at(operation, "it is late", f"pad it with {reach} frames on the left")
    if reach - before > stride - 1:
        raise Obstacle.at(
            operation,
            f"it looks {reach - before - stride + 1} frames ahead",
            f"train it with all of its {reach} frames of padding on the left",
        )
    joined, made = _with_past(steps, operation, time, before - past)
    steps.resize(operation.outputs[0], time, frames // stride)
    pads = [0 if place in (axis, axis + rank) else pad for place, pad in enumerate(attributes["pads"])]
    inputs = (joined, *operation.inputs[1:])
    return [*made, replace(operation, inputs=inputs, attributes={**attributes, "pads": tuple(pads)})]


def _pad(steps: Steps, operation: Operation) -> Sequence[Operation]:
    """Zeros before the first step are the steps before."""
    time, attributes = steps.time(operation.inputs[0]), operation.attributes
    if time is None:
        return [operation]
    pads, rank = list(attributes["pads"]), len(attributes["pads"]) // 2
    before, after = pads[time], pads[time + rank]
    if before < 0 or after < 0:
        return [operation] if after == -before else _refuse_cut(operation)
    if after or (before and (attributes.get("mode", "constant") != "constant" or attributes.get("value"))):
        raise Obstacle.at(operation, "it pads the end of time", "pad with zeros before the first frame alone")
    pads[time] = 0
    joined, made = _with_past(steps, operation, time, before)
    steps.past[operation.outputs[0]] = steps.past.get(operation.inputs[0], 0) + before
    changed = replace(operation, inputs=(joined,), attributes={**attributes, "pads": tuple(pads)})
    return [*made, changed]


def _refuse_cut(operation: Operation) -> Sequence[Operation]:
    raise Obstacle.at(operation, "it drops frames", "export the network so that each frame gives a result")


def _with_past(steps: Steps, operation: Operation, time: int, rows: int) -> tuple[str, Sequence[Operation]]:
    """The input of an operation with that many rows of the steps before in front of it."""
    x = operation.inputs[0]
    if not rows:
        return x, []
    shape = list(steps.shape(x))
    frames, shape[time] = shape[time], rows
    old, new = steps.state(
        f"{operation.name}_past", shape, f"{rows} frames before {operation.op} {operation.name}"
    )
    shape[time] = rows + frames
    joined = steps.add(f"{operation.name}_window", shape)
    last = {"axes": (time,), "starts": (frames,), "ends": (rows + frames,), "steps": (1,)}
    return joined, [
        Operation("Concat", operation.name, (old, x), (joined,), {"axis": time}),
        Operation("Slice", operation.name, (joined,), (new,), last),
    ]


def _slice(steps: Steps, operation: Operation) -> Sequence[Operation]:
    """As many rows as a step has may be cut out: the newest, or a delay of them."""
    x, time, attributes = operation.inputs[0], steps.time(operation.inputs[0]), operation.attributes
    if time is None or time not in attributes["axes"]:
        return unchanged(steps, operation)
    place = list(attributes["axes"]).index(time)
    first, end = attributes["starts"][place], attributes["ends"][place]
    if attributes["steps"][place] != 1 or end - first != steps.frames(x) or first > steps.past.get(x, 0):
        return _refuse_cut(operation)
    return [operation]


def _none_over_time(
    steps: Steps, operation: Operation, axes: Sequence[int], what: str
) -> Sequence[Operation]:
    """Refuse an operation that brings all steps together."""
    if steps.time(operation.inputs[0]) in axes:
        raise Obstacle.at(operation, f"it {what} all of time", "train it with a running value in its place")
    return unchanged(steps, operation)


def _reduction(steps: Steps, operation: Operation) -> Sequence[Operation]:
    axes = operation.attributes.get("axes") or range(len(steps.shape(operation.inputs[0])))
    return _none_over_time(steps, operation, list(axes), "takes the mean, sum or extreme of")


def _softmax(steps: Steps, operation: Operation) -> Sequence[Operation]:
    return _none_over_time(steps, operation, [operation.attributes["axis"]], "compares")


def _transform(steps: Steps, operation: Operation) -> Sequence[Operation]:
    return _none_over_time(steps, operation, [operation.attributes["axis"]], "transforms")


def _norm(steps: Steps, operation: Operation) -> Sequence[Operation]:
    first = operation.attributes.get("axis", 2)
    return _none_over_time(steps, operation, range(first, 9), "normalizes over")


def _product(steps: Steps, operation: Operation) -> Sequence[Operation]:
    """Attention over a whole sequence needs all of its steps."""
    times = [steps.time(value) for value in operation.inputs]
    ranks = [len(steps.shape(value)) for value in operation.inputs]
    both = times[0] is not None and times[1] is not None
    batch = both and times[0] == times[1] and min(ranks[0], ranks[1]) - 2 > (times[0] or 0)
    summed = times[0] == ranks[0] - 1 or times[1] == max(0, ranks[1] - 2)
    if (both and not batch) or summed:
        raise Obstacle.at(
            operation, "it multiplies steps by steps", "export the network step by step, with a ring"
        )
    return unchanged(steps, operation)


def _transposed(steps: Steps, operation: Operation) -> Sequence[Operation]:
    """Over time it is a convolution with the kernel turned around; crops leave the rows of the step."""
    x, time, attributes = operation.inputs[0], steps.time(operation.inputs[0]), operation.attributes
    if time is None or time < 2:
        return unchanged(steps, operation)
    axis, rank = time - 2, len(attributes["kernel_shape"])
    reach = (attributes["kernel_shape"][axis] - 1) * attributes["dilations"][axis]
    ahead = attributes["pads"][axis]
    if attributes["strides"][axis] != 1 or steps.past.get(x, 0):
        raise Obstacle.at(operation, "it makes several frames of one", "let it stretch frequency alone")
    if ahead:
        problem = f"it looks {ahead} frames ahead"
        raise Obstacle.at(operation, problem, "crop its output at the end alone, by as many frames")
    joined, made = _with_past(steps, operation, time, reach)
    steps.resize(operation.outputs[0], time, steps.frames(x))
    pads = [reach if place in (axis, axis + rank) else pad for place, pad in enumerate(attributes["pads"])]
    inputs = (joined, *operation.inputs[1:])
    return [*made, replace(operation, inputs=inputs, attributes={**attributes, "pads": tuple(pads)})]


def _window(steps: Steps, operation: Operation) -> Sequence[Operation]:
    """Poolings whose windows hold one step each are as they are."""
    time, attributes = steps.time(operation.inputs[0]), operation.attributes
    if time is not None and time >= 2 and attributes["kernel_shape"][time - 2] > 1:
        raise Obstacle.at(operation, "its windows reach over several frames", "let them reach over one frame")
    return unchanged(steps, operation)


def _scan(steps: Steps, operation: Operation) -> Sequence[Operation]:
    axis = steps.search.number(operation.inputs[1])
    return _none_over_time(steps, operation, [] if axis is None else [int(axis)], "sums")


STEPS: Mapping[str, Step] = {
    "AveragePool": _window,
    "Conv": _convolution,
    "ConvTranspose": _transposed,
    "CumSum": _scan,
    "DFT": _transform,
    "GRU": _recurrent,
    "InstanceNormalization": _norm,
    "LSTM": _recurrent,
    "LayerNormalization": _norm,
    "LogSoftmax": _softmax,
    "MatMul": _product,
    "MaxPool": _window,
    "Pad": _pad,
    "RNN": _recurrent,
    "Slice": _slice,
    "Softmax": _softmax,
    **dict.fromkeys(
        ("ReduceL1", "ReduceL2", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum", "ReduceSumSquare"),
        _reduction,
    ),
}
"""What becomes of operators that may look beyond a step; all others stay as they are."""
