"""The manifest of a case: one line a file that it used or made, each chained to the line before it.

A line is canonical JSON (sorted keys, no blanks, ASCII). ``chain`` is the SHA-256 of the chain of the line
before (nothing for the first) followed by the line without its own ``chain``. The first line names the case,
the last counts the files and ends the chain, so a line that is changed, removed, added or moved breaks it.
Whoever can write the file can write a new chain as well: against that helps only a signature, or the last
chain kept elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from smstra import __version__, folders
from smstra.errors import SmstraError

FORMAT = "smstra manifest 1"
# In the folder of a case.
MANIFEST, ENVIRONMENT = "audit/manifest.jsonl", "audit/environment.json"
RESOLVED = "config.resolved.yaml"
# A signature lies beside the manifest and is the user's.
SIGNATURES = (".minisig", ".asc", ".sig")
# What Snakemake leaves, empty, in an output that is a folder.
_STAMP = ".snakemake_timestamp"
_PROJECT_FILES = ("pyproject.toml", "requirements.txt", "workflow/Snakefile")
_PROJECT_FOLDERS = (
    "profiles",
    "workflow/envs",
    "workflow/internal",
    "workflow/lib/smstra",
    "workflow/report",
    "workflow/rules",
    "workflow/schemas",
    "workflow/scripts",
)
_CHUNK = 1 << 20
# Names of cases are plain words; `config` has checked them.
_EXTENDS = re.compile(r"""^["']?extends["']?[ ]*:[ ]*["']?([a-z][a-z0-9-]*)""", re.MULTILINE)


class Entry(NamedTuple):
    """A file of the manifest: what it was to the run, its path in the project, its bytes.

    ``role`` is snapshot, own_table, module, config, settings, observations, table (of a case, read by a
    comparison of several), environment or output; ``link`` says that the path was a symbolic link.
    """

    role: str
    path: str
    size: int
    sha256: str
    link: bool = False


class Manifest(NamedTuple):
    """A manifest as it was found: the case, its files, the last chain, and in ``faults`` all that is wrong."""

    case: str
    entries: tuple[Entry, ...]
    chain: str
    faults: tuple[str, ...]


def folder_of(case: str) -> str:
    """Return the folder with the results of a case."""
    return f"results/{case}"


def modules(root: Path = Path()) -> list[str]:
    """Return the files of the workflow itself, sorted: rules, scripts, package, schemas, vocabulary.

    Their paths in the project, also where ``root`` is a study folder without them.
    """
    root = folders.of_workflow(root)
    found = [name for name in _PROJECT_FILES if (root / name).is_file()]
    for folder in _PROJECT_FOLDERS:
        found += [
            path
            for path in _files_in(root, folder)
            if not any(part.startswith(".") or part == "__pycache__" for part in path.split("/"))
        ]
    return sorted(found)


def case_files(case: str, root: Path = Path()) -> list[str]:
    """Return the file of a case and of all cases that it extends."""
    found: list[str] = []
    name = case.rpartition("/")[2]
    while name:
        path = f"config/cases/{name}.yaml"
        if path in found or not (root / path).is_file():
            break
        found.append(path)
        # Every call of Snakemake comes here; to load the whole file would cost it a tenth of a second.
        extended = _EXTENDS.search((root / path).read_text(encoding="utf-8"))
        name = extended[1] if extended else ""
    return found


def used_and_made(
    settings: Mapping[str, Any], outputs: Iterable[str], root: Path = Path()
) -> dict[str, list[str]]:
    """Return the paths of all files of a case by role.

    Parameters
    ----------
    settings
        As :func:`smstra.job_settings.manifest`.
    outputs
        The files and folders in the folder of the case that the run made.
    root
        The project's folder.

    Raises
    ------
    SmstraError
        An output does not lie in the folder of the case.
    """
    folder = folder_of(settings["case"])
    resolved, environment = f"{folder}/{RESOLVED}", f"{folder}/{ENVIRONMENT}"
    made: set[str] = set()
    for path in outputs:
        if not path.startswith(f"{folder}/"):
            raise SmstraError(f"{path}: is no result of {settings['case']}, so it is not listed.")
        made |= set(_files_in(root, path)) if (root / path).is_dir() else {path}
    return {
        **of_project(settings, root),
        "observations": [f"results/observations/{name}.csv" for name in settings["observed"]],
        "table": settings.get("tables", []),
        "settings": [resolved] if (root / resolved).is_file() else [],
        "environment": [environment],
        "output": sorted(made - {resolved, environment, f"{folder}/{MANIFEST}"}),
    }


def of_project(settings: Mapping[str, Any], root: Path = Path()) -> dict[str, list[str]]:
    """Return the files by role that a case used and no rule made.

    A manifest is out of date when one of them changes. ``settings`` as :func:`smstra.job_settings.manifest`.
    config/config.yaml and files of ``--configfile`` are not among them: they speak of other cases too, and
    what they change in this one stands in config.resolved.yaml.
    """
    config = ["config/breaks.yaml", "config/variables.yaml", *settings["config"]]
    # Figures in print, and how they are checked.
    config += _files_in(root, "data/published")
    if not settings["pseudonymised"]:
        # The hash of a file that names the towns would confirm who guesses them.
        config += case_files(settings["case"], root)
    return {
        "snapshot": settings["snapshots"],
        "own_table": settings["own_tables"],
        "module": modules(root),
        "config": [path for path in config if (root / path).is_file()],
    }


def digest(settings: Mapping[str, Any], root: Path = Path()) -> str:
    """Return one hash of all files of :func:`of_project`: it changes when one of them does."""
    whole = hashlib.sha256()
    for role, paths in of_project(settings, root).items():
        for path in paths:
            if not leaves_the_folder(path):
                whole.update(f"{path} {size_and_hash(place(role, path, root))[1]}\n".encode())
    return whole.hexdigest()


def _files_in(root: Path, folder: str) -> list[str]:
    """Return all files below a folder of the project, but for the marks that Snakemake leaves in it."""
    return [
        path.relative_to(root).as_posix()
        for path in sorted((root / folder).rglob("*"))
        if (path.is_file() or path.is_symlink()) and not is_stamp(path)
    ]


def is_stamp(path: Path) -> bool:
    """Whether a file is the empty mark that Snakemake leaves in an output that is a folder."""
    return path.name == _STAMP and not path.is_symlink() and not path.stat().st_size


def entries(files: Mapping[str, Iterable[str]], root: Path = Path()) -> list[Entry]:
    """Return the entries of files by role, sorted by path, each path once.

    Files outside the project's folder are left out: a manifest must hold wherever the folder lies.
    """
    made: dict[str, Entry] = {}
    for role, paths in files.items():
        for path in paths:
            if leaves_the_folder(path) or path in made:
                continue
            file = place(role, path, root)
            made[path] = Entry(role, path, *size_and_hash(file), file.is_symlink())
    return [made[path] for path in sorted(made)]


def place(role: str, path: str, root: Path = Path()) -> Path:
    """Return where a file of a manifest lies: those of the workflow may lie in another folder."""
    return (folders.of_workflow(root) if role == "module" else root) / path


def size_and_hash(path: Path) -> tuple[int, str]:
    """Return the number of bytes of a file, and their SHA-256."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()


