"""Ossicle turns a small audio network into verified firmware.

>>> import ossicle
>>> program = ossicle.compile(ossicle.quantize(ossicle.load("gru256")))
>>> stream = program.open()
>>> clean = stream.process(noisy_chunk)  # float32 or int16 at 16 kHz
"""

from lazy_loader import attach_stub

__version__ = "0.1.0"
# Each name in __init__.pyi is imported when it is first used: most need much more than `denoise` does.
__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
