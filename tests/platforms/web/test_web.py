"""Suppressors as WebAssembly, in a runtime on this computer: their bits, their streams, their folders."""

import json

import numpy as np
import pytest
from networks import small_model, small_spotter, voice
from tools import need, slow_but

from ossicle import api
from ossicle.errors import OssicleError
from ossicle.platforms.web.program import WebProgram
from ossicle.platforms.web.runtime import WasmModel


@pytest.fixture(scope="module")
def model():
    return api.quantize(small_model("gru"), "w8a16")


@pytest.fixture(scope="module")
def program(model, library_cache, tmp_path_factory) -> WebProgram:
    need("web")
    return api.compile(model, tmp_path_factory.mktemp("web") / "page", "web")


def delayed(samples, by):
    """As many samples, later."""
    return np.concatenate([np.zeros(by, np.float32), samples])[: len(samples)]


@pytest.mark.parametrize(
    ("kind", "scheme"),
    slow_but([("gru", "w8a16")], [("gru", "w8a16"), ("lstm", "int8"), ("gru", "mixed"), ("conv", "fp32")]),
)
def test_the_output_and_each_node_have_the_bits_of_this_computer(kind, scheme):
    need("web")
    result = api.run(api.quantize(small_model(kind), scheme), target="web", seconds=0.2)
    assert result.largest_difference == 0 and result.verification.passed
    assert result.frame_us > 0 and result.as_dict()["real_time_factor"] == result.real_time_factor


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["w8a16", "int8", "mixed"])
def test_a_model_that_ships_has_the_bits_of_this_computer(scheme):
    need("web")
    result = api.run(api.quantize(api.load("gru128"), scheme), target="web", seconds=0.5)
    assert result.largest_difference == 0 and result.verification.passed


@pytest.mark.parametrize("block", [1, 128, 1000])
def test_a_stream_at_the_model_s_rate_has_the_samples_of_the_program_here(model, program, block):
    samples, rate = voice(3001), program.summary["sample_rate"]
    stream = WasmModel(program.wasm, rate)
    hop, latency = program.summary["hop"], program.summary["latency_samples"]
    assert stream.latency == latency + hop - 1
    here = np.concatenate([api.compile(model).open().process(samples), np.zeros(hop, np.float32)])
    np.testing.assert_array_equal(stream.process(samples, 0, block)[hop - 1 :], here[: 3001 - hop + 1])


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000, 96000])
def test_a_stream_that_keeps_all_delays_its_input_bit_for_bit(program, rate):
    samples, stream = voice(9000), WasmModel(program.wasm, rate)
    np.testing.assert_array_equal(stream.process(samples, 1, 128), delayed(samples, stream.latency))


def test_a_stream_at_another_rate_is_the_resampled_one(model, program):
    rate, time = program.summary["sample_rate"], np.arange(24000)
    low = sum(np.sin(2 * np.pi * f / 48000 * time + f) for f in (200, 900, 2500)).astype(np.float32) / 8
    stream = WasmModel(program.wasm, 48000)
    at_48k = stream.process(low, 0, 128)
    expected = api.compile(model).denoise(low[:: 48000 // rate].copy())
    found = at_48k[stream.latency :: 48000 // rate]
    error = (found - expected[: len(found)])[rate // 50 : -rate // 50]
    assert 10 * np.log10(np.mean(expected**2) / np.mean(error**2)) > 50


def test_a_limit_of_the_attenuation_is_a_part_of_the_input(program):
    samples, rate = voice(4000), program.summary["sample_rate"]
    clean, limited, before = (
        WasmModel(program.wasm, rate).process(samples, kept, 128) for kept in (0, 0.25, 1)
    )
    np.testing.assert_allclose(limited, 0.75 * clean + 0.25 * before, atol=1e-6)


def test_nan_and_infinity_are_silence(program):
    samples = voice(4000)
    broken, silent = samples.copy(), samples.copy()
    broken[1000:1003], silent[1000:1003] = (np.nan, np.inf, -np.inf), 0
    rate = program.summary["sample_rate"]
    found, expected = (WasmModel(program.wasm, rate).process(x, 0.5, 128) for x in (broken, silent))
    np.testing.assert_array_equal(found, expected)


def test_a_rate_that_needs_too_long_a_filter_is_refused(program):
    with pytest.raises(OssicleError, match="44099 Hz cannot be resampled"):
        WasmModel(program.wasm, 44099)


@pytest.mark.slow
def test_a_second_model_comes_into_the_page_of_the_first(ossicle, model, tmp_path):
    need("web")
    api.save(model, tmp_path / "gru.ossicle")
    for name in ("one", "two", "one"):
        done = ossicle(
            "compile", tmp_path / "gru.ossicle", "--target", "web", "--name", name, "-o", tmp_path / "page"
        )
        assert done.returncode == 0, done.stderr
        assert "index.html in a browser" in done.stdout
    page = tmp_path / "page"
    assert json.loads((page / "model.json").read_text())["models"] == ["two", "one"]
    package = json.loads((page / "package.json").read_text())
    assert {"./one.js", "./two.js"} < package["exports"].keys()
    assert all(
        (page / entry.removeprefix("./")).is_file() for entry in ("one.js", "two.d.ts", package["main"])
    )
    text = (page / "index.html").read_text()
    assert '"name": "one"' in text and '"name": "two"' in text and "://" not in text


def test_a_network_of_another_task_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(OssicleError, match=r"a web page is for a noise suppressor; \w+ is a keyword spotter"):
        api.write_c(api.quantize(small_spotter(), "w8a16"), tmp_path / "page", "web")
    assert not (tmp_path / "page").exists()
