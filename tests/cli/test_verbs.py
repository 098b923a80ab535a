import json
import re
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile
from networks import noise

import ossicle as ossicle_package
from ossicle.cli import MODULES, commands
from ossicle.lowering import weight_bytes
from ossicle.targets import load_target

VERBS = ("denoise", "evaluate", "quantize", "account", "prune", "compile", "bench", "models", "train", "run")


@pytest.mark.parametrize("verb", VERBS)
def test_every_help_text_has_an_example(ossicle, verb):
    done = ossicle(verb, "--help")
    assert done.returncode == 0
    assert f"Example: ossicle {verb}" in done.stdout


@pytest.mark.parametrize("command", [("-c", "from ossicle.cli import main; main()"), ("-m", "ossicle")])
def test_the_version_is_printed(command):
    done = subprocess.run([sys.executable, *command, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ossicle_package.__version__
    assert re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", ossicle_package.__version__)


def test_usage_errors_have_exit_code_2(ossicle):
    assert ossicle("denoise", "--nonsense").returncode == 2
    assert ossicle("fly").returncode == 2
    assert ossicle("compile", "gru256", "-o", "x", "--scheme", "int3").returncode == 2


def test_each_command_is_in_the_module_that_is_imported_for_it():
    registered = {
        (command.callback.__module__.split(".")[-1], command.name)
        for command in commands().registered_commands
    }
    registered |= {("train", group.name) for group in commands().registered_groups}
    assert registered == {(module, name) for module, names in MODULES.items() for name in names}


def test_denoising_does_not_wait_for_what_builds_a_program():
    text = "import sys; from ossicle.cli import commands; commands('denoise'); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    imported = {".".join(name.split(".")[:2]) for name in done.stdout.split()}
    assert "ossicle.audio" in imported
    builders = ("importers", "kernels", "lowering", "ops", "platforms", "quantization", "schedule", "targets")
    assert not imported & {f"ossicle.{name}" for name in builders}


@pytest.fixture
def pairs(tmp_path):
    """Three recordings with and without noise, whose names pair up across formats."""
    rng = np.random.default_rng(0)
    for side in ("noisy", "clean"):
        (tmp_path / side).mkdir()
    for i in range(3):
        seconds = np.arange(24000) / 16000
        voice = 0.2 * np.sign(np.sin(2 * np.pi * 120 * seconds)) * np.abs(np.sin(2 * np.pi * 3 * seconds))
        soundfile.write(tmp_path / "clean" / f"{i}.flac", voice, 16000)
        soundfile.write(tmp_path / "noisy" / f"{i}.wav", voice + rng.normal(0, 0.05, 24000), 16000)
    return tmp_path


def test_evaluate_scores_each_file_and_the_mean(ossicle, model_file, pairs):
    pytest.importorskip("pesq")
    pytest.importorskip("pystoi")
    from ossicle.metrics.signal import si_sdr

    done = ossicle("evaluate", model_file, "--noisy", "noisy", "--clean", "clean", "--json", "--jobs", 1)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert [file["file"] for file in result["files"]] == ["0.wav", "1.wav", "2.wav"]
    for side in ("noisy", "enhanced"):
        for measure in ("pesq_wb", "stoi", "si_sdr_db"):
            values = [file[side][measure] for file in result["files"]]
            assert result["mean"][side][measure] == pytest.approx(np.mean(values))
    noisy, clean = (
        soundfile.read(pairs / side / name)[0] for side, name in (("noisy", "1.wav"), ("clean", "1.flac"))
    )
    assert result["files"][1]["noisy"]["si_sdr_db"] == pytest.approx(si_sdr(noisy, clean), abs=1e-3)
    for name in ("0", "2"):
        (pairs / "noisy" / f"{name}.wav").unlink()
    table = ossicle("evaluate", model_file, "--noisy", "noisy", "--clean", "clean", "--jobs", 1)
    assert "mean" in table.stdout and "1.wav" in table.stdout


def test_evaluate_refuses_folders_that_do_not_pair(ossicle, model_file, pairs):
    (pairs / "clean" / "2.flac").unlink()
    done = ossicle("evaluate", model_file, "--noisy", "noisy", "--clean", "clean")
    assert done.returncode == 2 and "2.wav" in done.stderr
    done = ossicle("evaluate", model_file, "--noisy", "absent", "--clean", "clean")
    assert done.returncode == 2 and "there is no folder absent" in done.stderr


def test_evaluate_scores_the_others_where_a_pair_cannot_be_scored(ossicle, model_file, pairs):
    pytest.importorskip("pesq")
    pytest.importorskip("pystoi")
    soundfile.write(pairs / "clean" / "2.flac", noise(100), 16000)
    (pairs / "noisy" / "0.wav").write_text("no audio")
    arguments = ("evaluate", model_file, "--noisy", "noisy", "--clean", "clean", "--jobs", 1)
    done = ossicle(*arguments)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    first, last = done.stderr.strip().splitlines()
    assert first.startswith("ossicle: cannot read noisy/0.wav as audio")
    assert last.startswith("ossicle: noisy/2.wav and clean/2.flac differ in rate, channels or length")
    assert "1.wav" in done.stdout and "mean" in done.stdout and "0.wav" not in done.stdout
    result = json.loads(ossicle(*arguments, "--json").stdout)
    assert [failure["file"] for failure in result["failures"]] == ["0.wav", "2.wav"]
    assert result["mean"]["noisy"] == result["files"][0]["noisy"] and len(result["files"]) == 1
    broken = np.full(24000, 0.1, np.float32)
    broken[5] = np.inf
    soundfile.write(pairs / "noisy" / "1.wav", broken, 16000, subtype="FLOAT")
    done = ossicle(*arguments)
    assert done.returncode == 2 and "noisy/1.wav holds NaN or infinite samples" in done.stderr
    assert done.stdout == ""


def test_a_recording_that_equals_its_reference_has_an_infinite_ratio_and_so_has_the_mean(
    ossicle, model_file, pairs
):
    pytest.importorskip("pesq")
    pytest.importorskip("pystoi")
    (pairs / "noisy" / "1.wav").unlink()
    (pairs / "noisy" / "1.flac").write_bytes((pairs / "clean" / "1.flac").read_bytes())
    short = noise(3000)
    for side in ("noisy", "clean"):
        soundfile.write(pairs / side / "short.wav", short, 16000)
    done = ossicle("evaluate", model_file, "--noisy", "noisy", "--clean", "clean", "--jobs", 1)
    assert done.returncode == 0 and "nan" not in done.stdout, done.stderr
    (mean,) = (line for line in done.stdout.splitlines() if "mean" in line)
    assert "inf >" in mean and "- >" not in mean
    (short,) = (line for line in done.stdout.splitlines() if "short.wav" in line)
    assert "- > -" in short


def test_quantize_writes_a_model_that_the_other_verbs_take(ossicle, model_file, recording, tmp_path):
    done = ossicle("quantize", model_file, "-o", "q.ossicle", "--scheme", "w8a16", "--precision",
                   "rnn1=w4a16+w8a8", "--calibration", recording, "--json")  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["precisions"] == {
        "fc_in": "w8a16", "rnn0": "w8a16", "rnn1": "w4a16+w8a8", "fc_mid": "w8a16", "fc_out": "w8a16"
    }  # fmt: skip
    assert "is short" in done.stderr
    assert result["output"]["on"] == "the recordings" and 10 < result["output"]["sqnr_db"] < 80
    said = ossicle("quantize", model_file, "-o", "own.ossicle", "--scheme", "int8").stdout
    assert "SQNR of the output, on a synthetic voice in noise:" in " ".join(said.split())
    done = ossicle("compile", "q.ossicle", "-o", "c", "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    graph = ossicle_package.load(tmp_path / "q.ossicle").graph
    assert result["weight_bytes"] == weight_bytes(graph)
    # The layouts of this processor may add sums of rows.
    assert summary["weight_bytes"] == weight_bytes(graph, load_target("host").kernels)
    assert summary["precisions"] == result["precisions"]
    assert ossicle("denoise", recording, "-o", "clean.wav", "--model", "q.ossicle").returncode == 0
    done = ossicle("denoise", recording, "-o", "clean.wav", "--model", "q.ossicle", "--scheme", "fp32")
    assert done.returncode == 2 and "quantized already" in done.stderr


def test_quantize_refuses_what_it_cannot_do_in_a_sentence(ossicle, model_file, write, tmp_path):
    silence = write("silence.wav", np.zeros(16000))
    for arguments, sentence in (
        (("--precision", "rnn7=w8a8"), "the nodes are fc_in, rnn0"),
        (("--precision", "rnn0=w3a3"), "unknown precision 'w3a3'"),
        (("--dense-range", "luck"), "no rule 'luck'"),
        (("--dense-range", "mse"), "other ranges need recordings"),
        (("--calibration", "none.wav"), "there is no file none.wav"),
        (("--calibration", silence), "no recording for calibration has any sound"),
    ):
        done = ossicle("quantize", model_file, "-o", "q.ossicle", *arguments)
        assert done.returncode == 2 and sentence in done.stderr, arguments
        assert "Traceback" not in done.stderr and not (tmp_path / "q.ossicle").exists()


@pytest.mark.slow
def test_auto_keeps_to_its_budget_and_draws_the_front(ossicle, model_file, recording, pairs, tmp_path):
    pytest.importorskip("scipy")
    pytest.importorskip("pesq")
    pytest.importorskip("matplotlib")
    auto = ("quantize", model_file, "--scheme", "auto", "--calibration", recording, "--jobs", 1)
    done = ossicle("quantize", model_file, "--scheme", "mixed", "-o", "m.ossicle", "--json")
    mixed = json.loads(done.stdout)["weight_bytes"]
    done = ossicle(*auto, "-o", "a.ossicle", "--plot", "front.svg", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["weight_bytes"] <= mixed
    assert ElementTree.parse(tmp_path / "front.svg").getroot().tag.endswith("svg")
    verify = ("--noisy", "noisy", "--clean", "clean")
    small = json.loads(ossicle(*auto, *verify, "-o", "b.ossicle", "--max-bytes", mixed // 2, "--json").stdout)
    assert abs(small["pesq_lost"]) < 0.5
    assert small["weight_bytes"] <= mixed // 2 and "w4a16" in str(small["precisions"])
    done = ossicle(*auto, "-o", "c.ossicle", "--max-bytes", 1000)
    assert done.returncode == 2 and "no precisions fit 1,000 bytes: the least is" in done.stderr
    done = ossicle("quantize", model_file, "--scheme", "auto", "-o", "c.ossicle")
    assert done.returncode == 2 and "needs --calibration" in done.stderr
    assert not (tmp_path / "c.ossicle").exists()


@pytest.mark.slow
def test_account_lists_tensors_weights_and_nodes(ossicle, model_file, recording, pairs):
    pytest.importorskip("pesq")
    account = ("account", model_file, "--scheme", "int8", "--calibration", recording)
    done = ossicle(*account, "--noisy", "noisy", "--clean", "clean", "--jobs", 1, "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert {row["tensor"] for row in result["tensors"]} >= {"magnitude_s8", "rnn0_h_next", "mask"}
    assert len(result["weights"]) == 7 and len(result["nodes"]) == len(result["pesq_lost"]) == 5
    table = ossicle(*account)
    assert "bits used" in table.stdout and "node alone" in table.stdout


def test_compile_writes_a_folder_and_says_its_sizes(ossicle, model_file, tmp_path):
    done = ossicle("compile", model_file, "--target", "host", "-o", "c", "--scheme", "int8", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == json.loads((tmp_path / "c" / "model.json").read_text())
    done = ossicle("compile", model_file, "-o", "c")
    assert "weight bytes" in done.stdout
    assert (tmp_path / "c" / "Makefile").is_file()
    done = ossicle("compile", model_file, "-o", "c", "--target", "moon")
    assert done.returncode == 2 and "no target 'moon'" in done.stderr


def test_bench_times_what_it_is_asked_for(ossicle, model_file):
    done = ossicle("bench", model_file, "--scheme", "int8", "--scheme", "fp32", "--rounds", 3, "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert [r["scheme"] for r in result["results"]] == ["int8", "fp32"]
    for r in result["results"]:
        assert 0 < r["fastest_us"] <= r["median_us"]
        assert r["real_time_factor"] == pytest.approx(r["median_us"] / 6250, rel=1e-6)
    assert result["results"][0]["weight_bytes"] < result["results"][1]["weight_bytes"]


def test_models_lists_the_zoo(ossicle):
    done = ossicle("models", "--json")
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    gru256 = next(result for result in results if result["name"] == "gru256")
    assert gru256["parameters"] == 987_907
    assert gru256["weight_bytes"]["fp16"] == 2 * 987_907
    assert gru256["scores"]["enhanced"]["pesq_wb"] > gru256["scores"]["noisy"]["pesq_wb"] + 0.3
    assert gru256["data"]["speech"]["hours"] > 1
    table = ossicle("models").stdout
    assert "987,907" in table and "CC BY 4.0" in table


def test_train_says_what_is_missing(ossicle, tmp_path):
    pytest.importorskip("torch")
    done = ossicle("train", "gru128", "--data", "nowhere", "-o", "run")
    assert done.returncode == 2 and "cannot read" in done.stderr
    done = ossicle("train", "gru999", "--data", "nowhere", "-o", "run")
    assert done.returncode == 2


def test_data_lists_what_can_be_fetched_and_asks_before_it_fetches(ossicle, tmp_path):
    pytest.importorskip("pooch")
    done = ossicle("data", "list", "--json")
    assert {corpus["name"] for corpus in json.loads(done.stdout)} == {"voicebank-demand", "speech-commands"}
    done = ossicle("data", "get", "speech-commands", "-o", "corpus", input="n\n")
    assert done.returncode == 2
    assert "CC BY 4.0: 2.43 of 2.43 GB to fetch" in done.stderr and "nothing was fetched" in done.stderr
    assert not (tmp_path / "corpus").exists()
    done = ossicle("data", "get", "imagenet", "-o", "corpus")
    assert done.returncode == 2 and "no corpus 'imagenet'; choose one of voicebank-demand" in done.stderr
