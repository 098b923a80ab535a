import contextlib
import json
import os
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from networks import SMALL_STFT, magnitudes, small_model, small_spotter
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from ossicle import api
from ossicle.audio.estimates import Mask
from ossicle.audio.features import TRAINED, Compressed
from ossicle.errors import OssicleError
from ossicle.graph.file import _digest, load_model, save_model
from ossicle.quantization import SCHEMES, quantize
from ossicle.tasks.suppression.settings import Suppression

FILES = Path(__file__).parent / "older"


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "model.ossicle"
    save_model(small_model("lstm"), path)
    return path


def rewritten(path, change_header=None, change_arrays=None, keep_digest=False, **changes):
    """Write the file again with another header or other tensors, as an attacker or an accident would."""
    entry, arrays = entry_of(path) | changes, load_file(path)
    if change_header:
        header = json.loads(entry["header"])
        change_header(header)
        entry["header"] = json.dumps(header, sort_keys=True)
    if change_arrays:
        change_arrays(arrays)
    if keep_digest:
        entry["sha256"] = _digest(entry["header"], arrays)
    save_file(arrays, path, {"ossicle": json.dumps(entry)})


def entry_of(path):
    with safe_open(path, "np") as file:
        return json.loads(file.metadata()["ossicle"])


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_a_model_reads_back_as_it_was_written(tmp_path, cell, scheme):
    model = small_model(cell)
    graph = quantize(model.graph, scheme, model.calibration)
    save_model(type(model)(graph, model.calibration, model.provenance), tmp_path / "m.ossicle")
    loaded = load_model(tmp_path / "m.ossicle")
    assert loaded.calibration.spans == model.calibration.spans
    assert list(loaded.calibration.moments) == list(model.calibration.moments)
    for name, moments in model.calibration.moments.items():
        for part, array in vars(moments).items():
            np.testing.assert_array_equal(getattr(loaded.calibration.moments[name], part), array)
    assert loaded.provenance == model.provenance
    assert (loaded.graph.name, loaded.graph.task.stft, loaded.graph.states) == (
        graph.name,
        graph.task.stft,
        graph.states,
    )
    assert loaded.graph.tensors == graph.tensors
    for node, original in zip(loaded.graph.nodes, graph.nodes, strict=True):
        assert (node.op, node.name, node.inputs, node.outputs) == (
            original.op,
            original.name,
            original.inputs,
            original.outputs,
        )
        assert (node.precisions, node.attributes) == (original.precisions, original.attributes)
        assert list(node.constants) == list(original.constants)
        for name, array in node.constants.items():
            assert array.dtype == original.constants[name].dtype
            np.testing.assert_array_equal(array, original.constants[name])


