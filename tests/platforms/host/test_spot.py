"""The spotter's C on this computer: features, network, averaging, detection."""

import subprocess
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from networks import SMALL_MEL, small_spotter, voice
from running import TracedProgram, compare_nodes

from ossicle import api
from ossicle.audio.mel import patches
from ossicle.audio.mel_tables import MelConfig
from ossicle.errors import OssicleError
from ossicle.graph.model import Model
from ossicle.measure.detection import reports
from ossicle.programs.compiler import find_compiler, run_compiler
from ossicle.quantization import SCHEMES, quantize
from ossicle.simulate import Simulator

MFCC = MelConfig(window=64, hop=32, n_fft=64, mels=8, low_hz=200.0, coefficients=5, frames=7)
SIGNAL = voice(32 * 300, seed=4)
WITHIN_A_WORD = SIGNAL[: 32 * 147]
"""Ends before the word at its end is reported."""


@pytest.fixture(scope="module")
def programs():
    return {
        scheme: api.compile(api.quantize(small_spotter(), scheme)) for scheme in ("fp32", "w8a16", "int8")
    }


@pytest.mark.parametrize(
    ("mel", "frames", "scheme"),
    [(SMALL_MEL, 1, scheme) for scheme in SCHEMES] + [(MFCC, 2, "w8a16")],
)
def test_every_node_of_the_running_c_is_the_simulations(tmp_path, mel, frames, scheme):
    model = small_spotter(mel=mel, frames=frames)
    exact = compare_nodes(quantize(model.graph, scheme, model.calibration), tmp_path / "c", SIGNAL[: 32 * 60])
    assert exact >= {"fp32": 0, "fp16": 30, "mixed": 30}.get(scheme, 120)


@pytest.mark.parametrize(("mel", "frames"), [(SMALL_MEL, 1), (MFCC, 2)])
def test_the_network_reads_the_patch_of_the_definition(tmp_path, mel, frames):
    traced = TracedProgram(small_spotter(mel=mel, frames=frames).graph, tmp_path / "c")
    hop = frames * mel.hop
    for step, expected in enumerate(patches(SIGNAL[: 60 * hop], mel, frames)):
        traced.step(SIGNAL[step * hop :][:hop])
        np.testing.assert_allclose(traced.value("patch"), expected, atol=2e-3)


SETTINGS = {
    "torchaudio": {"hop": 40, "n_fft": 80, "mels": 30, "mel_scale": "htk", "norm": "none"}
    | {"normalize": "none", "layout": "time_major"},
    "tensorflow": {"window": 96, "hop": 64, "n_fft": 96, "power": 1, "triangles": "mel", "coefficients": 4}
    | {"logarithm": "ln", "floor": 0.0, "offset": 1e-6, "dct": "htk", "normalize": "max", "mean": -4.2}
    | {"layout": "time_major"},
    "limited": {"pre_emphasis": 0.96875, "gain": 32768.0, "analysis": "hamming_symmetric", "top_db": 0.0}
    | {"normalize": "none", "mean": 20.0, "std": 64.0, "clip": (0.0, 1.0), "coefficients": 3},
    "narrow": {"hop": 100, "logarithm": "log10", "top_db": 30.0, "norm": "peak", "std": 0.5},
}
"""Of the small patch; hops are a multiple of the window's half, or longer than the window."""


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_network_reads_the_patch_of_its_settings(tmp_path, settings):
    mel = replace(SMALL_MEL, **SETTINGS[settings])
    steps = 2 if settings == "limited" else 1
    model = small_spotter(mel=mel, frames=steps)
    labels = ("drüben", 'say "yes"', "no?")
    task = replace(model.graph.task, labels=labels, keywords=labels[1:])
    traced = TracedProgram(replace(model.graph, task=task), tmp_path / "c")
    hop, low, high = steps * mel.hop, np.inf, -np.inf
    for step, expected in enumerate(patches(SIGNAL[: 30 * hop], mel, steps)):
        traced.step(SIGNAL[step * hop :][:hop])
        np.testing.assert_allclose(traced.value("patch"), expected, atol=2e-3)
        low, high = min(low, expected.min()), max(high, expected.max())
    assert high - low > 0.5


@pytest.mark.parametrize("scheme", ["fp32", "w8a16", "int8"])
def test_posteriors_are_means_over_the_newest_steps(programs, scheme):
    model = small_spotter()
    graph = quantize(model.graph, scheme, model.calibration)
    inputs = patches(SIGNAL, SMALL_MEL, 1)
    single = np.concatenate([np.zeros((2, 3)), *Simulator(graph, len(inputs)).step(inputs)])
    means = (single[:-2] + single[1:-1] + single[2:]) / 3
    found = programs[scheme].spot(SIGNAL).posteriors
    assert found.shape == means.shape
    # A feature on the edge between two codes may fall on either side.
    assert np.abs(found - means).max() < {"fp32": 1e-3, "w8a16": 2e-3, "int8": 0.05}[scheme]
    assert found.std(axis=0).min() > 0.01


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_posteriors_come_of_the_scores_of_a_network_that_ends_with_them(programs, activation):
    graph = small_spotter().graph
    [scores] = graph.nodes[-1].inputs.values()
    tensors = {name: graph.tensors[name] for name in graph.tensors if name not in graph.outputs}
    task = replace(graph.task, activation=activation)
    ends = replace(graph, task=task, nodes=graph.nodes[:-1], outputs=(scores,), tensors=tensors)
    found = api.compile(Model(ends, small_spotter().calibration, {})).spot(SIGNAL).posteriors
    expected = programs["fp32"].spot(SIGNAL).posteriors
    if activation == "sigmoid":
        inputs = patches(SIGNAL, SMALL_MEL, 1)
        single = 1 / (1 + np.exp(-Simulator(ends, len(inputs)).step(inputs)[0]))
        whole = np.concatenate([np.zeros((2, 3)), single])
        expected = (whole[:-2] + whole[1:-1] + whole[2:]) / 3
    np.testing.assert_allclose(found, expected, atol=1e-3)


