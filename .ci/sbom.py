"""Print the packages that Ossicle needs, with versions and licences, as a CycloneDX 1.5 list.

    python .ci/sbom.py > sbom.json

These are the ones installed here of `dependencies` in pyproject.toml, and of the extras named as arguments;
with all that they need in turn.
"""

import json
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAME = re.compile(r"[A-Za-z0-9._-]+")


def needed(extras):
    """Names of the direct dependencies, those of extras included."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    listed = [*project["dependencies"]]
    for extra in extras:
        listed += project["optional-dependencies"][extra]
    return [NAME.match(requirement)[0] for requirement in listed if not requirement.startswith("ossicle[")]


def closure(names):
    """The installed packages of these names and all that they need, by their names; extras are left out."""
    found, left = {}, list(names)
    while left:
        name = re.sub(r"[-_.]+", "-", left.pop()).lower()
        if name in found:
            continue
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        found[name] = package
        left += [NAME.match(of)[0] for of in package.requires or () if "extra ==" not in of]
    return dict(sorted(found.items()))


def licence(package):
    """What a package says of its licence, in the field where it says it."""
    about = package.metadata
    classifiers = [text.split(" :: ")[-1] for text in about.get_all("Classifier", []) if "License ::" in text]
    text = about["License-Expression"] or "; ".join(classifiers) or about["License"] or "unknown"
    return text.splitlines()[0][:100]


def component(name, package, kind="library"):
    """An entry of the list."""
    return {
        "type": kind,
        "bom-ref": f"pkg:pypi/{name}@{package.version}",
        "name": name,
        "version": package.version,
        "purl": f"pkg:pypi/{name}@{package.version}",
        "licenses": [{"license": {"name": licence(package)}}],
    }


def main(extras):
    packages = closure(needed(extras))
    print(
        json.dumps(
            {
                "bomFormat": "CycloneDX",
                "specVersion": "1.5",
                "version": 1,
                "metadata": {
                    "component": {
                        "type": "application",
                        "name": "ossicle",
                        "licenses": [{"license": {"id": "Apache-2.0"}}],
                    }
                },
                "components": [component(name, package) for name, package in packages.items()],
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main(sys.argv[1:])
