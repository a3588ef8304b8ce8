"""One dated geography: the units of a case, and every series brought to them by summing counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from smstra.errors import GeographyError, listing, nearest
from smstra.exact import exact_sum
from smstra.vocabulary import TORN

COLUMNS = [
    "unit",
    "variable",
    "date",
    "value",
    "unit_of_measure",
    "status",
    "level",
    "geography",
    "source",
    "row",
    "parts",
    "conversion",
    "territory",
]


def units_of_case(
    register: pd.DataFrame,
    geography: Mapping[str, Any],
    memberships: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """Return the units to classify, on the day of the case's geography.

    Parameters
    ----------
    register
        Units in periods of validity, as :func:`smstra.sources.registers.join_registers`.
    geography
        The case's ``geography`` block.
    memberships
        For each stand-in level, which unit lies in which area (columns ``unit`` and the level).

    Returns
    -------
    DataFrame
        Sorted by unit: ``unit, name, level, region, region_name, country``, then one column for
        each level between unit and country and for each stand-in level, holding codes.

    Raises
    ------
    GeographyError
        There are no units of the level on that day, a parent is not valid on it, a unit has no
        region, or it is in no area of a stand-in level.
    """
    day = geography["date"]
    valid = register[(register["valid_from"] <= day) & (register["valid_to"] >= day)]
    units = valid[valid["level"] == geography["level"]].sort_values("unit", ignore_index=True)
    if units.empty:
        raise GeographyError(
            f"`geography.date` {day}: the registers {listing(geography['units'])} hold no "
            f"{geography['level']} on that day; they begin on {register['valid_from'].min()}."
        )
    levels = dict(zip(valid["unit"], valid["level"], strict=True))
    parents = dict(zip(valid["unit"], valid["parent"], strict=True))
    above = [_ancestors(unit, parents, levels, day) for unit in units["unit"]]
    table = pd.DataFrame({"unit": units["unit"], "level": units["level"]})
    for level in sorted({level for chain in above for level in chain}):
        table[level] = [chain.get(level, "") for chain in above]
    region_level = geography["region_level"]
    if region_level not in table or (table[region_level] == "").any():
        lost = (
            table["unit"] if region_level not in table else table["unit"][table[region_level] == ""]
        )
        raise GeographyError(
            f"`geography.region_level` {region_level}: unit {lost.iloc[0]} lies in no {region_level} "
            "by the parents in the register; mend the register or choose another level."
        )
    table["region"] = table[region_level]
    table["country"] = geography["country_unit"]["code"]
    _check_regions_named(geography, set(table["region"].unique()))
    named = valid.set_index("unit")
    languages = geography["names"].get("by_region", {})
    default = geography["names"]["default"]
    chosen = [languages.get(region, default) for region in table["region"]]
    table["name"] = [
        named.at[unit, f"name_{language}"]
        for unit, language in zip(table["unit"], chosen, strict=True)
    ]
    table["region_name"] = [
        named.at[region, f"name_{language}"]
        for region, language in zip(table["region"], chosen, strict=True)
    ]
    for level, members in memberships.items():
        area = dict(zip(members["unit"], members[level], strict=True))
        lost = [unit for unit in table["unit"] if unit not in area]
        if lost:
            raise GeographyError(
                f"`geography.stand_in_levels.{level}`: units {listing(lost)} lie in no {level} area by "
                f"the membership table; choose a `geography.date` nearer to its date than {day}."
            )
        table[level] = table["unit"].map(area)
    first = ["unit", "name", "level", "region", "region_name", "country"]
    return table[first + [c for c in table if c not in first and c != region_level]]


def not_after_the_registers(geography: Mapping[str, Any], pins: list[dict[str, Any]]) -> None:
    """Raise GeographyError where the case's day lies after the day its registers were taken on."""
    names = {*geography["units"], geography.get("changes")}
    taken = min(pin["date_accessed"] for pin in pins if pin["id"] in names)
    if geography["date"] > taken:
        raise GeographyError(
            f"`geography.date` {geography['date']} lies after {taken}, when the registers of units were "
            "taken; nothing is known of the units of that day, so write an earlier one."
        )


