"""The list of packages that goes with a release."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_list_of_packages_has_all_dependencies_with_a_licence():
    script = [sys.executable, ROOT / ".ci" / "sbom.py", "import"]
    found = json.loads(subprocess.run(script, capture_output=True, check=True).stdout)
    names = {component["name"] for component in found["components"]}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert {of.partition(">")[0] for of in project["dependencies"]} <= names
    assert {"onnx", "flatbuffers", "cffi"} <= names  # of an extra, and of a dependency
    licences = [component["licenses"][0]["license"]["name"] for component in found["components"]]
    assert all(licences) and licences.count("unknown") <= 1
