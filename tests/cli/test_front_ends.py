"""Networks of others become suppressors: from a file and a front end to a clean recording."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
from foreign import graph_of, run_file, write_onnx
from networks import noise
from onnx import helper

from ossicle import api
from ossicle.audio.stft import istft, stft
from ossicle.graph.file import load_model
from ossicle.graph.task import TASKS
from ossicle.metrics.signal import snr
from ossicle.tasks.front_ends import load_front_end, presets

FRONT_END = """
task = "suppression"
description = "small"

[transform]
sample_rate = 8000
window = 32
hop = 16
n_fft = 32
analysis = "sqrt_hann"
synthesis = "sqrt_hann"

[[inputs]]
kind = "complex"

[output]
kind = "spectrum"
"""


@pytest.fixture
def network(tmp_path):
    """Bins that are mixed with their neighbours and with a leaky state; returns the name of its file."""
    rng = np.random.default_rng(1)
    nodes = [
        helper.make_node("Transpose", ["mix"], ["parts"], perm=[0, 2, 3, 1]),
        helper.make_node("MatMul", ["parts", "w"], ["mixed"], "product"),
        helper.make_node("Add", ["mixed", "cache"], ["sum"]),
        helper.make_node("Mul", ["sum", "half"], ["cache_out"]),
        helper.make_node("Mul", ["sum", "gain"], ["parts_out"]),
        helper.make_node("Transpose", ["parts_out"], ["enh"], perm=[0, 3, 1, 2]),
    ]
    weights = np.eye(17, dtype=np.float32) + rng.normal(0, 0.1, (17, 17)).astype(np.float32)
    graph = graph_of(
        nodes,
        {"mix": (1, 17, 1, 2), "cache": (1, 1, 2, 17)},
        ["enh", "cache_out"],
        {"w": weights, "half": np.float32(0.5), "gain": np.float32(0.7)},
    )
    write_onnx(tmp_path / "small.onnx", graph)
    (tmp_path / "small.toml").write_text(FRONT_END)
    return "small.onnx"


def original(path, signal, config):
    """The file, run frame by frame by the package that defines its format, in a front end of NumPy."""
    state, frames = np.zeros((1, 1, 2, 17), np.float32), []
    for frame in stft(signal, config):
        parts = np.stack([frame.real, frame.imag], axis=-1).astype(np.float32).reshape(1, 17, 1, 2)
        output, state = run_file(path, {"mix": parts, "cache": state})
        frames.append(output[0, :, 0, 0] + 1j * output[0, :, 0, 1])
    return istft(np.array(frames), config, len(signal))


def test_a_file_and_a_front_end_become_a_suppressor_that_cleans_recordings(ossicle, network, tmp_path):
    done = ossicle("import", network, "-o", "m.ossicle", "--front-end", "small.toml", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["provenance"]["import"]["front_end"] == "small.toml"
    task = load_model(tmp_path / "m.ossicle").graph.task
    assert (task.name, task.sample_rate, task.hop) == ("suppression", 8000, 16)
    signal = 0.3 * noise(800)
    soundfile.write(tmp_path / "noisy.wav", signal, 8000, subtype="FLOAT")
    done = ossicle("denoise", "noisy.wav", "-o", "clean.wav", "--model", "m.ossicle")
    assert done.returncode == 0, done.stderr
    clean, rate = soundfile.read(tmp_path / "clean.wav", dtype="float32")
    assert rate == 8000
    assert snr(clean, original(tmp_path / network, signal, task.stft)) > 100


def test_such_a_suppressor_is_quantized_on_recordings(ossicle, network, tmp_path):
    done = ossicle("import", network, "-o", "m.ossicle", "--front-end", "small.toml", "--steps", 2)
    assert done.returncode == 0, done.stderr
    soundfile.write(tmp_path / "noisy.wav", noise(64000), 8000, subtype="FLOAT")
    quantize = ("quantize", "m.ossicle", "--scheme", "w8a16", "--calibration", "noisy.wav", "-o", "q.ossicle")
    done = ossicle(*quantize, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["output"]["sqnr_db"] > 30
    done = ossicle("denoise", "noisy.wav", "-o", "clean.wav", "--model", "q.ossicle", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[0]["rate"] == 8000


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            ("n_fft = 32", "n_fft = 48"),
            "'mix' has 34 values (1 x 17 x 1 x 2) in the network's file, and complex",
        ),
        (('"complex"', '"magnitude"'), "magnitude of this transform (17 bins, a window of 32 samples) is 17"),
        (
            ('"complex"', '"mel"'),
            "[[inputs]] has the unknown kind 'mel'; choose one of magnitude, compressed",
        ),
        (
            ("hop = 16", "hop = 16\nhope = 3"),
            "[transform] has the unknown key 'hope'; its keys are sample_rate",
        ),
        (("hop = 16", ""), "[transform] lacks hop; add what the network was trained with"),
        (("hop = 16", "hop = 16.5"), "[transform] has hop = 16.5, which should be a whole number"),
        (("hop = 16", "hop = 20"), "window 32 must be at least two hops of 20"),
        (("sample_rate = 8000", "sample_rate = 0"), "the sample rate must be 1 to 768000 Hz, not 0"),
        (
            ('"spectrum"', '"spectrum"\nfloor = 1'),
            "[output] has the unknown key 'floor'; its keys are layout",
        ),
        (('"sqrt_hann"\nsyn', '"sqrt_han"\nsyn'), "there is no window 'sqrt_han'; choose hann"),
        (("[[inputs]]", '[[inputs]]\nname = "mixed"'), "has no input 'mixed'; its inputs are mix"),
        (
            ("[[inputs]]", '[[inputs]]\nkind = "magnitude"\n[[inputs]]'),
            "it describes 2 inputs, and the network",
        ),
        (
            ("[output]", "[outputs]"),
            "it has the unknown key 'outputs'; its keys are transform, inputs, output",
        ),
        (('task = "suppression"', ""), "names no task; begin it with task"),
        (('task = "suppression"', 'task = "music"'), "names the unknown task 'music'"),
        (('description = "small"', "description = small"), "as TOML"),
    ],
)
def test_a_front_end_that_does_not_fit_is_refused_and_nothing_is_written(network, tmp_path, change, sentence):
    """In the process of the test, as starting the command takes long."""
    import ossicle

    assert change[0] in FRONT_END
    (tmp_path / "small.toml").write_text(FRONT_END.replace(*change))
    with pytest.raises(ossicle.OssicleError) as found:
        ossicle.import_network(tmp_path / network, front_end=tmp_path / "small.toml", steps=0)
    assert sentence in str(found.value)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--front-end", "gtcrm"), "there is no front end 'gtcrm'; choose one of"),
        (("--front-end", "none.toml"), "cannot read the front end none.toml"),
        (("--task", "suppression"), "a noise suppressor needs a front end"),
        (
            ("--task", "spotting", "--front-end", "small.toml"),
            "is for the task suppression, not for spotting",
        ),
        (("--task", "music"), "there is no task 'music'"),
        (("--frames-per-second", 50, "--front-end", "small.toml"), "leave out --frames-per-second"),
    ],
)
def test_options_that_do_not_fit_are_refused(ossicle, network, tmp_path, options, sentence):
    done = ossicle("import", network, "-o", "m.ossicle", *options)
    assert done.returncode == 2 and sentence in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr and not list(tmp_path.glob("m.ossicle*"))


DETECTOR = """
task = "voice"

