"""A tree of what went into a value, as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from smstra.audit.settings_text import in_short

Node = Mapping[str, Any]
_WIDEST_SETTING = 300
_OF_SOURCE = (
    ("publisher", "publisher"),
    ("dataset", "dataset"),
    ("title", "title"),
    ("edition", "edition"),
    ("address", "address"),
    ("publisher_address", "publisher's address"),
    ("came_from", "came from"),
    ("obtained_via", "obtained via"),
    ("date_accessed", "copy of"),
    ("licence", "licence"),
)


def tree(node: Node) -> list[str]:
    """Return the lines of a tree, from the value down."""
    return list(_lines(node, "", ""))


def _lines(node: Node, first: str, rest: str) -> Iterator[str]:
    yield f"{first}{_head(node)}"
    inputs: Sequence[Node] = node.get("inputs", ())
    more = f"{rest}{'│ ' if inputs else '  '}"
    for line in _details(node):
        yield f"{more}{line}"
    for place, each in enumerate(inputs):
        last = place == len(inputs) - 1
        corner, below = ("└─ ", "   ") if last else ("├─ ", "│  ")
        yield from _lines(each, f"{rest}{corner}", f"{rest}{below}")


def _head(node: Node) -> str:
    if "file" in node or "value" not in node:
        return node["what"]
    value = " ".join(each for each in (node["value"], node.get("unit_of_measure")) if each)
    said = node.get("what") or node["cell"]
    if node.get("above"):
        return f"{said} = {value or '(empty)'}  (as above)"
    if not node["value"] and "cell" not in node:
        return said
    return f"{said} = {value or '(empty)'}"


def _details(node: Node) -> Iterator[str]:
    if node.get("above"):
        return
    if "cell" in node and "what" in node:
        yield node["cell"]
    if "formula" in node:
        yield node["formula"]
    for note in node.get("notes", ()):
        yield f"note: {note}"
    if "rule" in node:
        version = f" (module {node['version'][:12]})" if node["version"] else ""
        yield f"{node['how']} by rule {node['rule']}, {node['function']}{version}"
    blocks = []
    for path, value in node.get("settings", {}).items():
        if _is_small(value):
            yield f"setting {path}: {in_short(value)}"
        elif value is not None:
            blocks.append(path)
    if blocks:
        yield f"settings (config.resolved.yaml): {', '.join(blocks)}"


def _is_small(value: Any) -> bool:
    """Whether a setting can be shown in one line."""
    if isinstance(value, Mapping):
        return len(in_short(value)) <= _WIDEST_SETTING
    return not isinstance(value, list) and value is not None


def sources(files: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what is known of the files that were read, a block of lines each."""
    lines = []
    for about in files:
        lines += ["", f"{about['file']}  ({about['name']}, vintage {about['vintage']})"]
        lines += [f"  {said}: {about[key]}" for key, said in _OF_SOURCE if about.get(key)]
        same = "as pinned" if about["sha256"] == about["sha256_found"] else "NOT as pinned"
        lines.append(f"  SHA-256: {about['sha256_found'] or 'no file'}, {same}")
        if "problem" in about:
            lines.append(f"  problem: {about['problem']}")
    return ["", "Sources", *lines] if lines else []
