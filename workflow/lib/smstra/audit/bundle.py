"""One zip with a case, its sources and the workflow, that a stranger unpacks, verifies and runs again.

The same files give the same bytes: names are sorted, times and permissions fixed. What a bundle may not hold
(tables and towns that are private) ends it with an error instead of a bundle that cannot be run.
"""

from __future__ import annotations

import copy
import filecmp
import subprocess
import tempfile
import textwrap
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from smstra import __version__, config, folders, job_settings, pins, source_list, strict_yaml
from smstra.audit import manifest, verify
from smstra.audit.verify import Report
from smstra.config import Settings
from smstra.errors import SmstraError, listing
from smstra.selection_rules import own_tables

_USER = "config/config.yaml"
_PAGE = "BUNDLE.md"
# What the user wrote beside cases and descriptions.
_CHOSEN = (
    "config/breaks.yaml",
    "config/refresh.yaml",
    "config/variables.yaml",
    "data/LICENSE.md",
    "data/sources.yaml",
)
# Those that a study may leave to the project.
_OR_SHIPPED = ("config/refresh.yaml", "data/LICENSE.md")
# Of the project, where it is there; what it needs to be set up, run and understood.
_FILES = (
    ".gitignore",
    "CHANGELOG.md",
    "CITATION.cff",
    "LICENSE",
    "Makefile",
    "README.md",
    "config/README.md",
    "pyproject.toml",
    "requirements-cluster.txt",
    "requirements.txt",
    "workflow/Snakefile",
    "workflow/profiles/slurm/config.yaml",
)
# A closed list: notes of one's own that lie in docs/ are nobody else's business.
_DOCUMENTS = (
    *(
        f"docs/{name}.md"
        for name in (
            "audit",
            "cluster",
            "comparison",
            "countries",
            "design",
            "disclosure",
            "faults",
            "figures",
            "flags",
            "module",
            "published",
            "robustness",
            "scale",
            "selection",
            "sources",
            "tutorial",
            "upgrading",
        )
    ),
    "docs/catalogues.py",
    "docs/config_reference.py",
    "docs/examples/disclosure_profile.yaml",
    "docs/faults.py",
    "docs/images/quadrants-de.png",
)
# Where a file that is not packed is named, since it might be missed.
_FOLDERS = ("data/published", "docs", "profiles", "workflow")
_NEVER = ("__pycache__", ".egg-info", ".part", ".lock")
# Every member has the first moment that a zip can hold, and may be read by all.
_TIME, _MODE = (1980, 1, 1, 0, 0, 0), 0o100644
_LEVEL = 6
_HEADER = (
    "# Of the configuration of the run, what concerns this case. What the results rest on stands in\n"
    "# results/<case>/config.resolved.yaml.\n"
)


class Bundle(NamedTuple):
    """A bundle before it is written: its folder, and the content of each member by path in it.

    ``left_out`` are the files of the project's folders that neither the manifest nor the list of
    documents names.
    """

    folder: str
    members: dict[str, Path | bytes]
    left_out: tuple[str, ...]


def write(
    case: str,
    target: Path,
    root: Path = Path(),
    configfiles: Iterable[Path] = (),
    force: bool = False,
    unverified: bool = False,
) -> Bundle:
    """Write the bundle of a case to ``target``, whole or not at all, and return what it holds.

    Parameters
    ----------
    case
        Its name.
    target
        The zip.
    root
        The project's folder.
    configfiles
        The files that the run was given by ``--configfile``, in their order.
    force
        Overwrite ``target``.
    unverified
        Pack the case even if it differs from its manifest; BUNDLE.md then says so.

    Raises
    ------
    SmstraError
        ``target`` is there already; the case has no results, differs from its manifest, was run with
        another configuration, or rests on what must not be handed on.
    """
    if target.is_dir():
        raise SmstraError(f"{target.as_posix()}: this is a folder; name a file in it.")
    if target.exists() and not force:
        raise SmstraError(
            f"{target.as_posix()}: this file is there already; name another, or add `--force` to "
            "overwrite it."
        )
    made = assemble(case, root, configfiles, unverified)
    part = target.with_name(f"{target.name}.part")
    try:
        with zipfile.ZipFile(part, "w") as file:
            for name in sorted(made.members):
                content = made.members[name]
                raw = content if isinstance(content, bytes) else content.read_bytes()
                info = zipfile.ZipInfo(f"{made.folder}/{name}", _TIME)
                info.external_attr, info.create_system = _MODE << 16, 3
                file.writestr(info, raw, zipfile.ZIP_DEFLATED, _LEVEL)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return made


