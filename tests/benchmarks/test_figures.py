"""Recorded figures that take little time are measured again: they are the same to the last digit."""

import io
from dataclasses import asdict

import chips
import emulator  # noqa: F401  (skips where the emulator is missing)
import pytest
import record
import render
import sizes
import soundfile
from tools import slow_but

from ossicle import api
from ossicle.data.mixtures import build_mixture, read_mixtures
from ossicle.zoo import zoo_names

CORPUS = render.ROOT.parent / "shared" / "data"
NEAR = 0.002
"""Of PESQ: the recorded files were written with 24 bits."""
PLANS = render.load_result("cluster")["settings"]["cases"]


def again(benchmark: str) -> str:
    return f"measured differently from what is recorded; if that is meant, run: {render.command(benchmark)}"


@pytest.mark.parametrize("name", zoo_names())
def test_sizes_are_those_that_are_recorded(name):
    assert record.plain_data(sizes.sizes(name)) == render.load_result("sizes")["results"][name], again(
        "sizes"
    )


def test_a_model_takes_on_a_chip_what_is_recorded():
    found, case = render.load_result("chips"), "gru128 w8a16 stm32f767"
    row = chips.measure(*case.split(), "zig", found["settings"]["seconds"])
    assert record.plain_data(asdict(row)) == found["results"][case], again("chips")


def as_written(signal):
    """A signal as the benchmark reads it, from a file of 24 bits: PESQ moves with less."""
    file = io.BytesIO()
    soundfile.write(file, signal, 16000, format="FLAC", subtype="PCM_24")
    file.seek(0)
    return soundfile.read(file, dtype="float32")[0]


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of the mixtures is not at ../shared/data")
@pytest.mark.parametrize("name", render.load_result("quality")["settings"]["models"])
def test_files_sound_as_they_are_recorded_to(name):
    pytest.importorskip("pesq")
    from ossicle.metrics.speech import pesq_wb

    found = render.load_result("quality")
    mixtures = read_mixtures(record.HERE / f"mixtures_{found['settings']['split']}.csv")
    program = api.compile(api.quantize(api.load(name), found["settings"]["scheme"]))
    for mixture in mixtures:
        recorded = found["results"]["pesq_of_files"].get(mixture.name)
        if recorded:
            noisy, clean = map(as_written, build_mixture(mixture, CORPUS, 16000))
            pesq = {"noisy": pesq_wb(noisy, clean), name: pesq_wb(program.denoise(noisy), clean)}
            assert pesq == pytest.approx({key: recorded[key] for key in pesq}, abs=NEAR), again("quality")


@pytest.mark.parametrize("case", slow_but(PLANS[:1], PLANS))
def test_a_plan_for_a_cluster_takes_what_is_recorded(cluster_benchmark, case):
    found = render.load_result("cluster")
    plan = cluster_benchmark.plan_figures(*case.split(), cluster_benchmark.load_target("gap9"))
    assert record.plain_data(plan) == found["results"]["plans"][case], again("cluster")
