import json

import emulator  # noqa: F401  (skips where the emulator is missing)
import pytest
from tools import need

from ossicle.cli import commands
from ossicle.platforms.cortexm import run as chip_runs


def test_run_says_whether_all_is_equal_and_what_each_layer_takes(ossicle, model_file, recording):
    arguments = ("run", model_file, recording, "--scheme", "w8a16", "--target", "stm32f746", "--seconds", 0.2)
    done = ossicle(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["equal_to_simulation"] and result["largest_difference"] <= 1
    layers = [layer["layer"] for layer in result["layers"]]
    assert layers[:3] == ["samples", "front_end", "to_magnitude_s16"] and layers[-1] == "back_end"
    for key in ("instructions", "cycles", "ms"):
        assert result["total"][key] == pytest.approx(sum(layer[key] for layer in result["layers"]))
    assert result["total"]["ms"] == pytest.approx(1e3 * result["total"]["cycles"] / 216e6)
    assert result["frame_ms"] == 6.25
    table = ossicle(*arguments).stdout
    assert "not measured on a chip: cortex-m7, at most two instructions a cycle" in table
    exact = result["verification"]["exact"]
    assert exact["equal_values"] == exact["values"] > 1000
    equal = f"bit for bit: {exact['values']:,} of {exact['values']:,} values, in 7 of 7 tensors"
    assert "rnn1" in table and equal in table


@pytest.mark.parametrize("scheme", ["fp32", "fp16", "int8"])
def test_run_fails_and_names_the_node_whose_weights_the_chip_lost(monkeypatch, capsys, model_file, scheme):
    class Broken(chip_runs.TracedMachine):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            weights = self._machine.elf.symbols["tiny_gru_rnn0_weight_hh"]
            self._machine.write(weights.address, bytes(weights.bytes))

    monkeypatch.setattr(chip_runs, "TracedMachine", Broken)
    arguments = ["run", str(model_file), "--scheme", scheme, "--target", "stm32h743", "--seconds", "0.1"]
    with pytest.raises(SystemExit) as ended:
        commands()([*arguments, "--json"])
    printed = capsys.readouterr()
    verification = json.loads(printed.out)["verification"]
    assert ended.value.code == 2 and verification["passed"] is False
    assert verification["differing_nodes"] == ["rnn0"]
    assert "rnn0 of tiny_gru did not give what the simulation says on stm32h743" in printed.err


def test_run_on_qemu_compares_the_output(ossicle, model_file):
    need("qemu")
    done = ossicle(
        "run", model_file, "--scheme", "int8", "--target", "mps2-an500", "--on", "qemu", "--seconds", 0.2
    )
    assert done.returncode == 0, done.stderr
    assert "output equal to this computer's" in done.stdout


def test_run_refuses_what_it_cannot_run_in_a_sentence(ossicle, model_file):
    for arguments, sentence in (
        (("--target", "host"), "host is this computer"),
        (("--target", "stm32f767", "--on", "qemu"), "QEMU has no board for stm32f767"),
        (("absent.wav",), "absent.wav"),
        (("--seconds", "inf"), "seconds to run must be over 0 and up to 3600, not inf"),
        (("--seconds", "nan"), "not nan"),
        (("--seconds", "0"), "not 0"),
    ):
        done = ossicle("run", model_file, *arguments)
        assert done.returncode == 2 and sentence in done.stderr, done.stderr
        assert "Traceback" not in done.stderr


def test_compile_writes_a_folder_for_a_chip(ossicle, model_file, tmp_path):
    done = ossicle("compile", model_file, "--target", "stm32h743", "-o", "board", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["board"]["memory"]["dtcm"]["bytes"] == 131072
    assert {"audio.c", "startup.c", "link.ld"} <= {path.name for path in (tmp_path / "board").iterdir()}
    done = ossicle("compile", "gru256", "--target", "nrf5340", "--scheme", "fp32", "-o", "c")
    assert done.returncode == 2 and "more than nrf5340 has" in done.stderr
