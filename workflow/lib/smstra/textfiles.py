"""Write a file whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


def write_text(text: str, path: Path) -> None:
    """Write ``text`` as UTF-8 with LF under its final name only once it is whole."""
    write_pieces([text], path)


def write_bytes(raw: bytes, path: Path) -> None:
    """Write ``raw`` under its final name only once it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(raw)
    part.replace(path)


def write_pieces(pieces: Iterable[str], path: Path) -> None:
    """Write texts one after the other into a file, as :func:`write_text`, each as it comes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        for piece in pieces:
            file.write(piece.encode("utf-8"))
    part.replace(path)
