"""A function of each value: ``y[i] = function(x[i])``.

The attribute ``function`` is one of :data:`FUNCTIONS`; some take numbers besides, the attributes ``alpha``, ``low``,
``high`` and ``exponent``. ``prelu`` has a constant instead: ``x`` where it is positive, and elsewhere
``slope[(i // inner) % p] * x`` with ``slope`` of shape ``(p,)`` and the attribute ``inner``.

In int8 every function is a table of 256 codes. In int16 it is arithmetic, a table that the gates of recurrent
layers have too, or a table of its own (docs/numerics.md); functions that lose too much there are float only, and
``quantize`` keeps them so in int8 too.
"""
