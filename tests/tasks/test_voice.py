"""Voice detectors: what they hear, when voice begins and ends, and Silero VAD beside its wheel."""

import ctypes
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from compiled import at, kernels
from networks import small_detector
from running import TracedProgram, compare_nodes

from ossicle import api
from ossicle.audio.files import read_audio
from ossicle.audio.sound import synthetic_voice
from ossicle.errors import OssicleError
from ossicle.graph.file import load_model, save_model
from ossicle.graph.task import End, Ends
from ossicle.platforms.cortexm.run import emulate
from ossicle.targets import load_target
from ossicle.tasks.front_ends import fitted_task, load_front_end
from ossicle.tasks.voice.record import Sizes, Voice
from ossicle.tasks.voice.segments import SegmentRules, find_segments

__all__ = ["kernels"]

SIZES = Sizes(16000, 160, 40)
SPEECH = Path(__file__).parents[2] / "examples" / "noisy.flac"
SUMMARY = {"sample_rate": 1000, "hop": 10}


def sound(seconds):
    return synthetic_voice(16000, seconds).astype(np.float32) / 32768


def test_a_frame_is_new_samples_behind_old_ones(tmp_path):
    signal, traced = sound(0.1), TracedProgram(small_detector().graph, tmp_path / "c")
    for frame, expected in enumerate(small_detector().graph.task.hear(signal)):
        new = signal[frame * 160 : (frame + 1) * 160]
        old = signal[frame * 160 - 40 : frame * 160] if frame else np.zeros(40)
        np.testing.assert_array_equal(expected, np.concatenate([old, new]).astype(np.float32))
        traced.step(new)
        np.testing.assert_array_equal(traced.value("x"), expected)


@pytest.mark.parametrize("scheme", ["fp32", "w8a16", "int8"])
def test_every_node_of_the_running_c_is_the_simulations(tmp_path, scheme):
    graph = api.quantize(small_detector(), scheme).graph
    compare_nodes(graph, tmp_path / "c", sound(0.3))


def test_a_detector_without_context_and_nan_in_its_input():
    program = api.compile(small_detector(Sizes(8000, 80)))
    signal = sound(0.1)
    signal[5] = np.nan
    repaired = np.nan_to_num(signal)
    found = program.listen(signal).probabilities
    np.testing.assert_array_equal(found, program.listen(repaired).probabilities)
    assert np.isfinite(found).all()


def test_chunks_of_any_length_give_what_the_whole_gives():
    program, signal = api.compile(small_detector()), sound(1.0)
    whole, stream = program.listen(signal), program.open()
    parts = [stream.push(part) for part in np.split(signal, [3, 700, 701, 9000])]
    np.testing.assert_array_equal(np.concatenate([part.probabilities for part in parts]), whole.probabilities)
    np.testing.assert_array_equal(np.concatenate([part.voice for part in parts]), whole.voice)


def of(text):
    """Probabilities by letters: high, between the thresholds, low."""
    return np.array([{"h": 0.9, "m": 0.4, "l": 0.1}[letter] for letter in text], np.float32)


RULES = SegmentRules(min_speech_s=0.02, min_silence_s=0.02, pad_s=0.0)


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ("llhhhhlll", [(20, 60)]),
        ("hhhlmlhhh", [(0, 30), (60, 90)]),
        ("hhhlhhhll", [(0, 90)]),  # the silence at the end is too short
        ("hhhlmmmmhhh", [(0, 110)]),  # no second low frame
        ("hhllll", []),  # not longer than 20 ms
        ("mmmm", []),
        ("lhhhh", [(10, 50)]),
    ],
)
def test_segments_begin_and_end_by_the_rules(frames, expected):
    found = find_segments(of(frames), RULES, 10 * len(frames), SUMMARY)
    assert [(round(1000 * part.start), round(1000 * part.end)) for part in found] == expected


def test_segments_are_padded_into_pauses_halfway_at_most():
    rules, probabilities = replace(RULES, pad_s=0.03), of("lllhhhllllhhhlllllllllhhhl")
    found = find_segments(probabilities, rules, 260, SUMMARY)
    assert [(round(1000 * part.start), round(1000 * part.end)) for part in found] == [
        (0, 80),
        (80, 160),
        (190, 260),
    ]
    assert found[0].confidence == pytest.approx(0.9)


