"""How large a crowd a town hides in, what cuts it most, and what would bring it to k: answers and tables."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from smstra.audit.attributes import CLASSES, Material
from smstra.audit.coarsening import LEFT_OUT, Form, Remedies, Remedy, ladder, remedies
from smstra.audit.k_anonymity import Crowd, crowd, fits, information
from smstra.audit.statements import Statement, statements

COLUMNS = [
    "unit",
    "label",
    "what",
    "rank",
    "attributes",
    "says",
    "fits",
    "fits_with_values",
    "fits_without",
    "bits",
    "loss",
    "k",
    "units",
]
NUMBERS = ("rank", "fits", "fits_with_values", "fits_without", "bits", "loss", "k")
# Of pairs and of remedies, so many are told for each town.
TOLD = 5
_WIDTH = 110
_LIMITS = """
A crowd of k is no proof of anonymity. Whoever knows more than is printed here (a neighbour, an interview, a
picture, another publication about the same town) looks in a smaller crowd. All units that fit may share what
is to stay secret (l-diversity: A. Machanavajjhala et al., ACM TKDD 1(1), 2007). And figures in print may
differ from these (other source, date, definition, a misprint): a town that fits nothing here is not hidden by
that, for without the one figure that differs it may be found.
"""
_LOSS = """
The loss of an attribute is the share of its information that is given up, 1 - log2(n / f') / log2(n / f): n
units, f of which fit it as it is printed and f' as it is then said; 0 as printed, 1 left out. Losses are
added up. Of each way listed no single attribute could be said one step finer.
"""


class Answer(NamedTuple):
    """What `smstra disclose` says: ``crowd`` and ``remedies`` are of the statements that can be checked,
    in their order."""

    k: int
    checked: tuple[Statement, ...]
    unchecked: tuple[Statement, ...]
    crowd: Crowd
    remedies: Remedies

    @property
    def enough(self) -> bool:
        """Whether at least k units fit, as far as can be checked."""
        return self.crowd.fits >= self.k


def answer(
    made: Sequence[Statement], table: pd.DataFrame, k: int, most: int, decimals: int
) -> Answer:
    """Return the crowd that fits all statements, and up to ``most`` ways to bring it to ``k``.

    ``table`` as :func:`smstra.audit.statements.statements` returns it; values are compared after
    rounding to ``decimals``. No remedies where k fit already.
    """
    checked = tuple(each for each in made if each.condition is not None)
    found = crowd([each.condition for each in checked], table, decimals)
    better = Remedies([], complete=True)
    if checked and found.fits < k:
        ladders = [ladder(each.name, each.forms, table, decimals) for each in checked]
        better = _named(remedies(ladders, len(table), k, most), ladders, checked)
    others = tuple(each for each in made if each.condition is None)
    return Answer(k, checked, others, found, better)


def _named(
    better: Remedies, ladders: Sequence[Sequence[Any]], checked: Sequence[Statement]
) -> Remedies:
    """Return the remedies with steps that count the forms of each statement, as a ladder has fewer."""
    places = [
        [each.forms.index(step.form) for step in steps]
        for each, steps in zip(checked, ladders, strict=True)
    ]
    found = [
        Remedy(tuple(at[step] for at, step in zip(places, way.steps, strict=True)), *way[1:])
        for way in better.found
    ]
    return Remedies(found, better.complete)


def changes(way: Remedy, checked: Sequence[Statement]) -> list[tuple[Statement, Form]]:
    """Return the statements that a remedy changes, each with the form it then has."""
    chosen = zip(checked, way.steps, strict=True)
    return [(each, each.forms[step]) for each, step in chosen if step]


def most_telling(found: Crowd, most: int) -> list[tuple[int, int, int]]:
    """Return the pairs of statements that the fewest units fit, the fewest first.

    Of equal pairs that one comes first whose statements tell less alone: it is the harder to foresee.
    """

    def order(pair: tuple[int, int, int]) -> tuple[int, int, int, int]:
        one, other, number = pair
        return number, -min(found.alone[one], found.alone[other]), one, other

    return sorted(found.pairs, key=order)[:most]


def fitting(given: Answer, table: pd.DataFrame, decimals: int) -> list[str]:
    """Return the codes of the units that fit all that can be checked."""
    found = fits([each.condition for each in given.checked], table, decimals)
    return table.loc[found, "unit"].tolist()


def as_text(given: Answer, case: str) -> str:
    """Return the answer in words and columns; it names no unit."""
    found = given.crowd
    parts = [
        f"A town of the case {case}, {found.units} units. Of these fit:",
        _table(given),
        _verdict(given),
    ]
    if len(given.checked) > 1:
        parts.append(_pairs(given))
    if not given.enough:
        parts.append(_remedies(given))
    parts += [_reading(given), "Limits\n" + _filled(_LIMITS)]
    if given.remedies.found:
        parts.insert(-1, f"Loss\n{_filled(_LOSS)}")
    return "\n\n".join(parts) + "\n"


def _bits(units: int, number: int) -> str:
    return f"{information(units, number):.1f}" if number else "-"


def _table(given: Answer) -> str:
    found = given.crowd
    rows = [("alone", "bits", "all others", "what is said")]
    rows += [
        (str(alone), _bits(found.units, alone), str(without), f"{each.name}: {each.says}")
        for each, alone, without in zip(given.checked, found.alone, found.without, strict=True)
    ]
    rows += [("", "", "", f"{each.name}: {each.says} (not checked)") for each in given.unchecked]
    rows.append((str(found.fits), _bits(found.units, found.fits), "", "all of it"))
    lines = [f"{a:>7}{b:>7}{c:>12}  {d}".rstrip() for a, b, c, d in rows]
    legend = (
        f"alone: units that fit it; bits: log2({found.units} / alone), what it tells; all others: units that "
        "fit everything else."
    )
    return "\n".join([*lines, _filled(legend)])


def _verdict(given: Answer) -> str:
    found, k = given.crowd, given.k
    units = f"{found.fits} unit{'s' if found.fits != 1 else ''}"
    verb = "fit" if found.fits != 1 else "fits"
    bound = f"at least k = {k}" if given.enough else f"fewer than k = {k}"
    said = f"{units} {verb} all that can be checked: {bound}."
    if found.known < found.fits:
        lacking = found.fits - found.known
        said += (
            f" {lacking} of them only because a value is missing: whoever knows it looks among "
            f"{found.known} to {found.fits}."
        )
    if given.unchecked:
        said += " What is not checked can only lower the number."
    return _filled(said)


def _pairs(given: Answer) -> str:
    found, names = given.crowd, [each.name for each in given.checked]
    lines = [
        f"{number:>7}{_bits(found.units, number):>7}  {names[one]} and {names[other]}"
        for one, other, number in most_telling(found, TOLD)
    ]
    return "Pairs that tell most\n" + "\n".join(lines)


def _remedies(given: Answer) -> str:
    if not given.checked:
        return ""
    if not given.remedies.found:
        return _filled(
            f"No coarser way to say it reaches k = {given.k}: too few units fit what is kept by `keep: true`. "
            "Keep less."
        )
    lines = [f"{'loss':>7}{'fit':>7}  what changes"]
    for way in given.remedies.found:
        said = [
            f"{each.name} {form.text}" if form.text == LEFT_OUT else f"{each.name}: {form.text}"
            for each, form in changes(way, given.checked)
        ]
        lead = f"{way.loss:>7.2f}{way.fits:>7}  "
        lines += textwrap.wrap(
            "; ".join(said), _WIDTH, initial_indent=lead, subsequent_indent=" " * len(lead)
        )
    lines.insert(0, f"To bring it to k = {given.k}, least loss first")
    if not given.remedies.complete:
        lines.append(
            "The search was broken off: ways that lose less than the last of these may be missing."
        )
    return "\n".join(lines)


def _reading(given: Answer) -> str:
    lines = ["How it was read"]
    for each in (*given.checked, *given.unchecked):
        said = "; ".join(each.remarks)
        lead = f"  {each.name}: "
        lines += textwrap.wrap(said, _WIDTH, initial_indent=lead, subsequent_indent="    ")
    return "\n".join(lines)


def _filled(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), _WIDTH)


def printed(value: float, decimals: int) -> str:
    """Return a number as print has it: so many decimals (fewer than 0: to tens, hundreds, ...).

    Halves are rounded away from zero, after the value is rounded to nine decimals.
    """
    step = Decimal(1).scaleb(-decimals)
    exact = Decimal(str(round(value, 9)))
    number = (exact / step).quantize(Decimal(1), ROUND_HALF_UP) * step
    return f"{number:f}" if decimals >= 0 else f"{number:f} to the nearest {step:f}"


def of_towns(material: Material, towns: pd.DataFrame, file: str) -> pd.DataFrame:
    """Return how far each chosen town is hidden by what the case's ``disclosure`` says is printed of it.

    Parameters
    ----------
    material
        The case's tables; its settings have ``case.disclosure``: ``k`` and ``attributes``, each an
        ``attribute`` (region, size_class, type, or an indicator) and, of an indicator, the ``decimals``
        that are printed.
    towns
        As towns.csv.

    Returns
    -------
    DataFrame
        ``COLUMNS``; for each town the rows ``all`` (all attributes), ``attribute`` (each alone), ``pair``
        (the five that tell most) and ``remedy`` (up to five ways to reach k, least loss first; none
        where k fit). ``fits`` counts the units that fit, the town among them, ``fits_with_values`` those
        that do not fit only because a value is missing, ``fits_without`` those that fit all other
        attributes. An attribute without a value for the town is not printed and has no row.
    """
    block, decimals = (
        material.settings["case"]["disclosure"],
        material.settings["case"]["comparison_decimals"],
    )
    rows: list[dict[str, Any]] = []
    for town in towns.to_dict("records"):
        says = [
            {"attribute": entry["attribute"], "value": value}
            for entry in block["attributes"]
            if (value := _printed_of(town, entry, material))
        ]
        made, table = statements(says, material, file)
        given = answer(made, table, block["k"], TOLD, decimals)
        rows += [{"unit": town["unit"], "label": town["label"], **row} for row in _rows(given)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _printed_of(town: Mapping[str, Any], entry: Mapping[str, Any], material: Material) -> str:
    """Return what is printed of an attribute of a town; empty if it has no value."""
    attribute = entry["attribute"]
    if attribute in CLASSES:
        source = material.units if attribute == "region" else material.typology
        column = "region_name" if attribute == "region" else attribute
        word = source.loc[source["unit"] == town["unit"], column].iloc[0]
        return "" if word in ("undetermined", "unknown") else word
    own = material.indicators
    found = own[(own["indicator"] == attribute) & (own["unit"] == town["unit"])]["value"]
    if found.empty or np.isnan(found.iloc[0]):
        return ""
    return printed(found.iloc[0], entry["decimals"])


def _rows(given: Answer) -> list[dict[str, Any]]:
    found, checked = given.crowd, given.checked
    common = {"k": given.k, "units": found.units}

    def row(what: str, rank: int, said: Sequence[tuple[str, str]], number: int) -> dict[str, Any]:
        return {
            "what": what,
            "rank": rank,
            "attributes": " + ".join(name for name, _ in said),
            "says": "; ".join(text for _, text in said),
            "fits": number,
            "bits": round(information(found.units, number), 3),
            **common,
        }

    whole = [(each.name, each.says) for each in checked]
    rows = [{**row("all", 1, whole, found.fits), "fits_with_values": found.known}]
    order = sorted(range(len(checked)), key=lambda place: (found.alone[place], place))
    for rank, place in enumerate(order, start=1):
        alone = row("attribute", rank, [whole[place]], found.alone[place])
        rows.append({**alone, "fits_without": found.without[place]})
    for rank, (one, other, number) in enumerate(most_telling(found, TOLD), start=1):
        rows.append(row("pair", rank, [whole[one], whole[other]], number))
    for rank, way in enumerate(given.remedies.found, start=1):
        said = [(each.name, form.text) for each, form in changes(way, checked)]
        rows.append({**row("remedy", rank, said, way.fits), "loss": way.loss})
    return rows
