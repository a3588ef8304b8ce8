"""The documentation site: pages from outside docs/, and links that lead there (hooks of MkDocs)."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath
from typing import Any

from mkdocs.structure.files import File, Files

PROJECT = Path(__file__).resolve().parents[1]
# Name on the site -> the file in the project.
BROUGHT = {
    "index.md": "README.md",
    "configuration.md": "config/README.md",
    "benchmarks.md": "benchmarks/README.md",
    "changelog.md": "CHANGELOG.md",
    "data_licence.md": "data/LICENSE.md",
}
_ON_SITE = {path: name for name, path in BROUGHT.items()}
_LINK = re.compile(r"(?P<open>!?\[(?P<text>[^\]]*)\]\()(?P<target>[^)#\s]+)(?P<anchor>#[^)\s]*)?\)")


def site_path(path: str) -> str | None:
    """Return where a file of the project stands on the site; None if it is not there."""
    if path.startswith("docs/") and not path.endswith(".py"):
        return path.removeprefix("docs/")
    return _ON_SITE.get(path)


def with_links(text: str, path: str) -> str:
    """Return the page ``path`` of the project with its links as the site has them.

    A link to a file that is no page (LICENSE, a module) becomes the file's name.
    """
    here = site_path(path) or path

    def rewritten(link: re.Match[str]) -> str:
        target = link["target"]
        if ":" in target:
            return link[0]
        file = normpath((PurePosixPath(path).parent / target).as_posix())
        there = site_path(file)
        if there is None:
            return f"{link['text']} (`{file}`)"
        return f"{link['open']}{relpath(there, PurePosixPath(here).parent)}{link['anchor'] or ''})"

    return _LINK.sub(rewritten, text)


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that lie outside docs/."""
    for name, path in BROUGHT.items():
        text = (PROJECT / path).read_text(encoding="utf-8")
        files.append(File.generated(config, name, content=with_links(text, path)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Mend the links of a page of docs/ that lead out of it."""
    name = page.file.src_uri
    return markdown if name in BROUGHT else with_links(markdown, f"docs/{name}")
