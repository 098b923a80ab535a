"""The verbs from Python: what they take, what they return, and that the commands say the same."""

import inspect
import json
import re
import tomllib
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import soundfile
from frozen import assert_frozen
from networks import noise, small_model, small_spotter

import ossicle
from ossicle.audio.pcm import to_pcm16
from ossicle.audio.stft import StftConfig
from ossicle.errors import OssicleError
from ossicle.targets import load_target

needs_emulator = pytest.mark.skipif(
    not all(map(find_spec, ("unicorn", "elftools", "capstone", "ziglang"))), reason="needs ossicle[emulator]"
)
SOUND = to_pcm16(noise(1600))


@pytest.fixture(scope="module")
def model():
    return ossicle.quantize(small_model("gru", stft=StftConfig()), "int8")


def test_every_function_takes_a_path_as_text():
    functions = [value for name in ossicle.__all__ if inspect.isfunction(value := getattr(ossicle, name))]
    parameters = [
        str(parameter.annotation)
        for function in functions
        for parameter in inspect.signature(function).parameters.values()
        if "Path" in str(parameter.annotation)
    ]
    assert len(functions) == 31 and len(parameters) > 20
    assert [text for text in parameters if "str |" not in text] == []


def test_text_and_paths_name_the_same_files(model, pairs):
    ossicle.save(model, str(pairs / "m.ossicle"))
    loaded = ossicle.load(str(pairs / "m.ossicle"))
    assert loaded.graph.name == model.graph.name
    audio = ossicle.read_audio(str(pairs / "noisy" / "a.wav"))
    np.testing.assert_array_equal(audio.samples, ossicle.read_audio(pairs / "noisy" / "a.wav").samples)
    ossicle.write_audio(str(pairs / "out.wav"), audio)
    assert (pairs / "out.wav").is_file()
    with pytest.raises(OssicleError, match="there is no file absent"):
        ossicle.read_audio("absent.wav")
    assert ossicle.write_c(loaded, str(pairs / "c"))["name"] == "tiny_gru"
    assert ossicle.compile(loaded, str(pairs / "built")).hop == 100


def test_a_model_is_printed_in_five_lines():
    gru256 = ossicle.load("gru256")
    first, network, size, precisions, origin = str(gru256).splitlines()
    assert first == "gru256: noise suppressor, 16000 Hz, a hop of 6.25 ms"
    assert network == "network: 3 linear, 2 gru; 257 values in, 257 out"
    assert size == "size: 987,907 weights and biases, 984,065 MAC a frame"
    assert precisions == "precisions: fp32 in all layers"
    assert origin == "calibration: 8 tensors; from: training on 0.5 h of noise and 4.4 h of speech"
    quantized = str(ossicle.quantize(gru256)).splitlines()
    assert quantized[3] == "precisions: w8a16 in all layers"
    assert "987,907 weights and biases" in quantized[2]
    spotter = str(small_spotter())
    assert "keyword spotter" in spotter and spotter.endswith("from: source random")
    assert repr(gru256) == str(gru256)


def test_what_a_user_gets_is_printed_in_a_few_lines(model):
    plan = ossicle.plan(model, workers=2)
    for thing in (model, ossicle.compile(model), plan):
        assert len(repr(thing)) < 1500, repr(thing)[:200]


@pytest.mark.parametrize("model", [small_model("gru"), small_spotter()])
def test_without_a_scheme_a_model_gets_that_of_this_computer(model):
    nodes = ossicle.quantize(model).graph.nodes
    assert {node.precision for node in nodes if node.constants} == {load_target("host").scheme}


@needs_emulator
def test_a_chip_program_runs_what_goes_to_the_board(model, tmp_path):
    kept = ossicle.compile(model, tmp_path / "board", target="stm32h743")
    assert isinstance(kept, ossicle.ChipProgram) and (tmp_path / "board" / "link.ld").is_file()
    program = ossicle.compile(model, target="stm32h743")
    folder = program.folder
    output = program.run(SOUND)
    assert folder.is_dir() and output.dtype == np.int16 and len(output) == len(SOUND)
    expected = ossicle.compile(model).open().process(SOUND)
    assert np.abs(output - np.rint(expected * 32768)).max() <= 1
    np.testing.assert_array_equal(kept.run(SOUND.astype(np.float32) / 32768), output)
    del program
    assert not folder.exists() and kept.folder.is_dir()


