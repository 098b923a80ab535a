"""The C folder as a library of build systems.

Zephyr and ESP-IDF are stood in for by the commands of theirs that the folder calls. Arduino and PlatformIO,
whose tools load their compilers from the network, are held to the rules of their library files:
https://arduino.github.io/arduino-cli/latest/library-specification/ and
https://docs.platformio.org/en/latest/manifests/library-json/.
"""

import json
import re
import subprocess

import numpy as np
import pytest
from networks import noise, small_model
from tools import need

from ossicle import api
from ossicle.programs.compiler import find_compiler

SYSTEMS = {
    "ESP_PLATFORM": ("idf_component_register", "target_compile_options"),
    "ZEPHYR_BASE": (
        "zephyr_library_named",
        "zephyr_library_sources",
        "zephyr_library_compile_options",
        "zephyr_include_directories",
    ),
}
CATEGORIES = {
    "Display",
    "Communication",
    "Signal Input/Output",
    "Sensors",
    "Device Control",
    "Timing",
    "Data Storage",
    "Data Processing",
    "Other",
}


@pytest.fixture(scope="module", params=["host", "nrf52840"])
def folder(request, tmp_path_factory):
    out = tmp_path_factory.mktemp("c") / "out"
    api.write_c(api.quantize(small_model("gru"), "w8a16"), out, request.param, name="quiet")
    return out


def sources_of(folder):
    return json.loads((folder / "model.json").read_text())["sources"]


def called(folder, system, *more):
    """What the folder's CMake calls of a build system's own, by command."""
    need("cmake")
    functions = "".join(
        f'function({name})\n    message(NOTICE "{name};${{ARGV}}")\nendfunction()\n'
        for name in SYSTEMS[system]
    )
    script = folder.parent / "script.cmake"
    script.write_text(f"set({system} 1)\n{functions}{''.join(more)}include({folder}/CMakeLists.txt)\n")
    found = subprocess.run(["cmake", "-P", script], capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    return {name: values for name, *values in (line.split(";") for line in found.stderr.split("\n") if line)}


@pytest.mark.parametrize(
    ("system", "command"),
    [("ESP_PLATFORM", "idf_component_register"), ("ZEPHYR_BASE", "zephyr_library_sources")],
)
def test_esp_idf_and_zephyr_get_the_sources_of_model_json(folder, system, command):
    chosen = ("set(CONFIG_QUIET y)\nset(CMAKE_PROJECT_NAME app)\n",) if system == "ZEPHYR_BASE" else ()
    found = called(folder, system, *chosen)
    assert set(found) == set(SYSTEMS[system])
    given = [name for name in found[command] if name.endswith(".c")]
    assert given == [f"{folder}/{name}" for name in sources_of(folder)]
    assert "-ffp-contract=off" in found[SYSTEMS[system][-1 if system == "ESP_PLATFORM" else 2]]


def test_zephyr_compiles_nothing_that_is_not_chosen(folder):
    assert called(folder, "ZEPHYR_BASE", "set(CMAKE_PROJECT_NAME app)\n") == {}
    assert "config QUIET\n" in (folder / "zephyr" / "Kconfig").read_text()


def test_platformio_compiles_the_sources_of_model_json(folder):
    library = json.loads((folder / "library.json").read_text())
    assert re.fullmatch(r"[a-z0-9_]{1,100}", library["name"])
    assert re.fullmatch(r"\d+\.\d+\.\d+", library["version"])
    assert library["build"]["srcFilter"] == [f"+<{name}>" for name in sources_of(folder)]
    assert (folder / library["headers"]).is_file()


def test_arduino_knows_the_library_and_compiles_nothing_around_the_model(folder, tmp_path):
    lines = (folder / "library.properties").read_text().splitlines()[1:]
    properties = dict(line.split("=", 1) for line in lines)
    required = {"name", "version", "author", "maintainer", "sentence", "paragraph", "category", "url"}
    assert required <= {key for key, value in properties.items() if value}
    assert properties["category"] in CATEGORIES
    around = {path.name for path in folder.glob("*.c")} - set(sources_of(folder))
    assert "main.c" in around
    for name in around:
        command = [*find_compiler(), "-DARDUINO=10819", "-E", "-P", name]
        assert not subprocess.run(command, cwd=folder, capture_output=True, check=True).stdout.strip()


PROGRAM = """
#include <cstdio>
#include "first.h"
#include "second.h"

static first_state_t one;
static second_state_t two;

int main()
{
    int16_t in[FIRST_HOP], out[FIRST_HOP];
    first_reset(&one);
    second_reset(&two);
    while (fread(in, sizeof *in, FIRST_HOP, stdin) == FIRST_HOP) {
        first_process(&one, in, out);
        fwrite(out, sizeof *out, FIRST_HOP, stdout);
        second_process(&two, in, out);
        fwrite(out, sizeof *out, FIRST_HOP, stdout);
    }
}
"""
PROJECT = """
cmake_minimum_required(VERSION 3.16)
project(both C CXX)
add_subdirectory(first)
add_subdirectory(second)
add_executable(both main.cpp)
target_link_libraries(both first second)
"""


@pytest.mark.slow
def test_one_model_in_two_schemes_links_into_one_c_plus_plus_program_by_cmake(tmp_path):
    need("cmake")
    model = small_model("gru")
    schemes = {"first": "w8a16", "second": "fp16"}
    for name, scheme in schemes.items():
        api.write_c(api.quantize(model, scheme), tmp_path / name, name=name)
    (tmp_path / "main.cpp").write_text(PROGRAM)
    (tmp_path / "CMakeLists.txt").write_text(PROJECT)
    for step in (["-S", ".", "-B", "build"], ["--build", "build"]):
        subprocess.run(["cmake", *step], cwd=tmp_path, check=True, capture_output=True)
    hop = model.graph.task.hop
    samples = np.round(noise(20 * hop) * 32767).astype("<i2")
    ran = subprocess.run(
        [tmp_path / "build" / "both"], input=samples.tobytes(), capture_output=True, check=True
    )
    both = np.frombuffer(ran.stdout, "<i2").reshape(20, 2, hop)
    for place, scheme in enumerate(schemes.values()):
        expected = api.compile(api.quantize(model, scheme)).run(samples)
        assert np.array_equal(both[:, place].ravel(), expected[: 20 * hop])
