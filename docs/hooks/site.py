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
"""Where documents outside of docs/ are in the site; other files that pages link to are below ``project/``."""
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
    for path in sorted({path for page in pages() for path in linked(page) if is_extra(path)}):
        files.append(File.generated(config, f"project/{path}", abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown, *, page, config, files):
    """Let links between files of the project lead to where these are in the site."""
    place = page.file.src_uri
    source = SOURCES.get(place, f"docs/{place}")

    def moved(found):
        target = resolved(source, found[0])
        extra = f"project/{target}" if is_extra(target) else ""
        known = (
            DOCUMENTS.get(target) or extra or (target.startswith("docs/") and target.removeprefix("docs/"))
        )
        return posixpath.relpath(known, posixpath.dirname(place)) if known else found[0]

    return LINK.sub(moved, markdown)


def on_page_content(html, *, page, config, files):
    """Show roles of docstrings, such as ``:class:``, as code alone."""
    return ROLE.sub("", html)


def pages():
    """The paths of all pages that have links, within the project."""
    found = [path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")]
    return [*found, *(path for path in DOCUMENTS if path.endswith(".md"))]


def linked(page):
    """The paths that a page links to, within the project."""
    return {resolved(page, target) for target in LINK.findall((ROOT / page).read_text("utf-8"))}


def resolved(page, target):
    """The path of a link of a page, within the project."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), target))


def is_extra(path):
    """Whether a path is of a file that the site has only because a page links to it."""
    return path not in DOCUMENTS and not path.startswith(("docs/", "..")) and (ROOT / path).is_file()


def cards():
    """A list of the models that ship."""
    names = [path.removeprefix(f"{CARDS}/") for path in DOCUMENTS if path.startswith(f"{CARDS}/")]
    return "# Models that ship\n\n" + "".join(f"* [{Path(name).stem}]({name})\n" for name in names)