@needs_emulator
def test_a_spotter_on_a_chip_gives_words_and_posteriors():
    program = ossicle.compile(ossicle.quantize(small_spotter(), "int8"), target="stm32f767")
    heard = program.run(SOUND)
    expected = ossicle.compile(ossicle.quantize(small_spotter(), "int8")).spot(SOUND)
    np.testing.assert_allclose(heard["posteriors"], expected.posteriors, atol=1e-5)


def test_a_chip_needs_no_emulator_to_be_compiled_for(model, tmp_path, monkeypatch):
    from ossicle.platforms.cortexm import build

    monkeypatch.setattr(build, "EMULATOR", ("no_such_package",))
    program = ossicle.compile(model, tmp_path / "board", target="stm32h743")
    assert program.summary["target"] == "stm32h743"
    with pytest.raises(OssicleError, match=r"no_such_package; pip install 'ossicle\[emulator\]'"):
        program.run(SOUND)


def test_a_compile_that_fails_leaves_no_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(OssicleError, match="than stm32f746 has"):
        ossicle.compile(ossicle.load("gru256"), target="stm32f746")
    assert not list(tmp_path.iterdir())


def test_evaluate_is_the_verb(ossicle_command, model, pairs):
    pytest.importorskip("pesq")
    pytest.importorskip("pystoi")
    ossicle.save(model, pairs / "m.ossicle")
    seen = []
    scores = ossicle.evaluate(
        model, str(pairs / "noisy"), str(pairs / "clean"), jobs=1, progress=lambda *of: seen.append(of)
    )
    assert seen == [(1, 1)] and not scores.failures
    assert_frozen(scores)
    done = ossicle_command("evaluate", "m.ossicle", "--noisy", "noisy", "--clean", "clean", "--jobs", 1)
    assert json.loads(done) == {"model": "m.ossicle"} | scores.as_dict()
    with pytest.raises(
        OssicleError, match="is a keyword spotter, which ossicle spot takes; name a noise suppressor"
    ):
        ossicle.evaluate(small_spotter(), pairs / "noisy", pairs / "clean")


def test_denoise_is_the_verb(ossicle_command, model, pairs):
    ossicle.save(model, pairs / "m.ossicle")
    (pairs / "noisy" / "b.wav").write_text("no audio")
    files = [pairs / "noisy" / name for name in ("a.wav", "b.wav")]
    told = []
    found = ossicle.denoise(model, files, str(pairs / "out"), told.append)
    assert_frozen(found)
    assert [Path(file.out).name for file in found.files] == ["a.wav"] and sum(told) == pytest.approx(1)
    assert len(found.failures) == 1 and "b.wav as audio" in found.failures[0]
    (done,) = json.loads(ossicle_command("denoise", "noisy/a.wav", "-o", "verb.wav", "--model", "m.ossicle"))
    assert done["audio_s"] == found.files[0].audio_s and done["repaired"] == 0
    assert (pairs / "verb.wav").read_bytes() == (pairs / "out" / "a.wav").read_bytes()
    with pytest.raises(
        OssicleError, match="is a keyword spotter, which ossicle spot takes; name a noise suppressor"
    ):
        ossicle.denoise(small_spotter(), files, pairs / "out")


def test_spot_is_the_verb(ossicle_command, pairs):
    spotter = ossicle.quantize(small_spotter(), "int8")
    ossicle.save(spotter, pairs / "s.ossicle")
    file = str(pairs / "noisy" / "a.wav")
    found = ossicle.spot(spotter, file, threshold=0.2)
    assert_frozen(found)
    done = ossicle_command("spot", file, "--model", "s.ossicle", "--threshold", 0.2)
    assert json.loads(done) == found.as_dict() and list(found.as_dict()) == [file]


def test_bench_times_models_in_schemes(model, tmp_path):
    ossicle.save(small_model("gru"), tmp_path / "m.ossicle")
    found = ossicle.bench([tmp_path / "m.ossicle"], ["int8"], rounds=2)
    assert_frozen(found)
    (timing,) = found.results
    assert timing.scheme == "int8" and 0 < timing.speed.fastest_us <= timing.speed.median_us
    (row,) = found.as_dict()["results"]
    assert list(row) == [
        "model", "scheme", "median_us", "fastest_us", "real_time_factor", "weight_bytes", "state_bytes",
        "scratch_bytes",
    ]  # fmt: skip


def test_corpora_are_listed():
    assert {corpus.name for corpus in ossicle.list_corpora()} == {"voicebank-demand", "speech-commands"}


