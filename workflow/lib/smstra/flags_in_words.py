"""The flags of a value as sentences: what is substituted, stands in, spans a break or is missing.

The meaning of each flag is that of docs/flags.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from smstra.language import Language
from smstra.pseudonym_rules import TOO_FEW, WITHHELD

# `column:name=value`; the column leads in tables with several values a row.
_FLAG = re.compile(r"(?:(\w+):)?(\w+)=(.*)", re.DOTALL)
_FIGURE = re.compile(r"(\w+):(.+)@(.+)")


def in_words(
    flags: str,
    case: Mapping[str, Any],
    breaks: Mapping[str, Mapping[str, Any]],
    say: Language,
    variables: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[str]:
    """Return the flags of a value, each as a clause without a full stop, in the reader's language.

    Parameters
    ----------
    flags
        A cell of a ``flags`` column: flags joined with ``;``. One that a column leads
        (``varun:level=nuts2:BE21``) is led by the label of that indicator here too.
    case
        With ``indicators`` for those labels.
    breaks
        The register of breaks, for their titles.
    variables
        The vocabulary, for the names of variables with a missing figure; their codes without it.
    """
    said = []
    for flag in flags.split(";"):
        found = _FLAG.fullmatch(flag)
        if found is None:
            # Nothing of a flag that is not known here may get lost.
            said += [flag] if flag else []
            continue
        column, name, value = found.groups()
        text = _one(name, value, case, breaks, say, variables or {})
        if column:
            entry = case.get("indicators", {}).get(column)
            label = say.own(entry["label"]) if entry else column
            text = say("{label}: {remark}", label=label, remark=text)
        said.append(text)
    return said


def kinds(flags: str) -> list[tuple[str, str]]:
    """Return the flags with what each is about: ``[("level", "level=nuts2:BE21"), ...]``."""
    found = [(flag, _FLAG.fullmatch(flag)) for flag in flags.split(";") if flag]
    return [(match[2] if match else "", flag) for flag, match in found]


def level_in_words(level: str, say: Language) -> str:
    """Return a level of areas as a reader calls it: ``nuts2`` as ``NUTS 2 area``."""
    known = {
        "municipality": say("municipality"),
        "kreis": say("Kreis"),
        "nuts1": say("NUTS 1 area"),
        "nuts2": say("NUTS 2 area"),
        "nuts3": say("NUTS 3 area"),
        "region": say("region"),
        "land": say("Land"),
        "province": say("province"),
        "arrondissement": say("arrondissement"),
        "country": say("country"),
    }
    return known.get(level) or say.own(level.replace("_", " "))


def _one(
    name: str,
    value: str,
    case: Mapping[str, Any],
    breaks: Mapping[str, Mapping[str, Any]],
    say: Language,
    variables: Mapping[str, Mapping[str, Any]],
) -> str:
    if name == "year_substituted" and "_for_" in value:
        found, asked = value.split("_for_", 1)
        return say(
            "the figure is of {found}, in place of {asked}",
            found=_day(found, say),
            asked=_day(asked, say),
        )
    if name == "indicator":
        entry = case.get("indicators", {}).get(value)
        label = say.own(entry["label"]) if entry else value
        return say("the column holds the indicator {label}", label=label)
    if name == "denominator_date":
        return say("its denominator is of {date}", date=_day(value, say))
    if name in ("level", "merged_unit"):
        return _larger(name, value, say)
    if name == "status":
        year, _, letters = value.partition(":")
        return say(
            "the source flags the figure of {year}: {meanings}",
            year=year,
            meanings=say.listing(_status(letters, say)),
        )
    if name == "break":
        return _break(value, breaks, say)
    if name == "missing":
        return say("no value: {reason}", reason=_reason(value, say, variables))
    return f"{name}={value}"


def _larger(name: str, value: str, say: Language) -> str:
    """Return whose value it is; of a pseudonymised case without the code of the area or unit."""
    if name == "merged_unit":
        if value == WITHHELD:
            return say("the value is that of the unit into which this one merged")
        return say("the value is that of {code}, the unit into which this one merged", code=value)
    level, _, code = value.partition(":")
    called = level_in_words(level, say)
    if not code:
        return say("the value is that of a larger area, {level}", level=called)
    return say("the value is that of a larger area, {level} {code}", level=called, code=code)


def _day(text: str, say: Language) -> str:
    """Return a year or an ISO day as the reader writes it."""
    return say.date(text) if re.fullmatch(r"\d{4}(-\d{2}-\d{2})?", text) else text


def _status(letters: str, say: Language) -> list[str]:
    """Return what Eurostat's observation flags mean; others as they are."""
    known = {
        "b": say("b, break in the series"),
        "c": say("c, confidential"),
        "d": say("d, definition differs"),
        "e": say("e, estimated"),
        "f": say("f, forecast"),
        "n": say("n, not significant"),
        "p": say("p, provisional"),
        "r": say("r, revised"),
        "s": say("s, estimated by Eurostat"),
        "u": say("u, of low reliability"),
        "z": say("z, not applicable"),
    }
    if letters and all(letter in known for letter in letters):
        return [known[letter] for letter in letters]
    return [letters]


def _break(value: str, breaks: Mapping[str, Mapping[str, Any]], say: Language) -> str:
    name, _, transition = value.partition(":")
    if name.startswith("flag_b_"):
        year = name.removeprefix("flag_b_")
        return say("the comparison spans a break that the source flags in {year}", year=year)
    title = say.own(breaks[name]["title"]) if name in breaks else name
    if transition:
        return say("a date lies in the transition of a break: {title}", title=title)
    return say("the comparison spans a break: {title}", title=title)


def _reason(code: str, say: Language, variables: Mapping[str, Mapping[str, Any]]) -> str:
    known = {
        "not_split": say("figures of a unit that merged later are not split"),
        "territories_differ": say("its figures describe different territories"),
        "division_by_zero": say("its denominator is zero"),
        "no_figures_at_this_level": say("there are figures for larger areas only"),
        "not_available": say("there are no figures"),
        "no_row": say("the source has no row for the unit"),
        "reference": say("there is no reference"),
        TOO_FEW: say("too few units of its group have a figure"),
    }
    figure = _FIGURE.fullmatch(code)
    if figure is None:
        return known.get(code) or code
    variable, gap, year = figure.groups()
    labels = variables.get(variable, {}).get("labels", {})
    what = labels.get(say.code, variable)
    if gap == "missing":
        return say("the source has an empty cell for {what} in {year}", what=what, year=year)
    if gap == "no_row":
        return say("the source has no row for {what} in {year}", what=what, year=year)
    if gap == "incomplete":
        return say("a part of the unit has no figure for {what} in {year}", what=what, year=year)
    if gap == "not_summable":
        return say("{what} of {year} cannot be put together from parts", what=what, year=year)
    if gap == "not_convertible":
        return say(
            "{what} of {year} is that of an area with other limits, which was split or shifted since",
            what=what,
            year=year,
        )
    return say(
        "the source gives no {what} for {year} and flags it: {meanings}",
        what=what,
        year=year,
        meanings=say.listing(_status(gap, say)),
    )
