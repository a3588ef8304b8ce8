"""How the numbers of a table are written: the decimal sign, the signs between thousands, cells without one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from smstra.errors import listing
from smstra.onboarding.understood import flag

STYLES = ("point", "comma")
_SIGNS = {"point": (".", ","), "comma": (",", ".")}
_SPACES = (" ", "\u00a0", "\u202f")
_OTHERS = ("'", "%")
# Texts that offices write for no figure, in small letters; what has a `<` before it is suppressed.
_NO_FIGURE = frozenset(
    (
        *("." * number for number in (1, 2, 3)),
        *(":", "-", "–", "—", "x", "xx", "/", "*", "#", ". .", ".. .", "s", "c", "u"),
        *("n/a", "#n/a", "na", "n.a.", "nd", "n.d.", "n.s.", "k.a.", "i.d.", "null", "none", "nan"),
    )
)
_BELOW = re.compile(r"(?:<|≤|less than|under|fewer than) ?[0-9]{1,2}", re.IGNORECASE)
# Units of counts that come in parts.
_IN_PARTS = ("EUR", "thousand")


@dataclass(frozen=True)
class Column:
    """The cells of a variable's column: ``true`` are those of numbers that a workbook stores as such.

    ``missing`` are those that the user says to mean no figure, even if they are numbers, as -999.
    """

    name: str
    cells: pd.Series
    whole: bool
    true: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()

    @property
    def written(self) -> pd.Series:
        """The cells that are not said to mean no figure."""
        return self.cells[~self.cells.isin(self.missing)]


@dataclass(frozen=True)
class Style:
    """The style of all columns of a table, why it is that one, and what stands in the way of one."""

    decimal: str = "point"
    take_out: tuple[str, ...] = ()
    why: str = ""
    fault: str = ""


def is_whole(kind: str, unit_of_measure: str) -> bool:
    """Whether the figures of a variable are whole numbers, as counts of people are."""
    return kind == "count" and not unit_of_measure.startswith(_IN_PARTS)


def bare(cell: str) -> str:
    """Return a cell without the signs that are never decimal, where they stand as they should."""
    text = cell.removesuffix("%").strip()
    for sign in (*_SPACES, "'"):
        if re.fullmatch(rf"-?[0-9]{{1,3}}(?:{sign}[0-9]{{3}})+(?:[.,][0-9]+)?", text):
            return text.replace(sign, "")
    return text


def _fits(text: str, style: str, whole: bool) -> bool:
    """Whether a text is a number in a style; one of a whole count has nothing behind the decimal sign."""
    decimal, group = (re.escape(sign) for sign in _SIGNS[style])
    match = re.fullmatch(
        rf"-?(?:[1-9][0-9]{{0,2}}(?:{group}[0-9]{{3}})+|[0-9]+)(?:{decimal}([0-9]+))?"
        rf"(?:[eE][-+]?[0-9]{{1,3}})?",
        text,
    )
    return match is not None and not (
        whole and match[1] and (match[1].strip("0") or len(match[1]) == 3)
    )


def is_number(cell: str, true: frozenset[str] = frozenset()) -> bool:
    """Whether a cell is a number in one style or the other."""
    return cell in true or any(_fits(bare(cell), style, whole=False) for style in STYLES)


def means_no_figure(cell: str) -> bool:
    """Whether a text is known to stand for no figure."""
    return plain_mark(cell) in _NO_FIGURE or _BELOW.fullmatch(cell.strip()) is not None


def plain_mark(cell: str) -> str:
    """Return a mark without brackets and in small letters."""
    return cell.strip().strip("()[]").casefold()


def _styles_of(column: Column) -> tuple[set[str], list[str]]:
    """Return the styles that all numbers of a column fit, and some that have the sign of one."""
    texts = [
        text
        for cell in column.written.unique()
        if cell not in column.true and is_number(cell) and re.search("[.,]", text := bare(cell))
    ]
    able = {style for style in STYLES if all(_fits(text, style, column.whole) for text in texts)}
    return able, texts


def style_of(columns: Sequence[Column], others: Sequence[Column], said: str, file: str) -> Style:
    """Return the one style of the figures of a table.

    Each column is judged by itself; one that can be read in both styles follows those that cannot, first of the
    variables' ``columns``, then of the ``others``. ``fault`` is a sentence with its remedy where no style fits
    all, where a count would not be whole, or where two are possible and make two different numbers.
    """
    certain: dict[str, list[str]] = {style: [] for style in STYLES}
    open_: list[tuple[str, str]] = []
    for column in columns:
        able, texts = _styles_of(column)
        if said:
            able &= {said}
        if not texts:
            continue
        if not able and not (said and column.whole and _reads(texts, said)):
            return Style(fault=_no_style(column, texts, said, file))
        if len(able) == 1:
            certain[able.pop()].append(f"`{column.name}` ({texts[0]})")
        elif able:
            open_.append((column.name, texts[0]))
    if certain["point"] and certain["comma"]:
        return Style(
            fault=f"{listing(certain['point'])} can only have a decimal point and "
            f"{listing(certain['comma'])} only a decimal comma, and a table is read in one style; write them "
            "in one, or put them in two files"
        )
    sure = said or next((style for style in STYLES if certain[style]), "")
    if not sure and open_:
        seen = {next(iter(a)) for a, t in map(_styles_of, others) if t and len(a) == 1}
        sure = seen.pop() if len(seen) == 1 else ""
    if open_ and not sure:
        name, text = open_[0]
        small, large = text.replace(",", "."), re.sub("[.,]", "", text)
        return Style(
            fault=f"'{text}' in `{name}` can be {small} or {large}; say whether decimals stand behind a point "
            f"or a comma by {flag('decimal', file, 'point')} or {flag('decimal', file, 'comma')}"
        )
    style = sure or "point"
    reason = (
        "as you said" if said else f"{listing(certain[style], 4)} can be no other" if sure else ""
    )
    return Style(style, _take_out(columns, style), reason)


def _reads(texts: Sequence[str], style: str) -> bool:
    return all(_fits(text, style, whole=False) for text in texts)


def _no_style(column: Column, texts: Sequence[str], said: str, file: str) -> str:
    odd = next(
        (text for text in texts if not any(_fits(text, s, column.whole) for s in STYLES)), ""
    )
    if said:
        odd = next(text for text in texts if not _fits(text, said, whole=False))
        return f"'{odd}' in `{column.name}` is no number with a decimal {said}, as you said"
    if odd:
        return (
            f"'{odd}' in `{column.name}` is no whole number, and it counts; if it is right so, say which sign "
            f"stands before decimals by {flag('decimal', file, 'point')} or {flag('decimal', file, 'comma')}"
        )
    return (
        f"some numbers in `{column.name}` can only have a decimal point and some only a decimal comma, as "
        f"{listing(texts, 4)}; write them in one style"
    )


def _take_out(columns: Sequence[Column], style: str) -> tuple[str, ...]:
    group = _SIGNS[style][1]
    found = set()
    for column in columns:
        for cell in column.written.unique():
            if cell not in column.true and is_number(cell):
                found |= {sign for sign in (*_SPACES, *_OTHERS, group) if sign in cell}
    return tuple(sign for sign in (*_SPACES, *_OTHERS, group) if sign in found)


def value_of(cell: str, style: Style, true: frozenset[str] = frozenset()) -> float | None:
    """Return a cell's number; None where it is none in this style."""
    if cell in true:
        return float(cell)
    text = bare(cell)
    if not _fits(text, style.decimal, whole=False):
        return None
    decimal, group = _SIGNS[style.decimal]
    return float(text.replace(group, "").replace(decimal, "."))


