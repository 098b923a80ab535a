"""The C folder for a chip."""

import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest
from emulator import built, small
from tools import need, slow_but

from ossicle import api
from ossicle.audio.stft import StftConfig
from ossicle.emit.chip import CODE_BYTES, OTHER_STATE_BYTES
from ossicle.errors import OssicleError
from ossicle.platforms.host.build import build
from ossicle.platforms.platform import emit
from ossicle.programs.elf import read_elf
from ossicle.quantization import SCHEMES
from ossicle.schedule import plan
from ossicle.targets import load_target, target_names

CHIPS = [name for name in target_names() if load_target(name).platform == "cortexm"]
FULL_STFT = StftConfig()


def emitted(folder, graph, target="stm32f767"):
    return emit(graph, plan(graph), load_target(target), folder)


@pytest.mark.parametrize("target", slow_but(("stm32f767", "nrf5340"), CHIPS))
def test_the_bytes_stated_before_a_build_are_enough_and_not_far_off(tmp_path, target):
    graph = small("lstm", "mixed", stft=FULL_STFT)
    summary = emitted(tmp_path / "c", graph, target)
    elf = read_elf(built(tmp_path / "c", graph, target))
    chip = load_target(target).chip
    flash, ram = (summary["board"]["memory"][chip.memory(holds).name] for holds in ("code", "state"))
    assert flash["needed"] - CODE_BYTES < elf.flash_bytes <= flash["needed"]
    assert ram["needed"] - OTHER_STATE_BYTES <= elf.ram_bytes <= ram["needed"]
    assert json.loads((tmp_path / "c" / "model.json").read_text()) == summary


