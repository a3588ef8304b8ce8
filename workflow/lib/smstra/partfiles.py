"""A file that is being fetched, and beside it what is needed to go on after any interruption."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from smstra.textfiles import write_text

_NOTE_EVERY = 8 << 20  # bytes between two notes of how far a file is
_PIECE = 1 << 20


@dataclass(frozen=True)
class Begun:
    """The version of a file that is being fetched, and how far it is.

    ``validator`` is what makes sure that the rest is of the same version, ``""`` where nothing
    does; ``whole`` the bytes in all, None if unknown; ``sha256`` is of the first ``bytes`` bytes.
    """

    asked: str
    validator: str
    media_type: str
    etag: str
    last_modified: str
    whole: int | None
    bytes: int = 0
    sha256: str = ""


class Part:
    """The file ``target`` until it is whole."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(target.name + ".part")
        self.notes = target.with_name(target.name + ".part.json")

    def begun(self, asked: str) -> Begun | None:
        """Return what is there of the answer of ``asked``, None if nothing that can be used."""
        try:
            begun = Begun(**json.loads(self.notes.read_text(encoding="utf-8")))
            with self.path.open("rb") as file:
                there = _hash(file, begun.bytes).hexdigest()
        except (OSError, ValueError, TypeError):  # a note cut off is as good as none
            return None
        return begun if begun.asked == asked and begun.bytes and begun.sha256 == there else None

    def write(
        self, pieces: Iterable[bytes], begun: Begun, came: Callable[[int], object]
    ) -> tuple[int, str]:
        """Write ``pieces`` after the first ``begun.bytes`` bytes; return the size and SHA-256.

        However it ends, what was written is noted if it can be gone on with. ``came`` is told the
        bytes of each piece.
        """
        pieces = iter(pieces)
        first = next(pieces, b"")  # an answer that is refused must not cost what is there
        if not begun.bytes:
            self.discard()
        with self.path.open("r+b" if begun.bytes else "w+b") as file:
            # One name for both: an interruption must not part the digest from its size.
            done = begun.bytes, _hash(file, begun.bytes)
            noted = begun.bytes
            file.truncate()

            def note() -> None:
                file.flush()
                if begun.validator:
                    there = replace(begun, bytes=done[0], sha256=done[1].hexdigest())
                    write_text(json.dumps(asdict(there)), self.notes)

            try:
                for piece in chain([first], pieces):
                    file.write(piece)
                    digest = done[1].copy()
                    digest.update(piece)
                    done = done[0] + len(piece), digest
                    came(len(piece))
                    if done[0] - noted >= _NOTE_EVERY:
                        note()
                        noted = done[0]
            finally:
                note()
        return done[0], done[1].hexdigest()

    def discard(self) -> None:
        """Remove the file and its note."""
        self.notes.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    def publish(self) -> None:
        """Give the whole file its name, for good even if the power fails."""
        with self.path.open("rb") as file:
            os.fsync(file.fileno())
        self.notes.unlink(missing_ok=True)
        self.path.rename(self.target)
        folder = os.open(self.target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _hash(file: BinaryIO, size: int) -> Any:
    """Return the digest of the first ``size`` bytes, having read just them."""
    digest = hashlib.sha256()
    while size > 0 and (piece := file.read(min(size, _PIECE))):
        digest.update(piece)
        size -= len(piece)
    return digest
