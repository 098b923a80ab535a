"""Pictures of a frame."""

import pytest
from clusterplans import cluster, double_buffered, handmade

from ossicle.cost.discrete_event_model import simulated_timeline
from ossicle.errors import OssicleError
from ossicle.report.gantt import WAITING_FOR_L2, WAITING_FOR_L3, Bar, draw_gantt, lanes, text_gantt


def hundred(phase):
    return [100, 40]


def test_each_core_and_engine_has_a_lane_with_layers_and_waiting():
    plan = double_buffered()
    controller, first, second, dma = lanes(simulated_timeline(plan, cluster(), hundred), plan)
    assert [lane.name for lane in (controller, first, second, dma)] == [
        "controller",
        "worker 0",
        "worker 1",
        "DMA",
    ]
    assert controller.bars == (
        Bar(0, 10, WAITING_FOR_L2),
        Bar(10, 110, "one"),
        Bar(110, 120, WAITING_FOR_L2),
        Bar(120, 220, "two"),
    )
    assert first.bars == (Bar(10, 110, "one"), Bar(120, 220, "two"))
    assert second.bars == (Bar(10, 50, "one"), Bar(120, 160, "two"))
    # The engine is under way from a copy's first byte on, ten cycles after its start.
    assert dma.bars == (Bar(0, 10, "one"), Bar(20, 120, "two"), Bar(130, 220, "one"))


def test_text_has_a_line_a_lane_and_a_legend():
    plan = double_buffered()
    text = text_gantt(simulated_timeline(plan, cluster(), hundred), plan, width=33)
    assert text.split("\n") == [
        "controller -aaaaaaaaaa-bbbbbbbbbb",
        "worker 0   .aaaaaaaaaa.bbbbbbbbbb",
        "worker 1   .aaaa.......bbbb......",
        "DMA        a.bbbbbbbbbb.aaaaaaaaa",
        "",
        "a one",
        "b two",
        "- waiting for L2",
        "220 cycles: workers compute 63.6%, wait for copies 9.1%",
    ]


def test_the_way_from_l3_has_a_lane_where_it_is_used_and_lines_keep_to_the_width():
    plan = handmade(
        [("layer_one", 0)], [800], "l3_issue:0 l3_wait:0 dma_issue:0 dma_wait:0 phase_begin:0", l3_sizes=[800]
    )
    chip = cluster()
    frame = simulated_timeline(plan, chip, hundred, chip.points[0])
    assert lanes(frame, plan)[-1].name == "mram" and lanes(frame, plan)[0].bars[0].what == WAITING_FOR_L3
    lines = text_gantt(frame, plan).split("\n")
    assert len(lines[0]) == 100 == max(map(len, lines))
    assert "=" in lines[0] and "=" not in lines[1]


def test_a_picture_is_drawn_and_other_formats_are_refused(tmp_path):
    pytest.importorskip("matplotlib")
    plan = double_buffered()
    frame = simulated_timeline(plan, cluster(), hundred)
    draw_gantt(tmp_path / "frame.svg", frame, plan, "a frame")
    drawing = (tmp_path / "frame.svg").read_text()
    assert all(f"<!-- {text} -->" in drawing for text in ("a frame", "waiting for L2", "one", "worker 1"))
    assert [file.name for file in tmp_path.iterdir()] == ["frame.svg"]
    with pytest.raises(OssicleError, match="end it in"):
        draw_gantt(tmp_path / "frame.txt", frame, plan, "a frame")
