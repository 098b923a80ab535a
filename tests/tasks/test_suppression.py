"""What is around a suppressor's network: each kind of features and of estimates, in C as in Python."""

from dataclasses import replace

import numpy as np
import pytest
from networks import noise

from ossicle import api
from ossicle.audio.estimates import ESTIMATES, ComplexMask, FrameSamples, Mask, Spectrum
from ossicle.audio.features import FEATURES, Complex, Compressed, LogPower, Magnitude, Samples
from ossicle.audio.stft import StftConfig, istft, stft
from ossicle.errors import OssicleError
from ossicle.graph import Graph, Node, Tensor, check
from ossicle.graph.model import Model
from ossicle.metrics.signal import snr
from ossicle.quantization import clip_arrays
from ossicle.simulate import Simulator
from ossicle.targets import load_target
from ossicle.tasks.suppression.settings import Suppression

STFT = StftConfig(window=64, hop=32, n_fft=80, analysis="sqrt_hann", synthesis="sqrt_hann")


def network(task, function="tanh"):
    """A function of the input, or a dense layer where sizes differ, or the sum of two inputs."""
    sizes = task.inputs
    names = ("x", "more")[: len(sizes)]
    tensors = {name: Tensor((size,)) for name, size in zip(names, sizes, strict=True)}
    tensors["y"] = Tensor(task.outputs)
    node = Node("unary", "function", {"x": "x"}, {"y": "y"}, {}, {"function": function})
    if sizes[0] != task.outputs[0]:
        weight = np.random.default_rng(0).normal(size=(*task.outputs, *sizes)).astype(np.float32)
        constants = {"weight": weight, "bias": np.zeros(task.outputs, np.float32)}
        node = Node("linear", "dense", {"x": "x"}, {"y": "y"}, constants, {"activation": "sigmoid"})
    if len(sizes) > 1:
        node = Node("binary", "sum", {"a": "x", "b": "more"}, {"y": "y"}, {}, {"function": "add"})
    graph = Graph("around", task, names, ("y",), (), tensors, (node,))
    check(graph)
    return graph


def in_numpy(graph, signal):
    """The definition: features, the simulated network, the estimate and the inverse transform."""
    task, simulator = graph.task, Simulator(graph)
    arrays = clip_arrays(graph, task.hear(signal))
    outputs = np.stack([simulator.step(*frame)[0] for frame in zip(*arrays, strict=True)])
    estimate = task.estimate.spectrum(outputs, stft(signal, task.stft), task.stft)
    return istft(estimate, task.stft, len(signal))


def agreement(task, function="tanh"):
    """SNR of the C in dB, against the definition."""
    graph, signal = network(task, function), noise(3000)
    return snr(api.compile(Model(graph)).denoise(signal), in_numpy(graph, signal))


FLAT = [Magnitude(), Magnitude(0.3), LogPower(), Compressed()]
PAIRS = [Complex(), Complex("planar"), Complex(power=0.3)]


@pytest.mark.parametrize(
    ("features", "estimate"),
    [*((features, Mask()) for features in FLAT), (Magnitude(), Mask(0.5))],
    ids=repr,
)
def test_masks_of_features_in_c_are_those_of_python(features, estimate):
    assert agreement(Suppression(STFT, (features,), estimate)) > 100


@pytest.mark.parametrize(
    ("features", "estimate"),
    [
        (Complex(), ComplexMask("planar")),
        (Complex("planar"), ComplexMask()),
        (Complex(), Spectrum()),
        (Complex("planar"), Spectrum("planar", 0.3)),
        (Complex(power=0.3), Spectrum("planar")),
        (Complex("planar", 0.3), Spectrum(power=0.3)),
    ],
    ids=repr,
)
def test_complex_numbers_in_c_are_those_of_python(features, estimate):
    assert agreement(Suppression(STFT, (features,), estimate)) > 90


def test_samples_in_c_are_those_of_python():
    stft = StftConfig(window=64, hop=16, n_fft=64, analysis="rectangular", overlap="plain")
    assert agreement(Suppression(stft, (Samples(),), FrameSamples()), "sin") > 100


