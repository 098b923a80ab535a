"""Operators: a folder for each, which registers what all stages need to know of it.

``ops/x/__init__.py`` has its rules and its record (:class:`ossicle.graph.operator.Op`), modules beside it
have its arithmetic for the simulation, and ``call.j2`` writes its call in C. Adding such a folder adds an
operator.
"""
