"""Suppressors as plug-ins: called as a host calls them, in FFmpeg, and in the tools of LV2."""

import ctypes
import subprocess
import time
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_float, c_int, c_ulong, c_void_p

import numpy as np
import pytest
import soundfile
from networks import small_model, small_spotter, voice
from tools import need

from ossicle import api
from ossicle.errors import OssicleError
from ossicle.tasks.suppression.enhance import enhance_blocks, kept_part

IN, OUT, LIMIT, BYPASS, LATENCY = range(5)
NO_LIMIT = 100.0
QUICKLY = "CFLAGS=-O1 -ffp-contract=off -fno-strict-aliasing"


class Descriptor(Structure):
    """LADSPA_Descriptor of LADSPA 1.1."""

    _fields_ = (
        ("number", c_ulong),
        ("label", c_char_p),
        ("properties", c_int),
        ("name", c_char_p),
        ("maker", c_char_p),
        ("copyright", c_char_p),
        ("port_count", c_ulong),
        ("port_kinds", POINTER(c_int)),
        ("port_names", POINTER(c_char_p)),
        ("port_ranges", c_void_p),
        ("unused", c_void_p),
        ("instantiate", CFUNCTYPE(c_void_p, c_void_p, c_ulong)),
        ("connect_port", CFUNCTYPE(None, c_void_p, c_ulong, POINTER(c_float))),
        ("activate", CFUNCTYPE(None, c_void_p)),
        ("run", CFUNCTYPE(None, c_void_p, c_ulong)),
        ("run_adding", c_void_p),
        ("set_run_adding_gain", c_void_p),
        ("deactivate", c_void_p),
        ("cleanup", CFUNCTYPE(None, c_void_p)),
    )


class Instance:
    """A plug-in at work, which writes over its input."""

    def __init__(self, plugin, rate, limit=NO_LIMIT, bypass=0.0):
        self.plugin = plugin
        self.handle = plugin.instantiate(ctypes.addressof(plugin), rate)
        if self.handle is None:
            return
        self.controls = {port: c_float(x) for port, x in ((LIMIT, limit), (BYPASS, bypass), (LATENCY, -1))}
        for port, value in self.controls.items():
            plugin.connect_port(self.handle, port, value)
        plugin.activate(self.handle)

    @property
    def latency(self):
        return int(self.controls[LATENCY].value)

    def run(self, block):
        samples = block.astype(np.float32)
        for port in (IN, OUT):
            self.plugin.connect_port(self.handle, port, samples.ctypes.data_as(POINTER(c_float)))
        self.plugin.run(self.handle, len(samples))
        return samples

    def close(self):
        self.plugin.cleanup(self.handle)


@pytest.fixture(scope="module")
def model():
    return api.quantize(small_model("gru"), "w8a16")