def test_the_c_says_voice_as_long_as_the_rules_do():
    program = api.compile(small_detector(rules=SegmentRules(0.52, 0.5, 0, 0.025, 0)))
    signal = sound(3.0)
    heard = program.listen(signal)
    least = program.rules.frames(0.025, 16000, 160)
    expected, on, soft = [], False, None
    for frame, p in enumerate(heard.probabilities):
        if p >= np.float32(0.52):
            on, soft = True, None
        elif on and p < np.float32(0.5):
            soft = frame if soft is None else soft
            on = frame - soft < least
            soft = soft if on else None
        expected.append(on)
    np.testing.assert_array_equal(heard.voice, expected)


def test_a_chip_puts_out_what_this_computer_does(tmp_path):
    pytest.importorskip("unicorn")
    graph = api.quantize(small_detector(), "w8a16").graph
    found = emulate(graph, load_target("stm32f767"), synthetic_voice(16000, 0.1))
    assert found.largest_difference == 0 and found.verification.passed


def test_the_file_of_a_model_keeps_its_task(tmp_path):
    save_model(small_detector(), tmp_path / "x.ossicle")
    assert load_model(tmp_path / "x.ossicle").graph.task == Voice(SIZES)


def test_the_command_prints_what_the_function_returns(tmp_path, ossicle):
    save_model(small_detector(rules=SegmentRules(0.5, 0.5, 0.0)), tmp_path / "small.ossicle")
    soundfile.write(tmp_path / "talk.wav", sound(1.0), 16000)
    done = ossicle("segment", "talk.wav", "--model", "small.ossicle", "--threshold", 0.01, "--json")
    found = json.loads(done.stdout)["talk.wav"]
    expected = api.segment(api.load_quantized(tmp_path / "small.ossicle"), tmp_path / "talk.wav", 0.01)
    assert found == next(iter(expected.as_dict().values())) != []
    done = ossicle("segment", "talk.wav", "--model", "small.ossicle", "--threshold", 1)
    assert "no voice in talk.wav" in done.stdout
    refused = ossicle("segment", "talk.wav", "--model", "dscnn")
    assert refused.returncode == 2 and "name a voice detector" in refused.stderr


@pytest.mark.parametrize(("preset", "samples", "outputs"), [("silero", 576, 1), ("silero_8k", 288, 1)])
def test_a_preset_fits_its_network_and_no_other(preset, samples, outputs):
    front_end = load_front_end(preset)
    task = fitted_task(front_end, None, Ends((End("input", (1, samples)),), (End("output", (1, outputs)),)))
    assert task.inputs == (samples,) and task.frame_ms == 32
    with pytest.raises(OssicleError, match="give one probability, but the input 'input' has 512 values"):
        fitted_task(front_end, None, Ends((End("input", (1, 512)),), (End("output", (1, 1)),)))


@pytest.mark.parametrize("start", [0.0, 1.5])
def test_rules_that_cannot_be_are_refused(start):
    with pytest.raises(OssicleError, match="voice must start at a probability over 0"):
        SegmentRules(start)


@pytest.mark.parametrize(("rate", "preset"), [(16000, "silero"), (8000, "silero_8k")])
def test_silero_finds_the_segments_of_the_original(rate, preset):
    wheel, torch = pytest.importorskip("silero_vad"), pytest.importorskip("torch")
    path = Path(wheel.__file__).parent / "data" / "silero_vad.onnx"
    model = api.import_network(path, front_end=preset, steps=0)
    speech = read_audio(SPEECH).samples[:: 16000 // rate, 0]
    signal = np.concatenate([speech[: 4 * rate], np.zeros(rate, np.float32), speech[: 2 * rate]])
    original = wheel.load_silero_vad(onnx=True)
    expected = wheel.get_speech_timestamps(torch.from_numpy(signal), original, sampling_rate=rate)
    found = api.compile(model).segment(signal)
    assert len(expected) > 1
    assert [(round(rate * part.start), round(rate * part.end)) for part in found] == [
        (part["start"], part["end"]) for part in expected
    ]


def test_silence_is_counted_no_further_than_it_matters(kernels):
    thresholds, counters = np.array([0.5, 0.35], np.float32), np.zeros(2, np.int32)

    def voice(probability):
        arguments = (ctypes.c_float(probability), at(thresholds), ctypes.c_int(5), at(counters))
        return kernels.osc_detect_voice(*arguments)

    assert voice(0.9) and voice(0.1)
    for _ in range(100):
        assert voice(0.4)  # between the thresholds, where a device may be for years
    assert counters[1] == 6 and not voice(0.1)