def leaves_the_folder(path: str) -> bool:
    """Whether a path is anything but the plain path of a file below the project's folder."""
    plain = PurePosixPath(path)
    return (
        plain.is_absolute()
        or plain.as_posix() != path
        or path in ("", ".")
        or ".." in plain.parts
        or "\\" in path
        or not path.isprintable()
    )


def text(case: str, listed: Iterable[Entry]) -> str:
    """Return the manifest of a case as text."""
    lines, chain = [], ""
    for content in _contents(case, list(listed)):
        chain = _chained(chain, content)
        lines.append(_line({**content, "chain": chain}))
    return "".join(f"{line}\n" for line in lines)


def _contents(case: str, listed: list[Entry]) -> Iterator[dict[str, Any]]:
    yield {"n": 0, "case": case, "format": FORMAT, "smstra": __version__}
    for number, entry in enumerate(listed, 1):
        yield (
            {"n": number}
            | {key: value for key, value in entry._asdict().items() if key != "link"}
            | ({"link": True} if entry.link else {})
        )
    yield {"n": len(listed) + 1, "files": len(listed)}


def _line(content: Mapping[str, Any]) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"))


def _chained(before: str, content: Mapping[str, Any]) -> str:
    return hashlib.sha256((before + _line(content)).encode()).hexdigest()


