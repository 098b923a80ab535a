"""Documents are what the recorded results render to, and the results are of the models that ship."""

import json
from pathlib import Path

import pytest
import record
import render

from ossicle.errors import OssicleError

RECORDED = sorted(path.stem for path in record.RESULTS.glob("*.json"))


@pytest.fixture(scope="module")
def documents():
    return render.render_all()


def test_every_result_has_a_benchmark_that_makes_it():
    assert sorted(render.COMMANDS) == RECORDED
    for benchmark in RECORDED:
        script = Path(render.__file__).parent / render.COMMANDS[benchmark].split()[0]
        assert script.exists() and "RecordOption" in script.read_text("utf-8")
        assert render.load_result(benchmark)["benchmark"] == benchmark


def test_committed_documents_are_what_the_results_render_to(documents):
    changed = [str(p) for p, text in documents.items() if (render.ROOT / p).read_text("utf-8") != text]
    assert not changed, f"{', '.join(changed)} differ from what the results render to; run: make docs"


@pytest.mark.parametrize("benchmark", RECORDED)
def test_a_result_is_of_the_models_that_ship(benchmark):
    stale = render.stale_models(render.load_result(benchmark))
    assert not stale, f"{', '.join(stale)} changed since; run again: {render.command(benchmark)}"


@pytest.mark.parametrize("benchmark", RECORDED)
def test_a_result_is_written_as_it_would_be_again(benchmark, tmp_path, monkeypatch):
    monkeypatch.setattr(record, "RESULTS", tmp_path)
    result = render.load_result(benchmark)
    record.write_result(result)
    (written,) = tmp_path.iterdir()
    assert written.read_text("utf-8") == (render.RESULTS / written.name).read_text("utf-8")


def test_a_result_says_what_it_was_found_with(tmp_path, monkeypatch):
    monkeypatch.setattr(record, "RESULTS", tmp_path)
    found = record.Result("some", {"seconds": 1.0}, {"third": 1 / 3, "none": float("nan")}, ["gru128"])
    record.conclude(found, [], record=True, as_json=False)
    kept = json.loads((tmp_path / "some.json").read_text("utf-8"))
    assert kept["results"] == {"third": 0.3333333, "none": None}
    assert kept["models"] == {"gru128": record.model_hash(record.zoo_path("gru128"))}
    assert kept["code"]["version"] and kept["date"] and "machine" not in kept


def test_data_is_named_by_its_manifest(tmp_path):
    rows = ["file,split,corpus,duration_s", "a.wav,test,one,1", "b.wav,train,two,1", "c.wav,test,three,2"]
    (tmp_path / "manifest.csv").write_text("\n".join(rows))
    found = record.manifest_data(tmp_path, split="test")
    assert (found["corpora"], found["files"]) == (["one", "three"], 2)
    assert record.manifest_data(tmp_path, files=["b.wav"])["corpora"] == ["two"]
    assert record.manifest_data(tmp_path, files=["a.wav"])["manifest_sha256"] != found["manifest_sha256"]
    (tmp_path / "manifest.csv").write_text("file,split,duration_s\na.wav,test,1\n")
    with pytest.raises(OssicleError, match="lacks the column corpus"):
        record.manifest_data(tmp_path)


def test_a_result_that_is_missing_is_asked_for_by_its_command(tmp_path, monkeypatch):
    monkeypatch.setattr(render, "RESULTS", tmp_path)
    render.load_result.cache_clear()
    with pytest.raises(OssicleError, match=r"run: python benchmarks/chips.py --record"):
        render.load_result("chips")
    render.load_result.cache_clear()
