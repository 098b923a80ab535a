"""Optional and repeated ports of operators."""

import pytest

from ossicle.graph import Node
from ossicle.graph.operator import ports_of, replaced_ports


@pytest.mark.parametrize(
    ("declared", "found", "ports"),
    [
        (("x", "y"), ("x",), ("x", "y")),
        (("x", "h?"), ("x",), ("x",)),
        (("x", "h?", "c?"), ("c", "x"), ("x", "c")),
        (("x*",), (), ("x0",)),
        (("x*",), ("x0", "x1", "x2"), ("x0", "x1", "x2")),
        (("x*",), ("x0", "x2"), ("x0", "x1")),
        (("x*", "scale"), ("x0", "xy", "scale"), ("x0", "scale")),
    ],
)
def test_a_node_has_the_optional_ports_that_it_names_and_repeated_ones_from_zero_on(declared, found, ports):
    assert ports_of(declared, found) == ports


def test_a_port_that_is_absent_replaces_no_state():
    outputs = {"h_next": "new"}
    assert replaced_ports(Node("gru", "n", {"x": "a", "h": "b"}, outputs)) == {"h_next": "h"}
    assert replaced_ports(Node("gru", "n", {"x": "a"}, outputs)) == {}
