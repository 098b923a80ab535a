"""A network without a front end, of two inputs, two outputs and a state, through every stage."""

import subprocess
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from networks import frame_arrays, small_frames, small_model, small_spotter
from running import compare_nodes
from tools import need

import ossicle
from ossicle.errors import OssicleError
from ossicle.graph import check
from ossicle.graph.file import load_model, save_model
from ossicle.platforms.host.build import build
from ossicle.platforms.platform import emit
from ossicle.programs.compiler import find_compiler
from ossicle.quantization import SCHEMES, calibrate, quantize
from ossicle.schedule import plan
from ossicle.simulate import Simulator
from ossicle.targets import load_target
from ossicle.tasks.frames.program import items
from ossicle.tasks.frames.record import Frames

INTEGER = ("int8", "w8a16", "w4a16", "w16a16")


@cache
def model():
    return small_frames()


@cache
def in_scheme(scheme):
    return quantize(model().graph, scheme, model().calibration)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The emitted folder and the program of a scheme."""

    @cache
    def of(scheme):
        folder = tmp_path_factory.mktemp(scheme) / "c"
        emit(in_scheme(scheme), plan(in_scheme(scheme)), load_target("host"), folder)
        return folder, build(folder)

    return of


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_c_is_the_simulation(tmp_path, built, scheme):
    graph, (_, program), given = in_scheme(scheme), built(scheme), frame_arrays(30)
    if scheme not in INTEGER:
        compare_nodes(graph, tmp_path / "nodes", items(program.summary, given))
    simulator, stream = Simulator(graph), program.open()
    for scores, context in zip(given["map"], given["context"], strict=True):
        expected = simulator.step(scores.reshape(-1), context)
        found = stream.step(scores, context)
        assert [array.shape for array in found] == [(4,), (12,)]
        for array, of in zip(found, expected, strict=True):
            if scheme in INTEGER:
                np.testing.assert_array_equal(array, of)
            else:
                np.testing.assert_allclose(array, of, atol=0.02)


def test_a_stream_keeps_its_state_until_it_is_reset(built):
    _, program = built("w8a16")
    given = frame_arrays(3)
    first, second = program.open(), program.open()
    inputs = (given["map"][0], given["context"][0])
    once, again = first.step(*inputs), first.step(*inputs)
    assert (once[0] != again[0]).any()
    for found, expected in zip(second.step(*inputs), once, strict=True):
        np.testing.assert_array_equal(found, expected)
    first.reset()
    for found, expected in zip(first.step(*inputs), once, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_a_run_over_arrays_is_its_steps_and_is_what_the_emitted_main_writes(built):
    folder, program = built("w8a16")
    given = frame_arrays(7)
    found, stream = program.run(given), program.open()
    for index in range(7):
        scores, gain = stream.step(given["map"][index], given["context"][index])
        np.testing.assert_array_equal(found["scores"][index], scores)
        np.testing.assert_array_equal(found["gain"][index], gain)
    np.testing.assert_array_equal(program.run([given["map"], given["context"]]), found)
    name = "tiny_frames"
    command = [*find_compiler(), "-std=c99", "-Wall", "-Wextra", "-Werror", "-Wconversion", "-o", name]
    subprocess.run(
        [*command, *sorted(path.name for path in folder.glob("*.c")), "-lm"], cwd=folder, check=True
    )
    given_bytes = items(program.summary, given).tobytes()
    done = subprocess.run([folder / name], input=given_bytes, capture_output=True, check=True)
    assert done.stdout == found.tobytes()
    assert found.dtype.names == ("scores", "gain")


def test_outputs_have_the_names_of_the_float_network_in_every_scheme(built):
    headers = set()
    for scheme in ("fp32", "mixed", "w8a16"):
        folder, program = built(scheme)
        assert [end["name"] for end in program.summary["outputs"]] == ["scores", "gain"]
        text = (folder / "tiny_frames.h").read_text("utf-8")
        headers |= {line for line in text.splitlines() if line.startswith("void tiny_frames_step(")}
    assert headers == {
        "void tiny_frames_step(tiny_frames_state_t *state, const float map[TINY_FRAMES_MAP_SIZE], "
        "const float context[TINY_FRAMES_CONTEXT_SIZE], float scores[TINY_FRAMES_SCORES_SIZE], "
        "float gain[TINY_FRAMES_GAIN_SIZE]);"
    }


def test_values_that_are_no_numbers_count_as_zero(built):
    _, program = built("w8a16")
    given = frame_arrays(4)
    broken = {name: array.copy() for name, array in given.items()}
    given["map"][1, 2], broken["map"][1, 2] = 0, np.nan
    given["context"][2, 1], broken["context"][2, 1] = 0, -np.inf
    np.testing.assert_array_equal(program.run(broken), program.run(given))


@pytest.mark.parametrize("scheme", ["fp32", "w8a16"])
def test_an_emulated_chip_gives_the_hosts_bits_and_the_simulations(scheme):
    need("emulator")
    quantized = replace(model(), graph=in_scheme(scheme))
    found = ossicle.run(quantized, frame_arrays(12), target="stm32f767")
    assert found.largest_difference <= (0 if scheme in INTEGER else 1e-5)
    assert found.verification.passed and found.frame_ms is None
    assert found.output.dtype.names == ("scores", "gain") and len(found.output) == 12
    layers = [cost.layer for cost in found.layers]
    assert layers[0] == "step" and {"front_end", "rnn", "back_end"} <= set(layers)
    program = ossicle.compile(quantized, target="stm32f767")
    np.testing.assert_array_equal(program.run(frame_arrays(12)), found.output)


def test_a_rate_makes_costs_per_second(tmp_path):
    timed = small_frames(rate=50.0)
    save_model(timed, tmp_path / "m.ossicle")
    loaded = load_model(tmp_path / "m.ossicle")
    assert loaded.graph.task == Frames(50.0) and loaded.graph.task.frame_ms == 20
    assert str(loaded).startswith("tiny_frames: network without a front end, 50 frames a second")
    assert "no fixed rate" in str(model())
    (timing,) = ossicle.bench([tmp_path / "m.ossicle"], ["w8a16"], rounds=1).results
    assert 0 < timing.speed.real_time_factor < 1
    with pytest.raises(OssicleError, match="frames per second must be over 0"):
        Frames(0.0)


def test_clips_are_arrays_in_order_or_by_name_and_files_of_them(tmp_path):
    given = frame_arrays(40)
    graph = model().graph
    spans = [calibrate(graph, [clip]).spans for clip in (given, list(given.values()))]
    assert spans[0] == spans[1] and spans[0] != model().calibration.spans
    np.savez(tmp_path / "clip.npz", **given)
    by_file = ossicle.quantize(model(), "w8a16", [tmp_path / "clip.npz"])
    assert by_file.calibration.spans == spans[0] and by_file.sqnr_db > 30
    assert ossicle.quantize(model()).measured_on == "random inputs"
    errors = ossicle.account(model(), [given], "int8")
    assert {row.node for row in errors.nodes} == {"squeeze", "rnn", "gate", "score"}


def test_the_commands_take_it(tmp_path, ossicle):
    save_model(model(), tmp_path / "m.ossicle")
    np.savez(tmp_path / "clip.npz", **frame_arrays(40))
    done = ossicle(
        "quantize", "m.ossicle", "--scheme", "w8a16", "--calibration", "clip.npz", "-o", "q.ossicle"
    )
    assert done.returncode == 0 and "SQNR of the output" in done.stdout, done.stderr
    done = ossicle("compile", "q.ossicle", "-o", "c")
    assert done.returncode == 0 and "latency" not in done.stdout, done.stderr


@pytest.mark.parametrize(
    ("clip", "sentence"),
    [
        ({"map": np.zeros((4, 15))}, "needs the arrays map, context, and has map"),
        ([np.zeros((4, 15))], "needs an array for each of map, context, and has 1"),
        (
            [np.zeros((4, 15)), np.zeros((3, 5))],
            "the array context of a clip of tiny_frames must have 5 values",
        ),
        ([np.zeros((4, 14)), np.zeros((4, 5))], "the array map of a clip of tiny_frames must have 15 values"),
    ],
)
def test_clips_that_do_not_fit_are_refused_in_a_sentence(clip, sentence):
    with pytest.raises(OssicleError, match=sentence):
        calibrate(model().graph, [clip])


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ([np.zeros((4, 3, 5))], "an array for each of map, context, not 1 arrays"),
        (
            {"map": np.zeros((4, 3, 5)), "other": np.zeros((4, 5))},
            "takes the arrays map, context, not map, other",
        ),
        ([np.zeros((4, 3, 5)), np.zeros((3, 5))], "differ in their number of frames"),
        ([np.zeros((4, 3, 4)), np.zeros((4, 5))], "the array map for tiny_frames must have the shape"),
    ],
)
def test_inputs_that_do_not_fit_are_refused_in_a_sentence(built, inputs, sentence):
    with pytest.raises(OssicleError, match=sentence):
        built("w8a16")[1].run(inputs)


def test_what_it_cannot_do_is_refused_in_a_sentence(tmp_path):
    kind = "tiny_frames is a network without a front end, which"
    for refused, sentence in (
        (
            lambda: ossicle.denoise(model(), tmp_path / "a.wav", tmp_path / "b.wav"),
            f"{kind} ossicle run takes",
        ),
        (lambda: ossicle.spot(model(), tmp_path / "a.wav"), f"{kind} ossicle run takes"),
        (lambda: ossicle.plan(model()), f"{kind} a cluster cannot run yet"),
        (lambda: ossicle.run(model(), target="gap9"), f"{kind} a cluster cannot run yet"),
        (lambda: ossicle.run(model(), tmp_path / "none.npz"), "there is no file .*none.npz"),
        (lambda: ossicle.quantize(model(), "int8", [__file__]), "is no .npz file of arrays"),
    ):
        with pytest.raises(OssicleError, match=sentence):
            refused()


def test_outputs_must_be_written_by_a_node_and_named_once():
    graph = model().graph
    for outputs in (("scores", "scores"), ("scores", "context"), ("scores", "h")):
        with pytest.raises(OssicleError, match="must be written by a node, and named once"):
            check(replace(graph, outputs=outputs))
    with pytest.raises(OssicleError, match="its task needs one input, and it has 0"):
        check(replace(graph, inputs=()))


@pytest.mark.parametrize("make", [small_model, small_spotter])
def test_a_model_file_names_its_task(tmp_path, make):
    save_model(make(), tmp_path / "m.ossicle")
    assert load_model(tmp_path / "m.ossicle").graph.task == make().graph.task
