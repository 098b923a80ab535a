"""Wake words of others, from a recording to detections, beside the wheel that they come with."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from running import compare_nodes
from tflite_files import Function, Part, Step, constant, write

from ossicle import api
from ossicle.audio.microfrontend import features, patches
from ossicle.audio.microfrontend_tables import MicrofrontendConfig
from ossicle.audio.pcm import as_float
from ossicle.audio.sound import synthetic_voice
from ossicle.errors import OssicleError
from ossicle.graph.file import load_model, save_model
from ossicle.simulate import Simulator

SOUND = synthetic_voice(16000, 3.9)


def dense_network(inputs, outputs=1, seed=0):
    """Random int8 weights from a patch to the codes of probabilities."""
    rng = np.random.default_rng(seed)
    parts = [
        Part("x", (1, inputs), "int8", scale=(26 / 255,), zero_point=(-128,)),
        constant("w", rng.integers(-60, 60, (outputs, inputs)), "int8", (0.001,)),
        constant("b", rng.integers(-900, 900, outputs), "int32", (0.0001,)),
        Part("score", (1, outputs), "int8", scale=(0.05,), zero_point=(3,)),
        Part("y", (1, outputs), "int8", scale=(1 / 256,), zero_point=(-128,)),
    ]
    steps = [
        Step("FULLY_CONNECTED", ["x", "w", "b"], ["score"]),
        Step("LOGISTIC", ["score"], ["y"]),
    ]
    return Function(parts, steps, ["x"], ["y"])


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A network of one dense layer that reads three feature frames, imported with the preset."""
    path = write(tmp_path_factory.mktemp("net") / "hey_you.tflite", dense_network(120))
    return api.import_network(path, front_end="microwakeword", steps=0)


def test_the_preset_says_all_that_surrounds_the_network(small):
    task = small.graph.task
    assert task.features == MicrofrontendConfig()
    assert (task.labels, task.keywords, task.hop, task.lead) == (("hey_you",), ("hey_you",), 480, 1)
    assert (task.detector.smoothing, task.detector.refractory) == (5, 33)


def test_patches_follow_one_another_without_gap_from_the_first_full_window_on():
    config = MicrofrontendConfig()
    rows = features(SOUND, config)
    found = patches(as_float(SOUND), config, 3)
    assert len(found) == len(SOUND) // 480 - 1
    expected = rows[: 3 * len(found)].reshape(-1, 120) * np.float32(config.scale)
    np.testing.assert_array_equal(found, expected)


def test_a_patch_of_more_frames_than_it_moves_on_by_begins_with_zeros():
    config = replace(MicrofrontendConfig(), hop=320, frames=49)
    found = patches(as_float(SOUND), config, 1).reshape(-1, 49, 40)
    assert not found[9, :39].any() and found[9, 39:].any()
    np.testing.assert_array_equal(found[60, :-1], found[59, 1:])


def test_the_c_gives_the_posteriors_of_the_definition_bit_for_bit(small):
    heard, simulator = api.compile(small).spot(SOUND), Simulator(small.graph)
    single = [simulator.step(x)[0][0] for x in small.graph.task.hear(as_float(SOUND))]
    # The first frame has no patch yet.
    means = np.convolve([0] * 5 + single, np.ones(5) / 5, "valid")[: len(heard.posteriors)]
    np.testing.assert_allclose(heard.posteriors[:, 0], means, atol=1e-6)
    assert np.ptp(means) > 0.1


def test_every_node_of_the_running_c_is_the_simulations(small, tmp_path):
    assert compare_nodes(small.graph, tmp_path / "c", SOUND[: 480 * 12]) > 20


def test_int16_and_float_samples_give_equal_posteriors_however_they_are_cut(small):
    program = api.compile(small)
    whole = program.spot(SOUND[:16000]).posteriors
    stream = program.open()
    cut = np.concatenate(
        [stream.push(part).posteriors for part in np.split(as_float(SOUND[:16000]), [7, 999, 5000])]
    )
    np.testing.assert_array_equal(cut, whole[: len(cut)])
    assert len(cut) == len(whole) - 1


def test_the_file_of_a_model_keeps_its_front_end(small, tmp_path):
    save_model(small, tmp_path / "x.ossicle")
    assert load_model(tmp_path / "x.ossicle").graph.task == small.graph.task


def test_several_classes_are_called_by_their_numbers_unless_they_have_labels(tmp_path):
    path = write(tmp_path / "x.tflite", dense_network(120, 3))
    task = api.import_network(path, front_end="microwakeword", steps=0).graph.task
    assert task.labels == task.keywords == ("word 0", "word 1", "word 2")


