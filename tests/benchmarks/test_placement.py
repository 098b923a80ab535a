"""Recorded memory plans, and the exact solver that they are held to, where it is installed."""

from dataclasses import replace

import placement
import pytest
import record
import render

from ossicle import api
from ossicle.schedule.scratch import Buffer, busiest, height, place

BLOCKED = ((2, 0, 1), (1, 0, 3), (1, 2, 5), (2, 4, 5), (1, 4, 7), (1, 6, 9), (2, 8, 9), (1, 8, 9))
"""Sizes in words and live ranges; at no time are more than four words in use."""


def test_recorded_plans_are_within_a_tenth_of_the_least():
    rows = render.load_result("placement")["results"]
    assert max(row["ratio"] for row in rows.values()) <= 1.1


def test_a_memory_plan_takes_what_is_recorded():
    row = placement.figures(placement.in_scheme(api.load("gru128"), "w8a16"), 1.0)
    assert record.plain_data(row) == render.load_result("placement")["results"]["gru128 w8a16"]


def test_the_solver_finds_the_least_height():
    pytest.importorskip("ortools")
    buffers = [Buffer(f"b{i}", "int32_t", *row) for i, row in enumerate(BLOCKED)]
    placed = place(buffers)
    wasteful = [replace(buffer, offset=buffer.offset + 400) for buffer in placed]
    assert placement.solve(tuple(wasteful), 10.0) == (height(placed), True)
    assert height(placed) >= busiest(buffers)[1]
