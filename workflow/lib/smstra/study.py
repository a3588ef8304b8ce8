"""A study folder: one's own config/, data/ and results/, with the workflow of the installed smstra.

Its Snakefile imports the workflow as a module. :func:`set_up` writes what such a folder needs to begin
with; :func:`adopt` puts a case of the project into it, with all that the results of the case rest on.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from smstra import config, folders, strict_yaml, vocabulary
from smstra.audit import manifest
from smstra.config import Settings
from smstra.errors import SmstraError, listing, nearest
from smstra.selection_rules import own_tables
from smstra.textfiles import write_text

# The Snakefile of the installed workflow, for `module:`.
SNAKEFILE = str(folders.INSTALLED / "workflow/Snakefile")

_USER, _BREAKS, _PINS = "config/config.yaml", "config/breaks.yaml", "data/sources.yaml"
_VARIABLES = "config/variables.yaml"
# Where Snakemake looks for a workflow.
_SNAKEFILES = ("Snakefile", "snakefile", "workflow/Snakefile", "workflow/snakefile")
_WRITTEN = {
    "Snakefile": """\
# A study with smstra: config/ and data/ lie in this folder, the workflow where smstra is installed.
from smstra.study import SNAKEFILE


configfile: "config/config.yaml"


module smstra:
    snakefile:
        SNAKEFILE
    config:
        config


use rule * from smstra


onsuccess:
    smstra.finish(ok=True)


onerror:
    smstra.finish(ok=False)
""",
    _USER: """\
# What a run makes; `smstra` has the keys in its config/README.md and checks them before anything runs.

# The cases to run: each is a file config/cases/<case>.yaml.
cases: [{cases}]

# Differences from the case files, by case.
overrides: {{}}

# Vintages to use instead of those named in config/datasets/, by dataset: the line that a refresh
# prints goes here.
vintages: {{}}
""",
    _BREAKS: """\
# The register of breaks: days on which a series changes what it counts or how. An entry has `title`,
# `effective`, `datasets`, `variables`, `effect` and `source`. None is known as long as there is none here.
""",
    _PINS: """\
# The pins: every raw file that a run may read, one entry a vintage (`smstra pin FILE` prints rows and
# hashes). Checked against the bytes at every run; never changed by a run.

snapshots: []
""",
    ".gitignore": """\
