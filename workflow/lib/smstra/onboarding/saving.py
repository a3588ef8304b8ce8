"""The files of a new case on the disk: all of them, each whole, and again after a write that failed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from smstra import folders, strict_yaml, study
from smstra.errors import SmstraError
from smstra.textfiles import write_bytes, write_text

PINS, USER = "data/sources.yaml", "config/config.yaml"
_CASES = re.compile(r"^cases:[ ]*\[[^\]\n]*\]", re.MULTILINE)


def is_there(name: str, root: Path) -> bool:
    """Whether a case is written to its end: its file, and its name in config/config.yaml."""
    case, user = root / f"config/cases/{name}.yaml", root / USER
    return case.exists() and user.is_file() and name in (strict_yaml.load(user).get("cases") or [])


def check(files: Mapping[str, bytes], root: Path) -> None:
    """Raise SmstraError where one of the files is there with other bytes, or could not lie where it is to.

    One that is there with the same bytes is left by a write that did not come to its end, and stays.
    """
    for path, raw in files.items():
        place = root / path
        above = [each for each in place.parents if each.exists() and not each.is_dir()]
        if above:
            raise SmstraError(
                f"{above[0].as_posix()}: this is a file, and a folder is needed there for {path}; move it away."
                " Nothing was written."
            )
        if place.is_dir():
            raise SmstraError(
                f"{path}: this is a folder, where a file is to be written; move it away. Nothing was written."
            )
        if place.exists() and place.read_bytes() != raw:
            raise SmstraError(
                f"{path}: this file is there already with another content, and nothing is overwritten; give "
                "the case another name by --name, move the file away, or, to go on with a command that was "
                "interrupted, give the same flags and its day as --vintage. Nothing was written."
            )


def write(
    files: Mapping[str, bytes], pins: Sequence[Mapping[str, Any]], name: str, root: Path
) -> list[str]:
    """Write a case into a study folder, which gets what it lacks; return the paths written.

    The case's own file and its name in config/config.yaml come last, so that a case that is there is whole.

    Parameters
    ----------
    files
        Bytes by path.
    pins
        Entries for data/sources.yaml.

    Raises
    ------
    SmstraError
        A file is there with another content, or config/config.yaml or data/sources.yaml cannot be added to
        (nothing is written then), or the disk takes no more (the same command again goes on from there).
    """
    check({**files}, root)
    _check_user(name, root)
    _with_pins(root, pins)
    case = f"config/cases/{name}.yaml"
    path = ""
    try:
        path = "the study folder"
        written = [] if folders.of_workflow(root) == root else study.set_up(root)
        for path in [*(each for each in files if each != case), PINS, case]:
            if path == PINS:
                write_text(_with_pins(root, pins), root / PINS)
                written.append(PINS)
            elif not (root / path).exists():
                write_bytes(files[path], root / path)
                written.append(path)
        path = USER
        study.add_case(root, name)
    except OSError as error:
        raise SmstraError(
            f"{path}: cannot be written ({error.strerror or error}); see to it, then give the same command "
            "again, which goes on from there."
        ) from error
    return list(dict.fromkeys([*written, USER]))


def _check_user(name: str, root: Path) -> None:
    user = root / USER
    if not user.exists():
        return
    there = strict_yaml.load(user).get("cases") or []
    if name not in there and not _CASES.search(_text(user)):
        raise SmstraError(
            f"{USER}: `cases` is not a list in one line, so '{name}' cannot be added to it; write it as "
            "`cases: [be, de]`. Nothing was written."
        )


def _with_pins(root: Path, pins: Sequence[Mapping[str, Any]]) -> str:
    path = root / PINS
    if not path.exists():
        return with_pins("snapshots: []\n", pins, PINS)
    strict_yaml.load(path)
    return with_pins(_text(path), pins, PINS)


def _text(path: Path) -> str:
    """Return a file that is read as YAML already, so is UTF-8."""
    return path.read_text(encoding="utf-8-sig")


def with_pins(text: str, pins: Sequence[Mapping[str, Any]], name: str) -> str:
    """Return ``text``, that of data/sources.yaml, with those of ``pins`` at its end that are not yet there.

    SmstraError where its entries are written in another way, so that none can be added, or where another
    file is pinned under the same name and vintage.
    """
    there = strict_yaml.loads(text, name).get("snapshots") or []
    lacking = [dict(pin) for pin in pins if dict(pin) not in there]
    held = {(pin.get("id"), pin.get("vintage")) for pin in there}
    for pin in lacking:
        if (pin["id"], pin["vintage"]) in held:
            raise SmstraError(
                f"{name}: '{pin['id']}' of {pin['vintage']} is pinned already with other words; give the case "
                "another name by --name, or take that entry out. Nothing was written."
            )
    if not lacking:
        return text
    bare = re.sub(r"(?m)^snapshots:[ ]*\[[ ]*\][ ]*$", "snapshots:", text) if not there else text
    # A list may stand below its key with or without blanks before it.
    apart = indented if not re.search(r"(?m)^- ", bare) else str
    block = "".join("\n" + apart(strict_yaml.dumps([pin])) for pin in lacking)
    added = bare.rstrip() + "\n" + block
    try:
        same = strict_yaml.loads(added, name)["snapshots"] == [*there, *lacking]
    except SmstraError:
        same = False
    if not same:
        raise SmstraError(
            f"{name}: its entries are written in another way than those of smstra, so none can be added; "
            "write each as `  - id: ...` with its keys below. Nothing was written."
        )
    return added


def indented(text: str) -> str:
    """Return YAML two blanks further in."""
    return "".join(f"  {line}\n" for line in text.rstrip("\n").split("\n"))
