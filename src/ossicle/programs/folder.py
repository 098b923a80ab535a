"""What an emitted C folder says of itself."""

import json
from pathlib import Path
from typing import Any

from ossicle.errors import OssicleError


def read_summary(folder: Path) -> dict[str, Any]:
    """The ``model.json`` of an emitted folder; raises :class:`OssicleError` where there is none."""
    try:
        summary: dict[str, Any] = json.loads((folder / "model.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise OssicleError(
            f"{folder} is not an emitted C folder ({error}); compile a model into it"
        ) from None
    return summary
