"""The running C: against the simulation, against PyTorch, and as a stream."""

import ctypes
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import noise, small_model
from running import compare_masks, compare_nodes
from tools import slow_but

from ossicle import api
from ossicle.audio.features import TRAINED
from ossicle.audio.files import Audio
from ossicle.audio.stft import StftConfig, istft
from ossicle.errors import OssicleError
from ossicle.metrics.signal import snr
from ossicle.platforms.host.build import build
from ossicle.platforms.platform import emit
from ossicle.programs import library
from ossicle.quantization import SCHEMES, quantize
from ossicle.schedule import plan
from ossicle.targets import load_target
from ossicle.tasks.suppression.enhance import enhance, enhance_blocks

FULL_STFT = StftConfig()
FAST = {("gru", "mixed"), ("gru", "w4a16"), ("lstm", "int8"), ("lstm", "fp16"), ("lstm", "w16a16")}
FAST |= {("conv", "fp32"), ("conv", "fp16"), ("conv", "int8"), ("conv", "w8a16")}
"""Of the running C against the simulation; the other networks and schemes are slow."""


@pytest.fixture(scope="module")
def programs():
    return {
        (cell, scheme): api.compile(api.quantize(small_model(cell), scheme))
        for cell in ("gru", "lstm")
        for scheme in SCHEMES
    }


@pytest.mark.parametrize(("cell", "scheme"), slow_but(FAST, product(("gru", "lstm", "conv"), SCHEMES)))
def test_every_node_of_the_running_c_is_the_simulations(tmp_path, cell, scheme):
    model = small_model(cell)
    graph = quantize(model.graph, scheme, model.calibration)
    exact = compare_nodes(graph, tmp_path / "c", noise(16 * 60))
    assert exact >= {"fp32": 0, "fp16": 120, "mixed": 120 if cell == "conv" else 240}.get(scheme, 420)


@pytest.mark.parametrize(
    ("cell", "scheme"),
    slow_but(
        {("gru", "w4a16"), ("gru", "int8"), ("lstm", "w8a16"), ("conv", "int8"), ("conv", "w16a16")},
        product(("gru", "lstm", "conv"), ("int8", "w8a16", "w4a16", "w16a16")),
    ),
)
def test_integer_masks_are_the_simulations_over_a_whole_signal(tmp_path, cell, scheme):
    model = small_model(cell)
    compare_masks(quantize(model.graph, scheme, model.calibration), tmp_path / "c", noise(16 * 400))


def test_reusing_memory_does_not_change_a_bit(tmp_path, programs):
    model = small_model("lstm")
    for scheme in SCHEMES:
        graph = quantize(model.graph, scheme, model.calibration)
        emit(graph, plan(graph, reuse=False), load_target("host"), tmp_path / scheme)
        apart = build(tmp_path / scheme).denoise(noise(2000))
        np.testing.assert_array_equal(apart, programs["lstm", scheme].denoise(noise(2000)))


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_the_whole_fp32_suppressor_agrees_with_pytorch_at_80_db(cell):
    torch = pytest.importorskip("torch")
    from ossicle.graph.file import Model
    from ossicle.models.suppressor import Suppressor, SuppressorConfig, torch_stft
    from ossicle.tasks.suppression.from_torch import import_suppressor

    torch.manual_seed(1)
    network = Suppressor(SuppressorConfig(cell, 40)).eval()
    signal = noise(16000)
    with torch.no_grad():
        spectrum = torch_stft(torch.from_numpy(signal), network.stft)
        mask = network(spectrum.abs().unsqueeze(0)).mask[0]
        expected = istft((mask * spectrum).numpy(), network.stft, len(signal))
    program = api.compile(Model(import_suppressor(network, "net")))
    assert snr(program.denoise(signal), expected) > 80


def unit_mask_program(stft):
    """A network whose last layer says one, whatever it hears."""
    model = small_model("gru", stft=stft)
    nodes = list(model.graph.nodes)
    constants = {
        "weight": np.zeros_like(nodes[-1].constants["weight"]),
        "bias": np.full_like(nodes[-1].constants["bias"], 40.0),
    }
    nodes[-1] = replace(nodes[-1], constants=constants)
    return api.compile(replace(model, graph=replace(model.graph, nodes=tuple(nodes))))


