"""Operators: a folder each, which registers what all stages need to know of it.

``ops/x/__init__.py`` holds its rules and the :class:`ossicle.graph.operator.Op`, its arithmetic stands beside
it, and ``call.j2`` says how it is written in C. To add an operator is to add such a folder.
"""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__):
    if _module.ispkg:
        import_module(f"{__name__}.{_module.name}")
