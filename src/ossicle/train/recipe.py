"""Recipes: all that decides what a training run does, as one TOML file a model."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from ossicle.audio.features import MAGNITUDE, trained_features
from ossicle.data.keywords import KeywordMixing
from ossicle.data.mixing import MixConfig
from ossicle.errors import OssicleError
from ossicle.files import read_toml
from ossicle.models.spotter import SPOTTERS

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

PRECISIONS = ("fp32", "bf16")
LEAST_SECONDS = 0.5
"""Of a mixture: the loss averages what a listener hears over 320 ms, and its filters need some more."""
Section = TypeVar("Section", bound="DataclassInstance")


@dataclass(frozen=True)
class Updates:
    """What the training of any network has: ``steps`` updates of ``batch`` examples each."""

    network: str = ""
    steps: int = 12000
    batch: int = 24
    learning_rate: float = 1.5e-3
    warmup: int = 200
    """Steps in which the learning rate rises from zero."""
    decay: float = 0.25
    """Fraction of the steps, at the end, in which the learning rate falls back to zero."""
    clip_norm: float = 1.0
    weight_decay: float = 1e-4
    precision: str = "fp32"
    """Of the network's products, ``"fp32"`` or ``"bf16"``; weights, gradients and the loss stay in fp32."""
    checkpoint_every: int = 100
    validate_every: int = 400
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "checkpoint_every", "validate_every"):
            self._check_positive(name)
        if not (0 < self.learning_rate < math.inf and 0 <= self.decay <= 1):
            raise OssicleError("a recipe's learning_rate is above 0, and its decay within 0 and 1")
        if self.precision not in PRECISIONS:
            raise OssicleError(f"there is no precision {self.precision!r}; choose {' or '.join(PRECISIONS)}")

    def _check_positive(self, name: str) -> None:
        if getattr(self, name) < 1:
            raise OssicleError(f"a recipe's {name} is at least 1, not {getattr(self, name)}")


@dataclass(frozen=True)
class FitConfig(Updates):
    """The training of a suppressor."""

    network: str = "gru256"
    features: str = MAGNITUDE
    """What the network hears of a spectrum, a kind of :data:`ossicle.audio.features.TRAINED`."""
    validation_clips: int = 48

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_positive("validation_clips")
        trained_features(self.features)


@dataclass(frozen=True)
class LossConfig:
    """Weights of the terms of a suppressor's loss beside the compressed spectral loss."""

    error: float = 0.002
    """Of one decibel of error energy; the compressed loss alone neglects the loudest bins."""
    pesq: float = 0.03
    """Of one point of raw PESQ: a third of it gives 0.08 points of PESQ less and 0.9 dB of SI-SDR more."""
    leak: float = 0.0
    """Of one decibel of noise let through where nobody speaks."""
    attenuation: float = 0.0
    """Of the attenuation of speech, 20 dB of which are as bad as 1 dB is harmless."""
    presence: float = 0.0
    """Of the cross entropy of the presence output."""
    sharpen: bool = False
    """Whether targets far below the noise become silence."""


