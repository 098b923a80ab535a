"""A frame as trace events, which Perfetto and the browsers' own viewers open.

The form is the "JSON Object Format" of the Trace Event Format
(https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU); times are in microseconds.
"""

from collections.abc import Sequence
from typing import Any

from ossicle.report.gantt import Lane


def trace_events(lanes: Sequence[Lane], hertz: float, title: str) -> dict[str, Any]:
    """Lanes as threads of one process, their bars as complete events."""
    events: list[dict[str, Any]] = [_name("process_name", 0, title)]
    for thread, lane in enumerate(lanes):
        events.append(_name("thread_name", thread, lane.name))
        for bar in lane.bars:
            event = {"name": bar.what, "ph": "X", "pid": 0, "tid": thread}
            begin, duration = 1e6 * bar.begin / hertz, 1e6 * (bar.end - bar.begin) / hertz
            cycles = {"begin_cycle": bar.begin, "cycles": bar.end - bar.begin}
            events.append(event | {"ts": begin, "dur": duration, "args": cycles})
    return {"displayTimeUnit": "ns", "traceEvents": events}


def _name(what: str, thread: int, name: str) -> dict[str, Any]:
    return {"name": what, "ph": "M", "pid": 0, "tid": thread, "args": {"name": name}}
