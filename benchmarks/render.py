"""Render README.md, docs/, the model cards and their scores from benchmarks/results/*.json.

    python benchmarks/render.py

``documents/`` holds a template for each document or picture that has measured figures, at the place that it
has in the repository (``zoo/`` for the cards). Templates see ``results`` by benchmark, ``tables``, and
``models`` of the zoo.
"""

import json
import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import tables.account
import tables.audio_formats
import tables.calibration
import tables.chips
import tables.cluster
import tables.cluster_rtl
import tables.fuzz
import tables.import_quality
import tables.imports
import tables.imports_chips
import tables.imports_speed
import tables.kernels
import tables.kws_m7
import tables.matrix_products
import tables.operators
import tables.placement
import tables.pruning
import tables.ptq
import tables.quality
import tables.schemes
import tables.sensitivity
import tables.sizes
import tables.speed
import tables.spotting
from record import RESULTS

from ossicle import api
from ossicle.errors import OssicleError
from ossicle.graph.model import Model
from ossicle.targets import load_target, target_names
from ossicle.zoo import model_hash, zoo_names, zoo_path

ROOT = Path(__file__).parents[1]
TEMPLATES = Path(__file__).parent / "documents"
DOCUMENTS = ("md", "svg")
"""Endings of what has a template of its own; other templates are parts of these."""
CARDS = Path("src/ossicle/zoo")
COMMANDS: Mapping[str, str] = {
    "account": "account.py --corpus CORPUS --plot docs/pictures/account.svg",
    "audio_formats": "audio_formats.py",
    "calibration": "calibration.py lstm256 --corpus CORPUS",
    "chips": "chips.py",
    "cluster": "cluster.py",
    "cluster_rtl": "cluster.py --rtl",
    "fuzz": "fuzz.py",
    "import_quality": "import_quality.py --networks NETWORKS --corpus CORPUS",
    "imports": "imports.py",
    "imports_speed": "imports_speed.py FOLDER",
    "imports_chips": "imports_chips.py NETWORKS",
    "kws_m7": "kws_m7.py --corpus CORPUS --plot docs/pictures/kws_m7.svg",
    "matrix_products": "matrix_products.py",
    "placement": "placement.py FOLDER",
    "pruning": "pruning.py",
    "ptq": "ptq.py --corpus CORPUS",
    "quality": "quality.py --corpus CORPUS --real RECORDINGS",
    "sensitivity": "sensitivity.py lstm256 --corpus CORPUS --files 64 --plot docs/pictures/front.svg",
    "sizes": "sizes.py",
    "speed": "speed.py --zoo",
    "spotting": "spotting.py --corpus CORPUS --plot docs/pictures/det.svg",
}
"""What makes each result, in this folder and with ``--record``."""


class Results:
    """Recorded results by the name of their benchmark."""

    def __getattr__(self, benchmark: str) -> Mapping[str, Any]:
        return load_result(benchmark)


def command(benchmark: str) -> str:
    """The command line that records the result of a benchmark."""
    return f"python benchmarks/{COMMANDS[benchmark]} --record"


@cache
def load_result(benchmark: str) -> Mapping[str, Any]:
    """A recorded result; raises :class:`OssicleError` where there is none."""
    if benchmark not in COMMANDS:
        raise OssicleError(f"there is no benchmark {benchmark}; known are {', '.join(COMMANDS)}")
    path = RESULTS / f"{benchmark}.json"
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise OssicleError(f"cannot read {path} ({error}); run: {command(benchmark)}") from None


def stale_models(result: Mapping[str, Any]) -> list[str]:
    """Models of the zoo whose files are not those that a result was found with."""
    there = zoo_names()
    return [n for n, sha in result["models"].items() if n in there and model_hash(zoo_path(n)) != sha]


