"""The tables of operators name every operator that there is, and what they say of imports is so."""

from importlib import metadata
from pathlib import Path

import pytest
import render

pytest.importorskip("onnx")

import imports
from operator_examples import EXAMPLES

from ossicle import ops
from ossicle.graph.operator import OPS
from ossicle.importers.lower.context import RULES
from ossicle.importers.tflite.translation import TRANSLATORS

RECORDED = render.load_result("imports")
REFUSED = {"REVERSE_V2"}
"""Translated to a sentence that says why it is none."""
AGAIN = f"run again: {render.command('imports')}"


def test_every_operator_of_graphs_has_an_example():
    ours = {name for name, op in OPS.items() if op.folder.parent == Path(ops.__file__).parent}
    missing = ours - {example.op for example in EXAMPLES}
    assert not missing, f"benchmarks/operator_examples.py lacks {', '.join(missing)}"


def test_every_operator_that_is_imported_is_in_the_tables():
    onnx, tflite = RECORDED["results"]["onnx"], RECORDED["results"]["tflite"]
    assert set(RULES) <= set(onnx) and set(TRANSLATORS) - REFUSED == set(tflite), AGAIN
    assert {op for becomes in onnx.values() for op in becomes} <= set(OPS)


def test_operators_of_tflite_are_translated_as_is_recorded():
    assert imports.tflite_operators() == RECORDED["results"]["tflite"], AGAIN


@pytest.mark.slow
def test_operators_of_onnx_become_what_is_recorded():
    if metadata.version("onnx") != RECORDED["versions"]["onnx"]:
        pytest.skip("the package onnx that is installed has other examples than the recorded one")
    assert imports.onnx_operators() == RECORDED["results"]["onnx"], AGAIN
