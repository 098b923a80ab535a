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


def own_summary(folder: Path, platform: str, description: str) -> dict[str, Any]:
    """Likewise, of a folder for a platform; raises :class:`OssicleError` where it is for another one."""
    summary = read_summary(folder)
    if summary.get("platform") != platform:
        raise OssicleError(
            f"{folder} is for the target {summary['target']}, not for {description}; compile the model for "
            "another target"
        )
    return summary