def test_every_truncation_is_refused(saved):
    whole = saved.read_bytes()
    for length in (0, 4, 100, len(whole) // 2, len(whole) - 1):
        saved.write_bytes(whole[:length])
        with pytest.raises(OssicleError, match="not a model file or is cut short"):
            load_model(saved)


def test_a_changed_bit_in_the_weights_is_refused(saved):
    data = bytearray(saved.read_bytes())
    data[-7] ^= 1
    saved.write_bytes(data)
    with pytest.raises(OssicleError, match="checksum"):
        load_model(saved)


def test_a_changed_header_is_refused(saved):
    rewritten(saved, lambda header: header["calibration"].update(moments=[]))
    with pytest.raises(OssicleError, match="checksum"):
        load_model(saved)


def test_a_newer_format_is_refused_with_both_versions(saved):
    save_file(load_file(saved), saved, {"ossicle": json.dumps(entry_of(saved) | {"format": 7})})
    with pytest.raises(OssicleError, match="format 7 and this version reads 2 to 6"):
        load_model(saved)


@pytest.mark.parametrize(
    "change",
    [
        lambda header: header.pop("graph"),
        lambda header: header["graph"].pop("nodes"),
        lambda header: header["graph"].update(nodes=7),
        lambda header: header["graph"]["nodes"][0]["constants"].append("nothing"),
        lambda header: header["graph"]["tensors"]["mask"].update(dtype="f64"),
        lambda header: header["graph"]["tensors"]["mask"].update(shape=[]),
        lambda header: header["graph"]["tensors"]["mask"].update(shape=[33, -1]),
        lambda header: header["graph"]["tensors"]["mask"].update(shape=33),
        lambda header: header["graph"]["tensors"]["mask"].update(shape=["33"]),
        lambda header: header["graph"]["nodes"][0].update(precisions=["fp8"]),
        lambda header: header["graph"]["nodes"][0].update(inputs=["x"]),
        lambda header: header["graph"]["nodes"][0]["attributes"].update(low=[None]),
        lambda header: header["graph"]["task"]["stft"].update(hop=0),
        lambda header: header["graph"]["task"]["stft"].update(hop="100"),
        lambda header: header["graph"]["task"]["stft"].update(extra=1),
        lambda header: header["graph"]["task"]["inputs"][0].update(kind="mel"),
        lambda header: header["graph"]["task"]["inputs"][0].update(power=0.0),
        lambda header: header["graph"]["task"].pop("output"),
        lambda header: header["graph"]["nodes"][0].update(name="a();"),
        lambda header: header["graph"]["nodes"][0].update(name=["list"]),
        lambda header: header["graph"].update(inputs=3),
        lambda header: header["calibration"]["spans"].update(mask=[0.0]),
        lambda header: header["calibration"]["spans"]["mask"].update(low=2.0),
        lambda header: header["calibration"]["spans"]["mask"].update(s8_high=float("inf")),
        lambda header: header["calibration"]["moments"].append("nothing.weight"),
    ],
)
def test_a_hostile_header_of_a_right_checksum_is_refused(saved, change):
    rewritten(saved, change, keep_digest=True)
    with pytest.raises(OssicleError):
        load_model(saved)


def places(value, path=()):
    """Paths to all parts of a header, of lists to the first two."""
    if path:
        yield path
    if isinstance(value, dict):
        for key, part in value.items():
            yield from places(part, (*path, key))
    elif isinstance(value, list):
        for index, part in enumerate(value[:2]):
            yield from places(part, (*path, index))


@pytest.mark.parametrize("strange", [None, -1, 1e99, [], ["a"], [["a"]], {}, True], ids=repr)
def test_whatever_stands_in_a_header_is_read_or_refused_in_a_sentence(tmp_path, strange):
    path = tmp_path / "model.ossicle"
    save_model(small_spotter(), path)
    original = path.read_bytes()
    header = json.loads(entry_of(path)["header"])
    for place in places({part: header[part] for part in ("graph", "calibration")}):

        def put(changed, place=place):
            *way, last = place
            for key in way:
                changed = changed[key]
            changed[last] = strange

        path.write_bytes(original)
        rewritten(path, put, keep_digest=True)
        with contextlib.suppress(OssicleError):
            load_model(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda moments: moments["mean"][:, :-1],
        lambda moments: moments["mean"].astype(np.float64),
        lambda moments: moments["mean"] * np.float32(np.nan),
    ],
)
def test_hostile_moments_of_a_right_checksum_are_refused(saved, change):
    def spoil(arrays):
        name = "calibration.fc_in.weight.mean"
        arrays[name] = np.ascontiguousarray(change({"mean": arrays[name]}))

    rewritten(saved, change_arrays=spoil, keep_digest=True)
    with pytest.raises(OssicleError, match="inconsistent header"):
        load_model(saved)


OLDER = {"gru_fp32": small_model, "lstm_int8": partial(small_model, "lstm")}
OLDER |= {"conv_mixed": partial(small_model, "conv"), "spotter_w8a16": small_spotter}
"""Files of format 3, each named after its network and scheme, and the networks that they were made of."""


