"""What the models that ship may take and lose; a figure here may shrink, not grow."""

from pathlib import Path

import numpy as np
import pytest

from ossicle import api
from ossicle.audio.files import read_audio
from ossicle.audio.stft import istft, stft
from ossicle.emit.project import weight_bytes
from ossicle.measure.speed import time_programs
from ossicle.metrics.signal import si_sdr, snr
from ossicle.quantize import SCHEMES, quantize
from ossicle.run.enhance import enhance
from ossicle.schedule import plan
from ossicle.simulate import Simulator
from ossicle.zoo import model_hash, zoo_names, zoo_path, zoo_scores

EXAMPLES = Path(__file__).parents[2] / "examples"
WEIGHT_BYTES = {"fp32": 3_951_628, "fp16": 1_975_814, "int8": 1_018_643, "mixed": 1_210_886}
STATE_BYTES = {"fp32": 13_672, "fp16": 13_160, "int8": 12_136, "mixed": 12_136}
REAL_TIME_FACTOR = {"fp32": 0.05, "mixed": 0.03}
PESQ_LOSS = {"fp16": 0.01, "int8": 0.15, "mixed": 0.06}


@pytest.fixture(scope="module")
def model():
    return api.load("gru256")


@pytest.fixture(scope="module")
def programs(model):
    return {scheme: api.compile(api.quantize(model, scheme)) for scheme in SCHEMES}


@pytest.fixture(scope="module")
def example():
    return read_audio(EXAMPLES / "noisy.flac"), read_audio(EXAMPLES / "clean.flac")


@pytest.mark.parametrize("name", zoo_names())
def test_the_card_of_a_model_names_the_file_that_ships(name):
    card = zoo_path(name).with_suffix(".md").read_text("utf-8")
    assert model_hash(zoo_path(name)) in card


@pytest.mark.parametrize("name", zoo_names())
def test_the_scores_of_a_model_are_of_the_file_that_ships(name):
    scores = zoo_scores(name)
    for measure, noisy in scores["noisy"].items():
        assert scores["enhanced"][measure] > noisy


def test_gru256_has_the_published_size(model):
    assert (model.graph.parameters, model.graph.macs) == (987_907, 984_065)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_gru256_takes_no_more_bytes(model, scheme):
    graph = quantize(model.graph, scheme, model.calibration)
    assert weight_bytes(graph) <= WEIGHT_BYTES[scheme]
    assert plan(graph).state_bytes <= STATE_BYTES[scheme]


def test_gru256_runs_within_its_share_of_real_time_on_one_core(programs):
    """The fastest round, because the machine that runs the tests has other work."""
    speeds = time_programs({scheme: programs[scheme] for scheme in REAL_TIME_FACTOR}, rounds=60, seconds=0.2)
    for scheme, limit in REAL_TIME_FACTOR.items():
        assert speeds[scheme].fastest_us / 6250 < limit


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_c_of_gru256_follows_its_simulation(model, programs, example, scheme):
    """Whole signals: in mixed, a float sum that rounds the other way moves an int8 code now and then."""
    noisy = example[0].samples[:16000, 0]
    graph = quantize(model.graph, scheme, model.calibration)
    simulator = Simulator(graph)
    spectrum = stft(noisy, graph.stft)
    masks = np.stack([simulator.step(frame) for frame in np.abs(spectrum)])
    expected = istft(masks * spectrum, graph.stft, len(noisy))
    floor = {"fp32": 100, "fp16": 50, "int8": 30, "mixed": 45}[scheme]
    assert snr(programs[scheme].denoise(noisy), expected) > floor


@pytest.mark.parametrize("scheme", list(PESQ_LOSS))
def test_quantization_costs_gru256_little_on_the_example(programs, example, scheme):
    pytest.importorskip("pesq")
    from ossicle.metrics.speech import pesq_wb

    noisy, clean = example
    pesq = {
        s: pesq_wb(enhance(noisy, programs[s]).samples[:, 0], clean.samples[:, 0]) for s in ("fp32", scheme)
    }
    assert pesq["fp32"] - pesq[scheme] < PESQ_LOSS[scheme]


def test_gru256_cleans_the_example(programs, example):
    noisy, clean = example
    enhanced = enhance(noisy, programs["mixed"]).samples[:, 0]
    reference = clean.samples[:, 0]
    assert si_sdr(enhanced, reference) > si_sdr(noisy.samples[:, 0], reference) + 3
