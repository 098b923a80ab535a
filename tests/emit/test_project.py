"""The C folder as a firmware engineer meets it."""

import errno
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import replace
from importlib import resources
from importlib.util import find_spec
from itertools import product

import numpy as np
import pytest
from networks import noise, small_model
from tools import slow_but

from ossicle import api
from ossicle.emit.folder import write_folder
from ossicle.emit.proof import prove_accumulators
from ossicle.errors import OssicleError
from ossicle.kernels import load_kernels
from ossicle.platforms.host.build import build
from ossicle.platforms.platform import emit
from ossicle.programs.compiler import find_compiler, run_compiler
from ossicle.quantization import SCHEMES, quantize
from ossicle.schedule import plan
from ossicle.targets import load_target

STRICT = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-Wconversion", "-Wvla", "-pedantic"]
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g"]


def emitted(tmp_path, cell="gru", scheme="mixed"):
    model = small_model(cell)
    graph = quantize(model.graph, scheme, model.calibration)
    host = load_target("host")
    summary = emit(graph, plan(graph, kernels=host.kernels), host, tmp_path / "out")
    return tmp_path / "out", summary


def compiled(folder, name, flags):
    sources = sorted(path.name for path in folder.glob("*.c"))
    run_compiler(find_compiler(), [*STRICT, *flags, "-o", name, *sources, "-lm"], folder)
    return folder / name


@pytest.fixture(scope="module")
def sanitizers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sanitizers")
    (folder / "a.c").write_text("int main(void) { return 0; }\n")
    try:
        run_compiler(find_compiler(), [*SANITIZERS, "-o", "a", "a.c"], folder)
        subprocess.run([folder / "a"], check=True, capture_output=True)
    except (OssicleError, OSError, subprocess.CalledProcessError):
        pytest.skip("this C compiler has no address and undefined-behaviour sanitizers")