@pytest.mark.parametrize("threshold", [0.2, 0.4, 0.5, 0.6, 0.7, 1.0])
def test_words_are_those_of_the_rule_that_the_measures_use(programs, threshold):
    heard = programs["w8a16"].open(threshold).push(SIGNAL)
    expected = reports(heard.posteriors, [1, 2], threshold, refractory=4)
    step_s = 32 / 16000
    assert [(round(d.seconds / step_s) - 1, d.word) for d in heard.detections] == [
        (step, ("other", "yes", "no")[label]) for step, label in expected
    ]
    assert (len(expected) > 5) == (threshold < 1)
    steps = [step for step, _ in expected]
    assert all(later - step > 4 for step, later in pairwise(steps))
    assert all(d.confidence >= threshold for d in heard.detections)


def test_a_word_that_ends_with_the_signal_is_heard_in_the_silence_behind(programs):
    program, longer = programs["w8a16"], np.concatenate([WITHIN_A_WORD, np.zeros(16000, np.float32)])
    heard, expected = program.spot(WITHIN_A_WORD), program.open().push(longer)
    assert heard.detections == expected.detections
    assert heard.detections[-1].seconds > len(WITHIN_A_WORD) / 16000
    np.testing.assert_array_equal(heard.posteriors, expected.posteriors[: len(WITHIN_A_WORD) // 32])


def test_the_program_that_reads_raw_samples_reports_the_same_words(tmp_path):
    pcm = (WITHIN_A_WORD[:-5] * 32768).astype(np.int16)
    program = api.compile(api.quantize(small_spotter(), "int8"), tmp_path / "c")
    sources = [str(path) for path in (tmp_path / "c").glob("*.c")]
    run_compiler(find_compiler(), ["-std=c99", "-O1", "-o", str(tmp_path / "spotter"), *sources, "-lm"])
    printed = subprocess.run([tmp_path / "spotter"], input=pcm.tobytes(), capture_output=True, check=True)
    found = program.spot(pcm).detections
    assert printed.stdout.decode().splitlines() == [
        f"{word.seconds:.3f} {word.word} {word.confidence:.3f}" for word in found
    ]
    assert found[-1].seconds > len(WITHIN_A_WORD) / 16000


def test_without_a_threshold_it_is_the_models(programs):
    program = programs["w8a16"]
    assert program.spot(SIGNAL).detections == program.spot(SIGNAL, 0.5).detections


@pytest.mark.parametrize("sizes", [[1] * 100, [31, 33, 64, 7], [1000]])
def test_chunks_of_any_length_give_the_same_bits(programs, sizes):
    whole = programs["w8a16"].open(0.3).push(SIGNAL[: 32 * 40])
    stream, parts, start = programs["w8a16"].open(0.3), [], 0
    while start < 32 * 40:
        for size in sizes:
            parts.append(stream.push(SIGNAL[start : min(start + size, 32 * 40)]))
            start += size
    np.testing.assert_array_equal(np.concatenate([p.posteriors for p in parts]), whole.posteriors)
    assert [word for p in parts for word in p.detections] == whole.detections


def test_streams_do_not_disturb_each_other(programs):
    program = programs["w8a16"]
    one, other = program.open(), program.open()
    other.push(voice(3200, seed=9))
    np.testing.assert_array_equal(one.push(SIGNAL).posteriors, program.spot(SIGNAL).posteriors)


@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf, 3e38])
def test_samples_that_are_no_sound_do_not_spoil_the_stream(programs, poison):
    stream = programs["fp32"].open()
    stream.push(np.full(320, poison, np.float32))
    stream.push(np.zeros(32 * (SMALL_MEL.frames + 4), np.float32))
    found = stream.push(SIGNAL).posteriors
    assert np.isfinite(found).all()
    later = slice(SMALL_MEL.frames + 4, None)
    np.testing.assert_allclose(found[later], programs["fp32"].spot(SIGNAL).posteriors[later], atol=1e-5)


@pytest.mark.parametrize("threshold", [0.0, -1.0, 1.5, np.nan])
def test_a_threshold_that_means_nothing_is_refused(programs, threshold):
    with pytest.raises(OssicleError, match="a threshold must be over 0 and up to 1"):
        programs["fp32"].open(threshold)
