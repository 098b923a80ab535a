"""A toy platform goes through every stage; nothing in the package knows of it."""

import json
from dataclasses import replace

import numpy as np
import pytest
from networks import magnitudes, noise, small_model
from tools import slow_but

import ossicle
from ossicle.audio.pcm import to_pcm16
from ossicle.cli import commands
from ossicle.errors import OssicleError
from ossicle.graph.file import save_model
from ossicle.platforms.host.build import build
from ossicle.platforms.platform import PLATFORMS, platform_of
from ossicle.quantization import SCHEMES
from ossicle.targets import load_target
from ossicle.targets.target import PARSERS
from toys import pipe
from toys.pipe import MACHINE, PIPE

SOUND = to_pcm16(noise(16 * 30))


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """The platform is known in these tests, and in no others."""
    monkeypatch.setitem(PLATFORMS, "pipe", PIPE)
    monkeypatch.setitem(PARSERS, "pipe", PIPE.parse)


@pytest.fixture(scope="module")
def model():
    return small_model("gru")


@pytest.fixture
def model_file(model, tmp_path):
    save_model(ossicle.quantize(model, "int8"), tmp_path / "m.ossicle")
    return str(tmp_path / "m.ossicle")


def command(capsys, *arguments):
    """What a command prints, and the exit code that it ends with."""
    with pytest.raises(SystemExit) as ended:
        commands()([str(argument) for argument in arguments])
    printed = capsys.readouterr()
    return ended.value.code, printed.out, " ".join(printed.err.split())


@pytest.mark.parametrize("scheme", slow_but(("mixed", "w4a16"), SCHEMES))
def test_its_program_gives_the_bits_of_the_simulation_and_of_this_computer(model, scheme):
    found = ossicle.run(ossicle.quantize(model, scheme), SOUND, MACHINE)
    assert found.verification.passed and found.largest_difference == 0 and found.on == "pipe"
    assert len(found.output) == len(SOUND) and np.abs(found.output).max() > 100


def test_a_program_that_lost_the_weights_of_a_node_is_found(monkeypatch, capsys, model_file):
    plain = pipe.emit

    def lose(graph, *others):
        nodes = [
            replace(node, constants=node.constants | {"weight_hh": 0 * node.constants["weight_hh"]})
            if node.name == "rnn0"
            else node
            for node in graph.nodes
        ]
        return plain(replace(graph, nodes=tuple(nodes)), *others)

    monkeypatch.setattr(pipe, "emit", lose)
    code, out, err = command(capsys, "run", model_file, "--target", MACHINE, "--seconds", 0.05)
    assert code == 2 and "output equal to this computer's C: no" in out
    assert "rnn0 of tiny_gru did not give what the simulation says on machine" in err


def test_it_is_compiled_into_a_folder_of_its_own_form(model, tmp_path):
    program = ossicle.compile(ossicle.quantize(model, "int8"), tmp_path / "c", MACHINE)
    names = {path.name for path in (tmp_path / "c").iterdir()}
    assert {"program.c", "sources.txt", "model.json"} <= names and "Makefile" not in names
    assert program.summary["platform"] == "pipe" and program.summary["free_bytes"] > 0
    assert "program.c" not in program.summary["sources"]
    found = ossicle.run(ossicle.quantize(model, "int8"), SOUND, MACHINE)
    np.testing.assert_array_equal(program.run(SOUND), found.output)
    with pytest.raises(OssicleError, match="is for the target machine, not for this computer"):
        build(tmp_path / "c")


def test_a_temporary_folder_lives_as_long_as_its_program(model):
    program = ossicle.compile(ossicle.quantize(model, "int8"), target=MACHINE)
    folder = program.path.parent
    assert len(program.run(SOUND)) == len(SOUND)
    del program
    assert not folder.exists()


def test_a_model_that_does_not_fit_is_refused(model, tmp_path):
    target = replace(load_target(MACHINE), memory_bytes=100)
    with pytest.raises(OssicleError, match="bytes more than machine has"):
        platform_of(target).plan(model.graph, target)


def test_the_commands_take_it(capsys, model_file, tmp_path):
    done = command(capsys, "compile", model_file, "--target", MACHINE, "-o", tmp_path / "c")
    assert done[0] == 0 and "a toy machine at the other end" in done[1] and "bytes free" in done[1]
    done = command(capsys, "run", model_file, "--target", MACHINE, "--seconds", 0.05)
    assert done[0] == 0 and "output equal to this computer's C: yes" in done[1]
    done = command(capsys, "run", model_file, "--target", MACHINE, "--seconds", 0.05, "--json")
    assert json.loads(done[1])["verification"]["passed"]
    picture = tmp_path / "frame.svg"
    done = command(capsys, "plan", model_file, "--target", MACHINE, "--picture", picture)
    assert done[0] == 0 and "cycles" in done[1] and "rnn0" in picture.read_text()
    done = command(capsys, "plan", model_file, "--target", MACHINE, "--json")
    assert json.loads(done[1])["plan"]["free_bytes"] == json.loads(done[1])["free_bytes"]


def test_precisions_are_searched_within_its_milliseconds(model):
    pytest.importorskip("scipy")
    heard = [magnitudes(model.graph, 40)]
    free = ossicle.quantize(model, "auto", heard, max_bytes=100_000, max_ms=1000, target=MACHINE, jobs=1)
    most_ms = 0.8 * pipe_ms(free)
    tight = ossicle.quantize(model, "auto", heard, max_bytes=100_000, max_ms=most_ms, target=MACHINE, jobs=1)
    assert pipe_ms(tight) <= most_ms and tight.sqnr_db < free.sqnr_db


def pipe_ms(model):
    """Milliseconds of the nodes with weights, by the rule of the machine."""
    target = load_target(MACHINE)
    return 1e3 * sum(pipe.cycles(model.graph, target).values()) / target.clock_hz


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("run", "--on", "unicorn"), "a machine with a pipe, which does not run on 'unicorn'; choose pipe"),
        (
            ("run", "--workers", 2),
            "needs a target that is a cluster, such as gap9; machine is a",
        ),
        (("compile", "-o", "c", "--backend", "rtl"), "a backend needs a target that is a cluster"),
    ],
)
def test_what_it_does_not_have_is_said_in_a_sentence(capsys, model_file, arguments, sentence):
    verb, *options = arguments
    code, _, err = command(capsys, verb, model_file, "--target", MACHINE, *options)
    assert code == 2 and sentence in err, err


def test_what_others_lack_names_it_too(model):
    with pytest.raises(OssicleError, match=r"a run needs a target that is .* or a machine with a pipe, such"):
        ossicle.run(ossicle.quantize(model, "int8"), target="host")
