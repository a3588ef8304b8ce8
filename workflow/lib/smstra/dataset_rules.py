"""What schemas cannot say of vocabulary, datasets, pins and breaks: that their names fit together."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any

from smstra import year_columns
from smstra.errors import ConfigError, listing, nearest
from smstra.schema import Key, dotted
from smstra.vocabulary import Datasets, Variables, as_list

# What a dataset says of its codes; the tables of `live` share it.
CODES = (
    "code_system",
    "geography_date",
    "code_lists",
    "code_changes",
    "code_prefixes",
    "country_unit",
)
SOURCES = ("eurostat", "download", "bestat", "walstat", "by_hand")
# What a table may hold.
SECTIONS = ("variables", "register", "changes", "membership", "boundaries")
# Columns that readers add by themselves.
MADE_BY_READERS = ("file", "sheet", year_columns.HEADER)
# Keys that only some formats have.
KEYS_OF_FORMAT = {
    "delimited": (
        "encoding",
        "fallback_encoding",
        "delimiter",
        "quote",
        "complete_lines",
        "header_row",
        "table_ends",
        "member",
        "renamed",
        "other_columns",
    ),
    "spreadsheet": (
        "sheets",
        "sheet_of_year",
        "table_ends",
        "header_row",
        "renamed",
        "other_columns",
    ),
    "parquet": ("renamed", "other_columns"),
    "bestat": ("renamed", "other_columns"),
    "json": ("records", "nested", "renamed", "other_columns"),
}


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


def where_pinned(pin: Mapping[str, Any]) -> str:
    """Return the file in which a pin stands."""
    beside = pin["file"].rsplit("/", 1)[0] + "/pin.yaml"
    return beside if "table" in pin else "data/sources.yaml"


def check_datasets(datasets: Datasets, variables: Variables, pins: list[dict[str, Any]]) -> None:
    """Raise ConfigError where a dataset's description does not hold together."""
    pinned: dict[str, list[str]] = {}
    seen = set()
    for pin in pins:
        # A fetched vintage may have several files, each of a table of its own or of one year.
        key = (pin["id"], pin["vintage"], pin["file"] if "table" in pin else "")
        if key in seen:
            raise ConfigError(
                f"{where_pinned(pin)}: dataset '{pin['id']}' is pinned twice as vintage "
                f"'{pin['vintage']}'; give each vintage a name of its own."
            )
        seen.add(key)
        pinned.setdefault(pin["id"], []).append(pin["vintage"])
        if pin["id"] not in datasets:
            name = pin["id"]
            raise ConfigError(
                f"{where_pinned(pin)}: a snapshot is pinned for the dataset '{name}', which no file "
                f"in config/datasets describes{nearest(name, datasets)}; describe it or mend `id`."
            )
    for pin in pins:
        dates = pin["reference_dates"]
        for path, date in (
            (("date_accessed",), pin["date_accessed"]),
            (("reference_dates", "first"), dates["first"]),
            (("reference_dates", "last"), dates["last"]),
        ):
            real_date(where_pinned(pin), (pin["id"], *path), date)
        if dates["last"] < dates["first"]:
            raise ConfigError(
                f"{where_pinned(pin)}: `{pin['id']}.reference_dates` end ({dates['last']}) before they "
                f"begin ({dates['first']}); write the later one as `last`."
            )
        tables = datasets[pin["id"]].get("live", {}).get("tables", {})
        if "table" in pin and pin["table"] not in tables:
            raise ConfigError(
                f"{datasets[pin['id']]['file']}: `{pin['id']}.live.tables` does not describe "
                f"'{pin['table']}', of which a file is pinned ({pin['file']}); describe the table as it "
                "was, or remove that vintage's folder."
            )
    for name, entry in datasets.items():
        _check_dataset(name, entry, datasets, variables, pinned)


