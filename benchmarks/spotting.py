"""How well the spotters hear: accuracy on the fixed seconds of sound, a stream of words and noise, and talk.

    pip install -e '.[train]'
    python benchmarks/spotting.py --corpus CORPUS --record --plot docs/pictures/det.svg

Accuracy is over the words of a split as they are, seconds of its noises, and silence
(`ossicle.data.keywords.evaluation_set`), by the bit-exact simulation of each scheme. The stream is one hour:
the split's words in random order at random times, at 5 to 25 dB over its noises, heard by the compiled C in
`w8a16`. A word counts as heard where its report comes between its begin and 0.75 s after its end; every other
report is a false alarm. Each clip of the split's talk is heard on its own, a second of silence behind it, and
so is each noise: every report in them is an alarm.
"""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import tables.spotting
import typer
from record import JsonOption, RecordOption, Result, conclude, manifest_data

from ossicle import api
from ossicle.audio.mel import patches
from ossicle.data.corpus import Clip, clips_of, read_clips
from ossicle.data.keywords import UNKNOWN, KeywordCorpus, evaluation_set, fit_length, label_of, load_keywords
from ossicle.data.mixing import FULL_SCALE
from ossicle.graph.model import Model
from ossicle.measure.bootstrap import mean_interval
from ossicle.measure.detection import Operation, Spoken, alarms, operate, rate_interval
from ossicle.scale import run_all
from ossicle.simulate import Simulator
from ossicle.tasks.spotting.record import Spotting

MODELS = ("cnn", "dscnn")
SCHEMES = ("fp32", "fp16", "w16a16", "w8a16", "int8")
STREAM_SCHEME = "w8a16"
THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98)
HOUR_S = 3600
WORD_EVERY_S = 5
SNR_DB = (5.0, 25.0)
NOISE_DBFS = (-55.0, -35.0)


def main(
    corpus: Annotated[Path, typer.Option(help="Corpus folder with keywords/, noise/ and speech/.")],
    model: Annotated[list[str], typer.Option(help="Spotters.")] = list(MODELS),  # noqa: B006
    split: Annotated[str, typer.Option(help="val or test")] = "test",
    plot: Annotated[Path | None, typer.Option(help="Picture to draw: .png or .svg.")] = None,
    jobs: Annotated[int, typer.Option(help="Processes to use; -1 for one a core.")] = -1,
    record: RecordOption = False,
    json_: JsonOption = False,
) -> None:
    """Print accuracy by scheme, and detections against false alarms by threshold.

    The thresholds are ``THRESHOLDS`` and the model's own.
    """
    words, loaded = load_keywords(corpus), {name: api.load(name) for name in model}
    cases = [(name, scheme) for name in model for scheme in SCHEMES]
    found = run_all(lambda case: _right(loaded[case[0]], case[1], words, split), cases, jobs)
    right = dict(zip(cases, found, strict=True))
    stream, spoken = long_stream(words, split, 16000)
    curves = {name: detection_curve(loaded[name], stream, spoken) for name in model}
    silent = {kind: clips_of(clips, split) for kind, clips in (("talk", words.talk), ("noise", words.noise))}
    found_alarms = {n: {kind: alarm_curve(loaded[n], silent[kind]) for kind in silent} for n in model}
    if plot:
        _draw(plot, curves, loaded)
    results = {
        "seconds": len(right[cases[0]]),
        "accuracy": {n: {s: mean_interval(right[n, s].astype(float)) for s in SCHEMES} for n in model},
        "commands": len(spoken),
        "curves": {name: [asdict(operation) for operation in curve] for name, curve in curves.items()},
        "hours": {kind: sum(clip.duration_s for clip in silent[kind]) / 3600 for kind in silent},
        "alarms": found_alarms,
        "thresholds": {name: loaded[name].graph.task.detector.threshold for name in model},
    }
    settings = {"split": split, "models": model, "schemes": SCHEMES, "stream_scheme": STREAM_SCHEME}
    data = [manifest_data(corpus / kind, split=split) for kind in ("keywords", "noise", "speech")]
    result = Result("spotting", settings, results, model, data)
    conclude(result, tables.spotting.tables(results, settings), record, json_)


