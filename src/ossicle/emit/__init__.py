"""Writes the C project of a graph and its plan; decides nothing."""

from ossicle.emit.project import emit

__all__ = ["emit"]
