"""The commands whose writes fail: every verb that writes a file."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import soundfile
from corpus import write_corpus
from faulty import Case
from fuzzed import onnx_seeds
from networks import noise, small_model

from ossicle import api
from ossicle.audio.stft import StftConfig
from ossicle.graph.file import save_model

RECIPE = """
[fit]
network = "gru128"
steps = 4
batch = 2
checkpoint_every = 2
validate_every = 2
validation_clips = 2
[mixing]
seconds = 0.5
"""


def prepare(folder: Path, earlier: Sequence[str] = ()) -> None:
    """Recordings, a float model, a network; and files at the places of outputs, from an earlier day."""
    save_model(small_model("gru", stft=StftConfig()), folder / "small.ossicle")
    for name in ("one", "two"):
        soundfile.write(folder / f"{name}.wav", noise(16000, seed=len(name)), 16000)
    (folder / "net.onnx").write_bytes(onnx_seeds()[0])
    for name in earlier:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("of an earlier day")


def prepare_folder(folder: Path) -> None:
    """A C folder of an earlier emission, with a file of the user's in it."""
    prepare(folder)
    api.write_c(api.quantize(small_model("gru", seed=1), "int8"), folder / "c")
    (folder / "c" / "notes.txt").write_text("years of work")


def prepare_training(folder: Path) -> None:
    """A tiny corpus and a recipe of a few steps."""
    write_corpus(folder / "corpus")
    (folder / "recipe.toml").write_text(RECIPE)


def cases() -> list[Case]:
    """All of them."""

    def over(*names: str) -> Callable[[Path], None]:
        return partial(prepare, earlier=names)

    model, voice = ["--model", "small.ossicle"], ["--calibration", "one.wav"]
    return [
        Case("denoise", ["denoise", "one.wav", "-o", "out.wav", *model], ["out.wav"], over("out.wav")),
        Case(
            "denoise a batch",
            ["denoise", "one.wav", "two.wav", "-o", "clean", *model],
            ["clean/one.wav", "clean/two.wav"],
            over("clean/two.wav"),
        ),
        Case(
            "denoise, compiled",
            ["denoise", "one.wav", "-o", "out.flac", *model, "--scheme", "int8"],
            ["out.flac"],
            over(),
            warm=False,
        ),
        Case("compile", ["compile", "small.ossicle", "-o", "c"], ["c"], prepare_folder),
        Case("quantize", ["quantize", "small.ossicle", "-o", "q.ossicle"], ["q.ossicle"], over("q.ossicle")),
        Case(
            "quantize auto",
            ["quantize", "small.ossicle", "--scheme", "auto", *voice, "--jobs", "1", "-o", "q.ossicle"],
            ["q.ossicle"],
            over(),
            warm=False,
        ),
        Case(
            "prune",
            ["prune", "small.ossicle", "--granularity", "weight", "--sparsity", "0.5", "-o", "p.ossicle"],
            ["p.ossicle"],
            over(),
        ),
        Case("import", ["import", "net.onnx", "-o", "net.ossicle"], ["net.ossicle"], over("net.ossicle")),
        Case("account", ["account", "small.ossicle", *voice, "--plot", "a.png"], ["a.png"], over("a.png")),
        Case(
            "train",
            ["train", "recipe.toml", "--data", "corpus", "-o", "run", "--workers", "0"],
            ["run/gru128.ossicle", "run/best.safetensors", "run/log.jsonl"],
            prepare_training,
        ),
    ]