@pytest.mark.parametrize(
    "stft",
    [
        FULL_STFT,
        StftConfig(window=320, hop=160, n_fft=320, analysis="sqrt_hann", synthesis="sqrt_hann"),
        StftConfig(sample_rate=8000, window=200, hop=80, n_fft=240, analysis="hamming"),
    ],
)
def test_a_mask_of_one_returns_the_delayed_input(stft):
    program = unit_mask_program(stft)
    signal = noise(16000)
    stream = program.open()
    output = np.concatenate([stream.process(signal), stream.flush()])
    assert len(output) == len(signal) + program.latency
    assert np.abs(output[: program.latency]).max() < 1e-6
    assert snr(output[program.latency :], signal) > 90
    assert snr(program.denoise(signal), signal) > 90


@pytest.mark.parametrize("kind", TRAINED)
def test_the_front_end_of_the_c_is_the_one_of_python(tmp_path, kind):
    model = small_model("gru", stft=FULL_STFT, features=kind)
    layout = plan(model.graph, reuse=False)
    emit(model.graph, layout, load_target("host"), tmp_path / "c")
    stream = build(tmp_path / "c").open()
    signal = np.concatenate([noise(1600), 1e-3 * noise(1600), np.zeros(800, np.float32)])
    buffer = layout.buffer(kind)
    for frame, hop in zip(TRAINED[kind].of(signal, FULL_STFT), np.split(signal, 40), strict=False):
        stream.process(hop)
        found = stream.state.view(np.uint8)[buffer.offset :][: buffer.bytes].view(np.float32)
        assert snr(found, frame) > 110 if frame.any() else not found.any()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 400), max_size=12), st.sampled_from(["fp32", "mixed"]))
def test_any_chunking_gives_the_same_bits(programs, lengths, scheme):
    program = programs["gru", scheme]
    signal = noise(sum(lengths) + 5)
    whole = program.open()
    expected = np.concatenate([whole.process(signal), whole.flush()])
    stream, start, pieces = program.open(), 0, []
    for length in [*lengths, 5]:
        pieces.append(stream.process(signal[start : start + length]))
        start += length
    np.testing.assert_array_equal(np.concatenate([*pieces, stream.flush()]), expected)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_interleaved_streams_do_not_disturb_each_other(programs, scheme):
    program = programs["lstm", scheme]
    signals = [noise(1600, seed) for seed in (1, 2)]
    alone = [program.denoise(signal) for signal in signals]
    streams = [program.open(), program.open()]
    together = [[], []]
    for start in range(0, 1600, 80):
        for i in (0, 1):
            together[i].append(streams[i].process(signals[i][start : start + 80]))
    for i in (0, 1):
        output = np.concatenate([*together[i], streams[i].flush()])[program.latency :]
        np.testing.assert_array_equal(output, alone[i])


@pytest.mark.parametrize("poison", [np.nan, np.inf, -np.inf, 3e38, -3e38, 1e-40])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_samples_that_are_no_numbers_never_stay(programs, scheme, poison):
    program = programs["gru", scheme]
    stream = program.open()
    bad = noise(320)
    bad[100:140] = poison
    assert np.isfinite(stream.process(bad)).all()
    assert np.isfinite(stream.process(noise(1600))).all()


def test_nan_counts_as_silence(programs):
    program = programs["gru", "fp32"]
    poisoned, silent = noise(640), noise(640)
    poisoned[50:90] = np.nan
    silent[50:90] = 0
    np.testing.assert_array_equal(program.denoise(poisoned), program.denoise(silent))


def test_a_reset_stream_starts_over(programs):
    stream = programs["lstm", "mixed"].open()
    first = stream.process(noise(800))
    stream.reset()
    np.testing.assert_array_equal(stream.process(noise(800)), first)
    stream.flush()
    np.testing.assert_array_equal(stream.process(noise(800)), first)


def test_int16_chunks_are_floats_of_full_scale_32768(programs):
    program = programs["gru", "fp32"]
    samples = (noise(500) * 32768).astype(np.int16)
    expected = program.denoise(samples.astype(np.float32) / 32768)
    np.testing.assert_array_equal(program.denoise(samples), expected)


