"""Where what can be made or fetched again is kept."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """``$OSSICLE_CACHE``, else the user's cache folder."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("OSSICLE_CACHE") or Path(base) / "ossicle")
