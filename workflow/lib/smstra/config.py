"""Configuration: read what the user wrote, merge differences, check it, resolve every case."""

from __future__ import annotations

import datetime as dt
import math
import re
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smstra import (
    case_rules,
    dataset_rules,
    resolved,
    schema,
    selection_rules,
    strict_yaml,
    vintages,
    vocabulary,
)
from smstra.across import rules as across_rules
from smstra.errors import ConfigError, listing, nearest
from smstra.pins import vintages_of

# workflow/lib/smstra/config.py -> workflow
WORKFLOW = Path(__file__).resolve().parents[2]


_MANNERS = "config/refresh.yaml"
# Folders in results/ that are no case's.
_RESERVED = ("observations", "settings", "logs", "refresh", "private", across_rules.FOLDER)
# Keys of the user that no figure depends on.
_ASIDE = ("datasets", "new_vintage", "asked_by", "private_mapping", "comparison")


@dataclass
class Origins:
    """Which file set which key, so that a message names the file to mend."""

    default: str
    files: dict[schema.Key, str] = field(default_factory=dict)

    def of(self, path: schema.Key) -> str:
        for length in range(len(path), 0, -1):
            if path[:length] in self.files:
                return self.files[path[:length]]
        below = [file for key, file in self.files.items() if key[: len(path)] == path]
        return below[0] if below and path else self.default


@dataclass(frozen=True)
class Settings:
    """All that a run was asked: resolved cases, datasets as the vintage in use is read, their whole
    descriptions, pins, vocabulary, breaks, how to refresh, which file set which key of which case, who
    asked, the file behind anonymised localities, and how cases are compared."""

    cases: dict[str, dict[str, Any]]
    datasets: dict[str, dict[str, Any]]
    described: dict[str, dict[str, Any]]
    pins: list[dict[str, Any]]
    variables: dict[str, dict[str, Any]]
    breaks: dict[str, dict[str, Any]]
    refresh: dict[str, Any]
    origins: dict[str, Origins]
    asked_by: str = ""
    private_mapping: str = ""
    comparison: dict[str, Any] | None = None

    def waiting(self, case: str) -> list[str]:
        """Return the datasets of ``case`` that were never fetched."""
        used = vocabulary.datasets_used(self.cases[case], self.datasets)
        return [name for name in used if "vintage" not in self.datasets[name]]

    def pins_of(self, cases: Iterable[str]) -> list[dict[str, Any]]:
        """Return the pins of what ``cases`` read, in the vintages in use."""
        used = {
            name
            for case in cases
            for name in vocabulary.datasets_used(self.cases[case], self.datasets)
        }
        return [pin for pin in self.pins_in_use() if pin["id"] in used]

    def pins_in_use(self) -> list[dict[str, Any]]:
        """Return the pins of the vintages in use."""
        chosen = {(name, entry.get("vintage")) for name, entry in self.datasets.items()}
        return [pin for pin in self.pins if (pin["id"], pin["vintage"]) in chosen]