def test_what_cannot_be_trained_or_fetched_is_said_in_a_sentence(tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("pyroomacoustics")
    with pytest.raises(OssicleError, match="there is no recipe 'gru999'"):
        ossicle.train_model("gru999", tmp_path, tmp_path / "run")
    with pytest.raises(OssicleError, match="no corpus 'imagenet'"):
        ossicle.get_corpus("imagenet", tmp_path / "corpus")


def test_plan_is_the_verb(ossicle_command, model, tmp_path):
    ossicle.save(model, tmp_path / "m.ossicle")
    estimate = ossicle.plan(model, "gap9", workers=3, l1_bytes=40_000)
    assert_frozen(estimate)
    done = json.loads(ossicle_command("plan", "m.ossicle", "--workers", 3, "--l1", 40_000))
    assert done.pop("plan") == json.loads(json.dumps(estimate.plan.as_dict()))
    assert done == {"model": "tiny_gru", "target": "gap9"} | json.loads(json.dumps(estimate.as_dict()))


@needs_emulator
def test_run_is_the_verb(ossicle_command, model, pairs):
    ossicle.save(model, pairs / "m.ossicle")
    file = str(pairs / "noisy" / "a.wav")
    found = ossicle.run(model, file, target="stm32h743", seconds=0.1)
    assert_frozen(found)
    assert found.verification.passed and found.largest_difference <= 1
    arguments = ("run", "m.ossicle", "noisy/a.wav", "--target", "stm32h743", "--seconds", 0.1)
    done = json.loads(ossicle_command(*arguments))
    assert done == {"model": "tiny_gru", "target": "stm32h743"} | found.as_dict()
    samples = soundfile.read(file, dtype="float32")[0]
    samples[7] = np.nan
    repaired = ossicle.run(model, samples, target="stm32h743", seconds=0.1)
    assert repaired.repaired == 1 and len(repaired.output) == 1600


def test_run_on_a_cluster_gives_its_own_result(model):
    found = ossicle.run(model, SOUND, "cv32e40p-cluster", workers=2)
    assert isinstance(found, ossicle.ClusterEmulation) and found.on == "threads"
    assert found.verification.equal and found.largest_difference == 0
    assert json.dumps(found.as_dict())
    assert isinstance(ossicle.run(model, target="gap9", on="model"), ossicle.Estimate)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"target": "host"}, "a run needs a target that is a cluster, .* or a Cortex-M chip, such"),
        ({"on": "moon"}, "does not run on 'moon'; choose unicorn or qemu"),
        (
            {"target": "gap9", "on": "unicorn"},
            "a cluster, which does not run on 'unicorn'; choose threads",
        ),
        ({"on": "rtl"}, "stm32f767 is a Cortex-M chip, which does not run on 'rtl'"),
        ({"workers": 2}, "needs a target that is a cluster, such as gap9; stm32f767 is a Cortex-M chip"),
        ({"target": "gap9", "workers": 0}, "a cluster has 1 to 8 workers, not 0"),
        ({"target": "gap9", "workers": 9}, "a cluster has 1 to 8 workers, not 9"),
        ({"seconds": float("inf")}, "seconds to run must be over 0 and up to 3600, not inf"),
        ({"inputs": SOUND[:0]}, "the array holds no samples"),
        ({"inputs": np.zeros((5, 2))}, "one channel of float or int16 samples"),
        ({"inputs": "absent.wav"}, "there is no file absent.wav"),
    ],
)
def test_what_cannot_be_run_is_said_in_a_sentence(model, options, sentence):
    with pytest.raises(OssicleError, match=sentence):
        ossicle.run(model, **options)


def test_the_page_for_python_names_all_that_is_exported_and_nothing_else():
    text = (Path(__file__).parents[2] / "docs" / "python.md").read_text("utf-8")
    assert set(ossicle.__all__) <= set(re.findall(r"\w+", text))
    assert set(re.findall(r"\bossicle\.([A-Za-z_]+)", text)) <= {*ossicle.__all__, "__version__"}


def test_the_version_has_one_source():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
    assert "version" in project["project"]["dynamic"] and "version" not in project["project"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "ossicle.__version__"}


def test_the_marker_of_a_typed_package_is_there_and_goes_into_the_wheel():
    root = Path(__file__).parents[2]
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    assert (root / "src" / "ossicle" / "py.typed").is_file()
    assert "py.typed" in project["tool"]["setuptools"]["package-data"]["ossicle"]
