"""The commands and the Python of pages.

A comment in front of a block, such as ``<!-- needs a corpus -->``, says that tests do not run it.
"""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import typer

from ossicle.cli import commands

ROOT = Path(__file__).parents[1]
TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("*.md"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(
    r"(?P<needs><!-- needs [^>]+ -->\n+)?"
    r"(```(?P<language>\w*)\n(?P<fenced>.*?)^```|(?P<lines>(^ {4}[^\n]*\n)+))",
    flags=re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Step:
    """A command, as its arguments after ``ossicle``, or a piece of Python; and what it needs, if anything."""

    command: tuple[str, ...] = ()
    python: str = ""
    needs: bool = False


def steps(page):
    """The steps of a page, from top to bottom."""
    for block in BLOCK.finditer(page.read_text("utf-8")):
        needs = block["needs"] is not None
        if block["language"] == "python":
            yield Step(python=block["fenced"], needs=needs)
        for line in (block["lines"] or "").splitlines():
            for part in re.split(r" (?:\||&&) ", line):
                if part.strip().startswith("ossicle "):
                    yield Step(tuple(shlex.split(part, comments=True)[1:]), needs=needs)


def parse(command):
    """Parse the arguments of a command without running it; raises what the command line would print."""
    found, words = typer.main.get_command(commands()), list(command)
    name = "ossicle"
    while hasattr(found, "commands"):
        name = words.pop(0)
        found = found.commands[name]
    return found.make_context(name, words)