@dataclass(frozen=True)
class SpotterFit(Updates):
    """The training of a keyword spotter."""

    network: str = "dscnn"
    examples: int = 100_000
    """Different examples, which are drawn before the first step and heard again and again."""
    label_smoothing: float = 0.1
    """Fraction of each label that is spread over all classes."""
    mixup: float = 0.2
    """Both parameters of the beta distribution that shares of mixed patches are drawn from; 0 mixes none."""
    masked_frames: int = 8
    """Longest stretch of frames of a patch that is replaced by its mean."""
    masked_features: int = 0
    """Likewise of features; for log-mel, as MFCC have no neighbours."""
    teacher: str = ""
    """Weights of a larger spotter, as training leaves them, whose answers are learnt besides the labels."""
    teacher_share: float = 0.7
    """Fraction of the teacher's answer in what is learnt."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.examples < self.batch:
            raise OssicleError(
                f"a recipe's examples are at least its batch of {self.batch}, not {self.examples}"
            )
        if not (0 <= self.label_smoothing < 1 and 0 <= self.mixup < math.inf):
            raise OssicleError("a recipe's label_smoothing is within 0 and 1, and its mixup not below 0")
        if not 0 <= self.teacher_share <= 1:
            raise OssicleError("a recipe's teacher_share is within 0 and 1")
        if self.masked_frames < 0 or self.masked_features < 0:
            raise OssicleError("a recipe's masked_frames and masked_features are not below 0")


@dataclass(frozen=True)
class Recipe:
    """How to train a suppressor, and on what mixtures."""

    fit: FitConfig = FitConfig()
    mixing: MixConfig = MixConfig()  # noqa: RUF009 - frozen
    loss: LossConfig = LossConfig()

    def __post_init__(self) -> None:
        if not LEAST_SECONDS <= self.mixing.seconds < math.inf:
            raise OssicleError(
                f"a recipe's mixtures have at least {LEAST_SECONDS} seconds, not {self.mixing.seconds}"
            )


@dataclass(frozen=True)
class DetectorConfig:
    """When the trained spotter reports a word, as :class:`ossicle.tasks.spotting.record.Detector` says."""

    smoothing: int = 4
    threshold: float = 0.8
    refractory: int = 24


@dataclass(frozen=True)
class SpotterRecipe:
    """How to train a keyword spotter, and on what words, noises and talk."""

    fit: SpotterFit = SpotterFit()
    mixing: KeywordMixing = KeywordMixing()  # noqa: RUF009 - frozen
    detector: DetectorConfig = DetectorConfig()


def recipe_names() -> list[str]:
    """Names of the recipes that ship."""
    folder = resources.files(__package__) / "recipes"
    return sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml"))


def load_recipe(name: str, changes: Mapping[str, Any] = MappingProxyType({})) -> Recipe | SpotterRecipe:
    """Read a recipe that ships, by its name, or the TOML file of that path; its network tells the kind.

    ``changes`` take the place of values in its section ``fit``.
    """
    if name in recipe_names():
        shipped = resources.files(__package__) / "recipes" / f"{name}.toml"
        values = tomllib.loads(shipped.read_text("utf-8"))
    elif name.endswith(".toml"):
        values = read_toml(Path(name), "the recipe")
    else:
        known = ", ".join(recipe_names())
        raise OssicleError(f"there is no recipe {name!r}; name a .toml file or one of {known}")
    section = values.get("fit")
    network = section.get("network") if isinstance(section, dict) else None
    if changes:
        values["fit"] = {**(section or {}), **changes}
    if network in tuple(SPOTTERS):
        return _fill(SpotterRecipe, values, name)
    return _fill(Recipe, values, name)


def _fill(kind: type[Section], values: dict[str, Any], where: str) -> Section:
    """Build a dataclass from parsed TOML; what is left out keeps its default."""
    types = {field.name: field.type for field in fields(kind)}
    filled: dict[str, Any] = {}
    for key, value in values.items():
        if key not in types:
            raise OssicleError(f"{where} has {key!r}, which is none of {', '.join(types)}")
        default = getattr(kind(), key)
        if is_dataclass(default) and not isinstance(default, type) and isinstance(value, dict):
            filled[key] = _fill(type(default), value, f"{where}, {key}")
            continue
        value = tuple(value) if isinstance(value, list) else value
        value = float(value) if isinstance(default, float) and type(value) is int else value
        if type(value) is not type(default) or (isinstance(value, tuple) and not _is_range(value)):
            raise OssicleError(f"{where} has {key} = {value!r}, which should be like {default!r}")
        filled[key] = value
    return kind(**filled)


def _is_range(value: tuple[Any, ...]) -> bool:
    return len(value) == 2 and all(type(end) in (int, float) for end in value) and value[0] <= value[1]
