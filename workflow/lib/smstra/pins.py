"""The pins of data/sources.yaml: those of the vintage in use, and their files' bytes verified."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from smstra.errors import SnapshotError, listing

Pin = dict[str, Any]


def vintages_of(pins: Iterable[Pin], dataset: str) -> list[str]:
    """Return the vintages of ``dataset`` that are pinned, each once, in the order of the pins."""
    return list(dict.fromkeys(pin["vintage"] for pin in pins if pin["id"] == dataset))


def pins_of(pins: list[Pin], dataset: str, vintage: str) -> list[Pin]:
    """Return the pins of all files of ``dataset`` in ``vintage``.

    SnapshotError names the vintages that there are.
    """
    found = [pin for pin in pins if pin["id"] == dataset and pin["vintage"] == vintage]
    if found:
        return found
    known = vintages_of(pins, dataset)
    have = f"pinned are {listing(known)}" if known else "no vintage of it is pinned"
    raise SnapshotError(
        f"data/sources.yaml: dataset '{dataset}' has no vintage '{vintage}'; {have}. Write one of "
        f"them as `vintage:` of '{dataset}' in config/datasets/, or pin the new one."
    )


def sha256(raw: bytes) -> str:
    """Return the SHA-256 of ``raw`` as hexadecimal digits."""
    return hashlib.sha256(raw).hexdigest()


def verify_bytes(pins: Iterable[Pin], root: Path = Path()) -> None:
    """Hold the bytes of every file in ``pins`` against its hash.

    Raises
    ------
    SnapshotError
        A file is missing or changed: the message names it, both hashes and the remedy.
    """
    for pin in pins:
        verified(pin, root)


def verified(pin: Pin, root: Path) -> bytes:
    """Return the bytes of a pinned file; SnapshotError as :func:`verify_bytes`."""
    name = pin["file"]
    path = root / name
    if not path.is_file():
        raise SnapshotError(
            f"{name}: this snapshot of '{pin['id']}' is missing; restore it with "
            f"`git checkout -- {name}`."
        )
    raw = path.read_bytes()
    found = sha256(raw)
    if found != pin["sha256"] and "table" in pin:
        folder = path.parent.relative_to(root).as_posix()
        raise SnapshotError(
            f"{name}: the bytes are not those pinned in {folder}/pin.yaml when it was fetched (pinned SHA-256 "
            f"{pin['sha256']}, found {found}); put the file back as it was, or remove {folder} and fetch again."
        )
    if found != pin["sha256"]:
        raise SnapshotError(
            f"{name}: the bytes are not those pinned in data/sources.yaml (pinned SHA-256 "
            f"{pin['sha256']}, found {found}); restore the file with `git checkout -- {name}`, or, "
            "if the change is meant, keep it under another vintage's folder and pin that as well "
            "(`smstra pin FILE` prints the lines)."
        )
    return raw