def _check_dataset(
    name: str, entry: Mapping[str, Any], datasets: Datasets, variables: Variables, pinned: Datasets
) -> None:
    file = entry["file"]
    shared = {key: entry[key] for key in CODES if key in entry}
    if "vintage" in entry:
        _check_vintage(name, entry, pinned)
    elif "live" not in entry or "format" in entry:
        raise ConfigError(
            f"{file}: `{name}` lacks the key 'vintage'; add `vintage: ...` (one of the pins in "
            "data/sources.yaml), or describe by `live` how it is fetched."
        )
    for key, section in (("code_lists", "register"), ("code_changes", "changes")):
        for other in as_list(entry.get(key, [])):
            able = [each for each, described in datasets.items() if section in held_by(described)]
            if other not in able:
                raise unknown(file, (name, key), other, able, f"dataset with `{section}`")
    _check_codes_date(file, (name,), entry)
    if "format" in entry:
        _check_reading(file, (name,), entry, datasets, variables)
    for table, how in entry.get("live", {}).get("tables", {}).items():
        place = (name, "live", "tables", table)
        _check_source(file, place, how)
        _check_codes_date(file, place, how)
        _check_reading(file, place, {**shared, **how}, datasets, variables)
    if "live" in entry and "format" in entry:
        _check_same_content(name, entry)


