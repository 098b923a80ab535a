"""The C folder for a chip without an operating system: start-up code, a linker script, and enough memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ossicle.emit.c_text import template_environment
from ossicle.emit.context import Renderer, task_folder
from ossicle.emit.project import Project, one_core_project
from ossicle.emit.tables import table_bytes
from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.lowering import weight_bytes
from ossicle.schedule import Plan
from ossicle.targets import ChipTarget, Memory

FILES = ("clock.c", "clock.h", "link.ld", "Makefile")
"""Those of every platform and task; others are in the folder ``chip`` of the task's templates."""
LINK_FLAGS = ("-Wl,-T,link.ld", "-Wl,--gc-sections", "-Wl,-e,Reset_Handler")
CODE_BYTES = 18 * 1024
"""What code and small constants are taken for before anything is built; tests hold it."""
OTHER_STATE_BYTES = 64
"""Likewise for the variables of main.c and audio.c, besides what a frame reads."""
OTHER_CONSTANT_BYTES = 2048
"""Likewise for constants of the code, such as strings and jump tables."""


@dataclass(frozen=True)
class Compiler:
    """How a compiler is called for a chip: its command in a Makefile, and flags to compile and to link."""

    command: str
    flags: tuple[str, ...]
    link: tuple[str, ...]


Compilers = Mapping[str, Compiler]
"""By name, ``"zig"`` and ``"gcc"``."""


def chip_project(
    graph: Graph, plan: Plan, target: ChipTarget, templates: Path, compilers: Compilers
) -> Project:
    """What the C folder is to hold; the platform has ``startup.c.j2`` and ``semihosting_call.j2``.

    Raises :class:`OssicleError` where the model does not fit the chip.
    """
    check_fit(graph, plan, target)
    board = {"board": board_summary(graph, plan, target, compilers)}

    def surround(render: Renderer) -> Mapping[str, str]:
        context = {**_memories(target), "compilers": compilers}
        return {name: render(template, context) for name, template in chip_files(graph, target).items()}

    return one_core_project(graph, plan, target, templates, surround, board)


def chip_files(graph: Graph, target: ChipTarget) -> dict[str, str]:
    """The templates of the files for a chip, besides the model's own, by the names of the files."""
    own = sorted(path.name for path in (graph.task.record.folder / "chip").glob("*.j2"))
    found = {name.removesuffix(".j2"): f"{task_folder(graph)}chip/{name}" for name in own}
    common = {name: f"chip/{name}.j2" for name in FILES}
    return found | common | {"startup.c": f"{target.platform}/startup.c.j2"}


def chip_text(name: str, target: ChipTarget, templates: Path) -> str:
    """The text of one of the files that do not depend on a model, such as ``"link.ld"``."""
    template = template_environment(target.platform, templates).get_template(f"chip/{name}.j2")
    return template.render(target=target, **_memories(target))


def _memories(target: ChipTarget) -> dict[str, Memory]:
    chip = target.chip
    weights = chip.memory("weights" if chip.copies_weights else "code")
    return {"code": chip.memory("code"), "ram": chip.memory("state"), "weights": weights}


def board_summary(graph: Graph, plan: Plan, target: ChipTarget, compilers: Compilers) -> dict[str, Any]:
    """What ``model.json`` says of the chip: core, clock, flags, and the bytes needed before a build."""
    chip = target.chip
    flags: dict[str, Sequence[str]] = {}
    for name, compiler in compilers.items():
        flags |= {name: [*compiler.flags, *target.cflags], f"{name}_link": list(compiler.link)}
    return {
        "core": chip.core,
        "clock_hz": chip.clock_hz,
        **flags,
        "memory": {
            chip.memory(holds).name: {"needed": sum(parts.values()), "bytes": chip.memory(holds).bytes}
            | parts
            for holds, parts in needs(graph, plan, target).items()
        },
    }


def memory_rows(summary: Mapping[str, Any]) -> dict[str, str]:
    """The bytes that ``model.json`` states of each memory, as texts."""
    needs = summary["board"]["memory"].items()
    return {f"{name} bytes needed, of {m['bytes']:,}": f"{m['needed']:,}" for name, m in needs}


def needs(graph: Graph, plan: Plan, target: ChipTarget) -> dict[str, dict[str, int]]:
    """Bytes of each kind that a model takes in the memories for code, state and copied weights."""
    constants = {"weights": weight_bytes(graph, target.kernels), "tables": table_bytes(graph)}
    return {
        "code": {**constants, "code_estimate": CODE_BYTES},
        "state": {
            "state": plan.state_bytes,
            "stack": target.chip.stack_bytes,
            "other": graph.task.record.variable_bytes(graph) + OTHER_STATE_BYTES,
        },
        **({"weights": {**constants, "other": OTHER_CONSTANT_BYTES}} if target.chip.copies_weights else {}),
    }


def check_fit(graph: Graph, plan: Plan, target: ChipTarget) -> None:
    """Raise :class:`OssicleError` where a model does not fit the memories of a chip."""
    chip = target.chip
    for holds, parts in needs(graph, plan, target).items():
        memory, needed = chip.memory(holds), sum(parts.values())
        if needed > memory.bytes:
            raise OssicleError(
                f"{graph.name} needs {needed:,} bytes of {memory.name}, {needed - memory.bytes:,} more than "
                f"{target.name} has; take a scheme with smaller weights (w8a16, w4a16), a smaller network or "
                "a larger target"
            )
