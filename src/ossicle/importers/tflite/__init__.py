"""TFLite files, also as arrays in C: read, and translated to the vocabulary of a network.

A module for each family of operators registers their translations (:func:`.translation.translates`).
"""

from importlib import import_module
from pkgutil import iter_modules

from ossicle.importers.tflite.reader import read_tflite

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["read_tflite"]
