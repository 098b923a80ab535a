"""Front ends of imported networks: files that say what a task does around a network, and how they are read.

A front end is a TOML file. Its key ``task`` names a task, ``description`` says in a few words what it is for,
the table ``[network]`` says what inputs of the file are set to (:class:`NetworkInputs`), and all other keys
are the task's, whose :attr:`~ossicle.graph.task.TaskRecord.read_front_end` reads them, mostly by
:func:`read_settings`. The presets, front ends of well-known networks, are in the folder
``front_ends`` of their task.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from ossicle.errors import OssicleError
from ossicle.files import read_toml
from ossicle.graph.task import TASKS, End, Ends, Task

Settings = TypeVar("Settings")
LARGEST_NUMBER = 1 << 63
WORDS = {
    int: "a whole number",
    float: "a number",
    str: "a text",
    bool: "true or false",
    tuple: "a list",
    dict: "a table",
}
"""What a key of a file should hold, by the type of its setting."""


@dataclass(frozen=True)
class NetworkInputs:
    """What inputs of a network are set to, by their names; what its file lacks or fixes is left out."""

    set: dict[str, Any] = field(default_factory=dict)
    """Inputs that never change, each with its number."""
    shape: dict[str, Any] = field(default_factory=dict)
    """Sizes of inputs that the file leaves open; a text in the place of a size names the axis of time."""

    def __post_init__(self) -> None:
        for name, number in self.set.items():
            if type(number) not in (int, float) or not math.isfinite(number):
                raise OssicleError(
                    f"[network] sets {name!r} to {number!r}, which should be a number, as in "
                    "set = { sr = 16000 }"
                )
        for name, sizes in self.shape.items():
            if not isinstance(sizes, list) or not sizes or not all(map(_is_size, sizes)):
                raise OssicleError(
                    f"[network] gives {name!r} the shape {sizes!r}, which should be a list of whole numbers "
                    'of at least 1, or a name such as "time" for an open size, as in '
                    "shape = { input = [1, 576] }"
                )


@dataclass(frozen=True)
class FrontEnd:
    """What a file says of what is around a network."""

    name: str
    """Of a preset, or of the file."""
    task: str
    description: str
    network: NetworkInputs
    keys: Mapping[str, Any]
    """Those of the task."""


def presets() -> dict[str, Path]:
    """The front ends that ship, by name."""
    folders = [record.folder.parent / "front_ends" for record in TASKS.values()]
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.toml"))}


def load_front_end(name: str | Path) -> FrontEnd:
    """Read a preset, by its name, or any other front end, by a path that ends in ``.toml``."""
    known = presets()
    if str(name) in known:
        return _read(str(name), known[str(name)])
    path = Path(name)
    if path.suffix != ".toml":
        raise OssicleError(
            f"there is no front end {str(name)!r}; choose one of {', '.join(known)}, or name a .toml file"
        )
    return _read(path.name, path)


def fitted_task(front_end: FrontEnd | None, task: str | None, ends: Ends) -> Task:
    """The task of an imported network with such ends, by a front end, or by the defaults of the task named.

    Raises :class:`OssicleError` where the two contradict each other, and where the network does not fit.
    """
    name = task or (front_end.task if front_end else "frames")
    if name not in TASKS:
        raise OssicleError(f"there is no task {name!r}; choose one of {', '.join(TASKS)}")
    if front_end and front_end.task != name:
        raise OssicleError(
            f"the front end {front_end.name} is for the task {front_end.task}, not for {name}; leave out one "
            "of the two"
        )
    read = TASKS[name].read_front_end
    if read is None:
        raise OssicleError(f"networks of the task {name} cannot be imported; choose another task")
    if front_end is None:
        return read({}, ends)
    try:
        return read(front_end.keys, ends)
    except OssicleError as error:
        raise OssicleError(f"the front end {front_end.name} cannot be used here: {error}") from None


def read_settings(kind: type[Settings], table: object, where: str) -> Settings:
    """A dataclass from a table of a front end or of a model file; ``where`` names it, as ``"[transform]"``.

    A key that is left out keeps its default. Raises :class:`OssicleError` for a key that is none of the
    dataclass's fields, for one that is missing, and for a value of another type or a number that is not
    finite.
    """
    if not isinstance(table, Mapping):
        raise OssicleError(f"{where} must be a table of keys and values, not {table!r}")
    types = get_type_hints(kind)
    parts = {part.name: types[part.name] for part in fields(kind)}  # type: ignore[arg-type]
    needed = [part.name for part in fields(kind) if part.default is part.default_factory is MISSING]  # type: ignore[arg-type]
    check_keys(table, parts, where)
    if missing := [key for key in needed if key not in table]:
        raise OssicleError(f"{where} lacks {', '.join(missing)}; add what the network was trained with")
    return kind(**{key: _value(value, parts[key], f"{where} has {key}") for key, value in table.items()})


def one_end(ends: Sequence[End], kind: str, why: str) -> End:
    """The one input or output of a network; raises :class:`OssicleError` where there are others."""
    if len(ends) != 1:
        names = ", ".join(end.name for end in ends)
        way_out = "; give those that never change a value, as in --set sr=16000" if kind == "input" else ""
        raise OssicleError(f"{why}, and the network has the {kind}s {names}{way_out}")
    return ends[0]


def check_keys(table: Mapping[str, Any], known: Mapping[str, Any], where: str) -> None:
    """Raise :class:`OssicleError` where a table has a key that is not known."""
    for key in table:
        if key not in known:
            choice = f"its keys are {', '.join(known)}" if known else "it has no keys"
            raise OssicleError(f"{where} has the unknown key {key!r}; {choice}")


def _value(value: object, kind: Any, where: str) -> object:
    """A value of a file as the type of a setting wants it."""
    kinds = get_args(kind) if get_origin(kind) in (UnionType, get_origin(int | None)) else (kind,)
    plain = {get_origin(one) or one: one for one in kinds}
    if isinstance(value, list | tuple) and tuple in plain:
        return tuple(_value(element, get_args(plain[tuple])[0], where) for element in value)
    if type(value) is int and float in plain and int not in plain and abs(value) < LARGEST_NUMBER:
        return float(value)
    if type(value) not in plain or (isinstance(value, float) and not math.isfinite(value)):
        wanted = " or ".join(WORDS.get(one, one.__name__) for one in plain)
        raise OssicleError(f"{where} = {value!r}, which should be {wanted}")
    return value


def _is_size(size: object) -> bool:
    return isinstance(size, str) or (type(size) is int and size >= 1)


def _read(name: str, path: Path) -> FrontEnd:
    content = read_toml(path, "the front end")
    if content.get("task") not in TASKS:
        found = f"names the unknown task {content['task']!r}" if "task" in content else "names no task"
        raise OssicleError(f'the front end {path} {found}; begin it with task = "suppression" or another')
    about = {key: str(content.pop(key, "")) for key in ("task", "description")}
    try:
        network = read_settings(NetworkInputs, content.pop("network", {}), "[network]")
    except OssicleError as error:
        raise OssicleError(f"the front end {name} cannot be used: {error}") from None
    return FrontEnd(name, about["task"], about["description"], network, content)