/results/
/.snakemake/
__pycache__/
*.part
*.lock
/data/by_hand/
.incoming-*/
.refused-*/
/private/
/shipped/
/smstra-*.zip
""",
}
# As they are in the project.
_COPIED = ("config/refresh.yaml", "profiles/default/config.yaml")
_EMPTY_PINS = re.compile(r"^snapshots:[ ]*(?:\[[ ]*\][ ]*)?(?:#.*)?$", re.MULTILINE)
_BETWEEN = re.compile(r"(?:\n {0,2}#[^\n]*|\s)+\Z")
_CASES = re.compile(r"^cases:[ ]*\[([^\]\n]*)\](.*)$", re.MULTILINE)


def set_up(folder: Path, cases: Iterable[str] = ()) -> list[str]:
    """Write what a study folder lacks; nothing that is there is changed.

    Parameters
    ----------
    folder
        The folder, which need not be there yet.
    cases
        The cases that a new config/config.yaml names. Without one a run says that a case is lacking.

    Returns
    -------
    list
        The paths written, in ``folder``.

    Raises
    ------
    SmstraError
        The folder is that of the workflow itself, or holds another workflow.
    """
    _check(folder)
    texts = {name: text for name, text in _WRITTEN.items() if name != _USER}
    texts[_USER] = _WRITTEN[_USER].format(cases=", ".join(cases))
    texts |= {name: (folders.INSTALLED / name).read_text(encoding="utf-8") for name in _COPIED}
    lacking = [name for name in sorted(texts) if not (folder / name).exists()]
    for name in lacking:
        write_text(texts[name], folder / name)
    return lacking


def _check(folder: Path) -> None:
    if folders.of_workflow(folder) == folder:
        raise SmstraError(
            f"{folder.as_posix()}: this folder holds the workflow itself and has all that a study needs; name "
            "another folder."
        )
    for name in _SNAKEFILES:
        file = folder / name
        if file.is_file() and "smstra.study" not in file.read_text(encoding="utf-8"):
            raise SmstraError(
                f"{file.as_posix()}: this is another workflow; import smstra there as docs/module.md of smstra "
                "shows, or name another folder."
            )


def add_case(folder: Path, case: str) -> bool:
    """Name ``case`` in `cases` of config/config.yaml of a study; return whether it was not there yet.

    SmstraError where `cases` is not a list in one line.
    """
    path = folder / _USER
    if case in strict_yaml.load(path).get("cases", []):
        return False
    text = path.read_text(encoding="utf-8")
    found = _CASES.search(text)
    if not found:
        raise SmstraError(
            f"{path.as_posix()}: `cases` is not written as a list in one line, so it is left as it is; add "
            f"'{case}' there."
        )
    names = [*filter(None, (name.strip() for name in found[1].split(","))), case]
    line = f"cases: [{', '.join(names)}]{found[2]}"
    write_text(text[: found.start()] + line + text[found.end() :], path)
    return True


def adopt(folder: Path, case: str) -> list[str]:
    """Copy a case of the project into a study folder, with all that its results rest on.

    That is its file and those that it extends, the descriptions of its datasets, the known breaks and the
    pins of what they describe, the snapshots, tables that the case names, and the figures in print that
    are held against it. The case is added to `cases`. What lies there already is not changed; only the
    registers of breaks and of pins grow.

    Parameters
    ----------
    folder
        A study folder, after :func:`set_up`.
    case
        The name of a case in the project's config/cases/.

    Returns
    -------
    list
        The paths written or added to, in ``folder``.

    Raises
    ------
    SmstraError
        There is no such case, or something of its name with another content lies in the study; nothing is
        written then.
    """
    _check(folder)
    home = folders.INSTALLED
    known = sorted(path.stem for path in (home / "config/cases").glob("*.yaml"))
    if case not in known:
        raise SmstraError(
            f"there is no case '{case}' in the project{nearest(case, known)}; its cases are {listing(known)}."
        )
    settings = config.load({"cases": [case]}, home)
    described = _described(case, settings)
    pins = [pin for pin in settings.pins_in_use() if pin["id"] in described]
    copies = {settings.described[name]["file"] for name in described}
    copies |= {*manifest.case_files(case, home), *own_tables(settings.cases[case]).values()}
    copies |= {pin["file"] for pin in pins}
    copies |= {f"{Path(pin['file']).parent.as_posix()}/pin.yaml" for pin in pins if "table" in pin}
    copies |= {path.relative_to(home).as_posix() for path in home.glob("data/published/*.yaml")}
    copies.add("data/LICENSE.md")
    breaks = {name for name, entry in settings.breaks.items() if described & {*entry["datasets"]}}
    _check_names(folder, settings, described)
    texts = {
        _BREAKS: _with_entries(folder, _BREAKS, breaks),
        _PINS: _with_pins(folder, {_key(pin) for pin in pins if "table" not in pin}),
        _VARIABLES: _with_entries(folder, _VARIABLES, None),
    }
    other = [name for name in sorted(copies) if _differs(home / name, folder / name)]
    if other:
        raise SmstraError(
            f"{folder.as_posix()}: {listing(other)} there is not that of the project; keep it under another "
            f"name, then adopt '{case}' again."
        )
    written = [name for name in copies if not (folder / name).exists()]
    for name in written:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(home / name, folder / name)
    for name, text in texts.items():
        if text is not None:
            write_text(text, folder / name)
            written.append(name)
    if add_case(folder, case):
        written.append(_USER)
    return sorted(written)


def _described(case: str, settings: Settings) -> set[str]:
    """Return the datasets that the case reads, and all that must be described beside them.

    Descriptions are copied as whole files; what these name, and what a break of theirs names, must be
    described as well.
    """
    names = set(vocabulary.datasets_used(settings.cases[case], settings.datasets))
    while True:
        files = {settings.described[name]["file"] for name in names}
        more = {name for name, entry in settings.described.items() if entry["file"] in files}
        more |= {other for name in more for other in _named_by(settings.described[name])}
        for entry in settings.breaks.values():
            more |= {*entry["datasets"]} if more & {*entry["datasets"]} else set()
        if more == names:
            return names
        names = more


def _named_by(entry: Mapping[str, Any]) -> set[str]:
    """Return the datasets that a description names, in the tables of its `live` too."""
    found: set[str] = set(entry.get("code_lists", ()))
    found |= {entry["code_changes"]} if "code_changes" in entry else set()
    for table in entry.get("live", {}).get("tables", {}).values():
        found |= _named_by(table)
    return found


def _check_names(folder: Path, settings: Settings, described: set[str]) -> None:
    """Raise SmstraError where a file of another name in the study describes one of the datasets."""
    for name, entry in config.load_datasets(folder).items():
        if name in described and entry["file"] != settings.described[name]["file"]:
            raise SmstraError(
                f"{(folder / entry['file']).as_posix()}: describes '{name}', which the project describes in "
                f"{settings.described[name]['file']}; rename the one of the study."
            )


def _differs(ours: Path, theirs: Path) -> bool:
    return theirs.exists() and (not theirs.is_file() or theirs.read_bytes() != ours.read_bytes())


def _with_entries(folder: Path, name: str, wanted: set[str] | None) -> str | None:
    """Return the file ``name`` of the study with the entries ``wanted`` (None: all) of the project's.

    None where nothing is to be added. SmstraError where an entry is there with another content.
    """
    source = folders.INSTALLED / name
    if not source.is_file():
        return None
    ours = strict_yaml.load(source)
    theirs = strict_yaml.load(folder / name) if (folder / name).is_file() else {}
    asked = {key: ours[key] for key in ours if wanted is None or key in wanted}
    for key, entry in asked.items():
        if theirs.get(key, entry) != entry:
            raise SmstraError(
                f"{(folder / name).as_posix()}: '{key}' there is not that of the project; rename the entry."
            )
    lacking = {key: entry for key, entry in asked.items() if key not in theirs}
    if not lacking:
        return None
    written = dict(zip(ours, _blocks(source.read_text(encoding="utf-8"), r"^[a-z]"), strict=True))
    text = _extended(folder / name, (written[key] for key in lacking))
    return _checked(folder / name, text, {**theirs, **lacking})


def _key(pin: Mapping[str, Any]) -> tuple[str, str]:
    # Two datasets may read the same file.
    return pin["id"], pin["file"]


def _with_pins(folder: Path, wanted: set[tuple[str, str]]) -> str | None:
    """Return data/sources.yaml of the study with the pins ``wanted``, as :func:`_with_entries`."""
    source = folders.INSTALLED / _PINS
    ours = {_key(pin): pin for pin in strict_yaml.load(source)["snapshots"]}
    path = folder / _PINS
    there = strict_yaml.load(path).get("snapshots") or [] if path.is_file() else []
    theirs = {_key(pin): pin for pin in there}
    for key in sorted(wanted & set(theirs)):
        if theirs[key] != ours[key]:
            raise SmstraError(
                f"{path.as_posix()}: the pin of {key[1]} there is not that of the project; move it away."
            )
    lacking = [key for key in ours if key in wanted and key not in theirs]
    if not lacking:
        return None
    text = path.read_text(encoding="utf-8") if path.is_file() else _WRITTEN[_PINS]
    if not there:
        text = _EMPTY_PINS.sub("snapshots:", text)
    blocks = _blocks(source.read_text(encoding="utf-8"), r"^  - ")
    written = dict(zip(ours, blocks, strict=True))
    text = _joined(text, (written[key] for key in lacking))
    return _checked(path, text, {"snapshots": [*there, *(ours[key] for key in lacking)]})


def _blocks(text: str, begins: str) -> list[str]:
    """Return the entries of a YAML file as they are written; each begins where ``begins`` matches.

    Comments between two entries are of neither.
    """
    starts = [found.start() for found in re.finditer(begins, text, re.MULTILINE)]
    parts = [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
    return [_BETWEEN.sub("", part) for part in parts]


def _extended(path: Path, blocks: Iterable[str]) -> str:
    name = f"config/{path.name}"
    text = path.read_text(encoding="utf-8") if path.is_file() else _WRITTEN.get(name, "")
    return _joined(text, blocks)


def _joined(text: str, blocks: Iterable[str]) -> str:
    return "\n\n".join([text.rstrip(), *blocks]).lstrip() + "\n"


def _checked(path: Path, text: str, expected: Mapping[str, Any]) -> str:
    """Return ``text``; SmstraError where it does not say what it should, as in a list in brackets."""
    try:
        same = strict_yaml.loads(text, path.name) == expected
    except SmstraError:
        same = False
    if not same:
        raise SmstraError(
            f"{path.as_posix()}: its entries are written in another way than those of the project, so none can "
            "be added; write each in lines of its own, as the project's file does."
        )
    return text
