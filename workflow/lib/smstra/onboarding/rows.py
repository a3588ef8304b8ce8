"""Which rows of a table are units, and which are totals, larger areas or people of no known place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

import pandas as pd

from smstra.errors import listing
from smstra.onboarding import words
from smstra.onboarding.understood import flag

# A row of at least so much of the sum of the others is their total; one of less than that is none.
_SUM, _NO_SUM = 0.98, 0.6
# The fewest other rows of which one can be the sum by its figures alone.
_OTHERS = 3
# What nearly all rows of a group means, few of them, and half of them.
_MOST, _FEW, _HALF = 0.8, 0.2, 0.5
# A width of codes that fewer have is not that of the units.
_USUAL = 0.05
OUT, UNIT = "out", "unit"
NO_CODE = "no code"


@dataclass
class Rows:
    """What the rows of a table are, by the code of each.

    ``names`` has a name for each code; ``sums`` the sums of figures that can be added up, a row for each
    code and a column for each of them; ``said`` what the user says (``unit`` or ``out``) by code or name.

    ``bare`` are the codes of rows in which nothing else stands.

    ``out`` is filled with the codes left out, each with the reason, ``larger`` with those of larger areas,
    ``parents`` with the larger area of each unit, ``pad`` with the width to which zeros are missing, ``open``
    with what must be asked.
    """

    file: str
    names: Mapping[str, str]
    sums: pd.DataFrame
    said: Mapping[str, str] = field(default_factory=dict)
    country: str = ""
    bare: frozenset[str] = frozenset()
    out: dict[str, str] = field(default_factory=dict)
    larger: set[str] = field(default_factory=set)
    open: list[str] = field(default_factory=list)
    pad: int = 0
    parents: dict[str, str] = field(default_factory=dict)

    def told(self, code: str) -> str:
        """Return what the user says of a row, ``""`` for nothing."""
        for wanted in (code, self.names.get(code, "")):
            if wanted in self.said:
                return self.said[wanted]
        named = (code, self.names.get(code, ""))
        return next(
            (
                value
                for form, value in self.said.items()
                if any(fnmatchcase(n, form) for n in named)
            ),
            "",
        )

    def shown(self, code: str) -> str:
        """Return a row as a reader finds it."""
        name = self.names.get(code, "")
        return f"{code} {name}".strip() if name != code else code

    def ask(self, codes: Collection[str], what: str) -> None:
        """Put a question about rows among those to be asked."""
        first = next(iter(codes)) or NO_CODE
        each = "" if len(codes) == 1 else ", one by one or by a form such as '??=out'"
        shown = listing([f"'{self.shown(code)}'" for code in codes], 6)
        self.open.append(
            f"{shown} {what}; say which by "
            f"{flag('row', self.file, f'{first}={UNIT}')} or {flag('row', self.file, f'{first}={OUT}')}{each}"
        )


def ratio_to_others(rows: Rows, code: str, others: Collection[str]) -> list[float]:
    """Return by column how much a row has of the sum of others; empty where nothing can be added up."""
    if code not in rows.sums.index:
        return []
    rest = rows.sums.loc[rows.sums.index.isin(list(others))].sum(min_count=1)
    own = rows.sums.loc[code]
    return [float(own[c] / rest[c]) for c in rows.sums.columns if own[c] > 0 and rest[c] > 0]


def judge_names(rows: Rows) -> None:
    """Leave out totals, the country and unknown places among the rows; ask of those that may be either."""
    codes = [code for code in rows.names if code not in rows.out and code not in rows.larger]
    kinds = {code: words.kind_of_row(rows.names[code], rows.country) for code in codes}
    for code in codes:
        told = rows.told(code)
        if told == OUT:
            rows.out[code] = "as you said"
        elif not code:
            rows.out[code] = "a row without a code"
        elif code in rows.bare and told != UNIT:
            rows.out[code] = "no other cell of the row is filled"
        elif told != UNIT and not code.strip("0"):
            rows.out[code] = "its code has only zeros"
        elif told != UNIT and kinds[code] == words.UNKNOWN_PLACE:
            rows.out[code] = "no place: its name says so"
    plain = {c for c in codes if c not in rows.out and kinds[c] in ("", words.UNKNOWN_PLACE)}
    for code in codes:
        if code in rows.out or rows.told(code) == UNIT or kinds[code] in ("", words.UNKNOWN_PLACE):
            continue
        _judge_total(rows, code, kinds[code], plain - {code})
    _judge_by_sum(rows, [c for c in codes if c not in rows.out])


def _judge_total(rows: Rows, code: str, kind: str, others: Collection[str]) -> None:
    shares = ratio_to_others(rows, code, others)
    if kind == words.TOTAL_ROW and not shares:
        rows.out[code] = "a total: its name says so"
    elif shares and min(shares) >= _SUM:
        rows.out[code] = (
            "a total: its name says so, and its figures are not less than the sum of the others"
        )
    elif kind == words.TOTAL_ROW:
        rows.ask(
            [code], f"is named as a total, and has {min(shares):.0%} of the sum of the other rows"
        )
    elif not shares:
        rows.ask([code], "may be a unit or all together, and no figure can be added up to tell")
    elif max(shares) >= _NO_SUM:
        rows.ask(
            [code],
            f"may be a unit or all together: it has {max(shares):.0%} of the sum of the others",
        )


def _judge_by_sum(rows: Rows, codes: Collection[str]) -> None:
    """Leave out the row whose every figure is the sum of all others."""
    held = rows.sums[rows.sums.index.isin(list(codes))]
    if len(codes) <= _OTHERS or held.empty or not len(held.columns):
        return
    first = str(held[held.columns[0]].idxmax()) if held[held.columns[0]].notna().any() else ""
    if not first or rows.told(first) == UNIT:
        return
    others = set(codes) - {first}
    unknown = {code for code, reason in rows.out.items() if reason.startswith("no place")}
    for rest in (others, others | unknown):
        shares = ratio_to_others(rows, first, rest)
        if shares and all(abs(share - 1) < 1e-9 for share in shares):
            rows.out[first] = "its figures are the sums of all others"
            return


def judge_codes(rows: Rows) -> None:
    """Tell units from larger areas by the form of the codes; find the width to which zeros are missing."""
    kinds = {code: words.kind_of_row(name, rows.country) for code, name in rows.names.items()}
    held = [code for code in rows.names if code.strip("0") and not rows.told(code)]
    codes = [code for code in held if not kinds[code]]
    widths = Counter(map(len, codes))
    if not widths:
        return
    width = max(w for w, number in widths.items() if number >= _USUAL * len(codes))
    lost = _zeros_lost(codes)
    if lost and len(codes) >= _MOST * max(map(int, codes)):  # plain numbers from 1 on
        lengths = set(widths)
        rows.pad = width if len(widths) > 1 else 0
    else:
        lengths = _levels(rows, codes, width, lost)
    for code in held:
        if kinds[code] and len(code) not in lengths:
            rows.out[code] = "its name says so, and its code has not the form of the others"


def _zeros_lost(codes: Collection[str]) -> bool:
    """Whether codes are numbers of which none begins with a zero, so that zeros in front may be lost."""
    return all(code.isdigit() and not code.startswith("0") for code in codes)


def _levels(rows: Rows, codes: Collection[str], width: int, lost: bool) -> set[int]:
    """Judge the codes of other widths than ``width``; return the widths of units."""
    if long := [code for code in codes if len(code) > width]:
        rows.ask(long, f"has or have a longer code than the {width} characters of most")
    units = {code: code for code in codes if len(code) == width}
    groups: dict[int, list[str]] = {}
    for code in codes:
        if len(code) < width:
            groups.setdefault(len(code), []).append(code)
    lengths = {width}
    while groups:
        each = max(groups)
        group = groups.pop(each)
        if (
            rows.pad
            and each - 1 in groups
            and _verdict(rows, [*group, *groups[each - 1]], units, width, lost) == OUT
        ):
            group += groups.pop(each - 1)
        verdict = _verdict(rows, group, units, width, lost)
        if verdict == UNIT:
            lengths.add(each)
            rows.pad = width if lost else 0
            units |= {code.zfill(width) if lost else code: code for code in group}
        elif verdict == OUT:
            rows.larger.update(group)
            parents = {u: code for code, found in _below(group, units, lost).items() for u in found}
            if len(parents) == len(units) and len(set(parents.values())) > 1 and not rows.parents:
                rows.parents = parents
        else:
            rows.ask(
                group,
                f"may be units or larger areas: shorter codes than the {width} characters of most",
            )
    return lengths


def _below(group: Collection[str], units: Mapping[str, str], lost: bool) -> dict[str, set[str]]:
    """Return the units whose codes begin with each of ``group``, of which some may have lost a zero."""
    longest = max(map(len, group))
    ways = [dict(zip(group, group, strict=True))]
    if lost:
        ways.append({code: code.zfill(longest) for code in group})
        ways.append({code: code.zfill(longest + 1) for code in group})
    made = [
        {code: {u for u in units if u.startswith(head) and u != head} for code, head in way.items()}
        for way in ways
    ]
    return max(made, key=lambda found: len(set().union(*found.values())))


def _verdict(
    rows: Rows, group: Collection[str], units: Mapping[str, str], width: int, lost: bool
) -> str:
    """Return whether codes shorter than those of most units are ``unit`` or ``out``; ``""`` for undecided."""
    below = _below(group, units, lost)
    parents = sum(bool(found) for found in below.values()) / len(group)
    covered = len(set().union(*below.values())) / len(units)
    shares = [
        share
        for code, found in below.items()
        if found
        for share in ratio_to_others(rows, code, [units[u] for u in found])
    ]
    sums = sum(abs(share - 1) <= 1 - _SUM for share in shares) / len(shares) if shares else None
    if sums is not None and sums >= _MOST and parents >= _MOST:
        return OUT
    next_to = max(map(len, group)) == width - 1 or bool(rows.pad)
    if parents < _HALF:
        numbers = all(unit.isdigit() for unit in units)
        return UNIT if (lost and next_to) or not (parents or numbers) else ""
    no_sums = sums is not None and sums < _FEW
    # Codes that are one digit short and begin others may have lost a zero, or not.
    if (
        parents >= _MOST
        and covered >= _MOST
        and not (lost and (no_sums or max(map(len, group)) == width - 1))
    ):
        return OUT
    return UNIT if lost and next_to and no_sums else ""
