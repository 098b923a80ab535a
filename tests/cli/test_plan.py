"""Planning for a cluster and running there, from the command line."""

import json

import pytest
from clusters import needs_rtl


def test_a_plan_is_shown_as_tables_and_a_picture(ossicle, model_file, tmp_path):
    done = ossicle("plan", model_file, "--target", "gap9", "--picture", "frame.svg")
    assert done.returncode == 0, done.stderr
    for text in ("front_end", "lower bound of any plan", "mram", "0.65", "worker 7", "DMA"):
        assert text in done.stdout, text
    shown = [line for line in done.stdout.splitlines() if line.startswith(("│", "worker", "DMA"))]
    assert len(shown) > 20 and max(map(len, shown)) <= 100
    assert (tmp_path / "frame.svg").read_text().startswith("<?xml")


def test_a_plan_is_given_as_json(ossicle, model_file):
    done = ossicle("plan", model_file, "--l1", "24000", "--workers", "3", "--json")
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    assert plan["plan"]["workers"] == 3 and plan["memory"]["l1"] < 24000 and plan["volts"] == 0.65
    assert plan["cycles"] > plan["lower_bound_cycles"] and plan["plan"]["dma_transfers"]
    assert {command["kind"] for command in plan["plan"]["schedule"]} == {
        "dma_issue",
        "dma_wait",
        "phase_begin",
        "last_phase_end",
    }
    assert [energy["point"]["volts"] for energy in plan["energies"]] == [0.65, 0.8]


@pytest.mark.parametrize("on", ["threads", pytest.param("rtl", marks=(needs_rtl, pytest.mark.slow))])
def test_a_run_is_compared_with_the_host_and_the_simulation(ossicle, model_file, on):
    options = ("--scheme", "int8", "--target", "cv32e40p-cluster", "--on", on, "--seconds", "0.1")
    done = ossicle("run", model_file, *options, "--workers", "2", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["equal_to_host"] and result["equal_to_simulation"] and result["verification"]["passed"]
    assert (result["rtl"]["cycles"] > 1000) if on == "rtl" else result["rtl"] is None


def test_the_model_runs_nothing(ossicle, model_file):
    done = ossicle("run", model_file, "--target", "gap9", "--on", "model")
    assert done.returncode == 0 and "cycles by the model" in done.stdout


def test_a_program_is_compiled_for_a_backend(ossicle, model_file, tmp_path):
    done = ossicle("compile", model_file, "--target", "gap9", "-o", "c")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "c" / "pmsis.c").is_file() and (tmp_path / "c" / "CMakeLists.txt").is_file()
    main = " ".join((tmp_path / "c" / "main.c").read_text().replace("\n *", "").split())
    assert all("has never met GAP's compiler" in said for said in (main, done.stdout))
    done = ossicle("compile", model_file, "--target", "gap9", "--backend", "harts", "-o", "c")
    assert done.returncode == 0 and (tmp_path / "c" / "harts.c").is_file()
    assert "never met" not in done.stdout + (tmp_path / "c" / "main.c").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("plan", "{model}", "--l1", "100"), "bytes of L1 at least, and there are 100"),
        (("plan", "{model}", "--target", "stm32f767"), "a plan needs a target that is a cluster"),
        (("plan", "{model}", "--picture", "frame.bmp"), "end it in .png, .svg or .pdf"),
        (("plan", "cnn"), "is a conv2d, which a cluster cannot run yet"),
        (("run", "{model}", "--target", "gap9", "--on", "unicorn"), "not run on 'unicorn'"),
        (("run", "{model}", "--target", "stm32f767", "--on", "rtl"), "not run on 'rtl'"),
        (("compile", "{model}", "--target", "host", "--backend", "rtl", "-o", "c"), "a backend needs"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_in_a_sentence(ossicle, model_file, tmp_path, arguments, message):
    done = ossicle(*(argument.format(model=model_file) for argument in arguments))
    assert done.returncode == 2 and message in " ".join(done.stderr.split()), done.stderr
    assert "Traceback" not in done.stderr and not (tmp_path / "c").exists()
