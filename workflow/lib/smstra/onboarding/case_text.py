"""The case file of a new country as commented YAML: what the tables allow, each choice with its others."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# Rates of unemployment of the vocabulary, in the order in which they are taken.
RATES = (
    "unemployment_rate_registered",
    "unemployment_rate_jobseekers",
    "jobseeker_rate",
    "unemployment_rate_lfs_published",
    "unemployment_rate_cities",
    "unemployed_registered_share",
    "unemployed_full_time_share",
)
# What may say how many migrants live in a place, in the order in which it is taken; the first is a number.
MIGRANTS = (
    "residents_foreign",
    "share_foreign",
    "share_non_western_citizens",
    "share_foreign_born",
)
_ONE_REGION = [
    "The tables name no regions: the whole country stands as one. `--region-column` or `--region-digits` "
    "of `smstra new` would tell them apart."
]
# How far another year may lie off: the method's own case goes to four for SF2005.
_GAP = {"sf": 4, "varun": 2}


@dataclass(frozen=True)
class Content:
    """What a case can be made of.

    ``years`` has, by variable, the sorted years at hand, and ``days`` the month and day of those counted on a
    day; ``start`` and ``end`` are the years of the case, ``stand_ins`` what could take the place of a
    criterion without figures, ``definitions`` what each variable counts.
    """

    name: str
    title: str
    country: str
    code: str
    language: str
    level: str
    code_system: str
    register: str
    datasets: Sequence[str]
    years: Mapping[str, Sequence[str]]
    days: Mapping[str, str]
    start: str
    end: str
    files: Sequence[str]
    one_region: bool
    stand_ins: Mapping[str, str]
    definitions: Mapping[str, str]


def q(text: str) -> str:
    """Return a text in quotes, as YAML and JSON both read it."""
    return json.dumps(text, ensure_ascii=False)


def nearest_year(wanted: str, years: Sequence[str]) -> str:
    """Return the year nearest to ``wanted``; the earlier of two that are as near."""
    return min(years, key=lambda year: (abs(int(year) - int(wanted)), year))


def _dated(year: str, variable: str, content: Content) -> str:
    return f"{year}-{content.days[variable]}" if variable in content.days else year


def _both(by: str) -> str:
    return f"    country: {{{by}}}\n    region: {{{by}}}\n"


def _level(name: str, label: str, variable: str, date: str, by: str, gap: int = 0) -> str:
    return (
        f"  {name}:\n    label: {q(label)}\n    definition: level\n    of: {variable}\n"
        f"    date: {q(date)}\n    max_year_gap: {gap}\n{_both(by)}"
    )


def _missing(name: str, label: str, because: str) -> str:
    return f"  {name}:\n    label: {q(label)}\n    definition: not_available\n    because: {q(because)}\n"


def _offer(content: Content, what: str) -> str:
    lines = content.stand_ins.get(what, "")
    return as_comment([f"What could stand in: {lines}"], "  ") if lines else ""


def _counted(variable: str, content: Content) -> str:
    return as_comment([f"What is counted: {content.definitions[variable]}"], "  ")


def _sf(content: Content) -> tuple[str, str, str]:
    """Return the indicator SF2005 in YAML, the criterion's reference, and the variable it is made of."""
    start, label = content.start, f"Foreign residents {content.start}"
    for variable in MIGRANTS:
        years = content.years.get(variable, ())
        if not years:
            continue
        near = nearest_year(start, years)
        gap = abs(int(near) - int(start))
        if gap > _GAP["sf"]:
            because = f"the nearest year of {variable} is {near}, {gap} years from {start}"
            return _missing("sf", label, because), "reference: national_median", ""
        date = _dated(start, variable, content)
        note = (
            f"  # {start} is not in the table; {near} is the nearest year and is taken, marked, because\n"
            f"  # `max_year_gap` allows it. Set it to 0 to leave the criterion undetermined instead.\n"
            if gap
            else ""
        )
        note += _counted(variable, content)
        weighted = near in content.years["residents"]
        if variable == "residents_foreign":
            text = (
                f"  sf:\n    label: {q(label)}\n    definition: share\n    of: residents_foreign\n"
                f"    in: residents\n    date: {q(date)}\n    max_year_gap: {gap}\n"
                f"{_both('by: sum_of_counts')}"
            )
            return (
                note + text,
                "reference: national_aggregate\n    aggregate: {by: sum_of_counts}",
                variable,
            )
        by = (
            "by: weighted_mean, weight: residents"
            if weighted and not gap
            else "by: median_of_units"
        )
        text = _level("sf", label, variable, date, by, gap)
        reference = (
            "reference: national_aggregate\n"
            "    # A share cannot be added up; inhabitants of the same day are its denominator.\n"
            f"    aggregate: {{by: weighted_mean, weight: residents, date: {q(date)}}}"
            if weighted and not gap
            else "reference: national_median"
        )
        return note + text, reference, variable
    because = "none of the given tables holds foreign residents by unit, as a number or as a share"
    return _offer(content, "sf") + _missing("sf", label, because), "reference: national_median", ""