def membership_at(
    members: pd.DataFrame, level: str, day: str, geography: Mapping[str, Any], changes: pd.DataFrame
) -> pd.DataFrame:
    """Bring a membership table of ``day`` to the case's geography: ``unit`` and ``level``.

    A unit that merged since lies in the area of its parts; GeographyError where they lie in several.
    """
    walk = Crosswalk.between(day, geography["date"], changes)
    if not walk.forward:
        return members[["unit", level]]
    moved = members.assign(unit=[walk.pairs.get(unit, unit) for unit in members["unit"]])
    areas = moved.groupby("unit")[level].agg(lambda found: sorted(set(found)))
    torn = areas[areas.map(len) > 1]
    if len(torn):
        raise GeographyError(
            f"`geography.stand_in_levels.{level}`: the parts of unit {torn.index[0]} lie in "
            f"{listing(torn.iloc[0])}, so no one area can stand in for it; choose a `geography.date` "
            f"before its merger, or a membership table of {geography['date']}."
        )
    return pd.DataFrame({"unit": areas.index, level: areas.map(lambda found: found[0]).to_numpy()})


def _ancestors(
    unit: str, parents: Mapping[str, str], levels: Mapping[str, str], day: str
) -> dict[str, str]:
    chain: dict[str, str] = {}
    parent = parents[unit]
    while parent:
        if parent not in levels:
            raise GeographyError(
                f"The register says that {unit} lies in {parent}, which is not valid on {day}; mend "
                "the register, or choose another `geography.date`."
            )
        if levels[parent] in chain:
            raise GeographyError(f"The register's parents of unit {unit} run in a circle.")
        chain[levels[parent]] = parent
        parent = parents[parent]
    return chain


def _check_regions_named(geography: Mapping[str, Any], regions: set[str]) -> None:
    for region in geography["names"].get("by_region", {}):
        if region not in regions:
            raise GeographyError(
                f"`geography.names.by_region` names the region '{region}', which is not known"
                f"{nearest(region, regions)}; the regions are {listing(sorted(regions))}."
            )


@dataclass(frozen=True)
class Crosswalk:
    """How the codes of one day become those of another.

    ``pairs`` maps every code that changes on the way from ``start`` to ``end``; any other code
    stays. Forward in time several old units may go into one (their counts are summed). Backward
    each old unit finds the later unit that now holds its territory. ``formed`` says on which day a
    later unit got its territory, for a unit may keep its code when it absorbs others.

    ``scattered`` has the codes of the earlier day that no figure is carried from or to, because the
    unit was split or its limits shifted: the later codes that hold some of its territory, and which
    of the two it was.
    """

    start: str
    end: str
    pairs: dict[str, str]
    formed: dict[str, str]
    scattered: dict[str, tuple[frozenset[str], str]]

    @classmethod
    def between(cls, start: str, end: str, changes: pd.DataFrame) -> Crosswalk:
        """Compose the changes (``old, new, effective, kind``) after ``start`` up to ``end``.

        If ``end`` is before ``start``, the pairs run from the codes of ``end`` to those of
        ``start``: the direction in which changes are many to one.
        """
        first, last = sorted((start, end))
        pairs: dict[str, str] = {}
        formed: dict[str, str] = {}
        born: set[str] = set()
        scattered: dict[str, tuple[frozenset[str], str]] = {}
        within = changes[(changes["effective"] > first) & (changes["effective"] <= last)]
        for effective in sorted(within["effective"].unique()):
            now = within[within["effective"] == effective]
            step, ways = _steps(now)
            scattered = {
                old: _further(codes, kind, step, ways) for old, (codes, kind) in scattered.items()
            }
            for old in [old for old, new in pairs.items() if new in ways]:
                scattered[old] = ways[pairs.pop(old)]
            known = {*pairs, *scattered, *born}
            scattered |= {old: way for old, way in ways.items() if old not in known}
            pairs = {old: step.get(new, new) for old, new in pairs.items()}
            # A code that came into being on the way is none of the first day's codes.
            known |= set(scattered)
            pairs |= {old: new for old, new in step.items() if old not in known}
            later = {code for codes, _ in ways.values() for code in codes}
            born |= ({*step.values(), *later}) - {*step, *ways}
            formed |= dict.fromkeys([*step.values(), *sorted(later)], effective)
        torn = {code: kind for codes, kind in scattered.values() for code in codes}
        for old in [old for old, new in pairs.items() if new in torn]:
            # What merged with a piece of another unit is a new territory as well.
            scattered[old] = (frozenset([pairs[old]]), torn[pairs.pop(old)])
        return cls(start, end, pairs, formed, scattered)

    @property
    def forward(self) -> bool:
        """Whether the case's geography is the later one."""
        return self.start <= self.end

    @property
    def key(self) -> tuple[object, ...]:
        """What two crosswalks must share to convert alike."""
        return self.forward, frozenset(self.pairs.items()), frozenset(self.scattered.items())