def no_figures(
    columns: Sequence[Column], style: Style, file: str
) -> tuple[dict[str, int], list[str]]:
    """Return the texts that mean no figure, each with its number of cells, and faults with their remedies.

    A text with a digit that is neither a number nor known to stand for none may be a figure, so it is asked
    for.
    """
    found: dict[str, int] = {}
    faults = []
    for column in columns:
        counts: Mapping[str, int] = column.cells.value_counts().to_dict()
        odd = [
            cell
            for cell in counts
            if cell in column.missing or (cell and value_of(cell, style, column.true) is None)
        ]
        doubtful = [
            cell
            for cell in odd
            if cell not in column.missing and not means_no_figure(cell) and re.search("[0-9]", cell)
        ]
        if doubtful:
            shown = listing([repr(cell) for cell in sorted(doubtful)], 4)
            faults.append(
                f"{shown} in `{column.name}` may be figures; write them as numbers, or say of each that it "
                f"means no figure by {flag('missing', file, min(doubtful))}"
            )
        for cell in odd:
            found[cell] = found.get(cell, 0) + counts[cell]
    return dict(sorted(found.items())), faults


def told_of(missing: Mapping[str, int]) -> str:
    """Return the sentence on the texts that were taken for no figure."""
    each = []
    for text, number in missing.items():
        note = " (suppressed)" if _BELOW.fullmatch(text) else ""
        each.append(f"'{text}'{note} in {number:,} cell{'s' if number > 1 else ''}")
    zero = (
        "; some offices write - for zero: if this one does, put 0 there"
        if {"-", "–"} & set(missing)
        else ""
    )
    return f"taken for no figure: {listing(each, 12)}{zero}"
