"""Platforms: a folder for each, which registers what the verbs need to know of it.

``platforms/x/__init__.py`` has its record (:class:`ossicle.platforms.platform.Platform`), and modules beside
it have its duties, by the same names on every platform: ``plan.py``, ``files.py``, ``build.py``, ``run.py``,
``trace.py`` and ``estimate.py``. Adding such a folder adds a platform.
"""