@pytest.mark.parametrize(
    ("heard", "estimate"),
    [
        ((Magnitude(), LogPower()), Mask()),
        ((Complex(), Complex("planar", 0.5)), Spectrum()),
        ((Compressed(), Magnitude()), Mask()),
    ],
    ids=repr,
)
def test_several_inputs_in_c_are_those_of_python(heard, estimate):
    assert agreement(Suppression(STFT, heard, estimate)) > 90


def test_a_mask_may_come_of_samples():
    assert agreement(Suppression(STFT, (Samples(),), Mask())) > 100


def test_every_kind_has_its_c():
    used = {type(one) for one in (*FLAT, *PAIRS, Samples())}
    assert used == set(FEATURES.values())
    assert {Mask, ComplexMask, Spectrum, FrameSamples} == set(ESTIMATES.values())


@pytest.mark.needs("emulator")
@pytest.mark.parametrize(
    ("heard", "estimate"),
    [
        ((Complex("planar", 0.5), Complex()), Spectrum("planar", 0.5)),
        pytest.param((LogPower(), Magnitude(0.3)), Mask(0.1), marks=pytest.mark.slow),
        pytest.param((Complex(),), ComplexMask("planar"), marks=pytest.mark.slow),
        pytest.param((Samples(),), FrameSamples(), marks=pytest.mark.slow),
    ],
    ids=repr,
)
def test_a_chip_gives_the_samples_of_this_computer(heard, estimate):
    from ossicle.platforms.cortexm.run import emulate

    graph = network(Suppression(STFT, heard, estimate))
    samples = (noise(640) * 32768).astype(np.int16)
    result = emulate(graph, load_target("stm32f767"), samples)
    assert result.largest_difference <= 1 and result.verification.passed
    assert np.abs(result.output[64:].astype(int)).max() > 100


@pytest.mark.parametrize("rate", [8000, 48000])
def test_a_suppressor_may_have_another_rate(rate):
    config = StftConfig(sample_rate=rate, window=rate // 50, hop=rate // 100, n_fft=rate // 50)
    graph = network(Suppression(config, (Complex(),), Spectrum()))
    program = api.compile(Model(graph))
    assert (program.sample_rate, program.hop) == (rate, rate // 100)
    assert snr(program.denoise(noise(3000)), in_numpy(graph, noise(3000))) > 100


@pytest.mark.parametrize("scheme", ["w8a16", "int8"])
def test_a_network_of_complex_numbers_is_calibrated_on_sound_and_quantized(scheme):
    graph = network(Suppression(STFT, (Complex(), Complex()), Spectrum()))
    heard = graph.task.hear(noise(3000))
    quantized = api.quantize(Model(graph), scheme, [heard])
    assert quantized.graph.quantized or quantized.sqnr_db > 30
    found = api.compile(quantized).denoise(noise(3000))
    assert snr(found, in_numpy(quantized.graph, noise(3000))) > (60 if scheme == "w8a16" else 30)


def test_a_cluster_refuses_what_its_workers_cannot_share():
    model = Model(network(Suppression(STFT, (Samples(),), Mask())))
    with pytest.raises(
        OssicleError, match="around hears samples and gives mask: compile it for a single core"
    ):
        api.plan(model, "gap9")


def test_one_level_cannot_be_followed_twice():
    with pytest.raises(OssicleError, match="only one input can hear compressed"):
        Suppression(STFT, (Compressed(), Compressed()))


def test_the_estimate_takes_no_memory_while_the_network_runs():
    from ossicle.schedule import plan

    masked, estimated = (
        plan(network(Suppression(STFT, (Complex(),), kind))).scratch for kind in (ComplexMask(), Spectrum())
    )
    spans = [{b.name: (b.first, b.last) for b in scratch} for scratch in (masked, estimated)]
    assert spans[0]["spectrum"][1] > spans[1]["spectrum"][1] and "estimate" not in spans[0]
    assert replace(masked[0]) in masked