def _steps(now: pd.DataFrame) -> tuple[dict[str, str], dict[str, tuple[frozenset[str], str]]]:
    """Return the changes of a day: old codes that go into one new code each, and the others."""
    kinds = now["kind"] if "kind" in now else ["recode"] * len(now)
    step: dict[str, str] = {}
    ways: dict[str, tuple[frozenset[str], str]] = {}
    for old, new, kind in zip(now["old"], now["new"], kinds, strict=True):
        if kind in TORN:
            codes, before = ways.get(old, (frozenset(), kind))
            ways[old] = codes | {new}, min(before, kind)  # a shift of limits outweighs a split
        else:
            step[old] = new
    return step, ways


def _further(
    codes: frozenset[str],
    kind: str,
    step: Mapping[str, str],
    ways: Mapping[str, tuple[frozenset[str], str]],
) -> tuple[frozenset[str], str]:
    """Return where territory that was scattered before has gone after another day of changes."""
    later = frozenset(
        new for code in codes for new in ways.get(code, ([step.get(code, code)], ""))[0]
    )
    return later, min([kind, *(ways[code][1] for code in codes if code in ways)])


def harmonise(
    observations: pd.DataFrame,
    units: pd.DataFrame,
    changes: pd.DataFrame,
    geography: Mapping[str, Any],
    variables: Mapping[str, Mapping[str, Any]],
) -> pd.DataFrame:
    """Bring observations to the case's dated geography.

    Parameters
    ----------
    observations
        Tidy observations of one code system or several; rows of the case's level, and of its stand-in
        levels if they have its code system, are converted; rows of other areas around the units
        (region, country) are passed on as they are.
    units
        The case's units (:func:`units_of_case`).
    changes
        Changes of units: ``old, new, effective, kind``; may be empty.
    geography
        The case's ``geography`` block: ``code_system, level, date``.
    variables
        The vocabulary; its ``kind`` decides what may be summed.

    Returns
    -------
    DataFrame
        The observations' columns with ``geography`` that of the case, plus ``parts`` (how many
        observations), ``conversion`` (``none``; ``recode``; ``sum`` of the parts of a unit that
        merged since; ``merged_unit``: the later unit's value, for a unit that is only a part of
        it; ``split`` or ``boundary_shift``: none, for the territory was another) and ``territory``,
        the unit whose territory the value describes. ``row`` joins the rows of all parts with
        ``+``. A sum with a part missing is empty with status ``incomplete``; a rate, median or mean
        of several parts is empty with ``not_summable``; what was split or shifted is empty with
        ``not_convertible``.

    Raises
    ------
    GeographyError
        A figure has a code that is no unit of the case by any change.
    """
    brought = {geography["level"], *geography.get("stand_in_levels", {})}
    own = observations["level"].isin(brought) & observations["geography"].str.startswith(
        geography["code_system"] + "@"
    )
    relevant = {code for column in units for code in units[column]}
    relevant |= {geography["country_unit"]["code"]}
    relevant |= {a["country_unit"] for a in geography.get("stand_in_levels", {}).values()}
    passed = observations[~own & observations["unit"].isin(relevant)]
    passed = passed.assign(parts=1, conversion="none")
    passed["territory"] = passed["unit"]
    passed["row"] = passed["row"].astype(str)
    done = [passed[COLUMNS]]
    to = f"{geography['code_system']}@{geography['date']}"
    table = observations[own]
    walks: dict[tuple[object, ...], tuple[Crosswalk, list[pd.DataFrame]]] = {}
    for (level, system), rows in table.groupby(["level", "geography"], sort=True):
        walk = Crosswalk.between(system.split("@")[1], geography["date"], changes)
        # Years between the same changes share a crosswalk and are converted together.
        walks.setdefault((level, *walk.key), (walk, []))[1].append(rows)
    for (level, *_), (walk, groups) in walks.items():
        rows = pd.concat(groups)
        units_too = level == geography["level"]
        wanted = set(units["unit" if units_too else level].unique())
        made = (
            _sum_forward(rows, walk, variables)
            if walk.forward
            else _carry_backward(rows, walk, wanted, complete=units_too)
        )
        if units_too:
            _check_known(made, wanted, walk)
        else:
            made = made[made["unit"].isin(wanted)].copy()
        made["geography"] = to
        done.append(made[COLUMNS])
    table = pd.concat(done).sort_values(["variable", "level", "unit", "date"], ignore_index=True)
    twice = table[table.duplicated(["variable", "level", "unit", "date"], keep=False)]
    if len(twice):
        row = twice.iloc[0]
        raise GeographyError(
            f"'{row['variable']}' of unit {row['unit']} for {row['date']} comes from two rows "
            f"({listing(sorted(set(twice['source'])))}, rows {listing(twice['row'].iloc[:2])}): either "
            "two datasets of the case hold it, or a unit that absorbed others under its own code is "
            "missing from the changes (it is listed with old = new)."
        )
    return table