def _varun(content: Content) -> tuple[str, str]:
    """Return the indicators of unemployment in YAML, and the variable, ``""`` if there is none."""
    start, end = content.start, content.end
    label = f"Change of the unemployment rate {start}-{end}"
    rate = next((v for v in RATES if content.years.get(v)), "")
    if not rate:
        because = "none of the given tables holds a rate of unemployment by unit"
        return _offer(content, "varun") + _missing("varun", label, because), ""
    years = content.years[rate]
    near = [nearest_year(year, years) for year in (start, end)]
    gap = max(abs(int(a) - int(b)) for a, b in zip(near, (start, end), strict=True))
    if gap > _GAP["varun"] or near[0] == near[1]:
        because = f"{rate} is at hand for {', '.join(years)} only, not near {start} and {end}"
        return _missing("varun", label, because), ""
    note = (
        f"  # {' and '.join(near)} are taken for {start} and {end}, marked, as `max_year_gap` allows it.\n"
        if gap
        else ""
    )
    note += _counted(rate, content)
    middle = "by: median_of_units"
    text = (
        f"{note}  varun:\n    label: {q(label)}\n    definition: difference\n    of: {rate}\n"
        f"    from: {q(start)}\n    to: {q(end)}\n    max_year_gap: {gap}\n{_both(middle)}"
    )
    text += _level("unemployment_start", f"Unemployment rate {start}", rate, start, middle, gap)
    text += _level("unemployment_end", f"Unemployment rate {end}", rate, end, middle, gap)
    return text, rate


