"""Replays what Ossicle emits: proves that a change of the compiler changes nothing, or names alone.

    python tests/replay.py record build/before                 # then change the code
    python tests/replay.py compare build/before
    python tests/replay.py compare build/before --commit main  # makes build/before itself, of that commit
    python tests/replay.py compare build/before --names names.toml --ignore-comments

A record holds every file that is emitted, and ``plan.json``, which is what ``ossicle plan --json`` prints: of
the small networks of ``networks.py`` in every scheme, and in one with another precision for each node, for
every target and backend; of the networks of the zoo for three targets, each with its own backend. What is
refused has its sentence there. The small networks are calibrated when they are made, so a record is compared
on the computer that made it.
"""

import gzip
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

# The sources beside this script, whichever are installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from emissions import Output, Selection, emit_all
from renaming import Difference, Names, Rules, read_names

from ossicle.cli.app import JsonOption, print_json, print_table, verb
from ossicle.errors import OssicleError

ROOT = Path(__file__).resolve().parents[1]
MANIFEST, TEXTS = "manifest.json", "texts"
app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

Wanted = Annotated[str, typer.Option(help="Names with commas between them; all by default.")]
Targets = Annotated[
    str, typer.Option(help="Names with commas between them; all by default, and three for the zoo.")
]
OutArgument = Annotated[Path, typer.Argument(help="Folder of the record.")]


