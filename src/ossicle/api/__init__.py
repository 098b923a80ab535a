"""The commands for Python: each is one function, and the command line prints what it returns.

Paths are strings or :class:`pathlib.Path`. Results are frozen; their ``as_dict`` is what ``--json`` prints
besides the question. What cannot be done raises :class:`OssicleError`, whose sentence names the way out.
"""

from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
