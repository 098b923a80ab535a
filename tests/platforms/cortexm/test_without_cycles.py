"""A chip of the reader's own, whose core nobody has modelled: it runs, and instructions are counted."""

import json
from importlib import resources

import pytest
from emulator import small
from networks import small_model, voice

from ossicle.audio.pcm import to_pcm16
from ossicle.cli.app import show
from ossicle.cost.in_order_pipeline import CORES
from ossicle.errors import OssicleError
from ossicle.platforms.cortexm.estimate import chip_cost_table
from ossicle.platforms.cortexm.run import emulate
from ossicle.targets import load_target

SOUND = to_pcm16(3 * voice(16 * 12, seed=4))


@pytest.fixture
def chip(tmp_path, monkeypatch):
    """The path of a target with a core that the emulator knows and the cycle model does not."""
    monkeypatch.delitem(CORES, "cortex-m4")
    text = (resources.files("ossicle.targets") / "stm32f407.toml").read_text()
    path = tmp_path / "our_board.toml"
    path.write_text(text.replace("STM32F407", "Our board").replace("168_000_000", "84_000_000"))
    return path


def test_instructions_are_counted_and_cycles_are_said_to_be_unknown(chip, capsys):
    found = emulate(small("gru", "w8a16"), load_target(str(chip)), SOUND)
    assert found.largest_difference == 0 and found.differing_nodes == ()
    assert all(layer.instructions > 0 and layer.cycles is None is layer.ms for layer in found.layers)
    assert found.total["instructions"] > 1000 and found.total["cycles"] is found.total["ms"] is None
    said = "there is no cycle model for cortex-m4: instructions are counted"
    assert found.assumptions.startswith(said) and found.clock_hz == 84_000_000
    assert json.loads(json.dumps(found.as_dict()))["total"] == found.total
    show(found.shown("tiny", load_target(str(chip))))
    printed = capsys.readouterr().out
    assert (
        said in printed and "instructions" in printed and "┃ ms" not in printed and "cycles ┃" not in printed
    )
    assert "real time" not in printed


def test_a_search_within_milliseconds_is_refused(chip):
    model = small_model("gru")
    with pytest.raises(OssicleError, match="no cycle model for cortex-m4; those there are: cortex-m7"):
        chip_cost_table(model.graph, model.calibration, load_target(str(chip)))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "cannot read the target"),
        ("kernels = [", "cannot read the target"),
        ('description = "x"', "lacks or misspells something .'platform'."),
        ('platform = "dsp"', "of the unknown platform 'dsp'; this version knows .*host"),
        (
            'platform = "host"\ndescription = "x"\ncflags = []\nkernels = ["avx9"]',
            "no kernel set 'avx9'",
        ),
    ],
)
def test_a_target_file_that_is_no_target_is_refused_in_a_sentence(tmp_path, text, why):
    path = tmp_path / "wrong.toml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(OssicleError, match=why):
        load_target(str(path))
