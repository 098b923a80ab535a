"""What makes a C folder a library for build systems: CMake, Arduino, PlatformIO, Zephyr, ESP-IDF."""

from collections.abc import Collection, Mapping, Sequence
from importlib.metadata import version

from ossicle.emit.context import Renderer
from ossicle.graph import Graph
from ossicle.targets import Target

FILES = (
    "CMakeLists.txt",
    "library.properties",
    "library.json",
    "idf_component.yml",
    "zephyr/module.yml",
    "zephyr/Kconfig",
)
NOT_FOR_ARDUINO = (
    "/* An Arduino library compiles every C file; there a sketch is in the place of this one. */"
)


def package_files(
    graph: Graph, target: Target, sources: Sequence[str], around: Collection[str], render: Renderer
) -> dict[str, str]:
    """Texts of the files by name, for a model whose C files are ``sources``.

    CMake also builds the program where ``main.c`` is the only C file ``around`` the model: one that has
    start-up code needs the linker script and the flags of its Makefile.
    """
    context = {
        "version": version("ossicle"),
        "sentence": f"{graph.task.record.description.capitalize()}, emitted by Ossicle",
        "sources": sources,
        "portable_flags": [flag for flag in target.cflags if flag.startswith("-f")],
        "program": [name for name in around if name.endswith(".c")] == ["main.c"],
    }
    return {name: render(f"package/{name}.j2", context) for name in FILES}


def left_to_sketches(around: Mapping[str, str]) -> dict[str, str]:
    """The files around a model, such that Arduino compiles nothing of their C."""

    def guarded(text: str) -> str:
        licence, _, rest = text.partition("\n")
        return f"{licence}\n{NOT_FOR_ARDUINO}\n#ifndef ARDUINO\n{rest}#endif\n"

    return {name: guarded(text) if name.endswith(".c") else text for name, text in around.items()}
