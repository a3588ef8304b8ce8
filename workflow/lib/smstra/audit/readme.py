"""``README.md`` of the results of a case: what each file is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from smstra.audit import inventory
from smstra.audit.inventory import File

_CRATE = "ro-crate-metadata.json"
_CRATE_IS = "All of this folder as a Workflow Run RO-Crate, with hashes"


def text(name: str, case: Mapping[str, Any], files: Iterable[File]) -> str:
    """Return the page for the case ``name``: how to check and cite it, then a line for each file.

    Files that differ only in the end of their names, such as the forms of a figure, share a line.
    """
    lines: dict[str, tuple[list[str], str]] = {}
    for file in sorted(files):
        if "/workflow/" in file.path:
            continue
        stem, _, end = file.path.rpartition(".")
        is_figure = f"{stem}.csv" in inventory.tables()["tables"] and stem.startswith("figures/")
        key = stem if is_figure else file.path
        about = inventory.title(f"{stem}.csv" if is_figure else file.path)
        lines.setdefault(key, ([], about))[0].append(end)
    shown = [(_named(key, ends), about) for key, (ends, about) in lines.items()]
    shown += [(f"`{path}`", inventory.title(path)) for path in _LATER]
    shown.append((f"`{_CRATE}`", _CRATE_IS))
    return "\n".join(
        [
            f"# {case['title']}",
            "",
            f"Results of the case `{name}` of smstra. `smstra verify {name}`, from the folder of the "
            f"project, says whether a byte of them or of their sources has changed; `smstra bundle "
            f"{name}` packs them with all that they are made of. CITATION.cff says how to cite them and "
            "their sources, whose terms hold for the figures. datapackage.json describes every column.",
            "",
            "| file | what it is |",
            "|---|---|",
            *(f"| {named} | {about} |" for named, about in sorted(shown)),
            "",
        ]
    )


# Written after this page.
_LATER = ("audit/environment.json", "audit/manifest.jsonl")


def _named(key: str, ends: list[str]) -> str:
    """Return a file as code, or a figure with the ends of its names."""
    if len(ends) == 1 and key.endswith(f".{ends[0]}"):
        return f"`{key}`"
    return f"`{key}`: {', '.join(ends)}"
