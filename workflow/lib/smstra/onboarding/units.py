"""The units of a table: which columns have their codes, names and regions, and which rows they are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pandas as pd

from smstra.errors import listing
from smstra.onboarding import headers, words
from smstra.onboarding.files import years_in
from smstra.onboarding.rows import NO_CODE, Rows, judge_codes, judge_names
from smstra.onboarding.understood import Mapped, Said, flag

_BROKEN_CODE = re.compile(r"[0-9]+[.,]0+")
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./-]{0,14}")
_LETTERED_CODE = re.compile(r"[A-Z]{1,4}[0-9][0-9A-Z]*")
_CODE_AND_NAME = re.compile(r"([0-9][0-9A-Z]*|[A-Z]{1,3}[0-9]+)[ ,:-]+(\S.*)")
# What most cells means, and how many names a code may have in a year where one of them is misspelt.
_MOST, _ONE = 0.9, 1.1
# The share of codes with a digit where all are of capitals and the header says that they are codes.
_SOME = 0.5
# A text that goes with so many codes is no name of a unit.
_MANY = 2
# The score of a column whose header says that it has codes.
_SAID = 2
# So many rows that are left out are named.
_NAMED = 12


def find_units(
    mapped: Mapped,
    frame: pd.DataFrame,
    columns: Sequence[str],
    year: str,
    sums: pd.DataFrame,
    said: Said,
) -> tuple[str, str] | None:
    """Find the columns of codes and of names and put the units into ``mapped``.

    ``sums`` has the figures that can be added up, a row for each of ``frame``. Returns the columns, ``""`` for
    one that there is not; None where there is neither.
    """
    for column in columns:
        cells = [cell for cell in frame[column].unique() if cell]
        if words.says(column, words.CODE) and cells and all(map(_BROKEN_CODE.fullmatch, cells)):
            mapped.open.append(
                f"`{column}` holds codes as numbers with decimals ('{cells[0]}'); write them as text, with all "
                "their zeros, in a spreadsheet program, and save the file again"
            )
            return "", ""
    texts = [c for c in columns if not years_in(c) or c in (said.code_column, said.name_column)]
    codes = {c: score_of_code(c, frame[c]) for c in texts}
    names = {c: _score_of_name(c, frame[c]) for c in texts}
    said_so = [c for c in texts if codes[c] >= _SAID]
    lettered = [c for c in texts if names[c] and not codes[c]]
    codes |= {
        c: 0
        for c in texts
        if codes[c]
        and c not in said_so
        and (_are_values(frame, c, said_so, year) or _once_a_year(frame, c, lettered, year))
    }
    names |= {
        n: 0 for n in texts if names[n] and _crosses(frame, n, [c for c in texts if codes[c]])
    }
    most = max((frame[c].nunique() for c in texts if codes[c] or names[c]), default=0)
    named = [c for c in texts if names[c] and frame[c].nunique() == most]
    able = {
        c: score
        for c, score in codes.items()
        if score
        and not names[c]
        and (frame[c].nunique() >= 0.8 * most or (named and _identifies(frame, c, named[0], year)))
    }
    code = said.code_column or _best(able, frame)
    many = {c: s for c, s in names.items() if s and c != code and frame[c].nunique() >= 0.8 * most}
    name = said.name_column or _best(many, frame)
    if code and code == name:
        name = ""
    if not code and not name:
        return None
    if code:
        _codes(mapped, frame, code, name, sums, said)
    else:
        _names_only(mapped, frame, name, sums, said)
    mapped.units["year"] = frame.loc[mapped.units.index, year] if year else ""
    _tell_renamed(mapped, code)
    return code, name


def _are_values(frame: pd.DataFrame, column: str, codes: Sequence[str], year: str) -> bool:
    """Whether numbers of one width are figures and no codes, as a header says that others are codes.

    Those of units go with one code each, and come again in other years.
    """
    several = any(frame.groupby(column)[code].nunique().max() > 1 for code in codes)
    return several or _once_a_year(frame, column, codes, year)


def _once_a_year(frame: pd.DataFrame, column: str, units: Sequence[str], year: str) -> bool:
    """Whether the cells of a column come again in fewer years than those of another that may name the units."""
    if not year:
        return False
    own = frame.groupby(column)[year].nunique().mean()
    return any(own * 2 < frame.groupby(unit)[year].nunique().mean() for unit in units)


def _crosses(frame: pd.DataFrame, name: str, codes: Sequence[str]) -> bool:
    """Whether the texts of a column not said to be names go with many codes each, as indicators do."""
    if words.says(name, words.NAME):
        return False
    return any(frame.groupby(name)[code].nunique().mean() >= _MANY for code in codes)


def _identifies(frame: pd.DataFrame, code: str, name: str, year: str) -> bool:
    """Whether a code has one name in each year, so that more names than codes are those of other years."""
    keys = [code, year] if year else [code, "sheet"] if "sheet" in frame else []
    held = frame[frame[code] != ""]
    if not keys or held.empty or held[code].nunique() < 2:
        return False
    return bool(held.groupby(keys)[name].nunique().mean() <= _ONE)


def _tell_renamed(mapped: Mapped, code: str) -> None:
    """Say which codes have several names."""
    names = mapped.units.groupby("code")["name"].unique()
    several = names[names.map(len) > 1]
    if code and len(several):
        shown = [f"{key} {' = '.join(each)}" for key, each in several.items()]
        have = "has" if len(several) == 1 else "have"
        mapped.why["unit"] += f"; {len(several)} of them {have} several names: {listing(shown, 6)}"


def _best(scores: Mapping[str, float], frame: pd.DataFrame) -> str:
    return max(scores, key=lambda column: (scores[column], frame[column].nunique()), default="")


def score_of_code(column: str, cells: pd.Series) -> float:
    filled = cells[cells != ""].unique()
    if not len(filled) or not all(_CODE.fullmatch(cell) for cell in filled):
        return 0
    word = bool(words.says(column, words.CODE))
    digits = sum(any(sign.isdigit() for sign in cell) for cell in filled)
    # Some codes of a list, as that of a whole country, may have letters only.
    if digits < (_SOME if word and all(cell.isupper() for cell in filled) else _MOST) * len(filled):
        return 0
    if any("." in cell for cell in filled) or headers.variable_of(column):
        return 0
    if words.words_of(column) <= words.TOTAL or headers.names_part(column):
        return 0
    if headers.names_value(column):
        return 0
    widths = {len(cell) for cell in filled}
    alike = len(widths) <= 2
    # A column of figures of any size is no code unless it says so.
    return 2 * word + alike if word or (alike and len(widths) == 1 and len(filled) > 1) else 0


def _score_of_name(column: str, cells: pd.Series) -> float:
    filled = cells[cells != ""].unique()
    lettered = [cell for cell in filled if re.search(r"[^\W\d_]{2}", cell)]
    if len(lettered) < _MOST * max(1, len(filled)) or len(filled) < 2:
        return 0
    if words.words_of(column) & words.DIMENSION:
        return 0
    lettered_codes = sum(_LETTERED_CODE.fullmatch(cell) is not None for cell in filled)
    if lettered_codes >= _MOST * len(filled) or score_of_code(column, cells) >= _SAID:
        return 0
    return 1 + bool(words.says(column, words.NAME))


def _bare(frame: pd.DataFrame, code: str, name: str) -> pd.Series:
    """Whether nothing stands in a row but its code or name, as in one of notes."""
    others = [c for c in frame.columns if c not in (code, name, "sheet")]
    return (frame[others] == "").all(axis=1)


def _rows_of(
    mapped: Mapped,
    codes: pd.Series,
    names: pd.Series,
    sums: pd.DataFrame,
    bare: pd.Series,
    said: Said,
) -> Rows:
    first = pd.Series(names.to_numpy(), index=codes.to_numpy()).groupby(level=0, sort=False).first()
    return Rows(
        mapped.file,
        dict(first),
        sums.groupby(codes).sum(min_count=1),
        said.rows,
        said.country,
        frozenset(codes[bare]) - set(codes[~bare]),
    )


def _codes(
    mapped: Mapped, frame: pd.DataFrame, code: str, name: str, sums: pd.DataFrame, said: Said
) -> None:
    """Describe the units by their codes: width, lost zeros, rows that are no units."""
    cells = frame[code]
    named = frame[name] if name else cells
    rows = _rows_of(mapped, cells, named, sums, _bare(frame, code, name), said)
    judge_codes(rows)
    judge_names(rows)
    _ask_without_code(rows, cells, named)
    mapped.unit = {"column": code} | ({"pad_to": rows.pad} if rows.pad else {})
    mapped.why["unit"] = (
        "as you said"
        if said.code_column
        else f"`{code}` holds {cells[cells != ''].nunique():,} different codes of one form"
    )
    if rows.pad:
        short = sorted(c for c in _units_of(rows) if len(c) < rows.pad)
        mapped.why["unit"] += (
            f"; {len(short)} of them are {_digits_short(short, rows.pad)} short, as a spreadsheet leaves "
            f"{short[0].zfill(rows.pad)}: zeros are put in front"
        )
    _leave_out(mapped, rows, code, cells, dict(zip(cells, cells, strict=True)))
    inside = frame[cells.isin(_units_of(rows))]
    mapped.units = pd.DataFrame(
        {
            "code": inside[code].str.zfill(rows.pad) if rows.pad else inside[code],
            "name": inside[name] if name else inside[code],
            "region": "",
            "region_name": "",
            "as_written": "",
        }
    )
    _larger_areas(mapped, rows)


def _digits_short(codes: Sequence[str], width: int) -> str:
    most = width - min(map(len, codes))
    return "one digit" if most == 1 else f"up to {most} digits"


def _units_of(rows: Rows) -> list[str]:
    return [code for code in rows.names if code not in rows.out and code not in rows.larger]


def _ask_without_code(rows: Rows, codes: pd.Series, names: pd.Series) -> None:
    """Ask about rows that have a name and no code, and are not plainly totals."""
    told = [
        name
        for name in names[codes == ""].unique()
        if name and not words.kind_of_row(name, rows.country)
    ]
    if told and rows.said.get(NO_CODE) != "out":
        each = "a row has" if len(told) == 1 else f"{len(told)} rows have"
        rows.open.append(
            f"{each} a name and no code ({listing(told, 6)}); write the code into the file, or leave such rows "
            f"out by {flag('row', rows.file, f'{NO_CODE}=out')}"
        )


def _leave_out(
    mapped: Mapped, rows: Rows, column: str, cells: pd.Series, codes: Mapping[str, str]
) -> None:
    """Put into ``mapped`` which rows are left out, each named; ``codes`` has the code in a cell."""
    mapped.open += rows.open
    out = {**rows.out, **dict.fromkeys(sorted(rows.larger), "larger areas")}
    left = [cell for cell in dict.fromkeys(cells) if codes[cell] in out]
    if not left:
        return
    by_reason: dict[str, list[str]] = {}
    for cell in left:
        by_reason.setdefault(out[codes[cell]], []).append(
            rows.shown(codes[cell]) or "without code and name"
        )
    told = [f"{listing(each, _NAMED)} ({reason})" for reason, each in by_reason.items()]
    number = int(cells.isin(left).sum())
    mapped.why["exclude"] = f"left out, {number:,} row{'s' * (number > 1)}: {'; '.join(told)}"
    mapped.exclude.append(
        {
            "column": column,
            "values": left,
            "because": f"no units of this level: {listing([rows.shown(codes[c]) or 'empty' for c in left], 4)}",
        }
    )


def _larger_areas(mapped: Mapped, rows: Rows) -> None:
    """Take the rows of larger areas, whose codes begin those of the units, for the regions."""
    if not rows.parents:
        return
    mapped.units["region"] = [rows.parents[code] for code in mapped.units["code"]]
    longest = max(map(len, rows.parents.values()))
    lost = rows.pad > 0
    mapped.units["region_name"] = [rows.names[code] for code in mapped.units["region"]]
    if lost:
        mapped.units["region"] = mapped.units["region"].str.zfill(longest)
    number = mapped.units["region"].nunique()
    mapped.why["region"] = (
        f"{number} rows of larger areas in the table, whose codes begin those of the units: "
        f"{listing(dict.fromkeys(mapped.units['region_name']), 20)}"
    )


def _names_only(
    mapped: Mapped, frame: pd.DataFrame, name: str, sums: pd.DataFrame, said: Said
) -> None:
    """Describe the units by their names, or by code and name in one cell."""
    cells = frame[name]
    filled = [cell for cell in cells.unique() if cell]
    both = {cell: _CODE_AND_NAME.fullmatch(cell) for cell in filled}
    joined = sum(match is not None for match in both.values()) >= _MOST * len(filled)
    codes = {cell: match[1] if joined and match else cell for cell, match in both.items()} | {
        "": ""
    }
    names = {cell: match[2] if joined and match else cell for cell, match in both.items()} | {
        "": ""
    }
    bare = _bare(frame, name, name)
    rows = _rows_of(mapped, cells.map(codes), cells.map(names), sums, bare, said)
    if joined:
        judge_codes(rows)
        rows.pad = 0
    judge_names(rows)
    mapped.by_name = not joined
    mapped.unit = {"column": name, "names": "as_written" if joined else "local"}
    mapped.unit |= {"aliases": dict(said.aliases)} if said.aliases else {}
    mapped.why["unit"] = (
        f"`{name}` holds code and name in one cell, as in {filled[0]!r}; the list of units has it "
        "as it is written"
        if joined
        else f"`{name}` holds {len(filled):,} names and no column holds codes: codes are looked up by name"
    )
    _leave_out(mapped, rows, name, cells, codes)
    inside = cells[cells.map(codes).isin(_units_of(rows))]
    mapped.units = pd.DataFrame(
        {
            "code": inside.map(codes) if joined else "",
            "name": inside.map(names),
            "region": "",
            "region_name": "",
            "as_written": inside if joined else "",
        }
    )
    if joined:
        _larger_areas(mapped, rows)


def find_regions(
    mapped: Mapped, frame: pd.DataFrame, columns: Sequence[str], taken: Sequence[str], said: Said
) -> list[str]:
    """Find the region of each unit in columns; return those columns. ``taken``: code, name and year."""
    key = next(filter(None, taken))
    inside = frame.loc[mapped.units.index]
    able = []
    for column in columns:
        cells = inside[column]
        word = words.says(column, words.REGION)
        if column in taken or not (word or column == said.region_column):
            continue
        units = inside[key].nunique()
        constant = inside.groupby(key)[column].nunique().max() == 1
        if column == said.region_column or (
            constant and 1 < cells.nunique() <= max(2, units / 2) and (cells != "").all()
        ):
            able.append(column)
    if said.region_column:
        able = [said.region_column] + [
            column
            for column in able
            if column != said.region_column
            and inside.groupby(said.region_column)[column].nunique().max() == 1
        ]
    if not able:
        return []
    # The smallest number of areas may be that of larger ones; take the column with most, and its twin.
    able.sort(key=lambda column: (column != said.region_column, -inside[column].nunique()))
    main = able[0]
    twins = [
        column
        for column in able[1:]
        if inside[column].nunique() == inside[main].nunique()
        and inside.groupby(main)[column].nunique().max() == 1
    ]
    codes = next(
        (c for c in (main, *twins) if words.says(c, words.CODE) or score_of_code(c, inside[c])),
        main,
    )
    named = next((c for c in (*twins, main) if c != codes), codes)
    mapped.units["region"] = inside[codes]
    mapped.units["region_name"] = inside[named]
    mapped.why["region"] = f"`{named}` holds {inside[codes].nunique()} areas, one for each unit"
    others = [f"`{column}`" for column in able if column not in (codes, named, *twins)]
    if others:
        mapped.why["region"] += f" (--region-column takes another: {listing(others)})"
    return [codes, named]
