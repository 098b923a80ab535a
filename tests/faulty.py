"""Commands whose writes fail, or that are killed at one: is anything half-written, or lost?

A command runs once undisturbed, which counts the calls by which it changes files. Then it runs with a fault
at one of these calls (``faulty.c``): the disk is full from there on, the call fails, takes a part of its
data, or the process is killed in the middle of it. Afterwards it runs undisturbed once more.
"""

import os
import shutil
import struct
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from commands import Commands

KINDS = {"full": 1, "error": 2, "kill": 3, "short": 4}
"""No space from that call on; an error of the device; a killed process; a part of the data is written."""
CONTROL = struct.Struct("lll232s")
PRIVATE = ("cache", "tmp", "control")
"""What in a command's folder is not the user's."""
REMOVALS = ("unlink", "rmdir")
"""Calls that, where they fail, leave something behind: under a hidden name, nothing else."""
KILLED = -9


@dataclass(frozen=True)
class Case:
    """A command in a folder that ``prepare`` fills, with all that it writes there."""

    name: str
    arguments: Sequence[str]
    outputs: Sequence[str]
    """Files and folders that it writes; what is there before may be replaced by the new, as a whole."""
    prepare: Callable[[Path], None]
    warm: bool = True
    """Whether its cache holds what an earlier run kept there."""


@dataclass(frozen=True)
class Fault:
    """What came of a command with a fault."""

    call: int
    kind: str
    what: str
    """The call that failed."""
    end: str
    """``refused``, ``completed`` or ``killed``."""
    wrong: Sequence[str]
    """What was lost, half-written or not said."""


@contextmanager
def faulty_commands(scratch: Path, *modules: str) -> Iterator[Commands]:
    """What runs commands with the shim loaded, and ``modules`` imported."""
    shim = scratch / "faults.so"
    source = Path(__file__).with_name("faulty.c")
    flags = ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror"]
    subprocess.run(["cc", *flags, "-o", shim, source, "-ldl"], check=True)
    before = dict(os.environ)
    os.environ |= {"LD_PRELOAD": str(shim), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        with Commands(*modules) as commands:
            yield commands
    finally:
        os.environ.clear()
        os.environ |= before


class Trial:
    """A case, and what an undisturbed run of it gives."""

    def __init__(self, commands: Commands, case: Case, scratch: Path) -> None:
        self.commands, self.case, self.scratch = commands, case, scratch
        self.start, self.folder = scratch / "start", scratch / "work"
        self.start.mkdir(parents=True)
        case.prepare(self.start)
        self.before = contents(self.start)
        if case.warm:
            self.run(self.start)
            (self.folder / "cache").mkdir(exist_ok=True)
            shutil.copytree(self.folder / "cache", self.start / "cache")
        done, self.calls, _ = self.run(self.start)
        if done.returncode:
            raise AssertionError(f"{case.name}: {done.stderr}")
        self.after = contents(self.folder)
        self.expected = {name: _under(self.after, name) for name in case.outputs}
        assert all(self.expected.values()), f"{case.name} writes no {self.expected}"

    def run(
        self, start: Path | None, call: int = 0, kind: str = "error"
    ) -> tuple[subprocess.CompletedProcess[str], int, str]:
        """Run in a copy of ``start``, or in the folder as it is; also how many calls, and which failed."""
        if start or not self.folder.exists():
            shutil.rmtree(self.folder, ignore_errors=True)
            shutil.copytree(start or self.start, self.folder, symlinks=True)
        (self.folder / "tmp").mkdir(exist_ok=True)
        control = self.folder / "control"
        control.write_bytes(CONTROL.pack(0, call, KINDS[kind], b""))
        mine = {
            "OSSICLE_FAULT": control,
            "OSSICLE_CACHE": self.folder / "cache",
            "TMPDIR": self.folder / "tmp",
        }
        before = dict(os.environ)
        os.environ |= {name: str(path) for name, path in mine.items()}
        try:
            done = self.commands.run(self.case.arguments, self.folder)
        finally:
            os.environ.clear()
            os.environ |= before
        calls, _, _, what = CONTROL.unpack(control.read_bytes())
        what = what.partition(b"\0")[0].decode("utf-8", "replace")
        return done, calls, what.replace(str(self.folder), "").strip()

    def fault(self, call: int, kind: str) -> Fault:
        """A run with a fault, and one after it."""
        done, _, what = self.run(self.start, call, kind)
        end = "killed" if done.returncode == KILLED else "refused" if done.returncode else "completed"
        wrong = [*self._said(done, end), *self._left(end, what)]
        again, _, _ = self.run(None)
        if again.returncode or self._outputs() != self.expected:
            wrong.append(f"the next run ends with {again.returncode}: {again.stderr[-300:]}")
        gone = [name for name in self._kept() if contents(self.folder).get(name) != self.before[name]]
        wrong += [f"{name} is gone after the next run" for name in gone]
        return Fault(call, kind, what, end, wrong)

    def _said(self, done: subprocess.CompletedProcess[str], end: str) -> Iterator[str]:
        """What is wrong with the messages."""
        if "Traceback" in done.stderr:
            yield f"traceback: {done.stderr[-400:]}"
        if end == "refused" and (done.returncode != 2 or "ossicle: " not in done.stderr):
            yield f"ends with {done.returncode} and says {done.stderr[-300:]!r}"

    def _left(self, end: str, what: str) -> Iterator[str]:
        """What is wrong with the files."""
        found = contents(self.folder)
        for name, expected in self.expected.items():
            whole = [expected] if end == "completed" else [expected, _under(self.before, name)]
            if end == "killed" and name not in expected:
                whole.append({})  # a folder steps aside for the new one, and is put back by the next run
            if _under(found, name) not in whole:
                yield f"{name} is neither as before nor whole"
        hidden = end == "killed" or what.startswith(REMOVALS)
        for name in found.keys() - self.before.keys() - self.after.keys():
            if not (hidden and "/." in f"/{name}"):
                yield f"{name} is left behind"
        if end != "killed":
            yield from (f"{name} is lost" for name in self._kept() if found.get(name) != self.before[name])

    def _outputs(self) -> dict[str, Mapping[str, bytes]]:
        found = contents(self.folder)
        return {name: _under(found, name) for name in self.case.outputs}

    def _kept(self) -> list[str]:
        """Files that the command may not change."""
        return [name for name, data in self.before.items() if self.after.get(name) == data]


def contents(folder: Path) -> dict[str, bytes]:
    """The user's files below a folder."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    names = {path.relative_to(folder): path for path in paths}
    return {
        name.as_posix(): path.read_bytes() for name, path in names.items() if name.parts[0] not in PRIVATE
    }


def _under(files: Mapping[str, bytes], name: str) -> dict[str, bytes]:
    """Of files the one of a name, or those in the folder of that name."""
    return {path: data for path, data in files.items() if path == name or path.startswith(f"{name}/")}