def _check_known(made: pd.DataFrame, wanted: set[str], walk: Crosswalk) -> None:
    strange = made[~made["unit"].isin(wanted)]
    if len(strange):
        row = strange.iloc[0]
        day = row["geography"].split("@")[1]
        raise GeographyError(
            f"{row['source']}: unit {row['unit']} of {day} is no unit of the case's geography "
            f"of {walk.end}{nearest(row['unit'], wanted, 'the nearest is')}; a change of units is "
            "missing from the dataset that `geography.changes` names."
        )


def _sum_forward(
    rows: pd.DataFrame, walk: Crosswalk, variables: Mapping[str, Mapping[str, Any]]
) -> pd.DataFrame:
    """Units that merged since: one value for the merged unit, summed if it is a count."""
    gone = rows[rows["unit"].isin(walk.scattered)]
    lost = _not_convertible(gone, walk.scattered)
    rows = rows[~rows["unit"].isin(walk.scattered)]
    rows = rows.assign(new=[walk.pairs.get(unit, unit) for unit in rows["unit"]])
    parts_of: dict[str, set[str]] = {}
    for old, new in walk.pairs.items():
        parts_of.setdefault(new, set()).add(old)
    several = {new for new, olds in parts_of.items() if len(olds) > 1}
    single = rows[~rows["new"].isin(several)]
    moved = np.where(single["new"] != single["unit"], "recode", "none")
    single = single.assign(
        unit=single["new"],
        parts=1,
        conversion=moved,
        territory=single["new"],
        row=single["row"].astype(str),
    )
    made = [
        _merge_parts(new, group, parts_of[new], variables[variable]["kind"])
        for (new, variable, _), group in rows[rows["new"].isin(several)].groupby(
            ["new", "variable", "date"], sort=True
        )
    ]
    return pd.concat([single.drop(columns="new"), pd.DataFrame(made), *lost], ignore_index=True)


def _not_convertible(
    rows: pd.DataFrame, went: Mapping[str, tuple[Iterable[str], str]]
) -> list[pd.DataFrame]:
    """Return, in a list, an empty figure for each unit that figures cannot be carried to; or nothing.

    ``went`` says of the unit of each row which units hold some of its territory, and what happened.
    """
    if rows.empty:
        return []
    table = rows.assign(
        new=[sorted(went[unit][0]) for unit in rows["unit"]],
        conversion=[went[unit][1] for unit in rows["unit"]],
        row=rows["row"].astype(str),
    ).explode("new")
    key = ["new", "variable", "date"]
    made = table.groupby(key, sort=True, as_index=False).agg(
        **{name: (name, "first") for name in ("unit_of_measure", "level", "geography", "source")},
        row=("row", "+".join),
        parts=("row", "size"),
        conversion=("conversion", "min"),
    )
    made = made.rename(columns={"new": "unit"})
    return [made.assign(value=np.nan, status="not_convertible", territory=made["unit"])]


def _merge_parts(new: str, group: pd.DataFrame, parts: set[str], kind: str) -> dict[str, Any]:
    first = group.iloc[0]
    value, status = np.nan, ""
    if kind not in ("count", "area"):
        status = "not_summable"
    elif set(group["unit"].unique()) != parts or group["value"].isna().any():
        status = "incomplete"
    else:
        value = exact_sum(group["value"])
        status = "".join(sorted(set("".join(group["status"]))))
    return {
        **first[["variable", "date", "unit_of_measure", "level", "geography", "source"]],
        "unit": new,
        "value": value,
        "status": status,
        "row": "+".join(str(row) for row in group["row"]),
        "parts": len(group),
        "conversion": "sum",
        "territory": new,
    }


