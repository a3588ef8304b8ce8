"""The files of a case: which there are, what each is, how large, and its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from smstra import strict_yaml

# workflow/lib/smstra/audit/inventory.py -> workflow
_INTERNAL = Path(__file__).resolve().parents[3] / "internal"
MEDIA = {
    ".cff": "application/yaml",
    ".csv": "text/csv",
    ".html": "text/html",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".md": "text/markdown",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".smk": "text/x-python",
    ".sqlite": "application/vnd.sqlite3",
    ".svg": "image/svg+xml",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".yaml": "application/yaml",
}
_OTHER = "application/octet-stream"
_PIECE = 1 << 20


class File(NamedTuple):
    """A file of a case: its path below the folder of the case, its size in bytes and its SHA-256."""

    path: str
    size: int
    sha256: str


@cache
def tables() -> dict[str, Any]:
    """Return ``workflow/internal/tables.yaml``: what the columns of each table say."""
    return strict_yaml.load(_INTERNAL / "tables.yaml")


@cache
def steps() -> dict[str, Any]:
    """Return ``workflow/internal/steps.yaml``: what each rule reads and makes."""
    return strict_yaml.load(_INTERNAL / "steps.yaml")


def of_folder(folder: Path, given: Iterable[Path]) -> list[File]:
    """Return the files ``given``, all below ``folder``, by path; a folder among them by its files.

    Files whose names begin with a dot are Snakemake's own and left out.
    """
    found: set[Path] = set()
    for path in given:
        inside = (p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        found |= {p for p in inside if not p.name.startswith(".")}
    paths = sorted((path.relative_to(folder).as_posix(), path) for path in found)
    return [File(name, path.stat().st_size, sha256(path)) for name, path in paths]


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def media_type(path: str) -> str:
    """Return the media type of a file by the end of its name."""
    return MEDIA.get(Path(path).suffix, _OTHER)


def title(path: str) -> str:
    """Return what a file of a case is: by ``tables.yaml``, else by ``steps.yaml``, else its name."""
    if path in tables()["tables"]:
        return tables()["tables"][path]["title"]
    said: Mapping[str, str] = steps()["files"]
    about = said.get(path) or next(
        (text for pattern, text in said.items() if fnmatchcase(path, pattern)), path
    )
    figure = tables()["tables"].get(Path(path).with_suffix(".csv").as_posix())
    return f"{about}: {figure['title']}" if figure else about