def assemble(
    case: str, root: Path = Path(), configfiles: Iterable[Path] = (), unverified: bool = False
) -> Bundle:
    """Return what the bundle of a case holds; SmstraError as :func:`write`."""
    source_list.check_folder(root)
    user = _merged(source_list.asked(root), configfiles)
    settings = config.load({**user, "cases": [case]}, root)
    _refuse_private(case, settings, root)
    state = _state(case, settings, root, unverified)

    described = _described(case, settings)
    reduced = _of_case(case, user, settings, described)
    members: dict[str, Path | bytes] = dict(_project(case, settings, root, described))
    same = not configfiles and strict_yaml.load(root / _USER) == reduced
    written = _HEADER + strict_yaml.dumps(reduced)
    members[_USER] = root / _USER if same else written.encode()
    _refuse_links(members)
    _try(case, members, root)
    members[_PAGE] = _page(case, settings, state, same).encode()
    beside = {path for folder in _FOLDERS for path in _files_in(root, folder)}
    # The bundle has the project's own Snakefile; that of a study may hold more than the import of it.
    beside |= {"Snakefile"} if (root / "Snakefile").is_file() else set()
    both = beside & set(members)
    packed = {path for path in both if filecmp.cmp(members[path], root / path, shallow=False)}
    return Bundle(f"smstra-{case}", members, tuple(sorted(beside - packed)))


def _merged(user: dict[str, Any], files: Iterable[Path]) -> dict[str, Any]:
    """Return the configuration ``user`` with that of ``files`` laid over it, as Snakemake merges them."""
    merged = copy.deepcopy(user)
    for file in files:
        if not file.is_file():
            raise SmstraError(f"{file.as_posix()}: there is no such file; mend the path.")
        _update(merged, strict_yaml.load(file))
    return merged


def _update(into: dict[str, Any], new: Mapping[str, Any]) -> None:
    for key, value in new.items():
        if isinstance(value, Mapping) and isinstance(into.get(key), dict):
            _update(into[key], value)
        else:
            into[key] = value


def _refuse_private(case: str, settings: Settings, root: Path) -> None:
    """Raise SmstraError where the case rests on what must not be handed on."""
    whole = settings.cases[case]
    if whole.get("pseudonymise"):
        raise SmstraError(
            f"{case}: the case is pseudonymised, and a bundle that runs again would have to name its "
            f"towns; publish the folder results/{case}/ instead."
        )
    for key, path in own_tables(whole).items():
        named = f"config/cases/{case}.yaml: `{'.'.join(key)}` names {path}"
        if key[-1] == "known_cases":
            raise SmstraError(
                f"{named}, and that file and robustness/consistent_*.csv name the towns; run the case "
                "without the key, then bundle it."
            )
        if manifest.leaves_the_folder(path) or _ignored([path], root):
            raise SmstraError(
                f"{named}, which lies outside the project or is ignored by git, so it is not handed on "
                "and the bundle could not be run; put a copy that may be handed on into the project, or "
                "remove the key."
            )