def built(model, target, folder, *arguments):
    """The folder of a plug-in after ``make``."""
    need("make")
    api.write_c(model, folder, target)
    subprocess.run(["make", "-s", "-j2", "-C", folder, *arguments], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def library(model, tmp_path_factory):
    folder = built(model, "ladspa", tmp_path_factory.mktemp("ladspa") / "c", QUICKLY)
    return folder / f"{model.graph.name}.so"


@pytest.fixture(scope="module")
def plugin(library):
    loaded = ctypes.CDLL(str(library))
    loaded.ladspa_descriptor.restype = POINTER(Descriptor)
    assert not loaded.ladspa_descriptor(c_ulong(1))
    return loaded.ladspa_descriptor(c_ulong(0)).contents


def cleaned(model, samples, attenuation_db=None):
    """The samples of ``ossicle denoise``, of as many as go in."""
    program, rate = api.compile(model), model.graph.task.sample_rate
    kept, gains = kept_part(attenuation_db), np.ones(1, np.float32)
    return np.concatenate(list(enhance_blocks([samples[:, None]], rate, program, gains, kept)))[:, 0]


def test_many_instances_with_blocks_of_any_size_have_the_samples_of_denoise(model, plugin):
    rng, rate = np.random.default_rng(3), model.graph.task.sample_rate
    sounds = [voice(4000, seed) for seed in range(4)]
    limits = (None, 12.0, 0.0, 30.0)
    instances = [Instance(plugin, rate, NO_LIMIT if limit is None else limit) for limit in limits]
    outputs, at = [[] for _ in sounds], [0] * len(sounds)
    while min(at) < 4000:
        which = int(rng.integers(len(sounds)))
        size = int(rng.integers(0, 300))
        outputs[which].append(instances[which].run(sounds[which][at[which] : at[which] + size]))
        at[which] += size
    for sound, limit, instance, blocks in zip(sounds, limits, instances, outputs, strict=True):
        found = np.concatenate(blocks)[instance.latency :]
        # powf of the C and the power of Python may differ in the last bit of a limit.
        exact = {} if limit in (None, 0.0) else {"rtol": 1e-6, "atol": 1e-7}
        expected = cleaned(model, sound, limit)[: len(found)]
        np.testing.assert_allclose(found, expected, **({"rtol": 0, "atol": 0} | exact))
        instance.close()


@pytest.mark.parametrize("rate", [16000, 44100, 48000])
def test_bypass_is_the_input_after_the_latency_bit_for_bit(plugin, rate):
    samples, instance = voice(6000), Instance(plugin, rate, bypass=1.0)
    found = np.concatenate([instance.run(part) for part in np.array_split(samples, 7)])
    assert 0 < instance.latency < 0.06 * rate
    np.testing.assert_array_equal(found[instance.latency :], samples[: -instance.latency])
    instance.close()


def test_a_rate_that_cannot_be_resampled_is_no_instance(plugin):
    assert Instance(plugin, 44099).handle is None


def test_a_spotter_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(OssicleError, match=r"LV2 plug-in is for a noise suppressor; \w+ is a keyword"):
        api.write_c(api.quantize(small_spotter(), "w8a16"), tmp_path / "c", "lv2")


def test_ffmpeg_gives_the_samples_of_denoise(model, library, tmp_path):
    need("ladspa")
    samples, rate = voice(20000), model.graph.task.sample_rate
    soundfile.write(tmp_path / "noisy.wav", samples, rate, subtype="FLOAT")
    effect = f"ladspa=file={library}:plugin={model.graph.name}"
    files = ["-i", tmp_path / "noisy.wav", "-af", effect, "-c:a", "pcm_f32le", tmp_path / "clean.wav"]
    subprocess.run(["ffmpeg", "-v", "error", *files], check=True)
    found, _ = soundfile.read(tmp_path / "clean.wav", dtype="float32")
    summary = api.compile(model).summary
    latency = summary["latency_samples"] + summary["hop"] - 1
    np.testing.assert_array_equal(found[latency:], cleaned(model, samples)[:-latency])


@pytest.mark.slow
def test_lv2_tools_find_the_plug_in_and_give_the_samples_of_denoise(model, tmp_path, monkeypatch):
    need("lv2")
    name, rate = model.graph.name, model.graph.task.sample_rate
    built(model, "lv2", tmp_path / "c", QUICKLY, "install", f"PREFIX={tmp_path}")
    monkeypatch.setenv("LV2_PATH", f"{tmp_path}/.lv2:/usr/lib/lv2")
    uri = f"urn:ossicle:{name}"
    told = subprocess.run(["lv2info", uri], check=True, capture_output=True, text=True).stdout
    assert "reported by port 4" in told
    samples = voice(20000)
    soundfile.write(tmp_path / "noisy.wav", samples, rate, subtype="FLOAT")
    subprocess.run(["lv2apply", "-i", tmp_path / "noisy.wav", "-o", tmp_path / "clean.wav", uri], check=True)
    subprocess.run(["lv2bench", "-n", "1000", uri], check=True, capture_output=True)
    found, _ = soundfile.read(tmp_path / "clean.wav", dtype="float32")
    summary = api.compile(model).summary
    latency = summary["latency_samples"] + summary["hop"] - 1
    np.testing.assert_allclose(found[latency:], cleaned(model, samples)[:-latency], atol=4e-5)


@pytest.mark.slow
def test_pipewire_offers_a_microphone_without_noise(model, tmp_path, monkeypatch):
    need("pipewire")
    built(model, "ladspa", tmp_path / "c", QUICKLY, "microphone", f"PREFIX={tmp_path}")
    (tmp_path / "runtime").mkdir(mode=0o700)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    with subprocess.Popen(["pipewire"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            listed = ""
            for _ in range(40):
                done = subprocess.run(["pw-cli", "ls", "Node"], capture_output=True, text=True, check=False)
                listed = done.stdout
                if "Audio/Source" in listed:
                    break
                time.sleep(0.25)
        finally:
            server.terminate()
    assert f'"Microphone without noise ({model.graph.name})"' in listed
    assert f'"{model.graph.name}_clean"' in listed
