"""Every emitted file names its licence, since it leaves this repository for that of a product."""

from pathlib import Path

import pytest
from emissions import PLAN, Selection

from ossicle.kernels import FOLDER

NAMED = "SPDX-License-Identifier: Apache-2.0"
FIRST_LINES = (f"/* {NAMED} */", f"# {NAMED}")
EMITTED = Selection(("small_gru", "small_spotter"), ("w8a16",), ("host", "stm32f767", "gap9"))
CASES = [
    case
    for case in EMITTED.cases()
    if case.backend != PLAN and (case.network, case.target) != ("small_spotter", "gap9")
]


def without_licence(files: list[Path]) -> list[str]:
    return [path.name for path in files if path.read_text("utf-8").split("\n")[0] not in FIRST_LINES]


def test_every_kernel_names_its_licence_in_the_first_line():
    sources = [path for path in FOLDER.rglob("*") if path.suffix in (".c", ".h")]
    assert len(sources) > 100
    assert without_licence(sources) == []


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_emitted_file_but_those_of_json_names_its_licence_in_the_first_line(tmp_path, case):
    case.write(tmp_path / "out")
    emitted = [path for path in (tmp_path / "out").rglob("*") if path.is_file() and path.suffix != ".json"]
    assert {"Makefile", "main.c"} <= {path.name for path in emitted}
    assert without_licence(emitted) == []
