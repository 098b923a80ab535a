"""The commands of docs/boards.md that need no board."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from networks import noise
from tools import need

PAGE = Path(__file__).parents[3] / "docs" / "boards.md"


def commands():
    """Those of the steps before a board is needed, in order."""
    text = PAGE.read_text("utf-8").partition("## 4.")[0].partition("## 1.")[2]
    return re.findall(r"^    (\S.*)$", text, flags=re.MULTILINE)


@pytest.mark.slow
def test_the_commands_that_need_no_board_run_as_they_stand(tmp_path):
    for tool in ("emulator", "gcc", "qemu"):
        need(tool)
    (noise(1600) * 32768).astype(np.int16).tofile(tmp_path / "noisy.raw")
    ran = commands()
    assert [command.split()[0] for command in ran] == [*("ossicle",) * 2, *("make",) * 2, "qemu-system-arm"]
    for command in ran:
        line = re.sub(r"^ossicle", f"{shlex.quote(sys.executable)} -m ossicle", command)
        done = subprocess.run(line, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        if "ossicle run" in command:
            assert "real time: yes" in done.stdout
    clean = np.fromfile(tmp_path / "clean.raw", np.int16)
    assert len(clean) == 1600 and np.abs(clean[400:].astype(int)).max() > 10