FRONT_END = """task = "spotting"
{keys}
[microfrontend]
{settings}
"""


@pytest.mark.parametrize(
    ("keys", "settings", "sentence"),
    [
        ("", "channels = 32", "32 values a frame, which do not divide the 120 that are read"),
        ("", "frames = 2", "makes 80 values, and the network reads 120"),
        ("", "pcan = true", "[microfrontend.pcan] must be a table"),
        ("", "window = 20", "33 to 16384 samples"),
        ("", "windows = 480", "[microfrontend] has the unknown key 'windows'"),
        ('labels = ["a", "b"]', "", "2 labels, and the network gives 1 posteriors"),
        ('labels = ["a\\tb"]', "", "different texts of up to 64 printable characters"),
        ('keywords = ["other"]', "", "keywords must be some of the labels"),
        ('activation = "relu"', "", "activation must be none or softmax or sigmoid"),
        ("[mel]", "", "in one table: mel or microfrontend"),
        ("[detector]\nsmoothing = 0", "", "1 to 1000 frames of smoothing"),
    ],
)
def test_a_front_end_that_does_not_fit_is_refused(tmp_path, keys, settings, sentence):
    path = write(tmp_path / "x.tflite", dense_network(120))
    front_end = tmp_path / "own.toml"
    front_end.write_text(FRONT_END.format(keys=keys, settings=settings))
    with pytest.raises(OssicleError) as refusal:
        api.import_network(path, front_end=front_end, steps=0)
    assert sentence in str(refusal.value)


def test_gains_may_be_left_alone(tmp_path):
    path = write(tmp_path / "x.tflite", dense_network(120))
    front_end = tmp_path / "own.toml"
    front_end.write_text(FRONT_END.format(keys="", settings="pcan = false"))
    model = api.import_network(path, front_end=front_end, steps=0)
    assert model.graph.task.features.pcan is None
    compare_nodes(model.graph, tmp_path / "c", SOUND[: 480 * 5])


def original(wheel, name, signal):
    """Of a wake word of the wheel: probabilities of each run, and whether it detects the word then."""
    detector = wheel.MicroWakeWord.from_config(Path(wheel.__file__).parent / "models" / f"{name}.json")
    front, single, found = wheel.MicroWakeWordFeatures(), [], []
    for frame in front.process_streaming(signal.tobytes()):
        collected = len(detector._features)
        decision = detector.process_streaming(frame)
        if collected == 2:
            single.append(detector._probabilities[-1])
            found.append(decision)
    return np.array(single), np.array(found)


@pytest.mark.parametrize("name", ["okay_nabu", "hey_jarvis"])
def test_a_wake_word_detects_what_the_original_does(name):
    wheel = pytest.importorskip("pymicro_wakeword")
    path = Path(wheel.__file__).parent / "models" / f"{name}.tflite"
    model = api.import_network(path, front_end="microwakeword", steps=0)
    single, found = original(wheel, name, SOUND)
    heard = api.compile(model).spot(SOUND)
    means = means_of_five(single)
    # The wheel's kernels round products otherwise than those of LiteRT's default, by a code here and there.
    np.testing.assert_allclose(heard.posteriors[1 : len(means) + 1, 0], means, atol=0.01)
    assert bool(heard.detections) == found.any()


@pytest.mark.parametrize("name", ["okay_nabu", "hey_jarvis"])
def test_probabilities_are_those_of_litert_behind_the_original_front_end(name):
    wheel = pytest.importorskip("pymicro_wakeword")
    litert = pytest.importorskip("ai_edge_litert.interpreter")
    path = Path(wheel.__file__).parent / "models" / f"{name}.tflite"
    network = litert.Interpreter(str(path))
    network.allocate_tensors()
    given, taken = network.get_input_details()[0], network.get_output_details()[0]
    scale, zero_point = given["quantization"]
    frames = list(wheel.MicroWakeWordFeatures().process_streaming(SOUND.tobytes()))
    single = []
    for patch in np.concatenate(frames)[: len(frames) // 3 * 3].reshape(-1, 1, 3, 40):
        network.set_tensor(given["index"], np.round(patch / scale + zero_point).astype(np.int8))
        network.invoke()
        single.append(network.get_tensor(taken["index"])[0, 0] / 256)
    model = api.import_network(path, front_end="microwakeword", steps=0)
    means = means_of_five(single)
    heard = api.compile(model).spot(SOUND).posteriors
    np.testing.assert_allclose(heard[1 : len(means) + 1, 0], means, atol=1e-6)


def means_of_five(single):
    """Of each value and the four before it, which are zero at the start."""
    return np.convolve(np.concatenate([np.zeros(4), single]), np.ones(5) / 5, "valid")
