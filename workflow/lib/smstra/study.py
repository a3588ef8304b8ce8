"""A study folder: one's own config/, data/ and results/, with the workflow of the installed smstra.

Its Snakefile imports the workflow as a module. :func:`set_up` writes what such a folder needs to begin
with; :func:`adopt` puts a case of the project into it, with all that the results of the case rest on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from smstra import config, folders, strict_yaml, vocabulary
from smstra.audit import manifest
from smstra.config import Settings
from smstra.errors import SmstraError, listing, nearest
from smstra.selection_rules import own_tables
from smstra.textfiles import write_bytes, write_text

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
cases: []

# Differences from the case files, by case.
overrides: {}

# Vintages to use instead of those named in config/datasets/, by dataset: the line that a refresh
# prints goes here.
vintages: {}
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
    texts = _lacking(folder)
    if _USER in texts:
        texts[_USER] = _with_cases(texts[_USER], list(cases), folder / _USER)
    for name in sorted(texts):
        write_text(texts[name], folder / name)
    return sorted(texts)


def _lacking(folder: Path) -> dict[str, str]:
    """Return the files that a study folder needs and lacks, by path."""
    _check(folder)
    texts = {
        **_WRITTEN,
        **{name: (folders.INSTALLED / name).read_text(encoding="utf-8") for name in _COPIED},
    }
    return {name: text for name, text in texts.items() if not (folder / name).exists()}


def _check(folder: Path) -> None:
    if folders.of_workflow(folder) == folder:
        raise SmstraError(
            f"{folder.as_posix()}: this folder holds the workflow itself and has all that a study needs; name "
            "another folder."
        )
    if folder.exists() and not folder.is_dir():
        raise SmstraError(f"{folder.as_posix()}: this is a file; name a folder.")
    for name in (*_WRITTEN, *_COPIED):
        if (folder / name).is_dir():
            raise SmstraError(
                f"{(folder / name).as_posix()}: this is a folder, where a study has a file; move it away, or "
                "name another folder."
            )
    for name in _SNAKEFILES:
        file = folder / name
        # In bytes, since another workflow may be written in any encoding.
        if file.is_file() and b"smstra.study" not in file.read_bytes():
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
    write_text(_with_cases(_text(path), [case], path), path)
    return True


def _with_cases(text: str, cases: Sequence[str], path: Path) -> str:
    """Return ``text``, that of config/config.yaml, with those of ``cases`` in `cases` that are not yet there.

    SmstraError where `cases` is not a list in one line.
    """
    there = strict_yaml.loads(text, path.as_posix()).get("cases") or []
    # As of `cases: be`, which a run takes for a list of one.
    there = [there] if isinstance(there, str) else there
    lacking = [case for case in dict.fromkeys(cases) if case not in there]
    if not lacking:
        return text
    found = _CASES.search(text)
    if found:
        names = [*filter(None, (name.strip() for name in found[1].split(","))), *lacking]
        line = f"cases: [{', '.join(names)}]{found[2]}"
        text = text[: found.start()] + line + text[found.end() :]
        if strict_yaml.loads(text, path.as_posix())["cases"] == [*there, *lacking]:
            return text
    raise SmstraError(
        f"{path.as_posix()}: `cases` is not written as a list in one line, so it is left as it is; add "
        f"{listing(map(repr, lacking))} there."
    )


def adopt(folder: Path, *cases: str) -> list[str]:
    """Copy cases of the project into a study folder, with all that their results rest on.

    That is the file of each and those that it extends, the descriptions of its datasets, the known breaks
    and the pins of what they describe, the snapshots, tables that the case names, and the figures in print
    that are held against it; and what the folder lacks as a study. The cases are added to `cases`. What lies
    there already is not changed; only the registers of breaks and of pins grow.

    All is checked before anything is written, each file is written whole, config/config.yaml last: a call
    that was cut short can be given again.

    Parameters
    ----------
    folder
        A study folder, which need not be there yet.
    cases
        Names of cases in the project's config/cases/.

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
    home = folders.INSTALLED
    _refuse_unknown(cases)
    texts = _lacking(folder)
    settings = config.load({"cases": [*dict.fromkeys(cases)]}, home)
    described = set().union(*(_described(case, settings) for case in cases))
    _check_names(folder, settings, described)
    copies = _copies(cases, settings, described)
    other = [name for name in sorted(copies) if _differs(home / name, folder / name)]
    if other:
        raise SmstraError(
            f"{folder.as_posix()}: {listing(other)} there is not that of the project; keep it under another "
            f"name, then adopt {listing(map(repr, cases))} again. Nothing was written."
        )
    texts |= _grown(folder, cases, settings, described)
    lacking = sorted(name for name in copies if not (folder / name).exists())
    for name in lacking:
        write_bytes((home / name).read_bytes(), folder / name)
    # Only what is named there is run: whatever ends this before leaves a study as it was.
    for name in sorted(texts, key=lambda name: (name == _USER, name)):
        write_text(texts[name], folder / name)
    return sorted({*lacking, *texts})


