"""What the suppressors that ship may lose; their bytes are held by ``tests/benchmarks/test_figures.py``."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from published import published
from running import compare_masks, compare_nodes
from tools import slow_but

from ossicle import api
from ossicle.audio.files import read_audio
from ossicle.audio.stft import stft
from ossicle.measure.sensitivity import OutputError
from ossicle.measure.speed import time_programs
from ossicle.metrics.signal import si_sdr
from ossicle.quantization import SCHEMES, quantize
from ossicle.tasks.suppression.enhance import enhance
from ossicle.tasks.suppression.settings import Suppression
from ossicle.zoo import model_hash, zoo_names, zoo_path, zoo_scores

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = ("gru128", "gru256", "lstm128", "lstm256")
PUBLISHED = {
    "lstm256": (1_251_075, 1_246_209),
    "gru256": (987_907, 984_065),
    "lstm128": (396_675, 393_985),
    "gru128": (330_627, 328_449),
}
"""Parameters, and multiply-accumulates a frame, of the networks of arXiv 2210.07692."""
ERROR_DB = {"fp16": -50, "mixed": -44, "int8": -29, "w8a16": -44, "w4a16": -27, "w16a16": -54}
"""Error at the mask on the example, against the float network."""
REAL_TIME_FACTOR = 0.3
"""Most that a suppressor takes of one core, on any computer of the last ten years, busy or not."""


@pytest.fixture(scope="module")
def example():
    return read_audio(EXAMPLES / "noisy.flac"), read_audio(EXAMPLES / "clean.flac")


@pytest.fixture(scope="module")
def noisy(example):
    return example[0].samples[:, 0]


def test_the_four_published_networks_ship():
    assert tuple(api.zoo_models(Suppression.name)) == NAMES


@pytest.mark.parametrize("name", zoo_names())
def test_the_card_of_a_model_names_the_file_that_ships(name):
    card = zoo_path(name).with_suffix(".md").read_text("utf-8")
    assert model_hash(zoo_path(name)) in card


@pytest.mark.parametrize("name", NAMES)
def test_the_scores_of_a_model_are_of_the_file_that_ships(name):
    scores = zoo_scores(name)
    for measure, noisy in scores["noisy"].items():
        assert scores["enhanced"][measure] > noisy


@pytest.mark.parametrize("name", NAMES)
def test_a_model_has_the_published_size(name):
    graph = api.load(name).graph
    assert (graph.parameters, graph.macs) == PUBLISHED[name]
    assert published("sizes")[name]["weight_bytes"]["fp16"] == 2 * graph.parameters


@pytest.mark.parametrize("name", slow_but(("gru128",), NAMES))
def test_quantization_changes_the_mask_little(name, noisy):
    """Out of the box: with the calibration that the model brings."""
    model = api.load(name)
    magnitude = np.abs(stft(noisy, model.graph.task.stft))
    error = OutputError(model.graph, [magnitude])
    for scheme, limit in ERROR_DB.items():
        loss = error(quantize(model.graph, scheme, model.calibration))
        assert 10 * np.log10(loss) < limit, scheme


@pytest.mark.parametrize("name", slow_but(("gru128",), ("gru128", "lstm128")))
@pytest.mark.parametrize(
    ("scheme", "least_db", "gain_db"), slow_but([("int8", 26, 1.5)], [("int8", 26, 1.5), ("w4a16", 37, 5)])
)
def test_a_scheme_by_its_name_is_better_than_rounding_to_the_nearest(name, scheme, least_db, gain_db, noisy):
    """Otherwise what the file brings of its calibration is not used; loud, and 10 and 20 dB softer."""
    model = api.load(name)
    plain = replace(model, calibration=model.calibration.without_moments())
    levels = [np.abs(stft(np.float32(gain) * noisy, model.graph.task.stft)) for gain in (1, 0.3, 0.1)]
    error = OutputError(model.graph, levels)
    fitted, nearest = (error.sqnr_db(api.quantize(of, scheme).graph) for of in (model, plain))
    assert fitted > max(least_db, nearest + gain_db)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gru256", "lstm256"])
def test_a_model_leaves_most_of_a_core_to_others(name):
    """The fastest round, because the machine that runs the tests has other work."""
    programs = {s: api.compile(api.quantize(api.load(name), s)) for s in ("fp32", "mixed")}
    for speed in time_programs(programs, rounds=60, seconds=0.2).values():
        assert speed.fastest_us / 6250 < REAL_TIME_FACTOR


@pytest.mark.parametrize("name", slow_but(("gru128", "lstm128"), NAMES))
def test_the_c_of_a_model_in_mixed_is_the_simulations(tmp_path, name, noisy):
    model = api.load(name)
    graph = quantize(model.graph, "mixed", model.calibration)
    assert compare_nodes(graph, tmp_path / "c", noisy[8000:12000]) > 200


@pytest.mark.slow
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", NAMES)
def test_the_c_of_a_model_is_the_simulations_in_every_scheme(tmp_path, name, scheme, noisy):
    model = api.load(name)
    graph = quantize(model.graph, scheme, model.calibration)
    compare_nodes(graph, tmp_path / "nodes", noisy[:16000])
    if scheme in ("int8", "w8a16", "w4a16", "w16a16"):
        compare_masks(graph, tmp_path / "masks", noisy[:32000])


@pytest.mark.parametrize("name", slow_but(("gru128",), NAMES))
def test_a_model_cleans_the_example(name, example):
    pytest.importorskip("pesq")
    from ossicle.metrics.speech import pesq_wb

    noisy, clean = example
    enhanced = enhance(noisy, api.compile(api.quantize(api.load(name), "mixed"))).samples[:, 0]
    reference = clean.samples[:, 0]
    assert si_sdr(enhanced, reference) > si_sdr(noisy.samples[:, 0], reference) + 1
    assert pesq_wb(enhanced, reference) > pesq_wb(noisy.samples[:, 0], reference) + 0.5
