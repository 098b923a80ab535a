"""The commands of all pages parse, those of the tutorials run, and the site is built without a warning."""

import contextlib
import io
import runpy
import subprocess
import sys

import pytest
from pages import PAGES, ROOT, TUTORIALS, parse, steps
from tools import need

NOT_COMMANDS = "→"
"""What a chain of stages is written with."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_of_a_page_is_one_that_ossicle_has(page):
    for step in steps(page):
        if NOT_COMMANDS not in step.command and step.command:
            parse(step.command)


def test_a_command_that_there_is_not_does_not_parse(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("Text.\n\n    ossicle denoise a.wav --louder -o b.wav    # a comment\n    make\n")
    (step,) = steps(page)
    assert step.command == ("denoise", "a.wav", "--louder", "-o", "b.wav")
    with pytest.raises(Exception, match="No such option: --louder"):
        parse(step.command)


def test_what_the_tutorials_leave_out_is_marked():
    left_out = [step for page in TUTORIALS for step in steps(page) if step.needs]
    assert len(left_out) < sum(len(list(steps(page))) for page in TUTORIALS) / 2
    assert {step.command[0] for step in left_out} == {
        "compile",
        "data",
        "denoise",
        "evaluate",
        "live",
        "quantize",
        "train",
    }


def test_every_page_has_a_line_in_the_navigation_of_the_site():
    lines = (ROOT / "mkdocs.yml").read_text("utf-8").partition("\nnav:\n")[2]
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert pages <= {line.split()[-1] for line in lines.splitlines()}


@pytest.mark.slow
@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_the_steps_of_a_tutorial_run_one_after_another(page, ossicle, tmp_path):
    need("emulator")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    done = 0
    for step in steps(page):
        if step.needs:
            continue
        if step.python:
            subprocess.run([sys.executable, "-c", step.python], cwd=tmp_path, check=True)
        else:
            found = ossicle(*step.command)
            assert found.returncode == 0, f"{step.command}: {found.stderr}"
        done += 1
    assert done


@pytest.mark.slow
def test_the_site_is_built_without_a_warning(tmp_path):
    command = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "--quiet",
        "--site-dir",
        str(tmp_path / "site"),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    built = tmp_path / "site"
    python = (built / "reference" / "python" / "index.html").read_text("utf-8")
    assert "Clean recordings of any rate with a suppressor" in python and ":class:" not in python
    assert "--seconds" in (built / "reference" / "commands" / "index.html").read_text("utf-8")
    assert "gru128_process" in (built / "reference" / "c" / "index.html").read_text("utf-8")


@pytest.mark.slow
def test_the_demo_shows_both_sides_and_how_to_go_on():
    with contextlib.redirect_stdout(io.StringIO()) as shown:
        found = runpy.run_path(str(ROOT / "examples" / "demo.py"))
        found["main"]()
    assert all((found["OUT"] / name).is_file() for name in ("before.wav", "after.wav", "spectrograms.png"))
    for arguments in found["NEXT"].values():
        assert arguments in shown.getvalue()
        parse(arguments.split()[1:])
