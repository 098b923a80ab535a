"""A folder of texts that is there whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ossicle.errors import OssicleError


def check_out(out: Path) -> None:
    """Raise :class:`OssicleError` where ``out`` holds anything else than an emitted folder."""
    if out.exists() and not (out / "model.json").is_file() and (not out.is_dir() or any(out.iterdir())):
        raise OssicleError(f"{out} exists and is not an emitted folder; choose another one")


def write_folder(files: Mapping[str, str], out: Path) -> None:
    """Write texts by file name into a folder beside ``out``, and then rename it to ``out``."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
        try:
            for name, text in files.items():
                (partial / name).write_text(text, "utf-8")
            partial.chmod(0o755)
            if out.exists():
                shutil.rmtree(out)
            os.replace(partial, out)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise OssicleError(f"cannot write {out} ({error.strerror}); choose another folder") from None