def held_by(described: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a description that says what the dataset holds: of a table of `live` if need be."""
    tables = described.get("live", {}).get("tables", {})
    return described if "format" in described or not tables else next(iter(tables.values()))


def _check_vintage(name: str, entry: Mapping[str, Any], pinned: Datasets) -> None:
    file = entry["file"]
    if name not in pinned and "format" not in entry:
        raise ConfigError(
            f"{file}: `{name}.vintage` is '{entry['vintage']}', but the dataset was never fetched; leave "
            f"`vintage` out until `snakemake refresh --config datasets={name}` has fetched one."
        )
    if name not in pinned:
        raise ConfigError(
            f"{file}: the dataset '{name}' has no snapshot in data/sources.yaml"
            f"{nearest(name, pinned)}; pin one (`smstra pin FILE` prints the lines)."
        )
    if entry["vintage"] not in pinned[name]:
        raise ConfigError(
            f"{file}: `{name}.vintage` is '{entry['vintage']}'"
            f"{nearest(entry['vintage'], pinned[name])}; data/sources.yaml pins "
            f"{listing(sorted(set(pinned[name])))}."
        )
    if "format" not in entry and "live" not in entry:
        raise ConfigError(
            f"{file}: `{name}` lacks the key 'format'; add `format: ...` (form of the file)."
        )


def _check_same_content(name: str, entry: Mapping[str, Any]) -> None:
    """A fetched vintage must hold what the one in use holds, or adopting it would lose something."""
    for section in ("register", "changes", "membership", "boundaries"):
        for table, how in entry["live"]["tables"].items():
            if section in entry and section not in how:
                raise ConfigError(
                    f"{entry['file']}: `{name}.live.tables.{table}` lacks the key '{section}', which "
                    f"`{name}` has; add it, so that a new vintage can take the place of the one in use."
                )
    held = {
        variable
        for how in entry["live"]["tables"].values()
        for variable in how.get("variables", {})
    }
    lost = [variable for variable in entry.get("variables", {}) if variable not in held]
    if lost:
        raise ConfigError(
            f"{entry['file']}: no table of `{name}.live.tables` holds {listing(lost)}, which "
            f"`{name}.variables` names; add it to a table, so that a new vintage can take the place of "
            "the one in use."
        )


def _check_codes_date(file: str, place: Key, entry: Mapping[str, Any]) -> None:
    if entry.get("geography_date", "each_date") != "each_date":
        real_date(file, (*place, "geography_date"), entry["geography_date"])


def _check_format(file: str, place: Key, entry: Mapping[str, Any]) -> None:
    """Check that the keys are those of the format, and all that it needs."""
    form, shown = entry["format"], ".".join(str(part) for part in place)
    every = {key for keys in KEYS_OF_FORMAT.values() for key in keys}
    for key in every & set(entry):
        if key not in KEYS_OF_FORMAT.get(form, ()):
            able = [each for each, keys in KEYS_OF_FORMAT.items() if key in keys]
            raise ConfigError(
                f"{file}: {dotted((*place, key))} is a key for the format {' or '.join(able)}, but "
                f"`{shown}.format` is {form}; remove one of them."
            )
    if form == "delimited":
        for key in ("encoding", "delimiter"):
            if key not in entry:
                raise ConfigError(
                    f"{file}: `{shown}` is delimited text and lacks the key '{key}'; add `{key}: ...`."
                )
    if form == "json" and "records" not in entry:
        raise ConfigError(
            f"{file}: `{shown}` is JSON and lacks the key 'records'; add `records: ...`, the key of its list "
            "of records."
        )
    if {"sheets", "sheet_of_year"} <= set(entry):
        raise ConfigError(
            f"{file}: `{shown}` has both `sheets` and `sheet_of_year`; write one of the two."
        )
    if not any(section in entry for section in SECTIONS):
        raise ConfigError(
            f"{file}: `{shown}` says nothing of what the table holds; add `variables:` (or one of "
            f"{listing(SECTIONS[1:])})."
        )


def _check_level(file: str, place: Key, entry: Mapping[str, Any]) -> None:
    level = entry["level"]
    if not isinstance(level, Mapping):
        return
    ways = [way for way in ("column", "code_length", "by") if way in level]
    if len(ways) != 1:
        raise ConfigError(
            f"{file}: {dotted((*place, 'level'))} names {listing(ways) or 'no way'}; write one of "
            "`column:` with `map:`, `code_length:`, `by: code_lists`."
        )
    if ways == ["by"] and "code_lists" not in entry:
        raise ConfigError(
            f"{file}: {dotted((*place, 'level'))} is looked up in the code lists, but there is no "
            "'code_lists'; name the register of the units."
        )


def _check_source(file: str, place: Key, how: Mapping[str, Any]) -> None:
    """A live table comes from one source, and its address holds a year just where years are given."""
    given = [source for source in SOURCES if source in how]
    fitting = {"eurostat": "eurostat", "bestat": "bestat", "walstat": "delimited"}
    if len(given) != 1:
        raise ConfigError(
            f"{file}: {dotted(place)} names {listing(given) or 'no source'}; write one of "
            f"{listing(SOURCES)} to say where it comes from."
        )
    spec = how[given[0]]
    form = fitting.get(given[0], how["format"])
    if how["format"] != form:
        raise ConfigError(
            f"{file}: {dotted((*place, 'format'))} is {how['format']}, but {given[0]} answers in another form; "
            f"write `format: {form}`."
        )
    if given == ["download"]:
        if ("{year}" in spec["address"]) != ("years" in spec):
            raise ConfigError(
                f"{file}: {dotted((*place, 'download'))} needs both `years:` and `{{year}}` in its "
                "address, or neither; add what is lacking."
            )
        if "save_as" in spec and ("{year}" in spec["save_as"]) != ("years" in spec):
            raise ConfigError(
                f"{file}: {dotted((*place, 'download', 'save_as'))} needs `{{year}}` just where the address "
                "has it, or the files of all years would bear one name; mend it."
            )
        if "next" in spec and "years" in spec:
            raise ConfigError(
                f"{file}: {dotted((*place, 'download'))} has both `years:` and `next:`; write one of the two."
            )
        if "next" in spec and form != "json":
            raise ConfigError(
                f"{file}: {dotted((*place, 'download', 'next'))} is a key of JSON, but `format` is {form}; "
                "remove one of them."
            )
        if "years" in spec and spec["years"]["last"] < spec["years"]["first"]:
            raise ConfigError(
                f"{file}: {dotted((*place, 'download', 'years'))} end before they begin; write the "
                "later one as `last`."
            )
    by = spec.get("split_by")
    years = all(spec.get(end, "").isdigit() for end in ("first", "last"))
    if by is not None and by not in spec["filters"] and not (by == "TIME_PERIOD" and years):
        raise ConfigError(
            f"{file}: {dotted((*place, 'eurostat', 'split_by'))} is '{by}'; write a dimension of `filters` "
            f"({listing(spec['filters'])}), or TIME_PERIOD with years as `first` and `last`."
        )
    if given == ["eurostat"] and spec.get("first", "") > spec.get("last", "9999"):
        raise ConfigError(
            f"{file}: {dotted((*place, 'eurostat'))} ends before it begins; write the later period as "
            "`last`."
        )


def _check_reading(
    file: str, place: Key, entry: Mapping[str, Any], datasets: Datasets, variables: Variables
) -> None:
    """Check how a table is read: that its keys fit together and name columns that it has."""
    shown = ".".join(str(part) for part in place)
    _check_format(file, place, entry)
    columns = [*entry.get("columns", [])]
    if entry["format"] not in ("geojson", "eurostat") and not columns:
        raise ConfigError(
            f"{file}: `{shown}` lacks the key 'columns'; add the header of the table as a list."
        )
    for column in entry.get("renamed", {}).values():
        if column not in columns:
            raise unknown(file, (*place, "renamed"), column, columns, "column")
    _check_made_columns(file, place, entry, columns)
    # What a reader adds: columns made of others, the name of the sheet, and of the file.
    columns += entry.get("made_columns", []) if columns else []
    columns += (
        [
            "file",
            year_columns.HEADER,
            *(["sheet"] if {"sheets", "sheet_of_year"} & set(entry) else []),
        ]
        if columns
        else []
    )
    for number, spec in enumerate(entry.get("exclude", [])):
        if ("values" in spec) == ("pattern" in spec):
            raise ConfigError(
                f"{file}: {dotted((*place, 'exclude', number))} needs either `values:` or `pattern:`; write "
                "one of the two."
            )
        _check_pattern(file, (*place, "exclude", number, "pattern"), spec.get("pattern", ""))
    for path, column in columns_named(entry):
        if entry["format"] == "eurostat" and not columns:
            continue
        if not columns:
            raise ConfigError(
                f"{file}: {dotted((*place, *path))} names the column '{column}', but `{shown}` has no "
                "'columns'; add the header of the table, or remove the key."
            )
        if year_columns.in_header(entry) and path[0] == "variables" and path[2] == "column":
            _check_of_years(file, (*place, *path), column, columns)
        elif column not in columns:
            raise unknown(file, (*place, *path), column, columns, "column")
    for number, part in enumerate(entry.get("register", [])):
        for key in ("valid_from", "valid_to"):
            if "fixed" in part[key]:
                real_date(file, (*place, "register", number, key, "fixed"), part[key]["fixed"])
    if "membership" in entry and entry.get("geography_date", "each_date") == "each_date":
        raise ConfigError(
            f"{file}: `{shown}` says which unit lies where and lacks a 'geography_date'; add the day on "
            'which its codes are valid, for instance `geography_date: "2011-01-01"`.'
        )
    if "variables" in entry:
        _check_figures(file, shown, entry, datasets, variables)


def _check_made_columns(
    file: str, place: Key, entry: Mapping[str, Any], columns: list[str]
) -> None:
    made: list[str] = []
    for name, spec in entry.get("made_columns", {}).items():
        path: Key = (*place, "made_columns", name)
        if name in (*columns, *MADE_BY_READERS):
            raise ConfigError(
                f"{file}: {dotted(path)} is the name of a column that the table has; write another."
            )
        if columns and spec["column"] not in (*columns, *made):
            raise unknown(file, (*path, "column"), spec["column"], (*columns, *made), "column")
        made.append(name)
        _check_pattern(file, (*path, "pattern"), spec["pattern"])
        if not re.compile(spec["pattern"]).groups:
            raise ConfigError(
                f"{file}: {dotted((*path, 'pattern'))} has no group; put the part that makes the column in "
                'brackets, as in "GM([0-9]{4})".'
            )


def _check_of_years(file: str, path: Key, column: str, columns: list[str]) -> None:
    if "{year}" not in column:
        raise ConfigError(
            f"{file}: {dotted(path)} is '{column}', but `date.column` says that the years stand in the header; "
            'write how the columns of all years are named, as in "Population {year}".'
        )
    if not year_columns.columns_of(column, columns):
        raise ConfigError(
            f"{file}: {dotted(path)} is '{column}', and none of the `columns` ({listing(columns[:-2], 12)}) is "
            "named like that with a year in it; mend one of the two."
        )


def _check_pattern(file: str, path: Key, pattern: str) -> None:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ConfigError(
            f"{file}: {dotted(path)} is no regular expression ({error}); mend it, or list the `values`."
        ) from error


def _check_date(file: str, shown: str, entry: Mapping[str, Any]) -> None:
    """Check how the dates of figures are found and written."""
    if "day" in entry["date"]:
        # 29 February is a day of some years.
        try:
            dt.date.fromisoformat(f"2000-{entry['date']['day']}")
        except ValueError as error:
            raise ConfigError(
                f"{file}: `{shown}.date.day` is '{entry['date']['day']}', which is no day of the "
                'calendar; write month and day such as "12-31".'
            ) from error
    elif "assumed" in entry["date"]:
        raise ConfigError(
            f"{file}: `{shown}.date.assumed` says why a day is taken, and there is no `{shown}.date.day`; "
            "write the day, or remove `assumed`."
        )
    if "written" in entry["date"] and year_columns.in_header(entry):
        raise ConfigError(
            f"{file}: `{shown}.date` has `column: header` and `written:`; how the header has the year is said "
            "by the column of each variable, so remove `written`."
        )
    if {"written", "fixed"} <= set(entry["date"]):
        raise ConfigError(
            f"{file}: `{shown}.date` has both `fixed:` and `written:`; `written` is how a column has the year, "
            "so remove one of the two."
        )
    if ("column" in entry["date"]) == ("fixed" in entry["date"]):
        raise ConfigError(
            f"{file}: `{shown}.date` needs either `column:` (a year a row) or `fixed:` (one year); "
            "write one of the two."
        )


def _check_figures(
    file: str, shown: str, entry: Mapping[str, Any], datasets: Datasets, variables: Variables
) -> None:
    """Check what is said of figures: keys, codes or names, dates, variables."""
    place = tuple(shown.split("."))
    for key in ("unit", "level", "date", "missing", "geography_date"):
        if key not in entry:
            raise ConfigError(
                f"{file}: `{shown}` has variables but lacks the key '{key}'; add `{key}: ...`."
            )
    if "code_lists" not in entry and "code_prefixes" not in entry:
        raise ConfigError(
            f"{file}: `{shown}` lacks 'code_lists' (or 'code_prefixes'), without which no code can "
            "be checked; name the register of its units."
        )
    _check_level(file, place, entry)
    sign = "," if entry.get("decimal") == "comma" else "."
    if sign in entry.get("take_out", []):
        raise ConfigError(
            f"{file}: `{shown}.take_out` names '{sign}', which is the decimal sign; remove it, or write "
            f"`decimal: {'point' if sign == ',' else 'comma'}`."
        )
    if "names" in entry["unit"] and entry["geography_date"] == "each_date":
        raise ConfigError(
            f"{file}: `{shown}.unit.names` looks units up by their names of one day, so `geography_date` must "
            'be a day such as "2025-01-01".'
        )
    for variable, spec in entry["variables"].items():
        kind = variables.get(variable, {}).get("kind")
        if spec.get("sum_rows") and kind not in (None, "count", "area"):
            raise ConfigError(
                f"{file}: `{shown}.variables.{variable}.sum_rows` would add up rows of a {kind}; only counts "
                "and areas may be summed, so remove it."
            )
    if "flags" not in entry and any("flags_column" in v for v in entry["variables"].values()):
        raise ConfigError(
            f"{file}: `{shown}` has a column of flags and lacks the key 'flags'; add `flags: eurostat`, the "
            "code list that they are held against."
        )
    spoken = {
        each
        for register in entry.get("code_lists", [])
        for part in held_by(datasets[register])["register"]
        for each in part["names"]
    }
    for language in as_list(entry["unit"].get("names", [])):
        if language not in spoken:
            raise unknown(file, (*place, "unit", "names"), language, spoken, "language")
        if not isinstance(entry["level"], str):
            raise ConfigError(
                f"{file}: `{shown}.unit.names` looks units up by name, so `{shown}.level` must be one "
                "level; write its name."
            )
    _check_date(file, shown, entry)
    for variable in entry["variables"]:
        if variable not in variables:
            raise unknown(file, (*place, "variables"), variable, variables, "variable")
        if variables[variable]["dates"] == "day" and "day" not in entry["date"]:
            raise ConfigError(
                f"{file}: '{variable}' is counted on a day, so `{shown}.date` needs `day:`"
                '; add month and day, for instance `day: "01-01"`.'
            )


def columns_named(entry: Mapping[str, Any]) -> Iterable[tuple[Key, str]]:
    """Yield the place and name of every column that a description mentions."""
    for column in entry.get("unused_columns", {}):
        yield ("unused_columns",), column
    for key in ("unit", "date"):
        if "column" in entry.get(key, {}):
            yield (key, "column"), entry[key]["column"]
    for number, spec in enumerate(entry.get("exclude", [])):
        yield ("exclude", number, "column"), spec["column"]
    if isinstance(entry.get("level"), Mapping) and "column" in entry["level"]:
        yield ("level", "column"), entry["level"]["column"]
    for name, spec in entry.get("variables", {}).items():
        yield ("variables", name, "column"), spec["column"]
        for column in as_list(spec.get("flags_column", [])):
            yield ("variables", name, "flags_column"), column
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
