"""The private mapping: which units the anonymised localities of documents are.

It is the user's own knowledge. Nothing of it may come into results that are shared: the file lies
outside the project or where git ignores it, and what it reveals is written beside it only.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from smstra import strict_yaml
from smstra.errors import ConfigError, listing, nearest

# Folders of the project whose content is shared, whatever git ignores.
_SHARED = ("results", "data", "config", "workflow", "docs")


def read(path: Path, localities: Iterable[str], units: pd.DataFrame) -> dict[str, str]:
    """Return the code of the unit behind each locality that the file names.

    The file is a YAML mapping such as ``A: "code"``; localities that it leaves out stay unknown.

    Raises
    ------
    ConfigError
        There is no such file, a name is no locality of the documents, a code is no text, no unit of
        the case, or stands twice. No message repeats a code: a log may be shared.
    """
    name, known = path.as_posix(), list(localities)
    mapping = strict_yaml.load(path)
    if not mapping:
        raise ConfigError(f'{name}: names no locality; write lines such as `A: "code"`.')
    seen: dict[str, str] = {}
    for locality, code in mapping.items():
        if locality not in known:
            raise ConfigError(
                f"{name}: '{locality}' is no locality of the published documents"
                f"{nearest(locality, known)}; they are {listing(known) or 'none'}."
            )
        if not isinstance(code, str):
            raise ConfigError(
                f"{name}: the code of {locality} is not text; write it in quotes, as codes are text."
            )
        if not (units["unit"] == code).any():
            raise ConfigError(
                f"{name}: the code of {locality} is no unit of the case; write a code of its geography, "
                "as in the column `unit` of units.csv."
            )
        if code in seen:
            raise ConfigError(
                f"{name}: {seen[code]} and {locality} have the same code; mend one of them."
            )
        seen[code] = locality
    return mapping


def check_place(path: Path, root: Path = Path()) -> Path:
    """Return the absolute path of a mapping that lies where it is not shared.

    Raises
    ------
    ConfigError
        The file lies in the project and git does not ignore it, or in a folder of the project whose
        content is shared.
    """
    file, project = path.resolve(), root.resolve()
    if not file.is_file():
        raise ConfigError(
            f"{path.as_posix()}: there is no such file; `private_mapping` names a YAML file of yours with "
            "the codes behind anonymised localities."
        )
    repository = _repository(project) or project
    if not (file.is_relative_to(project) or file.is_relative_to(repository)):
        return file
    inside = file.relative_to(project).parts[0] if file.is_relative_to(project) else ""
    if inside in _SHARED:
        raise ConfigError(
            f"{path.as_posix()}: the private mapping lies in {inside}/, whose content is shared; move it "
            "out of the project, or into private/, which git ignores."
        )
    for private in (file, output(file, "case")):
        if not _ignored(private):
            raise ConfigError(
                f"{path.as_posix()}: the private mapping lies in the project where git would take it, or "
                "what is written beside it, into the repository; move it out of the project, or into "
                "private/, which git ignores."
            )
    return file


def output(mapping: Path, case: str) -> Path:
    """Return the file beside the mapping in which the verdicts on its localities are written."""
    return mapping.with_suffix(f".published.{case}.csv")


def _repository(folder: Path) -> Path | None:
    found = _git(folder, "rev-parse", "--show-toplevel")
    return Path(found.stdout.strip()).resolve() if found and found.returncode == 0 else None


def _ignored(file: Path) -> bool:
    # Of a file that git already keeps, this says no.
    found = _git(file.parent, "check-ignore", "--quiet", "--", file.as_posix())
    return found is not None and found.returncode == 0


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str] | None:
    """Return what git answers in ``folder``; None where there is no git."""
    try:
        return subprocess.run(
            ["git", "-C", folder.as_posix(), *arguments],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
    except FileNotFoundError:
        return None