@pytest.mark.parametrize("scheme", slow_but(("mixed", "w4a16"), SCHEMES))
def test_a_makefile_builds_every_scheme_without_a_warning(tmp_path, scheme):
    if not shutil.which("make"):
        pytest.skip("make is not installed")
    emitted(tmp_path / "c", small("lstm", scheme))
    command = ["make", f"CC={sys.executable} -m ziglang cc"]
    done = subprocess.run(command, cwd=tmp_path / "c", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr
    assert read_elf(tmp_path / "c" / "tiny_lstm.elf").flash_bytes > 5000


def make(folder, *arguments):
    """What ``make`` prints in a folder, also where a make, which would add lines, runs these tests."""
    done = subprocess.run(
        ["make", "--no-print-directory", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("target", ["stm32f767", "rp2350"])
@pytest.mark.parametrize("scheme", ["w8a16", "int8", "mixed"])
def test_a_makefile_builds_with_the_compiler_of_arm(tmp_path, target, scheme):
    need("gcc")
    emitted(tmp_path / "c", small(scheme=scheme), target)
    make(tmp_path / "c")
    assert read_elf(tmp_path / "c" / "tiny_gru.elf").flash_bytes > 5000


@pytest.mark.parametrize("compiler", ["gcc", "zig"])
def test_a_makefile_makes_images_and_shows_sizes(tmp_path, compiler):
    if compiler == "gcc":
        need("gcc")
    folder = tmp_path / "c"
    emitted(folder, small())
    chosen = () if compiler == "gcc" else (f"CC={sys.executable} -m ziglang cc",)
    sizes = make(folder, *chosen, "bin", "hex", "size").splitlines()[-1].split()
    elf = read_elf(folder / "tiny_gru.elf")
    image = (folder / "tiny_gru.bin").read_bytes()
    assert sum(map(int, sizes[:2])) == len(image) == elf.flash_bytes
    assert image.startswith(elf.segments[0].data[:64])
    first = next(line for line in (folder / "tiny_gru.hex").read_text().splitlines() if line[7:9] == "00")
    assert bytes.fromhex(first[9:-2]) == image[: int(first[1:3], 16)]
    make(folder, "clean")
    assert not [path for path in folder.iterdir() if path.suffix in (".o", ".elf", ".bin", ".hex")]


def test_a_makefile_compiles_again_only_what_is_of_other_flags(tmp_path):
    need("gcc")
    folder = tmp_path / "c"
    emitted(folder, small())
    make(folder)
    assert "-c -o" not in make(folder)
    assert make(folder, "CFLAGS=-O1 -fno-math-errno").count("-c -o") == len(list(folder.glob("*.c")))
    assert "-c -o" in make(folder, f"CC={sys.executable} -m ziglang cc")


@pytest.mark.parametrize("target", [name for name in CHIPS if load_target(name).chip.openocd])
def test_a_makefile_says_how_to_flash(tmp_path, target):
    need("gcc")
    emitted(tmp_path / "c", small(), target)
    chip = load_target(target).chip
    commands = make(tmp_path / "c", "-n", "flash").splitlines()
    files = " ".join(f"-f {file}" for file in chip.openocd)
    assert commands[-1] == f'openocd {files} -c "program tiny_gru.elf verify reset exit"'
    commands = make(tmp_path / "c", "-n", "flash", "FLASH=probe-rs").splitlines()
    assert commands[-2] == f"probe-rs download --chip {chip.probe_rs} --verify tiny_gru.elf"


def test_a_board_without_a_debugger_is_not_flashed(tmp_path):
    need("gcc")
    emitted(tmp_path / "c", small(), "mps2-an500")
    for tool, name in (("openocd", "OPENOCD_FILES"), ("probe-rs", "PROBE_RS_CHIP")):
        command = ["make", "-n", "flash", f"FLASH={tool}"]
        done = subprocess.run(command, cwd=tmp_path / "c", capture_output=True, text=True, check=False)
        assert done.returncode == 2 and f"set {name} to" in done.stderr


def test_a_model_that_does_not_fit_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(
        OssicleError, match=r"bytes of flash, [\d,]+ more than stm32f746 has; take a scheme"
    ) as error:
        emitted(tmp_path / "c", api.load("gru128").graph, "stm32f746")
    needed, missing = (
        int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*\d", str(error.value))[1:3]
    )
    assert needed - missing == 1 << 20
    assert list(tmp_path.iterdir()) == []


def test_a_state_that_does_not_fit_is_refused(tmp_path):
    target, graph = load_target("stm32f746"), small()
    little = tuple(replace(m, bytes=3000) if m.holds == "state" else m for m in target.chip.memories)
    target = replace(target, chip=replace(target.chip, memories=little))
    with pytest.raises(OssicleError, match=r"bytes of dtcm, .* more than stm32f746 has"):
        emit(graph, plan(graph), target, tmp_path / "c")


def test_start_up_code_turns_on_what_the_core_has(tmp_path):
    texts = {}
    for target in ("stm32h743", "nrf5340", "rp2350"):
        emitted(tmp_path / target, small(), target)
        texts[target] = (tmp_path / target / "startup.c").read_text()
    assert all("CPACR |=" in text for text in texts.values())
    assert ["enable_caches();" in text for text in texts.values()] == [True, False, False]
    assert ["0xffffded3u" in text for text in texts.values()] == [False, False, True]


def test_the_boot_rom_finds_its_block_in_the_first_4_kb(tmp_path):
    elf = read_elf(built(tmp_path / "c", small(), "rp2350"))
    first = elf.segments[0]
    assert first.load_address == 0x10000000
    assert 0 < first.data[:4096].find(bytes.fromhex("d3deffff42012110ff01000000000000793512ab")) < 256


def test_a_folder_for_a_chip_is_not_built_for_the_host(tmp_path):
    emitted(tmp_path / "c", small())
    with pytest.raises(OssicleError, match="for the target stm32f767, not for this computer"):
        build(tmp_path / "c")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("clock", r"'clock' has a file clock\.c that is another's; rename the graph"),
        ("audio", "'audio' is a name that the C needs for itself"),
    ],
)
def test_a_model_with_the_name_of_another_file_of_the_folder_is_refused(tmp_path, name, sentence):
    with pytest.raises(OssicleError, match=sentence):
        emitted(tmp_path / "c", replace(small(), name=name))
