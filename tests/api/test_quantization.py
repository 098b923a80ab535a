"""Models in other precisions from Python: budgets, exceptions, and what was lost."""

import json
from dataclasses import replace

import numpy as np
import pytest
from frozen import assert_frozen
from networks import small_model

import ossicle
from ossicle.audio.stft import StftConfig
from ossicle.cost.cost_table import PRECISIONS, CostTable
from ossicle.errors import OssicleError
from ossicle.platforms.platform import PLATFORMS


def test_quantize_says_what_it_lost_as_the_verb_does(ossicle_command, tmp_path):
    plain = small_model("gru", stft=StftConfig())
    ossicle.save(plain, tmp_path / "m.ossicle")
    found = ossicle.quantize(plain, "int8", overrides={"rnn1": "w4a16+w8a8"})
    assert_frozen(found)
    assert found.measured_on == "a synthetic voice in noise" and 10 < found.sqnr_db < 80
    assert found.sqnr_db < ossicle.quantize(plain, "w8a16").sqnr_db
    assert ossicle.quantize(plain, "fp32").sqnr_db == np.inf
    done = json.loads(
        ossicle_command(
            "quantize", "m.ossicle", "-o", "q.ossicle", "--scheme", "int8", "--precision", "rnn1=w4a16+w8a8"
        )
    )
    assert done.pop("model") == "q.ossicle" and done == found.as_dict()
    loaded = ossicle.load(tmp_path / "q.ossicle")
    assert loaded.provenance == found.provenance
    assert loaded.provenance["quantization"]["precisions"]["rnn1"] == "w4a16+w8a8"


def test_auto_keeps_to_its_budget_in_one_call(pairs):
    pytest.importorskip("scipy")
    plain, noisy = small_model("gru", stft=StftConfig()), pairs / "noisy" / "a.wav"
    most = ossicle.quantize(plain, "w8a16").weight_bytes - 2000
    seen = []
    options = {"clips": [noisy], "jobs": 1, "progress": lambda *of: seen.append(of)}
    found = ossicle.quantize(plain, "auto", max_bytes=most, **options)
    assert found.weight_bytes <= most and found.measured_on == "the recordings"
    assert found.search.chosen.precisions == found.precisions and "w4a16" in str(found.precisions)
    sizes = [assignment.bytes for assignment in found.search.front()]
    assert sizes == sorted(sizes) and sizes[0] < most < sizes[-1]
    assert "1.0 s of sound is short" in found.warnings[0]
    assert {what for what, _, _ in seen} == {"measuring each precision"} and seen[-1][1] == seen[-1][2]
    with pytest.raises(OssicleError, match="no precisions fit 1,000 bytes"):
        ossicle.quantize(plain, "auto", max_bytes=1000, **options)


def test_auto_keeps_to_the_milliseconds_that_the_fixed_cost_leaves(pairs, monkeypatch):
    """A chip of 216 MHz, on which halves take 1000 cycles a node and integers 100, besides 21,600 for all."""
    pytest.importorskip("scipy")
    plain, seen = small_model("gru", stft=StftConfig()), []
    nodes = [node.name for node in plain.graph.nodes]
    cycles = {(name, of): 1000.0 if of == "fp16" else 100.0 for name in nodes for of in PRECISIONS}

    def table(graph, calibration, target, advance):
        seen.append(target.name)
        return CostTable(cycles, 21_600.0, 216_000_000)

    monkeypatch.setitem(PLATFORMS, "cortexm", replace(PLATFORMS["cortexm"], cost_table=table))
    options = {"clips": [pairs / "noisy" / "a.wav"], "target": "stm32f767", "max_bytes": 10**6, "jobs": 1}
    free = ossicle.quantize(plain, "auto", max_ms=1.0, **options)
    tight = ossicle.quantize(plain, "auto", max_ms=0.1 + 2350 / 216e3, **options)
    assert free.search.chosen.cycles > 2350 and tight.search.chosen.cycles == 2300
    assert seen == ["stm32f767"] * 2 and tight.search.chosen.output_error > free.search.chosen.output_error
    with pytest.raises(OssicleError, match=r"0.05 ms are not enough on stm32f767: .* alone take 0.10 ms"):
        ossicle.quantize(plain, "auto", max_ms=0.05, **options)
    with pytest.raises(OssicleError, match="--max-ms needs a --target"):
        ossicle.quantize(plain, "auto", **options)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"precisions": "int3"}, "no scheme 'int3'"),
        ({"precisions": {"rnn0": "w8a8"}}, "fc_in, rnn1, fc_mid, fc_out of tiny_gru have no precision"),
        ({"overrides": {"rnn7": "w8a8"}}, "tiny_gru has no node 'rnn7' with weights; the nodes are fc_in"),
        ({"precisions": "auto"}, "the scheme auto needs --calibration"),
        ({"max_bytes": 5}, "belong to the scheme auto"),
        ({"noisy": "noisy"}, "give both folders, --noisy and --clean"),
        ({"clips": ["absent.wav"]}, "there is no file absent.wav"),
    ],
)
def test_what_cannot_be_quantized_is_said_in_a_sentence(options, sentence):
    with pytest.raises(OssicleError, match=sentence):
        ossicle.quantize(small_model("gru"), **options)


def test_account_is_the_verb(ossicle_command, pairs):
    plain = small_model("gru", stft=StftConfig())
    ossicle.save(plain, pairs / "m.ossicle")
    found = ossicle.account(plain, [pairs / "noisy" / "a.wav"], "int8")
    assert_frozen(found)
    assert len(found.nodes) == 5 and found.warnings and not found.pesq_lost
    done = ossicle_command("account", "m.ossicle", "--calibration", "noisy/a.wav", "--scheme", "int8")
    assert json.loads(done) == found.as_dict()