def text_of(content: Content) -> str:
    """Return the case file."""
    c = content
    day_start, day_end = (_dated(year, "residents", c) for year in (c.start, c.end))
    at_hand = "".join(f"#   {v}: {', '.join(years)}\n" for v, years in sorted(c.years.items()))
    sf, sf_reference, sf_of = _sf(c)
    varun, rate = _varun(c)
    two = c.start < c.end
    varni = (
        f"  varni:\n    label: {q(f'Change of inhabitants {c.start}-{c.end}')}\n"
        f"    definition: relative_change\n    of: residents\n    from: {q(day_start)}\n"
        f"    to: {q(day_end)}\n    max_year_gap: 0\n{_both('by: sum_of_counts')}"
        if two
        else _missing(
            "varni",
            "Change of inhabitants",
            f"inhabitants are at hand for one year only ({c.end}), and a change needs two",
        )
    )
    more = _level(
        "inhabitants_end", f"Inhabitants {c.end}", "residents", day_end, "by: sum_of_counts"
    )
    if two:
        more = (
            _level(
                "inhabitants_start",
                f"Inhabitants {c.start}",
                "residents",
                day_start,
                "by: sum_of_counts",
            )
            + more
        )
    area = c.years.get("area_km2", ())
    area_year = nearest_year(c.end, area) if area else ""
    if area:
        more += (
            f"  density_end:\n    label: {q(f'Population density {c.end}')}\n    definition: ratio\n"
            f"    of: residents\n    in: area_km2\n    unit_of_measure: inhabitants per km2\n"
            f"    date: {q(day_end)}\n    in_date: {q(area_year)}\n    max_year_gap: 0\n"
            f"{_both('by: sum_of_counts')}"
        )
    profile = [*(["inhabitants_start"] if two else []), "inhabitants_end", "varni"]
    profile += ["density_end"] if area else []
    profile += ["sf", *(["unemployment_start", "unemployment_end"] if rate else []), "varun"]
    area_line = (
        f"area: {{variable: area_km2, date: {q(area_year)}}}"
        if area
        else "# No area is at hand, so nothing tells a rural area by its density."
    )
    types = (
        "    types: [A, B, C, D]"
        if two and sf_of and rate
        else "    # Without all three criteria no unit has a type.\n"
        "    types: [A, B, C, D, undetermined]"
    )
    return f"""\
# {c.title}. Written by `smstra new` from {", ".join(c.files)}; it is yours to change.
# `smstra check {c.name}` says what is still to do; every key is described in config/README.md of smstra.
# Years at hand, by variable:
{at_hand}title: {q(c.title)}
country: {q(c.country)}
# Of figures, pages and workbook: en, fr, nl or de.
language: {c.language}

geography:
  code_system: {c.code_system}
  level: {c.level}
  # The units are those of this day. Every code that stands in a given table counts as a unit of the whole
  # time; where units merged or were renumbered, add a table of changes (`changes:`, docs/sources.md) or the
  # units concerned lack figures and are undetermined.
  date: {q(f"{c.end}-{c.days['residents']}")}
  units: [{c.register}]
{as_comment(_ONE_REGION, "  ") if c.one_region else ""}\
  region_level: region
  country_unit: {{code: {q(c.code)}, name: {q(c.country)}}}
  names: {{default: local}}
  # Where a unit merged since: merged_unit (its value, marked) or leave_empty; counts: stop or leave_empty.
  merged_later: {{rates_medians_and_ratios: merged_unit, counts: stop}}

datasets: [{", ".join(c.datasets)}]

substitution:
  # Which year wins where two are as near to the one asked for: earlier or later.
  if_two_years_are_as_near: earlier

# mark (a flag in every output) or stop. Breaks that you know of go into config/breaks.yaml.
breaks: {{when_spanned: mark}}

# definition: level, share, ratio, difference, difference_of_shares, relative_change or not_available.
# max_year_gap: how many years another date may lie off; what is taken instead is marked in every output.
indicators:
{sf}{varun}{varni}
  # Context: used by a criterion only if it says so.
{more}
# The three yes/no questions. holds_if: at_least, at_most, above or below. reference: zero, a number, or
# national_ or region_ with median, mean or aggregate. The studies that use this typology have not published
# their thresholds: try others, and look what they change.
criteria:
  sf_high:
    indicator: sf
    holds_if: at_least
    {sf_reference}
  economy_improving:
    indicator: varun
    holds_if: at_most
    # The change of the middle unit: where unemployment fell everywhere, zero would tell nothing apart.
    reference: national_median
  population_improving:
    indicator: varni
    holds_if: at_least
    reference: {"national_aggregate" if two else "zero"}
{"    aggregate: {by: sum_of_counts}" + chr(10) if two else ""}\
comparison_decimals: 9

size_classes:
  inhabitants: {{variable: residents, date: {q(day_end)}}}
  {area_line}
  # The first class that fits; `from` is included, `below` is not.
  classes:
    - {{name: large city, from: 250000}}
    - {{name: medium town, from: 100000, below: 250000}}
    - {{name: small town, from: 50000, below: 100000}}
{"    - {name: rural area, from: 5000, below: 50000, density_below: 300}" + chr(10) if area else ""}\
    - {{name: "5,000-50,000", from: 5000, below: 50000}}
    - {{name: "below 5,000", below: 5000}}

# Sums that must equal a published total; fill in one that you know, and a run holds the tables against it.
# aggregate_checks:
#   inhabitants: {{of: residents, sum_over: {c.level}, to: country, date: {q(day_end)}, published: 1234567,
#     tolerance: 0, source: "who publishes it"}}

profile: [{", ".join(profile)}]

series:
{_series(c, sf_of, rate)}
# Figures that a table of yours allows can be added (docs/figures.md): income, house_prices, arrivals, map, ...
figures:
  # Towns to compare: closest_to_type_median, deepest_inside_type, best_set (of `selection.sets`) or named.
  towns: {{choose: closest_to_type_median, among_size_classes: [medium town, small town, "5,000-50,000"]}}
{_figures(c, sf_of, rate, bool(area), day_end)}
# Which towns to study? (docs/selection.md)
selection:
  candidates:
{types}
    size_classes: [medium town, small town, {"rural area, " if area else ""}"5,000-50,000"]
    # pass or fail: what a town counts as whose figure is not known.
    unknown_size: fail
    # Tables of your own lie empty in data/own/; take the # away once you have filled one.
    reception:
      # table: data/own/{c.name}_reception.csv
      period: ["2014", "2017"]
      required: true
      not_listed: unknown
      unknown: pass
    politics:
      # table: data/own/{c.name}_politics.csv
      unknown: pass
# `robustness:` asks whether another choice would change a type, and `selection.sets` for the best sets of
# towns: see docs/robustness.md, docs/selection.md, and the cases that come with smstra.
"""