def _state(case: str, settings: Settings, root: Path, unverified: bool) -> str:
    """Return in a sentence how the results stand against their manifest; SmstraError if not well."""
    folder = f"results/{case}"
    resolved = root / folder / manifest.RESOLVED
    if not resolved.is_file():
        raise SmstraError(
            f"{folder}/: there are no results to bundle; `snakemake audit --cores 4 --config "
            f"cases={case}` makes them."
        )
    if resolved.read_text(encoding="utf-8") != config.dump(case, settings):
        raise SmstraError(
            f"{folder}/{manifest.RESOLVED}: the results were made with another configuration than config/ "
            "has now; name the file of that run by `--configfile`, or run again."
        )
    try:
        report: Report = verify.check(case, settings, root)
    except SmstraError as error:
        if not unverified:
            raise
        return f"**Not verified when it was packed:** {error}"
    differences = [f"{each.path}: {each.what}" for each in report.differences]
    if not differences:
        return (
            f"When it was packed, all {report.files} files were as the manifest of the run says, and "
            f"{report.types} types computed anew from the sources were those of the results."
        )
    if not unverified:
        raise SmstraError(
            f"{folder}/: not as recorded ({listing(differences, 3)}); `smstra verify {case}` lists all. "
            "Run again, or add `--unverified` to pack it as it is."
        )
    return f"**Not as recorded when it was packed:** {listing(differences, 3)}. `make verify` lists all."


def _described(case: str, settings: Settings) -> list[str]:
    """Return the files of config/datasets/ that the case, a break or a pin needs to be read."""
    named = {name for entry in settings.breaks.values() for name in entry["datasets"]}
    # A pin of a table that nothing describes is an error, and the pins are one file for all cases.
    named |= {pin["id"] for pin in settings.pins} & set(settings.described)
    used = {entry["file"] for entry in job_settings.whole_case(settings, case)["datasets"].values()}
    return sorted(used | {settings.described[name]["file"] for name in named})


def _of_case(
    case: str, user: Mapping[str, Any], settings: Settings, described: list[str]
) -> dict[str, Any]:
    """Return of the user's configuration what concerns the case, and nothing of who asked."""
    reduced: dict[str, Any] = {"cases": [case]}
    overrides = user.get("overrides", {}).get(case)
    if overrides:
        reduced["overrides"] = {case: overrides}
    known = {name for name, entry in settings.described.items() if entry["file"] in described}
    vintages = {name: day for name, day in user.get("vintages", {}).items() if name in known}
    return reduced | ({"vintages": vintages} if vintages else {})


def _project(
    case: str, settings: Settings, root: Path, described: list[str]
) -> Iterator[tuple[str, Path]]:
    """Yield all files of the bundle that are files of the project, with where they lie, sorted by path.

    Of a study, what belongs to the workflow lies in the project's folder, and takes the place of files of
    the same name that the study has: the bundle is a project.
    """
    home = folders.of_workflow(root)
    snapshots = settings.pins_of([case])
    # Only what the run read: a manifest that was tampered with adds nothing to it.
    listed = {entry.path for entry in _manifest(case, root).entries}
    read = manifest.of_project(job_settings.manifest(settings, case), root)
    of_workflow = {*_FILES, *_DOCUMENTS, *(listed & set(read.pop("module")))}
    of_workflow -= set(_ignored(sorted(of_workflow), home))
    found = {name for name in _CHOSEN if (root / name).is_file()}
    found |= listed & {path for paths in read.values() for path in paths}
    found |= {*described, *manifest.case_files(case, root)}
    found |= {pin["file"] for pin in snapshots}
    found |= {
        f"{Path(pin['file']).parent.as_posix()}/pin.yaml" for pin in snapshots if "table" in pin
    }
    found |= set(own_tables(settings.cases[case]).values())
    found -= set(_ignored(sorted(found), root))
    found |= set(_files_in(root, f"results/{case}"))
    found |= {f"results/observations/{name}.csv" for name in settings.cases[case]["datasets"]}
    places = {path: root / path for path in found}
    places |= {path: home / path for path in of_workflow}
    places |= {path: home / path for path in _OR_SHIPPED if path not in places}
    return ((path, places[path]) for path in sorted(places) if places[path].exists())


