"""Numbers as C text, and the templates that they go into."""

import string
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ossicle.graph.operator import OPS
from ossicle.graph.task import TASKS

if TYPE_CHECKING:
    import jinja2

PER_LINE = 16
PLAIN_CHARACTERS = frozenset(string.ascii_letters + string.digits + " -_.,:;'()")
"""Of a string literal."""
PLAIN_CALL = resources.files("ossicle.emit") / "templates" / "call.j2"


def array_text(array: np.ndarray) -> str:
    """Initializer elements of an array, in row-major order; floats read back exactly."""
    flat = array.ravel()
    if flat.dtype == np.float16:
        flat = flat.view(np.uint16)
    form = "%.8ef" if flat.dtype.kind == "f" else "%d"
    values = flat.tolist()
    lines = (values[i : i + PER_LINE] for i in range(0, len(values), PER_LINE))
    return ",\n    ".join(", ".join([form] * len(line)) % tuple(line) for line in lines)


def c_string(text: str) -> str:
    """A string literal of the UTF-8 bytes of a text; others than letters, digits and the like are escaped."""
    plain = (chr(byte) if chr(byte) in PLAIN_CHARACTERS else f"\\{byte:03o}" for byte in text.encode())
    return f'"{"".join(plain)}"'


@cache
def template_environment(platform: str, folder: Path) -> "jinja2.Environment":
    """The templates of this package, and those of others.

    Those of operators are under ``ops/``, those of tasks under ``tasks/``, and those of a platform, which are
    in ``folder``, under its name.
    """
    import jinja2

    others = jinja2.PrefixLoader(
        {
            "ops": jinja2.FunctionLoader(_call_template),
            "tasks": jinja2.FunctionLoader(_task_template),
            platform: jinja2.FileSystemLoader(folder),
        }
    )
    return jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.PackageLoader("ossicle.emit"), others]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _call_template(name: str) -> str | None:
    """The text of ``call.j2`` of the operator that ``NAME.j2`` names, or of the one for all others."""
    op = OPS.get(name.removesuffix(".j2"))
    if op is None:
        return None
    own = op.folder / "call.j2"
    return (own if own.is_file() else PLAIN_CALL).read_text("utf-8")


def _task_template(name: str) -> str | None:
    """The text of a template of the task that ``TASK/TEMPLATE`` names."""
    task, _, template = name.partition("/")
    path = TASKS[task].folder / template if task in TASKS else None
    return path.read_text("utf-8") if path and path.is_file() else None
