"""Pages that describe interfaces, made of these: commands, Python, C, targets."""

import html
import inspect
import re
import tempfile
from pathlib import Path

import typer

import ossicle
from ossicle import api
from ossicle.cli import commands
from ossicle.targets import load_target, target_names

HEADERS = {
    "gru128": "A noise suppressor",
    "dscnn": "A keyword spotter",
}


def references():
    """Markdown by its place in the site."""
    return {
        "reference/commands.md": commands_page(),
        "reference/python.md": python_page(),
        "reference/c.md": c_page(),
        "reference/targets.md": targets_page(),
    }


def commands_page():
    """Each command with its arguments, as ``--help`` shows them."""
    group = typer.main.get_command(commands())
    parts = ["# Commands", "What `ossicle COMMAND --help` prints."]
    for name, command in sorted(leaves(group, "ossicle")):
        context = command.make_context(name, [], resilient_parsing=True)
        usage = " ".join(command.collect_usage_pieces(context))
        parts += [f"## {name}", f"    {name} {usage}", inspect.cleandoc(command.help)]
        parts.append("| argument | what it is |\n|---|---|")
        for option in command.get_params(context):
            names, help_ = option.get_help_record(context) or (option.human_readable_name, option.help or "")
            parts[-1] += f"\n| <code>{cell(names)}</code> | {cell(help_)} |"
    return "\n\n".join(parts)


def leaves(command, name):
    """The commands of a group and of its groups, by the words that call them."""
    if not hasattr(command, "commands"):
        return [(name, command)]
    return [leaf for part, inner in command.commands.items() for leaf in leaves(inner, f"{name} {part}")]


def cell(text):
    """A text within a table."""
    return html.escape(re.sub(r"\s+", " ", text)).replace("|", "&#124;").replace("[", "&#91;")


def python_page():
    """All names of the package ``ossicle``, functions first."""
    names = sorted(ossicle.__all__, key=lambda name: (name[0].isupper(), name))
    pages = [f"::: ossicle.{name}" for name in names]
    return "\n\n".join(
        ["# Python", "All names of the package `ossicle`; [python.md](../python.md) shows their use.", *pages]
    )


def c_page():
    """The headers of models, as they are written."""
    parts = ["# C interface", "The headers that `ossicle compile` writes; `NAME` is that of the model."]
    for name, what in HEADERS.items():
        with tempfile.TemporaryDirectory() as scratch:
            api.write_c(api.load_quantized(name), Path(scratch) / name)
            header = (Path(scratch) / name / f"{name}.h").read_text("utf-8")
        parts += [f"## {what}, `{name}.h`", f"```c\n{header}```"]
    return "\n\n".join(parts)


def targets_page():
    """All targets."""
    rows = "".join(
        f"| `{name}` | {cell(load_target(name).description)} | `{load_target(name).platform}` |\n"
        for name in target_names()
    )
    return "\n\n".join(
        [
            "# Targets",
            "For `--target`, which also takes the path of a file of the same form "
            "([structure.md](../structure.md#adding-a-target)).",
            "| target | what it is | platform |\n|---|---|---|\n" + rows,
        ]
    )