def write_record(out: Path, selection: Selection) -> int:
    """Emit all cases and keep each text once; returns how many cases these are.

    An ``out`` that holds anything else than an earlier record is refused.
    """
    if out.exists() and not (out / MANIFEST).is_file():
        raise OssicleError(f"{out} exists and is no record; choose another folder")
    out.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as scratch:
        partial_ = Path(scratch) / "record"
        (partial_ / TEXTS).mkdir(parents=True)
        outputs = {}
        for case, output, folder in emit_all(selection, "recording"):
            outputs[str(case)] = asdict(output)
            for name, digest in output.files.items():
                _keep(folder / name, partial_ / TEXTS / f"{digest}.gz")
        manifest = {"selection": asdict(selection), "cases": outputs}
        (partial_ / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
        shutil.rmtree(out, ignore_errors=True)
        os.replace(partial_, out)
    return len(outputs)


def _keep(path: Path, stored: Path) -> None:
    if not stored.exists():
        with path.open("rb") as source, gzip.open(stored, "wb", compresslevel=1) as sink:
            shutil.copyfileobj(source, sink)


@dataclass(frozen=True)
class Record:
    """A record on disk."""

    folder: Path
    selection: Selection
    outputs: Mapping[str, Output]

    @classmethod
    def read(cls, folder: Path) -> "Record":
        """Raises :class:`OssicleError` where there is none."""
        try:
            data = json.loads((folder / MANIFEST).read_text("utf-8"))
        except FileNotFoundError:
            raise OssicleError(
                f"{folder} holds no record; make one with: replay.py record {folder}"
            ) from None
        selection = Selection(**{name: tuple(names) for name, names in data["selection"].items()})
        return cls(folder, selection, {case: Output(**output) for case, output in data["cases"].items()})

    def text(self, digest: str) -> str:
        """A text by its hash."""
        with gzip.open(self.folder / TEXTS / f"{digest}.gz", "rt", encoding="utf-8", newline="") as file:
            return file.read()


@dataclass(frozen=True)
class Outcome:
    """What became of a case: ``"equal"``, ``"renamed"``, ``"different"``, ``"gone"`` or ``"new"``.

    An equal one has the same bytes, whatever names are listed; a renamed one is equal by the rules.
    """

    case: str
    status: str
    difference: Difference | None = None
    """The first one."""


class Comparison:
    """Outputs of now against those of a record; what two texts differ in is found once."""

    def __init__(self, record: Record, rules: Rules) -> None:
        self.record, self.rules = record, rules
        self.known: dict[tuple[str, str, str], Difference | None] = {}

    def outcomes(self, selection: Selection) -> Iterator[Outcome]:
        """Of each case that is selected and recorded, and then of those that are no more."""
        rename = self.rules.names.rename
        left = {rename(case): output for case, output in self.record.outputs.items()}
        for case, now, folder in emit_all(selection, "comparing"):
            before = left.pop(str(case), None)
            yield self._outcome(str(case), before, now, folder) if before else Outcome(str(case), "new")
        if selection == self.record.selection:
            yield from (Outcome(case, "gone") for case in left)

    def _outcome(self, case: str, before: Output, now: Output, folder: Path) -> Outcome:
        if before == now:
            return Outcome(case, "equal")
        rename = self.rules.names.rename
        if before.refused or now.refused:
            same = rename(before.refused) == now.refused
            refusals = Difference("", 0, before.refused, 0, now.refused)
            return Outcome(case, "renamed") if same else Outcome(case, "different", refusals)
        renamed = {rename(name): digest for name, digest in before.files.items()}
        apart = sorted(renamed.keys() ^ now.files.keys())
        if apart or len(renamed) < len(before.files):
            names = [", ".join(name for name in apart if name in files) for files in (renamed, now.files)]
            return Outcome(case, "different", Difference("files", 0, names[0], 0, names[1]))
        for name, digest in now.files.items():
            if found := self._difference(name, renamed[name], digest, folder):
                return Outcome(case, "different", found)
        return Outcome(case, "renamed")

    def _difference(self, name: str, before: str, now: str, folder: Path) -> Difference | None:
        if before == now:
            return None
        key = name, before, now
        if key not in self.known:
            text = (folder / name).read_bytes().decode("utf-8")
            self.known[key] = self.rules.difference(name, self.record.text(before), text)
        return self.known[key]


def record_commit(out: Path, commit: str, options: Mapping[str, str]) -> None:
    """Record what a commit emits, by its own script and sources in a temporary working tree."""
    with TemporaryDirectory() as scratch:
        tree = Path(scratch) / "tree"
        _run(["git", "-C", str(ROOT), "worktree", "add", "--detach", str(tree), commit])
        try:
            script = tree / "tests" / "replay.py"
            if not script.is_file():
                raise OssicleError(f"{commit} has no tests/replay.py; name a commit that has one")
            chosen = [f"--{name}={names}" for name, names in options.items()]
            _run([sys.executable, str(script), "record", str(out.resolve()), *chosen])
        finally:
            _run(["git", "-C", str(ROOT), "worktree", "remove", "--force", str(tree)])


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OssicleError(f"{' '.join(command)} failed: {done.stderr.strip()}")


def record(out: OutArgument, networks: Wanted = "", schemes: Wanted = "", targets: Targets = "") -> None:
    """Keep all that is emitted now in the folder OUT."""
    print(f"{write_record(out, _selection(networks, schemes, targets))} cases in {out}")


def compare(
    out: OutArgument,
    commit: Annotated[str, typer.Option(help="Make the record OUT anew, of this commit.")] = "",
    networks: Wanted = "",
    schemes: Wanted = "",
    targets: Targets = "",
    names: Annotated[Path | None, typer.Option(help="TOML or JSON file of new names by old ones.")] = None,
    ignore_comments: Annotated[bool, typer.Option(help="Leave out the comments of C.")] = False,
    ignore_space: Annotated[bool, typer.Option(help="Leave out how C is broken into lines.")] = False,
    json_: JsonOption = False,
) -> None:
    """Emit again and compare with the record OUT; exit code 1 where something differs."""
    rules = Rules(read_names(names) if names else Names(), ignore_comments, ignore_space)
    if commit:
        record_commit(out, commit, {"networks": networks, "schemes": schemes, "targets": targets})
    before = Record.read(out)
    selection = _selection(networks, schemes, targets).within(before.selection)
    outcomes = list(Comparison(before, rules).outcomes(selection))
    if json_:
        print_json([asdict(outcome) for outcome in outcomes])
    else:
        _print_outcomes(outcomes)
    if any(outcome.status in ("different", "gone") for outcome in outcomes):
        raise typer.Exit(1)


def _selection(*names: str) -> Selection:
    return Selection(*(tuple(filter(None, of.split(","))) for of in names))


def _print_outcomes(outcomes: Sequence[Outcome]) -> None:
    """Counts, and then each difference once with the number of cases that it is the first one of."""
    counts = Counter(outcome.status for outcome in outcomes)
    print_table(["outcome", "cases"], [[status, str(count)] for status, count in counts.items()])
    alike: dict[tuple[str, Difference | None], list[str]] = {}
    for outcome in outcomes:
        if outcome.status not in ("equal", "renamed"):
            alike.setdefault((outcome.status, outcome.difference), []).append(outcome.case)
    for (status, found), cases in alike.items():
        print(f"{status}: {cases[0]}" + (f" and {len(cases) - 1} more" if cases[1:] else ""))
        if found:
            print(f"  - {found.file}:{found.old_line}: {found.old}")
            print(f"  + {found.file}:{found.new_line}: {found.new}")


verb(record, app)
verb(compare, app)

if __name__ == "__main__":
    app()
