"""Models trained, and the corpora for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ossicle.cache import cache_folder
from ossicle.data.download import missing_bytes
from ossicle.data.public import PUBLIC, PublicCorpus
from ossicle.data.public import get_corpus as fetch_corpus
from ossicle.errors import OssicleError
from ossicle.tasks.spotting.record import Spotting
from ossicle.tasks.suppression.settings import Suppression
from ossicle.zoo import zoo_names, zoo_path

if TYPE_CHECKING:
    from ossicle.train.record import Progress


@dataclass(frozen=True)
class Training:
    """A finished training."""

    model: Path
    """The model file."""
    task: str
    """Its name, such as ``"suppression"``."""

    def as_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return {"model": str(self.model)}


@dataclass(frozen=True)
class CorpusDownload:
    """What fetching a public corpus takes."""

    corpus: PublicCorpus
    cache: Path
    """The folder that its archives are kept in."""
    missing_bytes: int
    """About how many are not there yet."""


def train_model(
    recipe: str,
    data: str | Path,
    out: str | Path,
    steps: int | None = None,
    seed: int | None = None,
    precision: str | None = None,
    workers: int = 1,
    start: str | Path | None = None,
    report: "Callable[[Progress], None]" = lambda progress: None,
) -> Training | None:
    """Train a network on the corpus in the folder ``data``, and write its model file into ``out``.

    ``recipe`` is the name of one that ships, such as ``"gru256"``, or the path of a TOML file. An earlier run
    in ``out`` goes on. ``steps``, ``seed`` and ``precision`` (``"fp32"`` or ``"bf16"``) take the place of the
    recipe's; ``workers`` counts processes that draw the mixtures. A new run begins with the weights of the
    model ``start``, a name of the zoo or a file, if given. ``report`` is called after each step. Of
    the processes that ``torchrun`` started, one writes the file; the others return None. Needs the packages
    of ``ossicle[train]``.
    """
    require_training()
    from ossicle.api import model_training
    from ossicle.train.recipe import SpotterRecipe, load_recipe

    asked: Mapping[str, Any] = {"steps": steps, "seed": seed, "precision": precision}
    changes = {key: value for key, value in asked.items() if value is not None}
    loaded = load_recipe(recipe, changes)
    first = zoo_path(str(start)) if str(start) in zoo_names() else Path(start) if start else None
    path = model_training.train_model(Path(data), Path(out), loaded, report, workers, first)
    if path is None:
        return None
    return Training(path, (Spotting if isinstance(loaded, SpotterRecipe) else Suppression).name)


def require_training() -> None:
    """Raise :class:`OssicleError` where a package that training needs is missing."""
    if missing := [name for name in ("torch", "scipy", "pyroomacoustics") if not find_spec(name)]:
        raise OssicleError(f"training needs {', '.join(missing)}; pip install 'ossicle[train]'")


def list_corpora() -> tuple[PublicCorpus, ...]:
    """The public corpora that can be fetched."""
    return tuple(PUBLIC.values())


def corpus_download(name: str) -> CorpusDownload:
    """What :func:`get_corpus` would fetch; the archives are kept in the user's cache folder."""
    if name not in PUBLIC:
        raise OssicleError(f"there is no corpus {name!r}; choose one of {', '.join(PUBLIC)}")
    if not find_spec("pooch"):
        raise OssicleError("downloading needs pooch; pip install 'ossicle[data]'")
    corpus, cache = PUBLIC[name], cache_folder() / "downloads"
    return CorpusDownload(corpus, cache, missing_bytes(corpus.archives, cache))


def get_corpus(name: str, out: str | Path, advance: Callable[[int], None] = lambda arrived: None) -> None:
    """Fetch a public corpus into a new folder that training reads; a transfer that broke off goes on.

    ``advance`` is told how many bytes came.
    """
    download = corpus_download(name)
    fetch_corpus(download.corpus, Path(out), download.cache, advance)