@pytest.mark.parametrize("name", OLDER)
def test_a_file_of_format_3_gives_the_network_that_it_was_made_of(tmp_path, name):
    made, scheme = OLDER[name](), name.split("_")[1]
    expected = quantize(made.graph, scheme, made.calibration)
    loaded = load_model(FILES / f"{name}.ossicle")
    for graph in (loaded.graph, saved_and_loaded(loaded, tmp_path / "new.ossicle").graph):
        assert (graph.task, graph.inputs, graph.outputs) == (
            expected.task,
            expected.inputs,
            expected.outputs,
        )
        assert (set(graph.states), graph.tensors) == (set(expected.states), expected.tensors)
        for node, of in zip(graph.nodes, expected.nodes, strict=True):
            assert (node.op, node.inputs, node.outputs) == (of.op, of.inputs, of.outputs)
            assert (node.attributes, node.precision) == (of.attributes, of.precision)
            for key, array in of.constants.items():
                np.testing.assert_allclose(node.constants[key], array, rtol=1e-6, atol=1)


def test_a_suppressor_of_format_4_hears_magnitudes(saved):
    expected = load_model(saved).graph.task
    rewritten(saved, lambda header: header["graph"].update(task=older_task()), keep_digest=True, format=4)
    assert load_model(saved).graph.task == expected == Suppression(SMALL_STFT)


def test_a_suppressor_of_format_5_hears_what_it_names(saved):
    task = older_task(features="compressed")
    rewritten(saved, lambda header: header["graph"].update(task=task), keep_digest=True, format=5)
    assert load_model(saved).graph.task == Suppression(SMALL_STFT, (Compressed(),), Mask())


def older_task(**more):
    """The settings of a suppressor as formats 4 and 5 had them."""
    stft = {name: getattr(SMALL_STFT, name) for name in ("sample_rate", "window", "hop", "n_fft")}
    return {"name": "suppression", "stft": stft, **more}


@pytest.mark.parametrize("kind", TRAINED)
def test_a_model_file_keeps_what_its_network_hears(tmp_path, kind):
    model = small_model("gru", features=kind)
    assert saved_and_loaded(model, tmp_path / "m.ossicle").graph.task == model.graph.task


def saved_and_loaded(model, path):
    save_model(model, path)
    return load_model(path)


def test_equal_models_are_equal_files(tmp_path):
    for name in ("a", "b"):
        save_model(small_model(), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_file_of_format_2_gives_its_network_and_asks_for_recordings_before_integers(tmp_path):
    saved = FILES / "gru_fp32.ossicle"
    with safe_open(saved, "np") as file:
        metadata = file.metadata()
    header = json.loads(metadata["ossicle"]) | {"calibration": {"mask": [0.0, 1.0]}}
    arrays = {name: of for name, of in load_file(saved).items() if not name.startswith("calibration.")}
    arrays["calibration.mask"] = np.ones(4096, np.uint32)
    text = json.dumps(header, sort_keys=True)
    metadata |= {"format": "2", "ossicle": text, "sha256": _digest(text, arrays)}
    save_file(arrays, tmp_path / "old.ossicle", metadata)
    model = load_model(tmp_path / "old.ossicle")
    assert quantize(model.graph, "fp16", model.calibration).quantized
    with pytest.raises(OssicleError, match="of format 2 is too little for them"):
        quantize(model.graph, "mixed", model.calibration)
    again = api.quantize(model, "mixed", [magnitudes(model.graph, 50)])
    assert again.graph.quantized and again.calibration.moments


def test_a_missing_file_and_a_foreign_safetensors_file_are_refused(tmp_path):
    with pytest.raises(OssicleError, match="there is no model file"):
        load_model(tmp_path / "none.ossicle")
    save_file({"a": np.zeros(3)}, tmp_path / "foreign.ossicle")
    with pytest.raises(OssicleError, match="is no model file of Ossicle"):
        load_model(tmp_path / "foreign.ossicle")


def test_a_model_that_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(OssicleError, match="cannot write"):
        save_model(small_model(), tmp_path / "absent" / "m.ossicle")
    assert list(tmp_path.iterdir()) == []


def test_a_model_file_gets_the_mode_that_the_users_mask_says(tmp_path):
    before = os.umask(0o027)
    try:
        save_model(small_model("gru"), tmp_path / "m.ossicle")
    finally:
        os.umask(before)
    assert (tmp_path / "m.ossicle").stat().st_mode & 0o777 == 0o640
