"""ossicle spot: words in files, from a microphone that is a fake, and what it refuses."""

import json
import sys
import types

import numpy as np
import pytest
import soundfile
from networks import small_spotter, voice

from ossicle import api
from ossicle.cli.spot import _listen
from ossicle.errors import OssicleError
from ossicle.graph.file import save_model

SOUND = voice(32 * 300, seed=4)


@pytest.fixture
def folder(tmp_path):
    save_model(small_spotter(), tmp_path / "small.ossicle")
    soundfile.write(tmp_path / "talk.wav", SOUND, 16000, subtype="FLOAT")
    soundfile.write(tmp_path / "stereo.flac", np.stack([SOUND, SOUND], 1), 16000)
    soundfile.write(tmp_path / "silence.wav", np.zeros(16000), 16000)
    return tmp_path


def words(program, threshold=None):
    return [(round(d.seconds, 6), d.word) for d in program.spot(SOUND, threshold).detections]


def test_words_of_each_file_are_those_of_the_program(folder, ossicle):
    expected = words(api.compile(api.quantize(small_spotter(), "w8a16")), 0.6)
    done = ossicle(
        "spot", "talk.wav", "silence.wav", "--model", "small.ossicle", "--threshold", 0.6, "--json"
    )
    found = json.loads(done.stdout)
    assert [(round(d["seconds"], 6), d["word"]) for d in found["talk.wav"]] == expected != []
    assert set(found) == {"talk.wav", "silence.wav"}


def test_the_table_names_words_and_files_without(folder, ossicle):
    done = ossicle("spot", "stereo.flac", "silence.wav", "--model", "small.ossicle", "--scheme", "int8")
    assert done.returncode == 0 and "stereo.flac" in done.stdout and "yes" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["talk.wav", "--threshold", "2"], "a threshold must be over 0 and up to 1, not 2.0"),
        (["nothing.wav"], "there is no file nothing.wav"),
        (["talk.wav", "--live"], "give recordings, or --live for the microphone"),
        (
            ["talk.wav", "--model", "gru128"],
            "gru128 is a noise suppressor, which ossicle denoise takes; name a keyword spotter",
        ),
    ],
)
def test_what_cannot_be_heard_is_refused_in_a_sentence(folder, ossicle, arguments, sentence):
    model = [] if "--model" in arguments else ["--model", "small.ossicle"]
    done = ossicle("spot", *arguments, *model)
    assert done.returncode == 2 and sentence in done.stderr and "Traceback" not in done.stderr


def test_a_spotter_does_not_denoise(folder, ossicle):
    done = ossicle("denoise", "talk.wav", "--model", "small.ossicle", "-o", "out.wav")
    assert (
        done.returncode == 2
        and "is a keyword spotter, which ossicle spot takes; name a noise suppressor" in done.stderr
    )
    assert not (folder / "out.wav").exists()


def test_samples_that_are_no_numbers_are_said_and_heard_as_silence(folder, ossicle):
    broken = SOUND.copy()
    broken[4000:4003] = [np.nan, np.inf, -np.inf]
    soundfile.write(folder / "broken.wav", broken, 44100, subtype="FLOAT")
    soundfile.write(folder / "mended.wav", np.where(np.isfinite(broken), broken, 0), 44100, subtype="FLOAT")
    files = ("broken.wav", "mended.wav")
    done = ossicle("spot", *files, "--model", "small.ossicle", "--threshold", 0.4, "--json")
    found = json.loads(done.stdout)
    assert found["broken.wav"] == found["mended.wav"] != []
    assert "broken.wav: 3 NaN or infinite samples were taken for silence" in done.stderr


class Microphone:
    """A fake of ``sounddevice.InputStream`` that hears ``SOUND``, and then a Ctrl-C."""

    def __init__(self, sample_rate, hop, channels, dtype):
        assert (sample_rate, channels, dtype) == (16000, 1, "float32")
        self.hops = iter(SOUND.reshape(-1, hop, 1))

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def read(self, hop):
        samples = next(self.hops, None)
        if samples is None:
            raise KeyboardInterrupt
        return samples, False


def fake(monkeypatch, stream):
    class PortAudioError(Exception):
        pass

    module = types.SimpleNamespace(InputStream=stream, PortAudioError=PortAudioError)
    monkeypatch.setitem(sys.modules, "sounddevice", module)
    return PortAudioError


def test_the_microphone_is_heard_hop_by_hop(monkeypatch, capsys):
    fake(monkeypatch, Microphone)
    model = api.quantize(small_spotter(), "w8a16")
    program = api.compile(model)
    with pytest.raises(KeyboardInterrupt):
        _listen(model, 0.6)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [(line[0], line[2]) for line in lines] == [(f"{s:.2f}", word) for s, word in words(program, 0.6)]


def test_a_microphone_that_is_not_there_is_said(monkeypatch):
    def fail(*arguments, **options):
        raise error("no device")

    error = fake(monkeypatch, fail)
    with pytest.raises(OssicleError, match="the microphone cannot be opened"):
        _listen(small_spotter(), None)
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(OssicleError, match=r"pip install 'ossicle\[live\]'"):
        _listen(small_spotter(), None)
