"""Cycles by precision on a chip, and a search that keeps to them."""

import numpy as np
import pytest
from emulator import small
from networks import magnitudes, small_model

import ossicle
from ossicle.audio.sound import synthetic_voice
from ossicle.cost.cost_table import PRECISIONS
from ossicle.errors import OssicleError
from ossicle.measure.sensitivity import SensitivityContext, sensitivities
from ossicle.platforms.cortexm.estimate import FRAMES, chip_cost_table, count_layers
from ossicle.quantization import quantize
from ossicle.quantization.search import candidates_of, choose
from ossicle.targets import load_target

CHIP = load_target("stm32f767")


@pytest.mark.slow
def test_prices_are_what_the_chip_takes_and_budgets_are_kept(tmp_path):
    model = small_model("gru")
    runs = []
    found = chip_cost_table(model.graph, model.calibration, CHIP, lambda: runs.append(1))
    assert len(runs) == len(PRECISIONS)
    sound = synthetic_voice(16000, FRAMES * model.graph.task.hop / 16000)
    layers = {cost.layer: cost.cycles for cost in count_layers(small("gru", "w8a16"), CHIP, sound)}
    assert found.nodes["rnn0", "w8a16"] == layers["rnn0"]
    weighted = sum(cycles for (_, precision), cycles in found.nodes.items() if precision == "w8a16")
    assert found.fixed == pytest.approx(sum(layers.values()) - weighted)

    context = SensitivityContext.of(model.graph, [magnitudes(model.graph, 60, seed) for seed in (1, 2)])
    priced = candidates_of(model.graph, sensitivities(context, tmp_path, jobs=1), found.nodes)
    free = choose(priced)
    least = sum(
        min(cycles for (name, _), cycles in found.nodes.items() if name == node) for node in free.precisions
    )
    tight = choose(priced, max_cycles=1.05 * least)
    assert least <= tight.cycles <= 1.05 * least < free.cycles and tight.output_error > free.output_error
    form = quantize(model.graph, tight.precisions, model.calibration)
    ran = sum(c.cycles for c in count_layers(form, CHIP, sound) if c.layer in tight.precisions)
    assert np.isclose(ran, tight.cycles, rtol=0.1)


def test_a_target_that_is_no_chip_is_refused():
    model = small_model("gru")
    heard = [magnitudes(model.graph, 20)]
    sentence = "a budget of milliseconds needs a target that is a Cortex-M chip, such as stm32f767"
    with pytest.raises(OssicleError, match=sentence):
        ossicle.quantize(model, "auto", heard, max_ms=1, target="host")