@pytest.mark.parametrize(
    ("cell", "scheme"),
    slow_but(
        {("gru", "mixed"), ("conv", "int8")},
        product(("gru", "lstm", "conv"), SCHEMES),
    ),
)
def test_the_program_is_clean_under_sanitizers_and_gives_the_librarys_samples(
    tmp_path, sanitizers, cell, scheme
):
    folder, summary = emitted(tmp_path, cell, scheme)
    program = compiled(folder, "sanitized", ["-O1", *SANITIZERS, "-ffp-contract=off"])
    samples = (noise(3000) * 32768).astype(np.int16)
    samples[500:700] = 32767
    samples[700:800] = -32768
    done = subprocess.run([program], input=samples.tobytes(), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    output = np.frombuffer(done.stdout, np.int16)
    stream = build(folder).open()
    expected = np.concatenate([stream.process(samples), stream.flush()])[: len(samples)]
    assert len(output) == len(samples)
    assert np.abs(output - np.clip(expected * 32768, -32768, 32767)).max() <= 1
    assert np.abs(output[summary["latency_samples"] :]).max() > 100


def test_the_makefile_builds_a_program_that_runs(tmp_path):
    if not shutil.which("make"):
        pytest.skip("make is not installed")
    folder, summary = emitted(tmp_path)
    compiler = shlex.join(find_compiler())
    subprocess.run(["make", f"CC={compiler}"], cwd=folder, check=True, capture_output=True)
    done = subprocess.run([folder / summary["name"]], input=bytes(3200), capture_output=True, check=True)
    assert len(done.stdout) == 3200


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_c_is_free_of_heap_stdio_and_globals_that_change(tmp_path, scheme):
    folder, summary = emitted(tmp_path, "lstm", scheme)
    text = "".join((folder / name).read_text() for name in [*summary["sources"], f"{summary['name']}.h"])
    assert not re.search(r"\b(malloc|calloc|realloc|free|alloca|printf) ?\(|\bFILE\b", text)
    for line in text.splitlines():
        if re.match(r"(static )?[a-z_0-9]+ [a-z_0-9]+(\[.*\])?( =|;)", line):
            assert line.startswith(("const ", "static const ", "typedef ")), line


@pytest.mark.parametrize("scheme", SCHEMES)
def test_model_json_states_the_sizes_that_the_header_defines(tmp_path, scheme):
    folder, summary = emitted(tmp_path, "gru", scheme)
    assert json.loads((folder / "model.json").read_text()) == summary
    header = (folder / "tiny_gru.h").read_text()
    for name in ("state", "scratch", "weight"):
        stated = int(re.search(rf"TINY_GRU_{name.upper()}_BYTES (\d+)", header)[1])
        assert stated == summary[f"{name}_bytes"]
    tables = (folder / "tiny_gru_weights.h").read_text()
    sizes = {"float": 4, "osc_half_t": 2, "int8_t": 1, "uint8_t": 1, "int16_t": 2, "int32_t": 4}
    found = re.findall(r"extern const (\w+) \w+\[(\d+)\]", tables)
    assert sum(sizes[kind] * int(count) for kind, count in found) == summary["weight_bytes"]


def test_weights_in_the_c_read_back_exactly(tmp_path):
    model = small_model("gru")
    folder, _ = emitted(tmp_path, "gru", "fp32")
    text = (folder / "tiny_gru_weights.c").read_text()
    for node in model.graph.nodes:
        for key, array in node.constants.items():
            body = re.search(rf"tiny_gru_{node.name}_{key}\[\d+\] = \{{(.*?)\}}", text, re.DOTALL)[1]
            values = [np.float32(v.strip().rstrip("f")) for v in body.split(",") if v.strip()]
            np.testing.assert_array_equal(np.array(values, np.float32), array.ravel())


def test_an_accumulator_that_could_overflow_is_refused():
    model = small_model("gru")
    graph = quantize(model.graph, "int8", model.calibration)
    assert 0 < prove_accumulators(graph) < 2**31
    index = next(i for i, node in enumerate(graph.nodes) if node.op == "gru")
    bias = graph.nodes[index].constants["bias_hh"].copy()
    bias[4] = 2**31 - 1000
    node = replace(graph.nodes[index], constants={**graph.nodes[index].constants, "bias_hh": bias})
    nodes = (*graph.nodes[:index], node, *graph.nodes[index + 1 :])
    with pytest.raises(OssicleError, match=f"accumulator of node '{node.name}' can reach"):
        prove_accumulators(replace(graph, nodes=nodes))


def test_the_proof_covers_every_partial_sum_that_inputs_can_reach():
    model = small_model("lstm")
    graph = quantize(model.graph, "int8", model.calibration)
    worst = 0
    for node in graph.nodes:
        for suffix in ("", "_ih", "_hh"):
            if "weight" + suffix in node.constants:
                weight = node.constants["weight" + suffix].astype(np.int64)
                bias = node.constants["bias" + suffix].astype(np.int64)
                for operand in (np.where(weight > 0, 127, -128), np.where(weight > 0, -128, 127)):
                    sums = bias[:, None] + np.cumsum(weight * operand, axis=1)
                    worst = max(worst, int(np.abs(sums).max()))
    assert worst <= prove_accumulators(graph)


@pytest.mark.parametrize(
    ("cell", "scheme"),
    slow_but(
        {("lstm", "w4a16"), ("conv", "w8a16")},
        product(("lstm", "conv"), ("int8", "w8a16", "w4a16", "w16a16", "mixed")),
    ),
)
def test_kernels_with_layouts_of_their_own_give_the_same_samples(tmp_path, cell, scheme):
    """Those for Cortex-M have plain C in place of its instructions."""
    model = small_model(cell)
    graph = quantize(model.graph, scheme, model.calibration)
    host = replace(load_target("host"), kernels=load_kernels(["portable"]))
    packed = replace(host, kernels=load_kernels(["cortexm", "portable"]))
    sizes = [
        emit(graph, plan(graph, kernels=target.kernels), target, tmp_path / target.kernels.names[0])[
            "weight_bytes"
        ]
        for target in (host, packed)
    ]
    # Depthwise weights of a byte become halfwords: 72 of them.
    wider = sum(
        node.constants["weight"].size
        for node in graph.nodes
        if node.op == "depthwise_conv2d" and node.product(0).weight_bits == 8
    )
    assert wider <= sizes[1] - sizes[0] <= wider + 3 * 7
    integer = any(node.integer for node in graph.nodes)
    assert (tmp_path / "cortexm" / "osc_smlad.h").is_file() == integer
    compiled(tmp_path / "cortexm", "strict", ["-O1"])
    outputs = [build(tmp_path / name).denoise(noise(2000)) for name in ("portable", "cortexm")]
    np.testing.assert_array_equal(*outputs)


def test_a_foreign_folder_is_left_alone_and_an_earlier_output_replaced(tmp_path):
    folder, _ = emitted(tmp_path)
    (folder / "mine.c").write_text("of the user")
    emitted(tmp_path)
    assert (folder / "mine.c").read_text() == "of the user"
    other = tmp_path / "mine"
    other.mkdir()
    (other / "thesis.txt").write_text("years of work")
    graph = small_model("gru").graph
    with pytest.raises(OssicleError, match="is not an emitted folder"):
        emit(graph, plan(graph), load_target("host"), other)
    assert [path.name for path in other.iterdir()] == ["thesis.txt"]


def test_a_folder_that_cannot_be_written_is_refused_without_a_trace(tmp_path):
    (tmp_path / "file").write_text("")
    graph = small_model("gru").graph
    with pytest.raises(OssicleError, match="cannot write"):
        emit(graph, plan(graph), load_target("host"), tmp_path / "file" / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("fails", ["rename", "removal"])
def test_what_a_user_put_into_a_folder_outlives_an_emission_that_fails(tmp_path, monkeypatch, fails):
    out, whole = tmp_path / "c", {"model.json": '{"sha256": {}}', "a.c": "new"}
    write_folder({"model.json": '{"sha256": {"a.c": ""}}', "a.c": "old"}, out)
    (out / "notes.txt").write_text("years of work")
    replaced = os.replace

    def rename(source, target):
        if target == out and ".earlier" not in source.name:
            raise OSError(errno.EIO, "no")
        replaced(source, target)

    def remove(folder, ignore_errors=False):
        (folder / "notes.txt").unlink(missing_ok=True)
        if not ignore_errors:
            raise OSError(errno.EIO, "no")

    with monkeypatch.context() as patch:
        patch.setattr(*((os, "replace", rename) if fails == "rename" else (shutil, "rmtree", remove)))
        with nullcontext() if fails == "removal" else pytest.raises(OssicleError, match="cannot write"):
            write_folder(whole, out)
    assert (out / "notes.txt").read_text() == "years of work"
    assert (out / "a.c").read_text() == ("old" if fails == "rename" else "new")
    if fails == "rename":
        out.rename(tmp_path / ".c.earlier")  # as where the command was killed between two renames
    write_folder(whole, out)
    assert [path.name for path in tmp_path.iterdir()] == ["c"]
    assert (out / "notes.txt").exists() and (out / "a.c").read_text() == "new"


def test_an_unknown_target_is_refused_with_those_that_exist():
    with pytest.raises(OssicleError, match=r"no target 'gap8'; choose one of .*host"):
        load_target("gap8")


TOGETHER = {"tiny_gru": "mixed", "tiny_lstm": "mixed", "other_gru": "w8a16"}
"""Models of one program, two of them of one network."""
COMPILERS = {
    "here": lambda: [*find_compiler()],
    "gcc": lambda: ["gcc"],
    "clang": lambda: ["clang"],
    "zig": lambda: [sys.executable, "-m", "ziglang", "cc"],
}


@pytest.mark.parametrize(
    ("compiler", "language"), slow_but([("here", "c")], product(COMPILERS, ("c", "c++")))
)
def test_two_models_and_two_schemes_of_one_run_in_one_program(tmp_path, compiler, language):
    command = COMPILERS[compiler]()
    if not shutil.which(command[0]) or ("ziglang" in command and not find_spec("ziglang")):
        pytest.skip(f"{compiler} is not installed")
    x, calls = np.rint(noise(16 * 40) * 32768).astype("<i2"), ""
    found = {}
    for name, scheme in TOGETHER.items():
        model = api.quantize(small_model("lstm" if "lstm" in name else "gru"), scheme)
        api.write_c(model, tmp_path / name, name=name)
        found[name] = api.compile(model).run(x)
        calls += f"    {name}_process(&{name}, x, y);\n    fwrite(y, 2, 16, stdout);\n"
    states = "".join(f"static {name}_state_t {name};\n" for name in TOGETHER)
    resets = "".join(f"    {name}_reset(&{name});\n" for name in TOGETHER)
    includes = "".join(f'#include "{name}.h"\n' for name in TOGETHER)
    (tmp_path / "all.txt").write_text(
        f"#include <stdio.h>\n{includes}{states}int main(void)\n{{\n    int16_t x[16], y[16];\n{resets}"
        f"    while (fread(x, 2, 16, stdin) == 16) {{\n{calls}    }}\n    return 0;\n}}\n"
    )
    sources = [
        str(path) for name in TOGETHER for path in (tmp_path / name).glob("*.c") if path.name != "main.c"
    ]
    include = [f"-I{tmp_path / name}" for name in TOGETHER]
    program = str(tmp_path / "program")
    main = ["-x", language, str(tmp_path / "all.txt"), "-x", "none"]
    flags = ["-O1", "-ffp-contract=off", "-fno-strict-aliasing", "-Wall", "-Wextra", "-Werror"]
    run_compiler(command, [*flags, "-o", program, *include, *main, *sources, "-lm"])
    done = subprocess.run([program], input=x.tobytes(), capture_output=True, check=True)
    y = np.frombuffer(done.stdout, "<i2").reshape(-1, len(TOGETHER), 16)
    for at, name in enumerate(TOGETHER):
        np.testing.assert_array_equal(y[:, at].ravel(), found[name])


def test_processors_that_read_constants_otherwise_are_refused_by_the_compiler():
    folder = str(resources.files("ossicle") / "kernels" / "portable")
    wrong = ["-U__BYTE_ORDER__", "-D__BYTE_ORDER__=__ORDER_BIG_ENDIAN__"]
    with pytest.raises(OssicleError, match="big-endian"):
        run_compiler(find_compiler(), ["-fsyntax-only", *wrong, f"{folder}/osc_magnitude.c"])


def test_a_name_that_c_cannot_have_is_refused(tmp_path):
    with pytest.raises(OssicleError, match="no name for a model"):
        api.write_c(small_model("gru"), tmp_path / "c", name="9 a")


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("node", "fc_in", "int"),
        ("node", "fc_in", "analysis"),
        ("node", "fc_in", "stft"),
        ("tensor", "fc_in_y", "state"),
        ("tensor", "fc_in_y", "spectrum"),
        ("tensor", "fc_in_y", "history"),
        ("model", "tiny_gru", "while"),
    ],
)
def test_names_that_the_c_needs_are_refused(tmp_path, kind, old, new):
    graph = small_model("gru").graph

    def renamed(ports):
        return {port: new if name == old else name for port, name in ports.items()}

    if kind == "model":
        graph = replace(graph, name=new)
    elif kind == "node":
        nodes = tuple(replace(node, name=new) if node.name == old else node for node in graph.nodes)
        graph = replace(graph, nodes=nodes)
    else:
        nodes = [replace(n, inputs=renamed(n.inputs), outputs=renamed(n.outputs)) for n in graph.nodes]
        tensors = {new if name == old else name: tensor for name, tensor in graph.tensors.items()}
        graph = replace(graph, nodes=tuple(nodes), tensors=tensors)
    with pytest.raises(OssicleError, match=f"'{new}' is a name that the C needs for itself"):
        emit(graph, plan(graph), load_target("host"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_somebody_changed_in_a_folder_is_not_overwritten(tmp_path):
    model = api.load("gru128")
    api.write_c(model, tmp_path / "c", "stm32f767")
    (tmp_path / "c" / "audio.c").write_text("/* mine */")
    (tmp_path / "c" / "codec.c").write_text("/* mine too */")
    with pytest.raises(OssicleError, match=r"audio\.c in .* --force"):
        api.write_c(model, tmp_path / "c", "stm32f767")
    assert (tmp_path / "c" / "audio.c").read_text() == "/* mine */"
    api.write_c(model, tmp_path / "c", "stm32f767", force=True)
    assert "mine" not in (tmp_path / "c" / "audio.c").read_text()
    assert (tmp_path / "c" / "codec.c").read_text() == "/* mine too */"