def _refuse_unknown(cases: Iterable[str]) -> None:
    known = config.case_files(folders.INSTALLED)
    for case in cases:
        if case not in known:
            raise SmstraError(
                f"there is no case '{case}' in the project{nearest(case, known)}; its cases are "
                f"{listing(known, 30)}. Nothing was written."
            )


def _grown(
    folder: Path, cases: Sequence[str], settings: Settings, described: set[str]
) -> dict[str, str]:
    """Return, by path, the registers and the configuration of a study to which something is to be added."""
    breaks = {name for name, entry in settings.breaks.items() if described & {*entry["datasets"]}}
    pins = {
        _key(pin) for pin in settings.pins_in_use() if pin["id"] in described and "table" not in pin
    }
    path = folder / _USER
    user = _text(path) if path.is_file() else _WRITTEN[_USER]
    named = _with_cases(user, cases, path)
    grown = {
        _BREAKS: _with_entries(folder, _BREAKS, breaks),
        _PINS: _with_pins(folder, pins),
        _VARIABLES: _with_entries(folder, _VARIABLES, None),
        _USER: named if named != user else None,
    }
    return {name: text for name, text in grown.items() if text is not None}


def _copies(cases: Iterable[str], settings: Settings, described: set[str]) -> set[str]:
    """Return the files of the project that cases rest on, the registers that grow left out."""
    home = folders.INSTALLED
    pins = [pin for pin in settings.pins_in_use() if pin["id"] in described]
    copies = {settings.described[name]["file"] for name in described}
    for case in cases:
        copies |= {*manifest.case_files(case, home), *own_tables(settings.cases[case]).values()}
    copies |= {pin["file"] for pin in pins}
    copies |= {f"{Path(pin['file']).parent.as_posix()}/pin.yaml" for pin in pins if "table" in pin}
    copies |= {path.relative_to(home).as_posix() for path in home.glob("data/published/*.yaml")}
    return {*copies, "data/LICENSE.md"}


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
    text = _text(path) if path.is_file() else _WRITTEN[_PINS]
    if not there:
        text = _EMPTY_PINS.sub("snapshots:", text)
    blocks = _blocks(source.read_text(encoding="utf-8"), r"^  - ")
    written = dict(zip(ours, blocks, strict=True))
    text = _joined(text, (written[key] for key in lacking))
    return _checked(path, text, {"snapshots": [*there, *(ours[key] for key in lacking)]})


def _text(path: Path) -> str:
    """Return the text of a YAML file, without the mark that some editors begin with."""
    strict_yaml.load(path)
    return path.read_text(encoding="utf-8-sig")


def _blocks(text: str, begins: str) -> list[str]:
    """Return the entries of a YAML file as they are written; each begins where ``begins`` matches.

    Comments between two entries are of neither.
    """
    starts = [found.start() for found in re.finditer(begins, text, re.MULTILINE)]
    parts = [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
    return [_BETWEEN.sub("", part) for part in parts]


def _extended(path: Path, blocks: Iterable[str]) -> str:
    name = f"config/{path.name}"
    text = _text(path) if path.is_file() else _WRITTEN.get(name, "")
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