[network]
set = { gain = 2, rate = 16000 }
shape = { sound = [1, 8] }

[samples]
sample_rate = 8000
hop = 8
"""


@pytest.fixture
def detector(tmp_path):
    """A network of an open length, with a gain that never changes; returns its path."""
    nodes = [
        helper.make_node("Mul", ["sound", "gain"], ["loud"]),
        helper.make_node("MatMul", ["loud", "w"], ["sum"], "product"),
        helper.make_node("Sigmoid", ["sum"], ["p"]),
    ]
    ends = {"sound": ("batch", "samples"), "gain": (1,)}
    (tmp_path / "voice.toml").write_text(DETECTOR)
    graph = graph_of(nodes, ends, ["p"], {"w": np.linspace(-1, 1, 8, dtype=np.float32)[:, None]})
    return write_onnx(tmp_path / "detector.onnx", graph)


@pytest.mark.parametrize(("options", "gain"), [((), 2), (("--set", "gain=0.5", "--shape", "sound=1,8"), 0.5)])
def test_a_front_end_sets_inputs_of_the_network_and_options_win(ossicle, detector, tmp_path, options, gain):
    done = ossicle(
        "import", "detector.onnx", "-o", "m.ossicle", "--front-end", "voice.toml", *options, "--json"
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["provenance"]["import"]["set"] == {"gain": gain} and found["proof"]["snr_db"] > 100
    signal = 0.3 * noise(800)
    found = api.compile(api.load(tmp_path / "m.ossicle")).listen(signal).probabilities
    inside = gain * signal.reshape(-1, 8) @ np.linspace(-1, 1, 8)
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-inside)), atol=1e-6)


def test_what_the_command_sets_must_still_be_in_the_network(ossicle, detector, tmp_path):
    done = ossicle(
        "import", "detector.onnx", "-o", "m.ossicle", "--front-end", "voice.toml", "--set", "rate=1"
    )
    assert done.returncode == 2 and "--set names 'rate'" in done.stderr and "Traceback" not in done.stderr
    assert not list(tmp_path.glob("m.ossicle*"))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            ("gain = 2", 'gain = "loud"'),
            "[network] sets 'gain' to 'loud', which should be a number, as in set =",
        ),
        (("gain = 2", "gain = nan"), "[network] sets 'gain' to nan, which should be a number"),
        (("gain = 2", "gain = true"), "[network] sets 'gain' to True, which should be a number"),
        (("[1, 8]", "8"), "[network] gives 'sound' the shape 8, which should be a list of whole numbers"),
        (("[1, 8]", "[1, 0]"), "[network] gives 'sound' the shape [1, 0], which should be a list"),
        (("[1, 8]", "[]"), "[network] gives 'sound' the shape [], which should be a list"),
        (("[1, 8]", "[8]"), "the shape that is given for 'sound' has 1 sizes; in the file it has 2"),
        (("[1, 8]", "[1, 9]"), "node 'product' (MatMul): inputs of the shapes [1, 9] do not fit it"),
        (
            ("hop = 8", "hop = 9"),
            "9 samples behind 0 give one probability, but the input 'sound' has 8 values",
        ),
        (("set =", "sets ="), "[network] has the unknown key 'sets'; its keys are set, shape"),
        (("set = { gain = 2, rate = 16000 }", "set = 2"), "[network] has set = 2, which should be a table"),
        (("[network]", "network = 1\n[other]"), "[network] must be a table of keys and values, not 1"),
        (("gain = 2, ", ""), "the network has the inputs sound, gain; give those that never change a value"),
    ],
)
def test_a_table_of_inputs_that_does_not_fit_is_refused(detector, tmp_path, change, sentence):
    import ossicle

    assert change[0] in DETECTOR
    (tmp_path / "voice.toml").write_text(DETECTOR.replace(*change))
    with pytest.raises(ossicle.OssicleError) as found:
        ossicle.import_network(detector, front_end=tmp_path / "voice.toml", steps=0)
    assert sentence in str(found.value)


def test_import_lists_the_presets(ossicle):
    text = re.sub(r"[\s│]", "", ossicle("import", "--help").stdout)
    assert all(name in text for name in presets())


def test_presets_are_of_the_task_of_their_folder_and_have_names_of_their_own():
    names = [
        path.stem for record in TASKS.values() for path in record.folder.parent.glob("front_ends/*.toml")
    ]
    assert len(names) == len(set(names)) > 5
    for name, path in presets().items():
        found = load_front_end(name)
        assert path.parts[-3] == found.task and found.description


def test_the_page_lists_the_presets():
    page = (Path(__file__).parents[2] / "docs" / "importing.md").read_text("utf-8")
    table = page.partition("<!-- front ends -->")[2].partition("\n\n")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", table, flags=re.MULTILINE))
    assert rows == {name: load_front_end(name).description for name in sorted(presets())}


@pytest.mark.parametrize("name", sorted(presets()))
def test_a_preset_fits_networks_of_its_kind(name):
    from ossicle.graph.task import End, Ends

    front_end = load_front_end(name)
    if front_end.task != "suppression":
        pytest.skip("networks of other tasks have tests of their own")
    sizes = front_end.keys["transform"]
    shapes = {"complex": (1, sizes["n_fft"] // 2 + 1, 1, 2), "samples": (1, 1, sizes["window"])}
    shapes["spectrum"] = shapes["complex"]
    bins = (1, 1, sizes["n_fft"] // 2 + 1)
    ends = (
        tuple(End(f"{side}{i}", shapes.get(table["kind"], bins)) for i, table in enumerate(tables))
        for side, tables in (("in", front_end.keys["inputs"]), ("out", [front_end.keys["output"]]))
    )
    read = TASKS[front_end.task].read_front_end
    task = read(front_end.keys, Ends(*ends))
    assert task.rate * sizes["hop"] == sizes["sample_rate"]


def test_inputs_are_found_by_their_names(network, tmp_path):
    from ossicle.graph.task import End, Ends

    front_end = FRONT_END.replace("[[inputs]]", '[[inputs]]\nkind = "magnitude"\n[[inputs]]\nname = "first"')
    (tmp_path / "two.toml").write_text(front_end)
    keys = load_front_end(tmp_path / "two.toml").keys
    ends = Ends((End("first", (1, 2, 17)), End("second", (17,))), (End("y", (17, 2)),))
    task = TASKS["suppression"].read_front_end(keys, ends)
    assert [(one.kind, one.size(task.stft)) for one in task.heard] == [("complex", 34), ("magnitude", 17)]
    assert (task.heard[0].layout, task.estimate.layout) == ("planar", "interleaved")


def test_a_layout_that_no_shape_tells_is_asked_for(tmp_path):
    from ossicle.errors import OssicleError
    from ossicle.graph.task import End, Ends

    (tmp_path / "flat.toml").write_text(FRONT_END)
    keys = dict(load_front_end(tmp_path / "flat.toml").keys)
    ends = Ends((End("x", (1, 34)),), (End("y", (17, 2)),))
    read = TASKS["suppression"].read_front_end
    with pytest.raises(OssicleError, match=r"'x' has 34 values \(1 x 34\), which does not tell how"):
        read(keys, ends)
    keys["inputs"] = [{"kind": "complex", "layout": "planar"}]
    assert read(keys, ends).heard[0].layout == "planar"
