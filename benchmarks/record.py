"""One committed file for each benchmark: what it found, and all that it was found with and on.

Documents are rendered from these files (``render.py``), so that no figure is written by hand.
"""

import csv
import hashlib
import io
import json
import math
import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import typer
from tables import Table

from ossicle.cli.app import print_json, print_table
from ossicle.data.mixtures import Mixture, read_mixtures
from ossicle.errors import OssicleError
from ossicle.programs.compiler import compiler_version, find_compiler
from ossicle.zoo import model_hash, zoo_names, zoo_path

HERE = Path(__file__).parent
RESULTS = HERE / "results"
DIGITS = 7
"""Significant ones of a float; instructions and cycles of a frame keep all of theirs."""

CODE = ("src", "benchmarks", ":!src/ossicle/zoo", ":!benchmarks/results", ":!benchmarks/documents")
"""What has to be as committed for a result to be of that commit; models have hashes of their own."""

RecordOption = Annotated[
    bool, typer.Option("--record", help="Keep the result in benchmarks/results; then: make docs.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


@dataclass(frozen=True)
class Result:
    """What a benchmark found."""

    benchmark: str
    """Names the file."""
    settings: Mapping[str, Any]
    """All options and constants that shape the figures."""
    results: Mapping[str, Any]
    models: Sequence[str] = ()
    """Models of the zoo, or paths."""
    data: Sequence[Mapping[str, Any]] = ()
    """Of :func:`mixture_data` and :func:`manifest_data`."""
    packages: Sequence[str] = ()
    """Those whose versions may change the figures."""
    compilers: Sequence[str] = ()
    """Likewise, outside of packages."""
    timed: bool = False
    """Whether the figures are times of this machine."""

    def as_dict(self) -> dict[str, Any]:
        """Plain data with where it comes from; floats rounded, what JSON lacks as None."""
        machine = {"machine": _machine()} if self.timed else {}
        versions = {name: metadata.version(name) for name in self.packages}
        versions |= {name: compiler_version((name,)).removeprefix(f"{name} ") for name in self.compilers}
        return plain_data(
            {
                "benchmark": self.benchmark,
                "code": _code(),
                "data": self.data,
                "date": datetime.now(UTC).date().isoformat(),
                "models": {Path(name).stem: model_hash(_path(name)) for name in self.models},
                "results": self.results,
                "settings": self.settings,
                "versions": versions,
                **machine,
            }
        )


def conclude(result: Result, tables: Iterable[Table], record: bool, as_json: bool) -> None:
    """Keep a result where that is asked for, and print it: as JSON, or as tables."""
    plain = result.as_dict()
    if record:
        write_result(plain)
    if as_json:
        print_json(plain)
        return
    for table in tables:
        print_table(list(table.columns), [list(row) for row in table.rows], table.title)


def write_result(plain: Mapping[str, Any]) -> None:
    """Replace the file of a benchmark, as a whole or not at all."""
    path = RESULTS / f"{plain['benchmark']}.json"
    path.parent.mkdir(exist_ok=True)
    partial = path.with_name(f".{path.name}.part")
    partial.write_text(
        json.dumps(plain, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n", "utf-8"
    )
    os.replace(partial, path)


def rounded(value: float) -> float:
    """A float as results keep it."""
    return float(f"{value:.{DIGITS}g}")


def manifest_data(
    folder: Path, files: Iterable[str] | None = None, split: str | None = None
) -> dict[str, Any]:
    """The rows of ``folder/manifest.csv`` that a benchmark used: their corpora, number and hash.

    ``files`` chooses rows by name, ``split`` by split; without either, all. Raises :class:`OssicleError`
    where the manifest is missing or does not say what corpora its files are from.
    """
    path = folder / "manifest.csv"
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            rows = list(csv.DictReader(lines))
    except OSError as error:
        raise OssicleError(
            f"cannot read {path} ({error.strerror}); it has to name the corpus of each file"
        ) from None
    if not rows or "corpus" not in rows[0]:
        raise OssicleError(f"{path} lacks the column corpus; a result has to say what it was found on")
    wanted = None if files is None else set(files)
    used = [
        row for row in rows if split in (None, row["split"]) and (wanted is None or row["file"] in wanted)
    ]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(
        sorted([row["file"], row["split"], row["corpus"], row["duration_s"]] for row in used)
    )
    return {
        "folder": folder.name,
        "corpora": sorted({row["corpus"] for row in used}),
        "splits": sorted({row["split"] for row in used}),
        "files": len(used),
        "manifest_sha256": hashlib.sha256(text.getvalue().encode()).hexdigest(),
    }


def mixture_data(split: str, corpus: Path) -> list[dict[str, Any]]:
    """A fixed list of mixtures, and the speech and the noise that it mixes."""
    path = HERE / f"mixtures_{split}.csv"
    mixtures = read_mixtures(path)
    listed = {
        "list": path.name,
        "files": len(mixtures),
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    return [listed, *(manifest_data(corpus / kind, _files(mixtures, kind)) for kind in ("speech", "noise"))]


def _files(mixtures: Iterable[Mixture], kind: str) -> set[str]:
    parts = {part.partition("@")[0] for mixture in mixtures for part in mixture.noise.split(";")}
    parts |= {f"speech/{mixture.speech}" for mixture in mixtures}
    return {part.partition("/")[2] for part in parts if part.startswith(f"{kind}/")}


def _path(name: str) -> Path:
    return zoo_path(name) if name in zoo_names() else Path(name)


def _code() -> dict[str, Any]:
    """Version, commit, and whether code differed from it; no commit outside of a checkout."""
    found: dict[str, Any] = {"version": metadata.version("ossicle")}
    commit = _git("rev-parse", "HEAD")
    if commit:
        found |= {"commit": commit, "dirty": bool(_git("status", "--porcelain", "--", *CODE))}
    return found


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=HERE.parent, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def processor() -> str:
    """What this computer's processor calls itself, and its widest vectors where it does not name a model."""
    lines = _lines(Path("/proc/cpuinfo"))
    found = {line.partition(":")[0].strip(): line.partition(":")[2].strip() for line in lines}
    widest = next((f for f in ("avx512_vnni", "avx512f", "avx2") if f in found.get("flags", "").split()), "")
    return f"{found.get('model name', 'unknown')} {widest}".strip()


def _machine() -> dict[str, Any]:
    return {
        "cpu": processor(),
        "cores": os.cpu_count(),
        "compiler": compiler_version(find_compiler()),
    }


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def plain_data(value: Any) -> Any:
    """Values as JSON keeps them: floats rounded, those that JSON lacks as None, tuples as lists."""
    if isinstance(value, Mapping):
        return {str(key): plain_data(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_data(item) for item in value]
    if isinstance(value, float):
        return rounded(value) if math.isfinite(value) else None
    return value