def _manifest(case: str, root: Path) -> manifest.Manifest:
    """Return the manifest of the case; SmstraError if it is not there."""
    path = f"{manifest.folder_of(case)}/{manifest.MANIFEST}"
    if not (root / path).is_file():
        raise SmstraError(
            f"{path}: there is no manifest, so nothing says which files belong to the case; "
            "`snakemake audit --cores 4` writes it."
        )
    return manifest.read((root / path).read_bytes())


def _files_in(root: Path, folder: str) -> list[str]:
    """Return the files below a folder but for what Python, Snakemake and editors leave there."""
    paths = [path.relative_to(root) for path in (root / folder).rglob("*") if path.is_file()]
    return [
        path.as_posix()
        for path in paths
        if not any(part.startswith(".") or part.endswith(_NEVER) for part in path.parts)
    ]


def _ignored(paths: list[str], root: Path) -> list[str]:
    """Return those of ``paths`` that git is told to ignore; none outside of a git checkout."""
    try:
        asked = subprocess.run(
            ["git", "check-ignore", "--stdin", "-z"],
            cwd=root,
            input="\0".join(paths),
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
    except OSError:
        return []
    return [path for path in asked.stdout.split("\0") if path] if asked.returncode == 0 else []


def _refuse_links(members: Mapping[str, Path | bytes]) -> None:
    """Raise SmstraError for a file that is a link, or lies behind one: what it leads to may be anything."""
    for name, content in members.items():
        if isinstance(content, bytes):
            continue
        steps = [content, *content.parents][: name.count("/") + 1]
        if any(step.is_symlink() for step in steps):
            raise SmstraError(
                f"{name}: this is a link, or lies behind one, and a bundle holds plain files of the "
                "project; put the file itself there."
            )


def _try(case: str, members: Mapping[str, Path | bytes], root: Path) -> None:
    """Raise SmstraError if the configuration of the bundle could not be read where it is unpacked."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for name, content in members.items():
            if name.startswith(("config/", "data/")):
                raw = content if isinstance(content, bytes) else content.read_bytes()
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(raw)
        settings, _ = source_list.project(root=folder)
        pins.verify_bytes(settings.pins_of([case]), folder)
        text = config.dump(case, settings)
    if text != (root / f"results/{case}" / manifest.RESOLVED).read_text(encoding="utf-8"):
        raise SmstraError(
            f"{case}: the bundle would be read as another configuration than that of the results; this is "
            "a fault of smstra, please report it."
        )


def _page(case: str, settings: Settings, state: str, same: bool) -> str:
    listed = f"results/{case}/{manifest.MANIFEST}"
    left = "" if same else " `config/config.yaml` is cut down to this case."
    return f"""# {settings.cases[case]["title"]}: a bundle of smstra {__version__}

The case `{case}`: its results, the sources that they are made of, and the workflow that makes them. You
need Python 3.11, pip and make; packages come from the package index, nothing else is fetched.

```
make verify    # is every byte as the run recorded it? all types are computed anew from the sources
make rerun     # run everything again, beside what was shipped, and compare
```

`make verify` ends with `all as recorded`, or names what differs. `make rerun` moves `results/` to
`shipped/`, where nothing is written again, makes `results/` anew and holds it against the manifest that
was shipped.

{textwrap.fill(state, 100)}

- `results/{case}/README.md` says what each file is, `CITATION.cff` beside it how to cite it. The figures
  remain under their publishers' terms ([data/LICENSE.md](data/LICENSE.md)), the code is under the MIT
  licence ([LICENSE](LICENSE)).
- `{listed}` lists every file with its hash. Keep its last line, or a signature of it, elsewhere:
  whoever can change the files can write a new manifest.
- What is private is never packed: tables outside the project or ignored by git, private mappings, who
  asked for the run, logs, other cases.{left}
"""
