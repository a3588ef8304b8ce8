"""Write a text file whole or not at all."""

from __future__ import annotations

from pathlib import Path


def write_text(text: str, path: Path) -> None:
    """Write ``text`` as UTF-8 with LF under its final name only once it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(text.encode("utf-8"))
    part.replace(path)