def _carry_backward(
    rows: pd.DataFrame, walk: Crosswalk, wanted: set[str], complete: bool
) -> pd.DataFrame:
    """A newer geography: the value where the unit is the same, the merged unit's for its parts.

    If ``wanted`` are ``complete``, a row that is of none of them is an error.
    """
    holders: dict[str, tuple[set[str], str]] = {}
    for unit in sorted(wanted & set(walk.scattered)):
        for later in walk.scattered[unit][0]:
            held, kind = holders.get(later, (set(), "split"))
            holders[later] = ({*held, unit}, min(kind, walk.scattered[unit][1]))
    torn = {later for codes, _ in walk.scattered.values() for later in codes}
    lost = _not_convertible(rows[rows["unit"].isin(holders)], holders)
    rows = rows[~rows["unit"].isin(torn)]
    holder = {
        unit: walk.pairs.get(unit, unit) for unit in sorted(wanted) if unit not in walk.scattered
    }
    link = pd.DataFrame({"old": list(holder), "unit": list(holder.values())})
    link["shared"] = link.groupby("unit")["old"].transform("size") > 1
    made = rows.merge(link, on="unit", how="left")
    unknown = made["old"].isna()
    if not complete:
        made, unknown = made[~unknown].copy(), unknown[~unknown]
    if unknown.any():
        row = made[unknown].iloc[0]
        day = row["geography"].split("@")[1]
        raise GeographyError(
            f"{row['source']}: unit {row['unit']} of {day} holds no unit of the case's "
            f"geography of {walk.end}; a change of units is missing from the dataset that "
            "`geography.changes` names."
        )
    made["conversion"] = np.where(
        made["shared"], "merged_unit", np.where(made["old"] != made["unit"], "recode", "none")
    )
    later = [f"{unit}@{walk.formed.get(unit, walk.start)}" for unit in made["unit"]]
    made["territory"] = np.where(made["shared"], later, made["old"])
    made["unit"] = made["old"]
    made = made.assign(parts=1, row=made["row"].astype(str)).drop(columns=["old", "shared"])
    return pd.concat([made, *lost], ignore_index=True)


def refuse_split(rows: pd.DataFrame, what: str, geography: Mapping[str, Any]) -> None:
    """Raise GeographyError: the counts in ``rows`` would have to be split among former units."""
    later = sorted({territory.split("@")[0] for territory in rows["territory"].unique()})
    day = geography["date"]
    raise GeographyError(
        f"{what}: the figures for {listing(sorted(set(rows['date'])))} are published for units that "
        f"merged after {day} ({listing(later)}), and a count cannot be split among the "
        f"{len(set(rows['unit']))} units that went into them. Ask for an earlier date, set "
        "`geography.date` to a day after the merger, or write `geography.merged_later.counts: "
        "leave_empty` to leave those units undetermined."
    )


def towns_named(codes: Iterable[str], units: pd.DataFrame, where: str) -> list[str]:
    """Return ``codes`` if each is a unit of the case; GeographyError with the nearest otherwise."""
    known = dict(zip(units["unit"], units["name"], strict=True))
    for code in codes:
        if code not in known:
            by_name = [unit for unit, name in known.items() if name.casefold() == code.casefold()]
            hint = f" (the code of {code} is '{by_name[0]}')" if by_name else nearest(code, known)
            raise GeographyError(
                f"{where} names the unit '{code}', which is no unit of the case{hint}; write codes "
                "as they stand in the first column of typology.csv."
            )
    return list(codes)


def regions_named(codes: Iterable[str], units: pd.DataFrame, where: str) -> None:
    """Raise GeographyError with the nearest for the first of ``codes`` that is no region of a unit."""
    known = dict(zip(units["region"], units["region_name"], strict=True))
    for code in codes:
        if code not in known:
            by_name = [
                region for region, name in known.items() if name.casefold() == code.casefold()
            ]
            hint = f" (the code of {code} is '{by_name[0]}')" if by_name else nearest(code, known)
            raise GeographyError(
                f"{where} names the region '{code}', which no unit of the case has{hint}; write codes as they "
                f"stand in the column region of units.csv: {listing(sorted(known), 20)}."
            )
