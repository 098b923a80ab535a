"""Bit-exact NumPy execution of a graph: the only reference of the emitted C."""

from ossicle.simulate.simulator import Simulator

__all__ = ["Simulator"]
