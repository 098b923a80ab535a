"""The folder of a web page: a page, an npm package of its models, and the WebAssembly of each."""

import base64
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ossicle.emit.c_text import template_environment
from ossicle.emit.project import Project
from ossicle.errors import OssicleError
from ossicle.graph import Graph
from ossicle.platforms.web.build import BLOCK, TEMPLATES, build_wasm, c_project
from ossicle.platforms.web.target import WebTarget
from ossicle.schedule import Plan

BEFORE_MODEL = "// SPDX-License-Identifier: Apache-2.0\nexport default "
"""What stands before the JSON of a model in its module."""
FILES = ("index.html", "index.js", "index.d.ts", "worklet.js", "package.json", "README.md")
"""Those of the folder, besides two for each model."""

PAGE = ("spectrogram.js", "sound.js", "page.js")
"""Scripts of the page alone."""


def project(graph: Graph, plan: Plan, target: WebTarget, backend: str = "") -> Project:
    """What the folder is to hold; there is no choice of backends."""
    source = c_project(graph, plan, target)
    name = graph.name
    if f"{name}.js" in FILES:
        raise OssicleError(f"{name}.js is a file of every page; give the model another name with --name")
    model = {
        "name": name,
        "precisions": " + ".join(sorted(set(source.summary["precisions"].values()))),
        "sampleRate": source.summary["sample_rate"],
        "hop": source.summary["hop"],
        "latency": source.summary["latency_samples"],
        "weightBytes": source.summary["weight_bytes"],
        "wasm": base64.b64encode(build_wasm(source, target)).decode(),
    }
    return _page({name: model}, source.summary)


def add_to(project: Project, out: Path) -> Project:
    """The project with the models that an earlier output left in the folder ``out`` as well."""
    own = project.summary["name"]
    earlier = {name: read_model(out, name) for name in _earlier(out) if name != own}
    return _page({**earlier, own: _parse(project.files[f"{own}.js"])}, project.summary)


def read_model(folder: Path, name: str) -> dict[str, Any]:
    """What the module of a model in a folder exports; its WebAssembly is ``wasm``, in base64."""
    try:
        return _parse((folder / f"{name}.js").read_text("utf-8"))
    except (OSError, ValueError):
        raise OssicleError(f"{folder} has no whole model {name}; compile it again") from None


def _parse(text: str) -> dict[str, Any]:
    model: dict[str, Any] = json.loads(text.removeprefix(BEFORE_MODEL).rstrip().removesuffix(";"))
    return model


def _earlier(out: Path) -> list[str]:
    """Names of the models in the page that is there."""
    try:
        return list(json.loads((out / "model.json").read_text("utf-8"))["models"])
    except (OSError, ValueError, KeyError):
        return []


def _page(models: Mapping[str, Mapping[str, Any]], summary: Mapping[str, Any]) -> Project:
    environment = template_environment("web", TEMPLATES)

    def text(name: str, **more: Any) -> str:
        return environment.get_template(f"web/{name}.j2").render(models=models, block=BLOCK, **more)

    worklet, module = text("worklet.js"), text("index.js")
    files = {
        "index.html": text(
            "index.html",
            style=text("page.css"),
            scripts=[re.sub(r"^export ", "", module, flags=re.MULTILINE), *(text(name) for name in PAGE)],
            worklet=worklet,
            data=json.dumps(list(models.values())),
        ),
        "index.js": module,
        "worklet.js": worklet,
        **{name: text(name) for name in ("index.d.ts", "package.json", "README.md")},
    }
    for name, model in models.items():
        files[f"{name}.js"] = f"{BEFORE_MODEL}{json.dumps(model, indent=2)};\n"
        files[f"{name}.d.ts"] = text("model.d.ts")
    return Project(files, {**summary, "models": list(models)}, frozenset())