def _series(c: Content, sf_of: str, rate: str) -> str:
    spans = {v: (years[0], years[-1]) for v, years in c.years.items() if years}
    first, last = (_dated(year, "residents", c) for year in spans["residents"])
    text = (
        "  inhabitants:\n    {label: Inhabitants, definition: level, of: residents, "
        f"from: {q(first)}, to: {q(last)},\n"
        "     country: {by: sum_of_counts}, region: {by: sum_of_counts}}\n"
    )
    if sf_of:
        first, last = (_dated(year, sf_of, c) for year in spans[sf_of])
        how = (
            ("share", f"{sf_of}, in: residents", "by: sum_of_counts")
            if sf_of == "residents_foreign"
            else ("level", sf_of, "by: median_of_units")
        )
        text += (
            "  foreign_share:\n"
            f"    {{label: Foreign residents, definition: {how[0]}, of: {how[1]}, from: {q(first)},\n"
            f"     to: {q(last)}, country: {{{how[2]}}}, region: {{{how[2]}}}}}\n"
        )
    if rate:
        text += (
            "  unemployment:\n"
            f"    {{label: Unemployment rate, definition: level, of: {rate}, from: {q(spans[rate][0])},\n"
            f"     to: {q(spans[rate][1])}, country: {{by: median_of_units}},\n"
            "     region: {by: median_of_units}}\n"
        )
    return text


def _figures(c: Content, sf_of: str, rate: str, area: bool, day_end: str) -> str:
    base = _dated(c.start, "residents", c)
    lines = [f"population_index: {{series: inhabitants, base: {q(base)}}}"]
    lines.append(
        "foreign_residents: {series: foreign_share, stands_for: sf}"
        if sf_of
        else "foreign_residents: {not_available: no table of foreign residents is among the given ones}"
    )
    lines.append(
        "unemployment: {from: unemployment_start, to: unemployment_end}"
        if rate
        else "unemployment: {not_available: no table of unemployment is among the given ones}"
    )
    lines.append(
        "density_size: {inhabitants: inhabitants_end, density: density_end}"
        if area
        else "density_size: {not_available: no area of the units is among the given tables}"
    )
    lines.append("map: {not_available: no boundaries of the units are among the given files}")
    return "".join(f"  {line}\n" for line in lines)


def as_comment(texts: Sequence[str], indent: str) -> str:
    """Return texts as comment lines of at most 110 characters."""
    lines: list[str] = []
    for text in texts:
        line = ""
        for word in text.split():
            if line and len(indent) + 2 + len(line) + 1 + len(word) > 108:
                lines.append(line)
                line = ""
            line = f"{line} {word}".strip()
        lines.append(line)
    return "".join(f"{indent}# {line}\n" for line in lines if line)
