"""What schemas cannot say of vocabulary, datasets, pins and breaks: that their names fit together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from smstra.errors import ConfigError, listing, nearest
from smstra.schema import Key, dotted
from smstra.vocabulary import Datasets, Variables, as_list


def unknown(file: str, path: Key, name: str, known: Iterable[str], what: str) -> ConfigError:
    """Return the error for a name that is none of ``known``: the nearest one, and all of them."""
    options = sorted(known)
    offer = f"write one of {listing(options, 40)}" if options else f"no {what} is defined"
    return ConfigError(
        f"{file}: {dotted(path)} names the {what} '{name}', which is not known"
        f"{nearest(name, options)}; {offer}."
    )


def real_date(file: str, path: Key, date: str) -> None:
    """Raise ConfigError where ``date``, a day or a year, is not in the calendar."""
    try:
        dt.date.fromisoformat(date if len(date) > 4 else f"{date}-01-01")
    except ValueError as error:
        raise ConfigError(
            f"{file}: {dotted(path)} is '{date}', which is no day of the calendar ({error}); "
            "write a date as 2005-01-01."
        ) from error


def check_variables(variables: Variables, added: Iterable[str] = ()) -> None:
    """Raise ConfigError where a variable is made of one that there is not.

    ``added`` are those of the user's own config/variables.yaml.
    """
    for name, entry in variables.items():
        file = "config/variables.yaml" if name in added else "workflow/internal/variables.yaml"
        rebuilt = entry.get("rebuilt_from", {})
        for path, parts in (
            ((name, "sum_of"), entry.get("sum_of", [])),
            ((name, "rebuilt_from", "numerator"), rebuilt.get("numerator", [])),
            ((name, "rebuilt_from", "denominator"), rebuilt.get("denominator", [])),
        ):
            for part in parts:
                if part not in variables:
                    raise unknown(file, path, part, variables, "variable")


def check_datasets(datasets: Datasets, variables: Variables, pins: list[dict[str, Any]]) -> None:
    """Raise ConfigError where a dataset's description does not hold together."""
    pinned: dict[str, list[str]] = {}
    for pin in pins:
        if pin["vintage"] in pinned.setdefault(pin["id"], []):
            raise ConfigError(
                f"data/sources.yaml: dataset '{pin['id']}' is pinned twice as vintage "
                f"'{pin['vintage']}'; give each vintage a name of its own."
            )
        pinned[pin["id"]].append(pin["vintage"])
    for name in pinned:
        if name not in datasets:
            raise ConfigError(
                f"data/sources.yaml: a snapshot is pinned for the dataset '{name}', which no file "
                f"in config/datasets describes{nearest(name, datasets)}; describe it or mend `id`."
            )
    for pin in pins:
        dates = pin["reference_dates"]
        for path, date in (
            (("date_accessed",), pin["date_accessed"]),
            (("reference_dates", "first"), dates["first"]),
            (("reference_dates", "last"), dates["last"]),
        ):
            real_date("data/sources.yaml", (pin["id"], *path), date)
        if dates["last"] < dates["first"]:
            raise ConfigError(
                f"data/sources.yaml: `{pin['id']}.reference_dates` end ({dates['last']}) before they "
                f"begin ({dates['first']}); write the later one as `last`."
            )
    for name, entry in datasets.items():
        _check_dataset(name, entry, datasets, variables, pinned)


def _check_dataset(
    name: str, entry: Mapping[str, Any], datasets: Datasets, variables: Variables, pinned: Datasets
) -> None:
    file = entry["file"]
    if name not in pinned:
        raise ConfigError(
            f"{file}: the dataset '{name}' has no snapshot in data/sources.yaml"
            f"{nearest(name, pinned)}; pin one (`smstra pin FILE` prints the lines)."
        )
    if entry["vintage"] not in pinned[name]:
        raise ConfigError(
            f"{file}: `{name}.vintage` is '{entry['vintage']}'"
            f"{nearest(entry['vintage'], pinned[name])}; data/sources.yaml pins "
            f"{listing(pinned[name])}."
        )
    if entry["format"] == "csv" and "columns" not in entry:
        raise ConfigError(
            f"{file}: `{name}` lacks the key 'columns'; add the header of the table as a list."
        )
    for key, section in (("code_lists", "register"), ("code_changes", "changes")):
        for other in as_list(entry.get(key, [])):
            able = [each for each, described in datasets.items() if section in described]
            if other not in able:
                raise unknown(file, (name, key), other, able, f"dataset with `{section}`")
    columns = entry.get("columns", [])
    for path, column in _columns_named(entry):
        if not columns:
            raise ConfigError(
                f"{file}: {dotted((name, *path))} names the column '{column}', but `{name}` has no "
                "'columns'; add the header of the table, or remove the key."
            )
        if column not in columns:
            raise unknown(file, (name, *path), column, columns, "column")
    if entry.get("geography_date", "each_date") != "each_date":
        real_date(file, (name, "geography_date"), entry["geography_date"])
    for number, part in enumerate(entry.get("register", [])):
        for key in ("valid_from", "valid_to"):
            if "fixed" in part[key]:
                real_date(file, (name, "register", number, key, "fixed"), part[key]["fixed"])
    if "membership" in entry and entry.get("geography_date", "each_date") == "each_date":
        raise ConfigError(
            f"{file}: `{name}` says which unit lies where and lacks a 'geography_date'; add the day on "
            'which its codes are valid, for instance `geography_date: "2011-01-01"`.'
        )
    if "variables" in entry:
        _check_figures(name, entry, datasets, variables)