def render_all() -> dict[Path, str]:
    """Each document, by its path inside the repository."""
    loader = jinja2.FileSystemLoader(TEMPLATES)
    # Markdown, not HTML: nothing is to be escaped.
    environment = jinja2.Environment(
        loader=loader,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "fmt": format,
        "log2": math.log2,
        "percent": percent,
        "percentage": lambda share: 100 * share,
    }
    environment.globals |= {
        "results": Results(),
        "tables": tables,
        "models": zoo_models(),
        "sections": sections,
        "speeds": speeds(),
        "origin": origin,
        "command": command,
        "targets": {name: load_target(name) for name in target_names()},
        "model_hash": lambda name: model_hash(zoo_path(name)),
    }
    scores = json.dumps(score_cards(), indent=2, sort_keys=True) + "\n"
    found = (path for kind in DOCUMENTS for path in TEMPLATES.rglob(f"*.{kind}.j2"))
    names = sorted(path.relative_to(TEMPLATES) for path in found)
    return {document(name): _render(environment, name) for name in names} | {CARDS / "scores.json": scores}


def score_cards() -> dict[str, dict[str, Any]]:
    """What ``ossicle models`` shows of each model, and the hash of the file that was scored."""
    quality, spotting = load_result("quality"), load_result("spotting")
    mixtures, accuracy = quality["results"]["mixtures"], spotting["results"]["accuracy"]
    means = {name: {m: round(of[0], 3) for m, of in row.items()} for name, row in mixtures.items()}
    cards: dict[str, dict[str, Any]] = {
        name: {"sha256": sha, "noisy": means["noisy"], "enhanced": means[name]}
        for name, sha in quality["models"].items()
    }
    for name, sha in spotting["models"].items():
        cards[name] = {"sha256": sha, "accuracy": round(accuracy[name]["w8a16"][0], 4)}
    return cards


def document(template: Path) -> Path:
    """Where the document of a template belongs."""
    path = template.with_suffix("")
    return CARDS / path.name if path.parts[0] == "zoo" else path


def percent(share: float, digits: int = 0) -> str:
    """A share as text."""
    return f"{100 * share:.{digits}f} %"


def sections(benchmark: str) -> str:
    """All tables of a benchmark, each under its title."""
    result, module = load_result(benchmark), getattr(tables, benchmark)
    found = module.tables(result["results"], result["settings"])
    return "\n\n".join(f"## {table.title}\n\n{table}" for table in found)


def speeds() -> dict[str, Mapping[str, Any]]:
    """The results of ``speed.py`` for each processor, by the name that its file has."""
    found = sorted((RESULTS / "speeds").glob("*.json"))
    return {f"speeds/{path.stem}": json.loads(path.read_text("utf-8")) for path in found}


def origin(benchmark: str) -> str:
    """Where the figures of a benchmark come from, in a sentence."""
    result = speeds().get(benchmark) or load_result(benchmark)
    code = result["code"]
    words = [f"ossicle {code['version']}"]
    if "commit" in code:
        words.append(f"commit {code['commit'][:7]}{', changed' if code['dirty'] else ''}")
    words += [result["date"], *(f"{name} {of}" for name, of in result["versions"].items())]
    if "machine" in result:
        words.append(f"{result['machine']['cpu']}, {result['machine']['compiler']}")
    return f"Recorded in `benchmarks/results/{benchmark}.json`: {', '.join(words)}."


@cache
def zoo_models() -> Mapping[str, Model]:
    """The models that ship."""
    return {name: api.load(name) for name in zoo_names()}


def _render(environment: jinja2.Environment, name: Path) -> str:
    try:
        text = environment.get_template(name.as_posix()).render()
    except (jinja2.TemplateError, KeyError, StopIteration) as error:
        raise OssicleError(
            f"{name} asks for what no result has ({error!r}); run the benchmark that it names again"
        ) from error
    source = f"benchmarks/documents/{name.as_posix()}"
    return f"<!-- Rendered by `make docs` from {source} and benchmarks/results: change those. -->\n\n{text}"


def main() -> None:
    """Write the documents that have changed."""
    for path, text in render_all().items():
        if not (ROOT / path).exists() or (ROOT / path).read_text("utf-8") != text:
            (ROOT / path).write_text(text, "utf-8")
            print(path)


if __name__ == "__main__":
    try:
        main()
    except OssicleError as error:
        raise SystemExit(f"render.py: {error}") from None