def load(
    user: Mapping[str, Any],
    root: Path = Path(),
    files: Iterable[Path] = (),
    workflow: Path = WORKFLOW,
    given: str = "config/config.yaml",
) -> Settings:
    """Resolve the configuration ``user`` (what Snakemake merged from ``files`` and --config).

    Parameters
    ----------
    user
        The top-level mapping: ``cases``, ``overrides``, ``vintages``, and what to refresh.
    root
        The folder that holds ``config/`` and ``data/``.
    files
        The configuration files in use; each is read again strictly (a key twice is an error).
    given
        What messages call a configuration that is in no file.

    Raises
    ------
    ConfigError
        One sentence that names the file, the key, what was found and what to write.
    """
    names = _read_strictly(files, root)
    where = " or ".join([*names, "--config"]) if names else given
    user = _choices(user, where, workflow)
    variables = _load_variables(root, workflow)
    breaks = _if_there(root / "config/breaks.yaml", "breaks", workflow, root)
    # How to ask publishers is no choice about figures, so a study that does not say it asks as the project.
    manners = root if (root / _MANNERS).is_file() else workflow.parent
    refresh = _checked(manners / _MANNERS, "refresh", workflow, manners)
    pins = _if_there(root / "data/sources.yaml", "sources", workflow, root).get("snapshots", [])
    pins += vintages.fetched_pins(root, workflow / "schemas/sources.schema.yaml")
    described = load_datasets(root, workflow)
    _choose_vintages(user.get("vintages", {}), described, pins, where)
    dataset_rules.check_datasets(described, variables, pins)
    datasets = {
        name: vintages.in_use(
            entry,
            [p for p in pins if p["id"] == name and p["vintage"] == entry.get("vintage")],
        )
        for name, entry in described.items()
    }
    refresh["user"] = {key: user[key] for key in user if key not in _ASIDE}
    refresh["datasets"] = _to_refresh(user, described, where)
    refresh["new_vintage"] = _new_vintage(user, pins, where)
    dataset_rules.check_breaks(breaks, datasets, variables)

    cases, origins_of = _resolve_cases(user, names, where, root, workflow, datasets, variables)
    return Settings(
        cases,
        datasets,
        described,
        pins,
        variables,
        breaks,
        refresh,
        origins_of,
        user.get("asked_by", ""),
        user.get("private_mapping", ""),
        across_rules.checked(
            user.get("comparison"),
            cases,
            case_files(root),
            where,
            lambda name: _classes_of(name, root, user, where),
        ),
    )


def _classes_of(name: str, root: Path, user: Mapping[str, Any], where: str) -> set[str] | None:
    """Return the size classes of a case that is not in the run; None if its file cannot be read."""
    try:
        case, origins = _load_case(name, root, (), where)
        _merge(case, user.get("overrides", {}).get(name, {}), where, origins)
        return {entry["name"] for entry in case["size_classes"]["classes"]}
    except (ConfigError, KeyError, TypeError, AttributeError):
        # A fault in it is told by a run of that case.
        return None


def _read_strictly(files: Iterable[Path], root: Path) -> list[str]:
    """Read the configuration files in use as YAML without surprises; return their names below ``root``."""
    names = [_relative(Path(file), Path.cwd()) for file in files]
    for name in names:
        strict_yaml.load(root / name)
        unclear = strict_yaml.ambiguous(root / name)
        if unclear:
            raise ConfigError(
                f"{name}, {unclear} is read as a number or as true or false; codes and names are text, "
                f'so write it in quotes, "{unclear.split(": ", 1)[1]}".'
            )
    return names


def _choices(user: Mapping[str, Any], where: str, workflow: Path) -> dict[str, Any]:
    """Return what the user chose, checked against its schema."""
    user = _as_text(user)
    for key in ("cases", "datasets"):
        if isinstance(user.get(key), str):
            # `--config cases=be` and `--config cases=be,de` arrive as text.
            user[key] = [name.strip() for name in user[key].split(",")]
    schema.check(user, workflow / "schemas/config.schema.yaml", lambda path: where)
    return user


def _resolve_cases(
    user: Mapping[str, Any],
    names: list[str],
    where: str,
    root: Path,
    workflow: Path,
    datasets: Mapping[str, Any],
    variables: Mapping[str, Any],
) -> tuple[dict[str, dict[str, Any]], dict[str, Origins]]:
    """Return the cases of the run, with what they extend and the overrides, and which file set which key."""
    for name in user["cases"]:
        if name in _RESERVED:
            raise ConfigError(
                f"{where}: `cases` names '{name}', but results/{name}/ holds what all cases share; "
                "rename the case."
            )
    overrides = user.get("overrides", {})
    for name in overrides:
        # Those of a case that is not run this time may stay, as with `--config cases=be`.
        if name not in user["cases"] and not (root / f"config/cases/{name}.yaml").is_file():
            raise ConfigError(
                f"{where}: `overrides.{name}` changes a case that there is not"
                f"{nearest(name, user['cases'])}; mend the name or remove the override."
            )
    cases: dict[str, dict[str, Any]] = {}
    origins_of: dict[str, Origins] = {}
    for name in user["cases"]:
        case, origins = _load_case(name, root, (), where)
        if "extends" in overrides.get(name, {}):
            raise ConfigError(
                f"{where}: `overrides.{name}.extends` comes too late; write `extends` in "
                f"config/cases/{name}.yaml, or a case of its own."
            )
        setter = " or ".join(_that_override(name, names, root)) or where
        _merge(case, overrides.get(name, {}), f"{setter} (overrides.{name})", origins)
        schema.check(case, workflow / "schemas/case.schema.yaml", origins.of)
        case_rules.check_case(case, datasets, variables, origins.of)
        selection_rules.check_own_tables(case, root, origins.of)
        cases[name] = case
        origins_of[name] = origins
    return cases, origins_of