@pytest.mark.parametrize("chunk", [np.zeros((2, 8), np.float32), np.zeros(8, np.int32), np.array("text")])
def test_chunks_that_are_no_samples_are_refused(programs, chunk):
    with pytest.raises(OssicleError, match="one channel of float or int16"):
        programs["gru", "fp32"].open().process(chunk)


@pytest.mark.parametrize("samples", [0, 1, 15, 16, 17])
def test_short_signals_keep_their_length(programs, samples):
    assert len(programs["gru", "mixed"].denoise(noise(samples))) == samples


@pytest.mark.parametrize("rate", [8000, 16000, 44100])
def test_a_recording_comes_out_alike_however_it_is_cut_into_blocks(programs, rate):
    program = programs["gru", "mixed"]
    samples = np.stack([noise(rate // 2), noise(rate // 2, 1)], 1)
    cuts = np.split(samples, [1, 700, 701, 3000])
    whole, parts = (
        np.concatenate(list(enhance_blocks(blocks, rate, program, np.ones(2, np.float32))))
        for blocks in ([samples], cuts)
    )
    assert whole.shape == samples.shape
    np.testing.assert_allclose(parts, whole, atol=0 if rate == 16000 else 1e-6)
    assert np.ptp(whole) > 0.01


def test_a_second_build_of_the_same_sources_compiles_nothing(tmp_path, monkeypatch):
    folder = tmp_path / "c"
    first = api.compile(small_model("gru"), folder)
    monkeypatch.setattr(library, "compile_file", None)
    assert build(folder) == first


def test_changed_sources_are_compiled_again(tmp_path):
    folder = tmp_path / "c"
    first = api.compile(small_model("gru"), folder)
    source = folder / "osc_magnitude.c"
    source.write_text(source.read_text() + "\n/* changed */\n")
    assert build(folder).library != first.library


def test_a_folder_without_a_model_and_c_that_does_not_compile_are_refused(tmp_path):
    with pytest.raises(OssicleError, match="not an emitted C folder"):
        build(tmp_path)
    api.compile(small_model("gru"), tmp_path / "c")
    (tmp_path / "c" / "osc_fft.c").write_text("this is no C\n")
    with pytest.raises(OssicleError, match=r"C compiler .* failed: .*error"):
        build(tmp_path / "c")


def test_without_a_compiler_the_sentence_says_how_to_get_one(monkeypatch):
    from ossicle.programs import compiler

    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr(compiler.shutil, "which", lambda name: None)
    monkeypatch.setattr(compiler.importlib.util, "find_spec", lambda name: None)
    compiler.find_compiler.cache_clear()
    try:
        with pytest.raises(OssicleError, match=r"pip install 'ossicle\[compiler\]'"):
            compiler.find_compiler()
    finally:
        compiler.find_compiler.cache_clear()


@pytest.mark.parametrize("quieter", [256, 1 / 64])
@pytest.mark.parametrize("scheme", ["fp32", "mixed"])
def test_very_quiet_and_very_loud_recordings_come_out_as_usual_ones_do(programs, scheme, quieter):
    program = programs["gru", scheme]
    samples = np.stack([noise(8000), noise(8000, 1)], 1)
    usual = Audio(0.05 * samples / samples.std(axis=0), 16000)
    found = enhance(replace(usual, samples=usual.samples / np.float32(quieter)), program)
    np.testing.assert_array_equal(found.samples * np.float32(quieter), enhance(usual, program).samples)


def test_the_gain_of_the_c_is_that_of_samples_before_and_after(programs):
    program = programs["gru", "mixed"]
    library, gain = program.library.load(), np.float32(8)
    quiet = noise(program.hop * 20) * 0.01
    expected = program.open().process(quiet * gain) / gain
    stream, found = program.open(), np.zeros_like(quiet)
    process = getattr(library, f"{program.summary['name']}_process_gain_f32")
    process.argtypes = [ctypes.c_void_p] * 3 + [ctypes.c_float]
    for begin in range(0, len(quiet), program.hop):
        process(stream.state.ctypes.data, quiet[begin:].ctypes.data, found[begin:].ctypes.data, gain)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
