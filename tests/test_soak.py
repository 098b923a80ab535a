"""Minutes of sound of all kinds through the models that ship; five commits of ``.ci/run`` hear hours."""

import math

import pytest
from soaking import ROUND, minutes, soak, sqnr_db

from ossicle import api
from ossicle.tasks.audio import audio_task
from ossicle.zoo import zoo_names

LEAST_SQNR_DB = {"w8a16": 25.0, "int8": 5.0}
"""Of the last minute of a round. It says that a network is what it was, not how good a scheme is."""


@pytest.mark.slow
@pytest.mark.parametrize("scheme", LEAST_SQNR_DB)
@pytest.mark.parametrize("name", zoo_names())
def test_a_model_is_after_all_kinds_of_sound_what_it_was(name, scheme):
    rate = audio_task(api.load(name).graph).sample_rate
    reference, found = (
        soak(api.compile(api.load_quantized(name, kind)), rate, 2 * ROUND / 60) for kind in ("fp32", scheme)
    )
    first, last = sqnr_db(reference, found)
    assert found.finite and reference.finite and found.peak < 4
    assert last > LEAST_SQNR_DB[scheme] and first - last < 3
    assert (
        max(found.slowdown, reference.slowdown) < 3
    )  # CPU time on a busy machine; denormals cost 10 times and more


def test_each_minute_is_what_it_is_called():
    sounds = minutes(1000)
    assert {len(sound) for sound in sounds.values()} == {60_000}
    assert not sounds["silence"].any() and math.isnan(sounds["no numbers"].sum())
    assert abs(sounds["below floats"]).max() < 1e-37 < abs(sounds["fading"]).max()