def read(raw: bytes) -> Manifest:
    """Return a manifest with all that is wrong with it; never raises."""
    faults: list[str] = []
    lines = raw.split(b"\n")
    if not raw.startswith(b'{"'):
        kind = "is empty" if not raw else "does not begin as a manifest does"
        return Manifest("", (), "", (f"the file {kind}; nothing can be held against it",))
    if lines.pop() != b"":
        faults.append("the last line has no end: the file was cut off or added to")
    if lines and all(line.endswith(b"\r") for line in lines):
        faults.append("its lines end in CR LF, not in LF: a program converted the file")
        lines = [line.removesuffix(b"\r") for line in lines]
    # The number that a line should have: counted on from what is found, so that a gap is named once.
    due = 0
    case, chain, found = "", "", {}
    count: int | None = None
    for number, line in enumerate(lines):
        content = _parsed(line)
        if content is None:
            faults.append(f"line {number + 1} is not a line of a manifest")
            chain, due = "", due + 1
            continue
        given = content.pop("chain", "")
        if _line({**content, "chain": given}).encode() != line:
            faults.append(f"line {number + 1} is not written as a manifest writes it")
        faults += _breaks(number + 1, content, due, chained=_chained(chain, content) == given)
        chain = given if isinstance(given, str) else ""
        due = (content["n"] if type(content.get("n")) is int else due) + 1
        if number == 0:
            case = _case(content, faults)
        elif "files" in content:
            count = content["files"]
            if number != len(lines) - 1:
                faults.append(f"line {number + 1} ends the manifest, and more lines follow")
        else:
            entry = _entry(content)
            if entry is None or entry.path in found:
                fault = "names a file twice" if entry else "does not describe a file"
                faults.append(f"line {number + 1} {fault}")
            elif leaves_the_folder(entry.path):
                faults.append(
                    f"line {number + 1} names {entry.path!r}, which is no path in the project's folder; it is "
                    "not followed"
                )
            else:
                found[entry.path] = entry
    if count is None:
        faults.append("the line that ends the manifest is missing")
    elif count != due - 2:
        faults.append(f"the last line counts {count} files, and {due - 2} are numbered")
    return Manifest(case, tuple(found.values()), chain, tuple(faults))


def _breaks(line: int, content: Mapping[str, Any], due: int, *, chained: bool) -> list[str]:
    """Return in one sentence, if any, how a line does not follow from the line before it."""
    number = content.get("n")
    in_order = type(number) is int and number == due
    if not in_order:
        said = f"has the number {number}, not {due}"
        return [
            f"line {line} {said}"
            if chained
            else f"line {line} does not follow from the line before it: it {said}"
        ]
    if not chained:
        return [
            f"line {line} does not follow from the line before it: one of the two was changed, moved or added"
        ]
    return []


def _case(content: Mapping[str, Any], faults: list[str]) -> str:
    if content.get("format") != FORMAT:
        faults.append(f"line 1 does not say that this is a `{FORMAT}`")
    case = content.get("case")
    return case if isinstance(case, str) else ""


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _entry(content: Mapping[str, Any]) -> Entry | None:
    kinds = {"role": str, "path": str, "size": int, "sha256": str}
    if not all(type(content.get(key)) is kind for key, kind in kinds.items()):
        return None
    return Entry(*(content[key] for key in kinds), link=content.get("link") is True)