def _right(model: Model, scheme: str, corpus: KeywordCorpus, split: str) -> np.ndarray:
    """Whether each second of the evaluation set gets its class."""
    mel = model.graph.task.features
    signals, labels = evaluation_set(corpus, split, mel.sample_rate)
    inputs = np.stack([patches(signal, mel, 1)[-1] for signal in signals])
    [posteriors] = Simulator(api.quantize(model, scheme).graph, len(inputs)).step(inputs)
    return posteriors.argmax(axis=1) == labels


def long_stream(
    corpus: KeywordCorpus, split: str, rate: int, seed: int = 7
) -> tuple[np.ndarray, list[Spoken]]:
    """An hour of a split's noises with a word every few seconds, float32, and the commands among them."""
    rng = np.random.default_rng(seed)
    spoken_clips = clips_of(corpus.words, split)
    words = read_clips(spoken_clips, rate)
    noises = read_clips(clips_of(corpus.noise, split), rate)
    stream = _noise_floor(rng, noises, HOUR_S * rate)
    said = []
    for slot in range(HOUR_S // WORD_EVERY_S):
        index = int(rng.integers(len(words)))
        start = slot * WORD_EVERY_S * rate + int(rng.integers((WORD_EVERY_S - 2) * rate))
        word = fit_length(words[index], rate) / FULL_SCALE
        behind = stream[start : start + rate]
        gain = np.sqrt(np.mean(behind**2) / np.mean(word**2)) * 10 ** (rng.uniform(*SNR_DB) / 20)
        stream[start : start + rate] += gain * word
        label = label_of(spoken_clips[index].label)
        if label > UNKNOWN:
            said.append(Spoken(label, start / rate, start / rate + 1))
    return np.clip(stream, -1, 1).astype(np.float32), said


def _noise_floor(rng: np.random.Generator, noises: list[np.ndarray], samples: int) -> np.ndarray:
    """Noises one after the other, each at a level of its own."""
    parts, length = [], 0
    while length < samples:
        noise = noises[rng.integers(len(noises))] / FULL_SCALE
        level = 10 ** (rng.uniform(*NOISE_DBFS) / 20)
        parts.append(noise * level / max(np.sqrt(np.mean(noise**2)), 1e-6))
        length += len(noise)
    return np.concatenate(parts)[:samples]


def detection_curve(model: Model, stream: np.ndarray, spoken: list[Spoken]) -> list[Operation]:
    """Operation of the compiled C at each threshold."""
    task = model.graph.task
    posteriors = api.compile(api.quantize(model, STREAM_SCHEME)).spot(stream).posteriors
    step_s = task.hop / task.sample_rate
    return [
        operate(posteriors, _keywords(task), spoken, step_s, threshold, task.detector.refractory)
        for threshold in _thresholds(task)
    ]


def alarm_curve(model: Model, clips: tuple[Clip, ...]) -> list[tuple[float, float, float]]:
    """Alarms an hour of the compiled C, with their interval, at each threshold; the clips hold no command."""
    task = model.graph.task
    program = api.compile(api.quantize(model, STREAM_SCHEME))
    rate = task.sample_rate
    silence = np.zeros(rate, np.float32)
    sounds = (np.concatenate([clip / np.float32(FULL_SCALE), silence]) for clip in read_clips(clips, rate))
    heard = [program.open().push(sound).posteriors for sound in sounds]
    hours = sum(clip.duration_s for clip in clips) / 3600
    return [
        rate_interval(alarms(heard, _keywords(task), threshold, task.detector.refractory), hours)
        for threshold in _thresholds(task)
    ]


def _keywords(task: Spotting) -> list[int]:
    return [task.labels.index(word) for word in task.keywords]


def _thresholds(task: Spotting) -> list[float]:
    return sorted({*THRESHOLDS, task.detector.threshold})


def _draw(path: Path, curves: Mapping[str, list[Operation]], loaded: Mapping[str, Model]) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 5), layout="constrained")
    panel = figure.subplots()
    for name, curve in curves.items():
        line = panel.plot(
            [o.false_alarms_per_hour for o in curve], [100 * (1 - o.detection_rate) for o in curve], "o-"
        )
        line[0].set_label(f"{name}, {loaded[name].graph.macs:,} MAC a step")
    panel.set_xscale("symlog", linthresh=1)
    panel.set_xlim(left=0)
    panel.set_xlabel("false alarms an hour")
    panel.set_ylabel("missed commands in %")
    panel.grid(alpha=0.3)
    panel.legend()
    figure.savefig(path)


if __name__ == "__main__":
    typer.run(main)
