"""Which input of a network takes, in the next step, what which output was in this one.

Said by the user, or by the names (``NAME`` and ``NAME_out``, ``cache_in_3`` and ``cache_out_3``, ``h`` and
``hn``), or by what the network does: an output that goes on inside the network, as the new state of a layer
does, and that alone has the shape of one input, or comes from the layer or the window that reads the input.
What a network does never parts two that have one name.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ossicle.errors import OssicleError
from ossicle.importers.network import Network, Operation, StatePair
from ossicle.importers.passes.search import Search

_LAST_NUMBER = re.compile(r"\d+(?=\D*$)")
FIRST_STATE = 5
"""Place of the first state among the inputs of a recurrent layer; it has place 1 among the outputs."""

DIRECTIONS = frozenset(
    [
        "in",
        "out",
        "i",
        "o",
        "input",
        "output",
        "new",
        "next",
        "old",
        "prev",
        "previous",
        "last",
        "cur",
        "current",
        "updated",
        "update",
        "after",
        "before",
        "past",
        "present",
        "init",
        "initial",
        "final",
    ]
)
"""Words of a name that say which end of a state it is."""
MOVEMENTS = frozenset(
    [
        "Cast",
        "Concat",
        "Expand",
        "Flatten",
        "Gather",
        "Identity",
        "Pad",
        "Reshape",
        "ScatterND",
        "Slice",
        "Split",
        "Squeeze",
        "Transpose",
        "Unsqueeze",
    ]
)


def pair_states(network: Network, given: Mapping[str, str] | None = None) -> Network:
    """The network with all of its states; ``given`` are pairs of names that the user chose.

    Raises :class:`OssicleError` where a pair does not fit, or an input may be a state of which nobody can say
    what it becomes.
    """
    pairing = _Pairing(network, given or {})
    pairing.by_name(pairing.carried())
    pairing.by_use()
    pairing.by_shape()
    pairing.by_number()
    pairing.by_name(pairing.outputs)
    pairing.require_none_left()
    return replace(network, states=tuple(pairing.found))


def _words(name: str) -> tuple[str, ...]:
    """The words of a name, less those of direction."""
    words = re.findall(r"[a-z]+|[A-Z]+(?![a-z])|[A-Z][a-z]+|\d+", name.split("/")[-1])
    kept = tuple(word.lower() for word in words if word.lower() not in DIRECTIONS)
    return kept or tuple(words) or (name,)


def _stem(name: str) -> tuple[str, ...]:
    """The same, less a number or an n at the end: h0, hn and h2 are all h, stateN is state."""
    words = _words(name)
    while len(words) > 1 and (words[-1] in ("n", "t") or words[-1].isdecimal()):
        words = words[:-1]
    last = words[-1]
    return (*words[:-1], last[:-1] if len(last) > 1 and last.endswith("n") and len(last) <= 2 else last)


class _Pairing:
    """Inputs and outputs that are not paired yet, and the pairs that were found."""

    def __init__(self, network: Network, given: Mapping[str, str]) -> None:
        self.search = Search.of(network)
        self.found = list(network.states)
        self.inputs = [name for name in network.inputs if name not in {pair.input for pair in self.found}]
        self.outputs = [name for name in network.outputs if name not in {pair.output for pair in self.found}]
        self.readers: dict[str, int] = {}
        for operation in network.operations:
            for name in operation.inputs:
                self.readers[name] = self.readers.get(name, 0) + 1
        for old, new in given.items():
            self._given(old, new)

    def _given(self, old: str, new: str) -> None:
        for name, ends, what in ((old, self.inputs, "inputs"), (new, self.outputs, "outputs")):
            if name not in ends:
                raise OssicleError(
                    f"--state {old}={new}: there is no {name!r}; the {what} left are {_list(ends)}"
                )
        if self.search.shape(old) != self.search.shape(new):
            shapes = [list(self.search.shape(name)) for name in (old, new)]
            raise OssicleError(
                f"--state {old}={new}: their shapes are {shapes[0]} and {shapes[1]}; pair equal ones"
            )
        self._pair(old, new, "given")

    def _pair(self, old: str, new: str, how: str) -> None:
        self.inputs.remove(old)
        self.outputs.remove(new)
        self.found.append(StatePair(old, new, how))

    def by_name(self, outputs: Sequence[str]) -> None:
        """Pair what has the same name, but for words of direction, and the same shape."""
        for key in (_words, _stem):
            for old in list(self.inputs):
                new = self._of_one_name(old, key)
                if new in outputs and self._spare():
                    self._pair(old, new, "by name")

    def _spare(self, count: int = 1) -> bool:
        """Whether something still goes in and comes out once so many more are states."""
        return len(self.inputs) > count and len(self.outputs) > count

    def _of_one_name(self, old: str, key: Callable[[str], tuple[str, ...]]) -> str:
        """The output that is called like an input, where no other is; empty where there is none."""
        same, new = (
            [name for name in names if key(name) == key(old) and self._alike(name, old)]
            for names in (self.inputs, self.outputs)
        )
        return new[0] if len(same) == len(new) == 1 else ""

    def _candidates(self, new: str) -> list[str]:
        """Inputs that may become an output: of its type, and not called like another output."""
        named = {old: self._of_one_name(old, _words) or self._of_one_name(old, _stem) for old in self.inputs}
        if new in named.values():
            return [old for old, name in named.items() if name == new]
        return [old for old, name in named.items() if not name and self._alike(old, new)]

    def by_use(self) -> None:
        """Pair what a recurrent layer starts from with what it ends with, and a window with what it was."""
        for new in list(self.outputs):
            sources = self._sources(new)
            layers = [self.search.writer(source, "GRU", "LSTM", "RNN") for source in sources]
            starts = [
                start
                for source, layer in zip(sources, layers, strict=True)
                if layer is not None and (start := _start_of(layer, source))
            ]
            old = {name for start in starts for name in self._sources(start)}
            if len(sources) > 1:  # An output that holds nothing but one input is a copy of it.
                old.update(sources)
            alike = [name for name in self._candidates(new) if name in old]
            if len(alike) == 1 and self._spare():
                self._pair(alike[0], new, "by use")

    def by_shape(self) -> None:
        """Pair an output that goes on inside with the only input of its shape, if it is the only output."""
        for new in self.carried():
            olds = self._candidates(new)
            alike = [name for name in self.inputs if self._alike(name, new)]
            others = [name for name in self.outputs if self._alike(name, new)]
            if len(olds) == len(alike) == len(others) == 1 and self._spare():
                self._pair(olds[0], new, "by shape")

    def by_number(self) -> None:
        """Pair inputs and outputs of one shape whose names differ in a number alone, in their order."""
        for new in self.carried():
            news = [name for name in self.carried() if self._alike(name, new)]
            groups: dict[str, list[str]] = {}
            for old in self._candidates(new):
                groups.setdefault(_LAST_NUMBER.sub("", old), []).append(old)
            fitting = [olds for olds in groups.values() if len(olds) == len(news) > 1 and _numbered(olds)]
            if len(fitting) != 1 or not _numbered(news) or not self._spare(len(news)):
                continue
            for old, after in zip(sorted(fitting[0], key=_number), sorted(news, key=_number), strict=True):
                self._pair(old, after, "by number")

    def require_none_left(self) -> None:
        """Raise where an output that goes on inside could be the next value of several inputs."""
        for new in self.carried():
            olds = [name for name in self.inputs if self._alike(name, new)]
            news = [name for name in self.carried() if olds and self._alike(name, new)]
            # A network has an input that is no state.
            if olds and len(self.inputs) > 1:
                raise OssicleError(
                    f"{_list(olds)} may be states that become {_list(news)}; say which is which, "
                    f"such as --state {olds[0]}={news[0]}"
                )

    def _alike(self, one: str, other: str) -> bool:
        values = self.search.network.values
        return values[one].shape == values[other].shape and values[one].dtype == values[other].dtype

    def carried(self) -> list[str]:
        """Outputs that go on inside: what they are made of is read elsewhere too."""
        return [
            name
            for name in self.outputs
            if any(self._is_shared(name, source) for source in self._sources(name))
        ]

    def _is_shared(self, output: str, source: str) -> bool:
        """Whether anything but the way to an output reads a value."""
        return self.readers.get(source, 0) > (0 if source == output else 1)

    def _sources(self, value: str) -> list[str]:
        """The values that a value is put together from, by moving data alone."""
        writer = self.search.writer(value, *MOVEMENTS)
        if writer is None or self.search.constant(value) is not None:
            return [value]
        names = [name for name in writer.inputs if name and self.search.constant(name) is None]
        return list(dict.fromkeys(source for name in names for source in self._sources(name)))


def _start_of(layer: Operation, state: str) -> str:
    """What a recurrent layer starts a state from that it ends with; empty where it starts from zero."""
    place = FIRST_STATE + list(layer.outputs).index(state) - 1
    return layer.inputs[place] if FIRST_STATE <= place < len(layer.inputs) else ""


def _number(name: str) -> int:
    found = re.findall(r"\d+", name)
    return int(found[-1]) if found else -1


def _numbered(names: Sequence[str]) -> bool:
    """Whether names differ in their last number alone."""
    stems = {_LAST_NUMBER.sub("", name) for name in names}
    return len(stems) == 1 and len({_number(name) for name in names}) == len(names)


def _list(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names)