def case_files(root: Path = Path()) -> list[str]:
    """Return the names of all cases that have a file, sorted."""
    return sorted(path.stem for path in (root / "config/cases").glob("*.yaml"))


def _choose_vintages(
    chosen: Mapping[str, str],
    described: dict[str, dict[str, Any]],
    pins: list[dict[str, Any]],
    where: str,
) -> None:
    """Put the vintages that the user adopts into the descriptions."""
    for name, vintage in chosen.items():
        if name not in described:
            raise dataset_rules.unknown(where, ("vintages",), name, described, "dataset")
        known = vintages_of(pins, name)
        if vintage not in known:
            raise ConfigError(
                f"{where}: `vintages.{name}` is '{vintage}'{nearest(vintage, known)}; at hand are "
                f"{listing(known) or 'none'}. Remove the line; `snakemake refresh --config datasets={name}` "
                "then fetches one."
            )
        described[name]["vintage"] = vintage


def _new_vintage(user: Mapping[str, Any], pins: list[dict[str, Any]], where: str) -> str:
    """Return the name of the vintage that a refresh writes, by the user or by today's date (UTC).

    A copy of the same day that was not fetched keeps its name.
    """
    shipped = {pin["vintage"]: pin["id"] for pin in pins if "table" not in pin}
    if "new_vintage" in user:
        name = user["new_vintage"]
        dataset_rules.real_date(where, ("new_vintage",), name[:10])
        if name in shipped:
            raise ConfigError(
                f"{where}: `new_vintage` is '{name}', the name of a vintage of '{shipped[name]}' that did not "
                "come by a refresh; put a letter behind the day."
            )
        return name
    today = dt.datetime.now(dt.UTC).date().isoformat()
    names = (today, *(f"{today}{letter}" for letter in string.ascii_lowercase))
    return next((name for name in names if name not in shipped), names[-1])


def _to_refresh(
    user: Mapping[str, Any], described: Mapping[str, Mapping[str, Any]], where: str
) -> list[str] | None:
    """Return the datasets that the user names to be refreshed, None for all of the cases."""
    if "datasets" not in user:
        return None
    able = [name for name, entry in described.items() if "live" in entry]
    for name in user["datasets"]:
        if name not in described:
            raise dataset_rules.unknown(where, ("datasets",), name, able, "dataset with `live`")
        if name not in able:
            raise ConfigError(
                f"{where}: `datasets` names '{name}', which has no `live` in {described[name]['file']}, so it "
                "cannot be fetched; describe there where it comes from."
            )
    return user["datasets"]


def _that_override(case: str, names: list[str], root: Path) -> list[str]:
    """Return which of the configuration files hold overrides of ``case``."""
    return [
        name for name in names if case in (strict_yaml.load(root / name).get("overrides") or {})
    ]


