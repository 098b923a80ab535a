"""The report of a model, as a program and as a reader in a browser meet it."""

import json

import pytest
from browser import opened
from networks import small_model
from tools import need

from ossicle import api
from ossicle.graph.file import save_model

TARGETS, SCHEMES = ("raspberry-pi-4", "gap9"), ("w8a16", "fp16")


@pytest.fixture(scope="module")
def written(commands, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    save_model(small_model("gru"), folder / "small.ossicle")
    chosen = [word for scheme in SCHEMES for word in ("--scheme", scheme)]
    arguments = ["report", "small.ossicle", "--targets", ",".join(TARGETS), *chosen, "-o", "r.html", "--json"]
    done = commands.run(arguments, folder)
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout)


def test_the_printed_and_the_written_figures_are_the_same_and_have_every_choice(written):
    folder, printed = written
    assert json.loads((folder / "r.json").read_text()) == printed
    assert [(of["target"], of["scheme"]) for of in printed["choices"]] == [
        (target, scheme) for target in TARGETS for scheme in SCHEMES
    ]
    times = {of["target"]: of["cost"]["ms"] for of in printed["choices"]}
    assert times["raspberry-pi-4"] is None and times["gap9"] > 0
    assert {node["node"] for node in printed["sensitivity"]["nodes"]} >= {"fc_in", "fc_out"}


def test_figures_of_a_cluster_are_those_of_its_plan(written):
    folder, printed = written
    choice = next(of for of in printed["choices"] if (of["target"], of["scheme"]) == ("gap9", "w8a16"))
    plan = api.plan(api.load_quantized(folder / "small.ossicle", "w8a16"), "gap9")
    assert choice["cost"]["ms"] == plan.energy.needed_ms
    trace = json.loads((folder / "r.gap9.trace.json").read_text())
    ends = [event["ts"] + event["dur"] for event in trace["traceEvents"] if event["ph"] == "X"]
    assert max(ends) <= 1e3 * plan.energy.needed_ms * (1 + 1e-9)


@pytest.mark.parametrize(("width", "dark"), [(1200, False), (390, True)])
def test_a_browser_shows_the_page_without_errors_and_requests(written, width, dark):
    need("browser")
    page_file = written[0] / "r.html"
    assert page_file.stat().st_size < 3_000_000
    with opened(page_file.as_uri(), width, dark) as seen:
        assert (seen.errors, [url for url in seen.requests if not url.startswith("data:")]) == (
            [],
            [page_file.as_uri()],
        )
        for number in (1, 2):
            assert seen.page.locator(f"#schemes-{number} tbody tr").count() == len(SCHEMES)
        assert seen.page.locator("#sensitivity tbody tr").count() == len(written[1]["sensitivity"]["nodes"])
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
        pictures = seen.page.locator("img, svg, audio")
        assert pictures.count() == len(TARGETS) + 1 + 2 + 2
        for picture in pictures.all():
            assert picture.get_attribute("alt") or picture.get_attribute("aria-label")
        assert seen.page.evaluate("[...document.images].every(image => image.naturalWidth > 100)")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["small", "-o", "r.pdf"], "name a file that ends in .html"),
        (["gru128", "-o", "nowhere/r.html"], "there is no folder nowhere"),
        (["gru128", "-o", "r.html", "--targets", "moon"], "there is no target 'moon'"),
        (["none", "-o", "r.html"], "there is no model 'none'"),
    ],
)
def test_what_cannot_be_reported_is_said_before_the_work(ossicle, tmp_path, arguments, sentence):
    done = ossicle("report", *arguments)
    assert done.returncode == 2 and sentence in done.stderr and "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_this_computer_is_timed_and_a_chip_is_emulated(ossicle, model_file):
    need("emulator")
    chosen = ("--targets", "host,stm32f767", "--scheme", "w8a16", "-o", "r.html", "--json")
    done = ossicle("report", model_file, *chosen)
    assert done.returncode == 0, done.stderr
    here, chip = (choice["cost"] for choice in json.loads(done.stdout)["choices"])
    assert here["ms"] > 0 and here["microjoules"] is None
    ran = api.run(api.load_quantized(model_file, "w8a16"), target="stm32f767", seconds=0.1)
    assert chip["ms"] == pytest.approx(ran.total["ms"], rel=0.05)
    assert chip["microjoules"] == pytest.approx(ran.microjoules, rel=0.05)