def _check_figures(
    name: str, entry: Mapping[str, Any], datasets: Datasets, variables: Variables
) -> None:
    """Check what a dataset says of its figures: keys, codes or names, dates, variables."""
    file = entry["file"]
    for key in ("unit", "level", "date", "missing", "geography_date"):
        if key not in entry:
            raise ConfigError(
                f"{file}: `{name}` has variables but lacks the key '{key}'; add `{key}: ...`."
            )
    if "code_lists" not in entry and "code_prefixes" not in entry:
        raise ConfigError(
            f"{file}: `{name}` lacks 'code_lists' (or 'code_prefixes'), without which no code can "
            "be checked; name the register of its units."
        )
    language = entry["unit"].get("names")
    if language is not None:
        spoken = {
            each
            for register in entry.get("code_lists", [])
            for part in datasets[register]["register"]
            for each in part["names"]
        }
        if language not in spoken:
            raise unknown(file, (name, "unit", "names"), language, spoken, "language")
        if not isinstance(entry["level"], str):
            raise ConfigError(
                f"{file}: `{name}.unit.names` looks units up by name, so `{name}.level` must be one "
                "level; write its name."
            )
    if "day" in entry["date"]:
        # 29 February is a day of some years.
        try:
            dt.date.fromisoformat(f"2000-{entry['date']['day']}")
        except ValueError as error:
            raise ConfigError(
                f"{file}: `{name}.date.day` is '{entry['date']['day']}', which is no day of the "
                'calendar; write month and day such as "12-31".'
            ) from error
    if ("column" in entry["date"]) == ("fixed" in entry["date"]):
        raise ConfigError(
            f"{file}: `{name}.date` needs either `column:` (a year a row) or `fixed:` (one year); "
            "write one of the two."
        )
    for variable in entry["variables"]:
        if variable not in variables:
            raise unknown(file, (name, "variables"), variable, variables, "variable")
        if variables[variable]["dates"] == "day" and "day" not in entry["date"]:
            raise ConfigError(
                f"{file}: '{variable}' is counted on a day, so `{name}.date` needs `day:`"
                '; add month and day, for instance `day: "01-01"`.'
            )


def _columns_named(entry: Mapping[str, Any]) -> Iterable[tuple[Key, str]]:
    """Yield the place and name of every column that a dataset's description mentions."""
    for column in entry.get("unused_columns", {}):
        yield ("unused_columns",), column
    for key in ("unit", "date", "exclude"):
        if "column" in entry.get(key, {}):
            yield (key, "column"), entry[key]["column"]
    if isinstance(entry.get("level"), Mapping) and "column" in entry["level"]:
        yield ("level", "column"), entry["level"]["column"]
    for name, spec in entry.get("variables", {}).items():
        yield ("variables", name, "column"), spec["column"]
        if "flags_column" in spec:
            yield ("variables", name, "flags_column"), spec["flags_column"]
        for column in spec.get("where", {}):
            yield ("variables", name, "where"), column
    for key in ("old", "new", "effective", "kind"):
        if "changes" in entry:
            yield ("changes", key), entry["changes"][key]
    if "membership" in entry:
        yield ("membership", "unit"), entry["membership"]["unit"]
        for level, column in entry["membership"]["levels"].items():
            yield ("membership", "levels", level), column
    for number, part in enumerate(entry.get("register", [])):
        for key in ("level", "code", "parent", "valid_from", "valid_to"):
            if isinstance(part.get(key), Mapping) and "column" in part[key]:
                yield ("register", number, key), part[key]["column"]
        for language, column in part["names"].items():
            if isinstance(column, str):
                yield ("register", number, "names", language), column


def check_breaks(breaks: Datasets, datasets: Datasets, variables: Variables) -> None:
    """Raise ConfigError where the register of breaks names what there is not."""
    for name, entry in breaks.items():
        for dataset in entry["datasets"]:
            if dataset not in datasets:
                raise unknown(
                    "config/breaks.yaml", (name, "datasets"), dataset, datasets, "dataset"
                )
        for variable in entry["variables"]:
            if variable not in variables:
                raise unknown(
                    "config/breaks.yaml", (name, "variables"), variable, variables, "variable"
                )
        for key in ("effective", "transition_until"):
            if key in entry:
                real_date("config/breaks.yaml", (name, key), entry[key])
        if entry.get("transition_until", entry["effective"]) < entry["effective"]:
            raise ConfigError(
                f"config/breaks.yaml: `{name}.transition_until` {entry['transition_until']} lies before "
                f"`effective` {entry['effective']}; write the later day."
            )