def _as_text(value: Any) -> Any:
    """Undo what a YAML 1.1 reader does to unquoted dates; keep everything else as it is."""
    if isinstance(value, Mapping):
        return {str(key): _as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def _checked(path: Path, name: str, workflow: Path, root: Path) -> dict[str, Any]:
    data = strict_yaml.load(path)
    shown = _relative(path, root)
    schema.check(data, workflow / f"schemas/{name}.schema.yaml", lambda key: shown)
    return data


def _if_there(path: Path, name: str, workflow: Path, root: Path) -> dict[str, Any]:
    """Return what a file says that may be left out: no break is known, nothing is pinned, no own variable."""
    return _checked(path, name, workflow, root) if path.is_file() else {}


def _load_variables(root: Path, workflow: Path) -> dict[str, Any]:
    """Return the vocabulary, with the variables of the user's own config/variables.yaml."""
    variables = _checked(workflow / "internal/variables.yaml", "variables", workflow, root)
    added = _if_there(root / "config/variables.yaml", "variables", workflow, root)
    for name in added:
        if name in variables:
            raise ConfigError(
                f"config/variables.yaml: '{name}' is in the vocabulary already; write another name."
            )
    variables |= added
    dataset_rules.check_variables(variables, added)
    return variables


def load_vocabulary(root: Path, workflow: Path = WORKFLOW) -> dict[str, Any]:
    """Return the vocabulary, with the variables of ``root``'s own config/variables.yaml if there is one."""
    return _load_variables(root, workflow)


def _relative(path: Path, root: Path) -> str:
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def load_datasets(root: Path, workflow: Path = WORKFLOW) -> dict[str, dict[str, Any]]:
    """Return the descriptions in config/datasets/ by dataset, each with the ``file`` it stands in."""
    datasets: dict[str, dict[str, Any]] = {}
    for path in sorted((root / "config/datasets").glob("*.yaml")):
        shown = _relative(path, root)
        for name, entry in _checked(path, "dataset", workflow, root).items():
            if name in datasets:
                raise ConfigError(
                    f"{shown}: the dataset '{name}' is described already in "
                    f"{datasets[name]['file']}; rename one of the two."
                )
            datasets[name] = {**entry, "file": shown}
    return datasets


def _load_case(
    name: str, root: Path, above: tuple[str, ...], where: str
) -> tuple[dict[str, Any], Origins]:
    """Return a case with all that it extends, and which file set which key."""
    path = root / "config/cases" / f"{name}.yaml"
    if not path.is_file():
        known = sorted(p.stem for p in path.parent.glob("*.yaml"))
        asked = f"config/cases/{above[-1]}.yaml: `extends`" if above else f"{where}: `cases`"
        raise ConfigError(
            f"{asked} names '{name}', but there is no {_relative(path, root)}"
            f"{nearest(name, known)}; the cases at hand are {listing(known)}."
        )
    if name in above:
        raise ConfigError(
            f"config/cases/{name}.yaml: `extends` runs in a circle "
            f"({' -> '.join([*above, name])}); one of these cases must stand alone."
        )
    case = strict_yaml.load(path)
    shown = _relative(path, root)
    if "extends" not in case:
        return case, Origins(shown)
    parent = case.pop("extends")
    if not isinstance(parent, str) or not re.fullmatch(r"[a-z][a-z0-9-]*", parent):
        raise ConfigError(
            f"{shown}: `extends` is {parent!r}; write the name of one case, as in `extends: be`."
        )
    base, origins = _load_case(parent, root, (*above, name), where)
    _merge(base, case, shown, origins)
    return base, origins


def _merge(
    base: dict[str, Any],
    change: Mapping[str, Any],
    file: str,
    origins: Origins,
    path: schema.Key = (),
) -> None:
    """Lay ``change`` over ``base`` in place: blocks merge, ``null`` removes, the rest replaces."""
    for key, value in change.items():
        here = (*path, key)
        if value is None:
            base.pop(key, None)
            origins.files[here] = file
        elif isinstance(value, Mapping) and isinstance(base.get(key), dict):
            _merge(base[key], value, file, origins, here)
        elif isinstance(value, Mapping):
            base[key] = {}
            origins.files[here] = file
            _merge(base[key], value, file, origins, here)
        else:
            base[key] = value
            origins.files[here] = file


def dump(case: str, settings: Settings) -> str:
    """Return the resolved configuration of ``case`` as YAML: all that its results depend on."""
    return resolved.text(resolved_content(case, settings))


def resolved_content(case: str, settings: Settings) -> dict[str, Any]:
    """Return all that the results of ``case`` depend on: its settings, its datasets, their breaks."""
    whole = settings.cases[case]
    used = vocabulary.datasets_used(whole, settings.datasets)
    return {
        "case": case,
        "settings": whole,
        "datasets": {name: settings.datasets[name] for name in used},
        "breaks": {
            name: entry
            for name, entry in settings.breaks.items()
            if set(entry["datasets"]) & set(used)
        },
    }
