"""Writes the C folder of a graph and its plan; all decisions were made before."""

from ossicle.emit.project import emit

__all__ = ["emit"]
