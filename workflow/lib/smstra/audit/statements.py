"""What a publication says of an anonymised town, entry by entry: what it allows, how it could be coarser."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from smstra import config, schema, strict_yaml
from smstra.audit.attributes import Column, Material, NotAtHand, column_of, name_of
from smstra.audit.coarsening import Form, forms_of_number, forms_of_words
from smstra.audit.k_anonymity import (
    SINGLE,
    Condition,
    Range,
    in_words,
    missing,
    printed_form,
    printed_range,
)
from smstra.errors import ConfigError, listing, nearest
from smstra.sources.names import bare_name

SCHEMA = config.WORKFLOW / "schemas/disclosure_profile.schema.yaml"


class Statement(NamedTuple):
    """One thing that is said: its name, how it is printed, what it allows, coarser forms, remarks.

    ``condition`` is None where nothing at hand can check it; ``remarks`` say why, or what else a
    reader must know of the figures.
    """

    name: str
    says: str
    condition: Condition | None
    forms: tuple[Form, ...]
    remarks: tuple[str, ...]


def profile(path: Path) -> dict[str, Any]:
    """Return the profile in ``path``, held against its schema.

    Raises
    ------
    ConfigError
        The file is missing or no such profile: one sentence with file, key and remedy.
    """
    name = path.as_posix()
    found = strict_yaml.load(path)
    schema.check(found, SCHEMA, lambda _: name)
    for place, entry in enumerate(found["says"], start=1):
        if ("attribute" in entry) == ("share" in entry):
            raise ConfigError(
                f"{name}: `says[{place}]` must have either `attribute` or `share`; write one of the two."
            )
        if "share" in entry and "date" in entry:
            raise ConfigError(
                f"{name}: `says[{place}].date` stands beside `share`, which has its own date; remove it."
            )
        dates = {"date": entry.get("date"), "share.date": entry.get("share", {}).get("date")}
        for key, date in dates.items():
            if date is not None and not _in_calendar(date):
                raise ConfigError(
                    f"{name}: `says[{place}].{key}` is '{date}', which is no day of the calendar; write a "
                    'date such as "2005-01-01".'
                )
        for key in ("attribute", "value", "tolerance"):
            if key in entry:
                # Blanks of print, such as the narrow one in 16 000, are blanks.
                entry[key] = " ".join(entry[key].split())
                if not entry[key].isprintable():
                    raise ConfigError(
                        f"{name}: `says[{place}].{key}` holds a sign that cannot be seen; delete it."
                    )
    return found


def _in_calendar(date: str) -> bool:
    """Return whether a day, or a year, is in the calendar."""
    try:
        dt.date.fromisoformat(date if len(date) > 4 else f"{date}-01-01")
    except ValueError:
        return False
    return True


def needs_figures(says: Iterable[Mapping[str, Any]], at_hand: Iterable[str]) -> bool:
    """Return whether any entry asks for more than the attributes ``at_hand``, as they are."""
    known = set(at_hand)
    return any(
        "share" in entry or "date" in entry or entry["attribute"] not in known
        for entry in says
        if not entry.get("unchecked", False)
    )


def statements(
    says: Iterable[Mapping[str, Any]], material: Material, file: str
) -> tuple[list[Statement], pd.DataFrame]:
    """Return what is said as statements, and the table with a column for each that can be checked.

    Parameters
    ----------
    says
        As in the profile's schema.
    file
        The file that a message names.

    Returns
    -------
    tuple
        The statements in their order; and one row a unit of the case, in the order of ``units``, with
        the columns that the conditions name.

    Raises
    ------
    ConfigError
        An attribute, date, value, class or tolerance that cannot be meant.
    """
    columns: dict[str, pd.Series] = {}
    made = []
    for place, entry in enumerate(says, start=1):
        where = f"{file}: `says[{place}]`"
        name = name_of(entry)
        if name in {statement.name for statement in made}:
            raise ConfigError(f"{where} says '{name}' a second time; keep one of the two.")
        if entry.get("unchecked", False):
            remark = "no figure at hand says it of the units"
            made.append(Statement(name, entry["value"], None, (), (remark,)))
            continue
        try:
            column = column_of(entry, material, where)
        except NotAtHand as lacking:
            made.append(Statement(name, entry["value"], None, (), (str(lacking),)))
            continue
        made.append(_statement(name, entry, column, material, where))
        columns[name] = column.values.reindex(material.units["unit"])
    table = pd.DataFrame(columns, index=pd.Index(material.units["unit"], name="unit"))
    return made, table.reset_index()


def _statement(
    name: str, entry: Mapping[str, Any], column: Column, material: Material, where: str
) -> Statement:
    forms, read = (_of_number if column.called is None else _of_class)(
        name, entry, column, material, where
    )
    remarks = [read, *column.remarks]
    units = len(material.units)
    lacking = int(missing(column.values.reindex(material.units["unit"])).sum())
    if lacking:
        remarks.append(f"no value for {lacking} of {units} units, which count as fitting")
    if entry.get("keep", False):
        forms = forms[:1]
    condition = Condition(name, forms[0].allowed)
    return Statement(name, entry["value"], condition, tuple(forms), tuple(filter(None, remarks)))


def _of_class(
    name: str, entry: Mapping[str, Any], column: Column, _: Material, where: str
) -> tuple[list[Form], str]:
    """Return the forms of a class, and in words how the entry is read."""
    text = entry["value"]
    for key in ("tolerance", "compares"):
        if entry.get(key, "class") != "class":
            raise ConfigError(
                f"{where}.{key} is for numbers, and '{name}' is a class; remove the key."
            )
    allowed = _classes(text, column.called, f"{where}.value")
    said = " or ".join(sorted(allowed))
    return forms_of_words(text, allowed), "" if said == text else f"'{text}' is read as {said}"


def _of_number(
    _: str, entry: Mapping[str, Any], column: Column, material: Material, where: str
) -> tuple[list[Form], str]:
    """Return the forms of a number or a range, and in words how the entry is read."""
    text = entry["value"]
    try:
        form, numbers = printed_form(text)
        allowed = printed_range(text, entry.get("tolerance"))
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from None
    is_ = "value" if form in SINGLE else "range"
    if entry.get("compares", is_) != is_:
        raise ConfigError(
            f"{where}.compares is {entry['compares']}, but '{text}' is "
            f"{'one number' if is_ == 'value' else 'a range'}; write {is_}, or leave `compares` out."
        )
    classes = _size_ranges(material) if _is_size(entry, material) else []
    unit = f" {column.unit_of_measure}" if column.unit_of_measure else ""
    read = f"'{text}' is read as {in_words(allowed)}{unit}"
    doubts = [read, *_doubts(text, min(numbers) < 0, column.values)]
    return forms_of_number(text, allowed, classes), "; ".join(doubts)


def _doubts(text: str, negative: bool, values: pd.Series) -> list[str]:
    """Return what cannot well be meant of a number, seen from the values that the units have."""
    known = values.dropna()
    doubts = []
    if re.search(r"[0-9]\.[0-9]{3}(?![0-9])", text) and (known == known.round()).all():
        doubts.append(
            "the point is read as a decimal one, but the figures are whole numbers: if it parts "
            "thousands, leave it out"
        )
    if negative and (known >= 0).all():
        doubts.append("a number below 0 is said, and no unit has one")
    return doubts


def _classes(text: str, called: Mapping[str, str], where: str) -> frozenset[str]:
    """Return the classes that ``text`` names; ``called`` maps each plain name to a class."""
    whole = called.get(bare_name(text))
    if whole is not None:
        return frozenset([whole])
    found = []
    for part in text.split(" or "):
        if bare_name(part) not in called:
            raise ConfigError(
                f"{where} '{part.strip()}' is no class of this attribute"
                f"{nearest(bare_name(part), called)}; it has {listing(sorted(set(called.values())), 30)}."
            )
        found.append(called[bare_name(part)])
    return frozenset(found)


def _is_size(entry: Mapping[str, Any], material: Material) -> bool:
    """Return whether an entry is the number of inhabitants that the size classes are made of."""
    case = material.settings["case"]
    sizes, attribute = case["size_classes"]["inhabitants"], entry.get("attribute")
    if attribute == "inhabitants":
        return True
    spec = case["indicators"].get(attribute, {})
    return spec.get("definition") == "level" and spec.get("of") == sizes["variable"]


def _size_ranges(material: Material) -> list[tuple[str, Range]]:
    """Return the bounds of the case's size classes; two classes may share them."""
    found = {}
    for entry in material.settings["case"]["size_classes"]["classes"]:
        low, high = entry.get("from", float("-inf")), entry.get("below", float("inf"))
        allowed = Range(float(low), float(high), "from" in entry, False)
        found[in_words(allowed)] = allowed
    return list(found.items())
