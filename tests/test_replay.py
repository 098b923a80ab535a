"""The replay of what is emitted finds every change, and takes a listed renaming for what it is."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = ("replay.py", "emissions.py", "renaming.py", "networks.py")
FEW = ("--networks", "small_gru,small_spotter", "--schemes", "int8", "--targets", "host,gap9")
MASK = "src/ossicle/kernels/portable/osc_apply_mask.c"


def replay(tree, *arguments, seed=0):
    """Run a tree's script with its own sources."""
    return subprocess.run(
        [sys.executable, tree / "tests" / "replay.py", *map(str, arguments)],
        env=os.environ | {"PYTHONHASHSEED": str(seed)},
        capture_output=True,
        text=True,
        check=False,
    )


def statuses(done):
    return {found["case"]: found["status"] for found in json.loads(done.stdout)}


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A copy of the sources without the zoo, and a record of it."""
    tree = tmp_path_factory.mktemp("original")
    ignored = shutil.ignore_patterns("__pycache__", "*.ossicle")
    shutil.copytree(ROOT / "src" / "ossicle", tree / "src" / "ossicle", ignore=ignored)
    (tree / "tests").mkdir()
    for name in SCRIPTS:
        shutil.copy(ROOT / "tests" / name, tree / "tests")
    done = replay(tree, "record", tree / "record", *FEW)
    assert done.returncode == 0, done.stderr
    return tree


@pytest.fixture
def tree(original, tmp_path):
    """A copy to be changed, with the record."""
    return Path(shutil.copytree(original, tmp_path / "tree"))


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_what_is_emitted_is_the_same_bytes_in_another_process(original):
    done = replay(original, "compare", original / "record", "--json", seed=1)
    assert done.returncode == 0, done.stderr
    found = statuses(done)
    assert set(found.values()) == {"equal"}
    assert {"small_gru int8 host", "small_gru int8 gap9 plan", "small_gru int8 gap9 harts"} <= set(found)


def test_refusals_are_recorded_as_their_sentences(original):
    cases = json.loads((original / "record" / "manifest.json").read_text())["cases"]
    assert "a cluster cannot run" in cases["small_spotter int8 gap9 plan"]["refused"]
    assert not cases["small_spotter int8 gap9 plan"]["files"]


def test_a_changed_kernel_is_found_in_the_cases_that_use_it_and_its_line_is_named(tree):
    edit(tree / MASK, "i] *= mask", "i] *= 1 * mask")
    done = replay(tree, "compare", tree / "record", "--json")
    assert done.returncode == 1, done.stderr
    found = {case["case"]: case for case in json.loads(done.stdout)}
    assert found["small_spotter int8 host"]["status"] == "equal"
    case = found["small_gru int8 host"]
    assert case["status"] == "different"
    assert case["difference"]["file"] == "osc_apply_mask.c"
    assert "*= mask" in case["difference"]["old"] and "*= 1 * mask" in case["difference"]["new"]
    assert "osc_apply_mask.c:" in replay(tree, "compare", tree / "record").stdout


def test_a_listed_renaming_is_accepted_and_an_unlisted_one_is_not(tree):
    for path in (tree / "src").rglob("*.*"):
        if path.suffix in (".c", ".h", ".j2", ".py"):
            # Sets name kernels with their prefix, or in a list without it.
            path.write_text(re.sub(r"(osc_| )sigmoid_s16", r"\1sigmoids_s16", path.read_text()))
            if path.stem == "osc_sigmoid_s16":
                path.rename(path.with_stem("osc_sigmoids_s16"))
    names = tree / "names.toml"
    names.write_text(
        '["osc_sigmoid_s16.c"]\nosc_sigmoid_s16 = "osc_sigmoids_s16"\n'
        '"*_osc_sigmoid_s16" = "*_osc_sigmoids_s16"\n'
    )
    done = replay(tree, "compare", tree / "record", "--names", names, "--json")
    assert done.returncode == 0, done.stderr
    found = statuses(done)
    assert found["small_gru int8 host"] == found["small_gru int8 gap9 pmsis"] == "renamed"
    assert found["small_gru int8 gap9 plan"] == "equal"
    edit(names, "osc_sigmoid_s16 =", "osc_sigmoid_s8 =")
    done = replay(tree, "compare", tree / "record", "--names", names)
    assert done.returncode == 1
    assert "osc_sigmoid_s16.c" in done.stdout and "osc_sigmoids_s16.c" in done.stdout


@pytest.mark.skipif(not shutil.which("git"), reason="there is no git")
def test_the_old_side_is_made_of_a_commit_by_its_own_sources(tree):
    git = ["git", "-C", tree, "-c", "user.name=x", "-c", "user.email=x@x", "-c", "commit.gpgsign=false"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "src", "tests"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "Sources"], check=True)
    edit(tree / MASK, "i] *= mask", "i] *= 1 * mask")
    one = ("--networks", "small_gru", "--schemes", "int8", "--targets", "host")
    done = replay(tree, "compare", tree / "before", "--commit", "HEAD", *one, "--json")
    assert done.returncode == 1, done.stderr
    assert statuses(done) == {"small_gru int8 host": "different"}
    trees = subprocess.run([*git, "worktree", "list"], check=True, capture_output=True, text=True).stdout
    assert len(trees.splitlines()) == 1
    done = replay(tree, "compare", tree / "before", "--commit", "nowhere", *one)
    assert done.returncode == 2 and "nowhere" in done.stderr and "Traceback" not in done.stderr


def test_a_folder_without_a_record_is_refused_and_left_alone(tree):
    (tree / "mine").mkdir()
    for verb in ("record", "compare"):
        done = replay(tree, verb, tree / "mine")
        assert done.returncode == 2 and "record" in done.stderr and "Traceback" not in done.stderr
    assert not list((tree / "mine").iterdir())


def test_a_name_that_is_none_is_refused_with_those_that_are(original):
    done = replay(original, "record", original / "other", "--schemes", "int9")
    assert done.returncode == 2 and "int9" in done.stderr and "w8a16" in done.stderr
    assert not (original / "other").exists()
