"""What the site has besides the pages of docs/: other documents of the project, and its interfaces.

MkDocs calls the functions ``on_...`` while it builds (https://www.mkdocs.org/user-guide/plugins/#events).
"""

import posixpath
import re
import sys
from pathlib import Path

from mkdocs.structure.files import File

sys.path.insert(0, str(Path(__file__).parent))  # where MkDocs does not look for modules

from reference import references

ROOT = Path(__file__).parents[2]
CARDS = "src/ossicle/zoo"
DOCUMENTS = {
    "README.md": "project/about.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "SECURITY.md": "project/security.md",
    "CHANGELOG.md": "project/changelog.md",
    "examples/README.md": "project/examples.md",
    "benchmarks/mixtures_test.csv": "project/mixtures_test.csv",
    CARDS: "models/index.md",
    **{f"{CARDS}/{card.name}": f"models/{card.name}" for card in sorted((ROOT / CARDS).glob("*.md"))},
}
"""Where files outside of docs/ are in the site."""
SOURCES = {place: path for path, place in DOCUMENTS.items()}
LINK = re.compile(r"(?<=\]\()([^)#:]+)(?=[)#])")
ROLE = re.compile(r":\w+:(?=<code>|<a )")


def on_files(files, *, config):
    """Add the documents and the reference."""
    for path, place in DOCUMENTS.items():
        content = cards() if path == CARDS else (ROOT / path).read_text("utf-8")
        files.append(File.generated(config, place, content=content))
    for place, content in references().items():
        files.append(File.generated(config, place, content=content))
    return files


def on_page_markdown(markdown, *, page, config, files):
    """Let links between files of the project lead to where these are in the site."""
    place = page.file.src_uri
    source = SOURCES.get(place, f"docs/{place}")

    def moved(found):
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), found[0]))
        known = DOCUMENTS.get(target) or (target.startswith("docs/") and target.removeprefix("docs/"))
        return posixpath.relpath(known, posixpath.dirname(place)) if known else found[0]

    return LINK.sub(moved, markdown)


def on_page_content(html, *, page, config, files):
    """Show roles of docstrings, such as ``:class:``, as code alone."""
    return ROLE.sub("", html)


def cards():
    """A list of the models that ship."""
    names = [path.removeprefix(f"{CARDS}/") for path in DOCUMENTS if path.startswith(f"{CARDS}/")]
    return "# Models that ship\n\n" + "".join(f"* [{Path(name).stem}]({name})\n" for name in names)
