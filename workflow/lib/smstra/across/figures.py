"""The figures of a comparison: types of each case, under each scheme, and what the criteria measure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from smstra.across.criteria import NO_FIGURES
from smstra.across.rules import OWN
from smstra.figures import criteria
from smstra.figures.palette import COLOURS, FAINT, HATCHES, INK, RULE
from smstra.figures.style import (
    SMALL,
    TEXT,
    WIDTH,
    Caption,
    Drawing,
    dress,
    numbered,
    start,
    width_of,
    wrap,
)
from smstra.language import Language
from smstra.outcomes import TYPES
from smstra.report.wording import (
    dates_in_words,
    quantity,
    scheme_in_words,
    type_named,
    unit_in_words,
)
from smstra.typology import CRITERIA

_ROOM = 1.5  # inches for the names of cases
_BAR, _BROAD = 0.27, 0.36  # inches from bar to bar; with two lines of text beside
_HEAD = 0.24  # inches for the name of a scheme
_SECOND_LINE = 0.11  # inches more for a name of two lines
# Of more cases than that a caption does not say what each of them measures; the tables do.
_FEW = 4


@dataclass(frozen=True)
class Compared:
    """What the figures and the page are made of.

    ``settings`` as :func:`smstra.job_settings.comparison_shown`; ``tables`` by name, as the comparison
    wrote them: ``cases, counts, criteria, schemes, answers``, and ``sets, set_conflicts`` if there are any.
    """

    settings: Mapping[str, Any]
    say: Language
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def cases(self) -> list[str]:
        """The cases in their order."""
        return list(self.settings["cases"])

    def title(self, case: str) -> str:
        """Return what a case is called."""
        return self.say.own(self.settings["cases"][case]["title"])

    def named(self, case: str) -> str:
        """Return what a case is called, with its short name: ``German Kreise (de)``."""
        return self.say("{name} ({note})", name=self.title(case), note=case)

    def rows(self) -> dict[str, str]:
        """Return the name of each case beside its row, in two lines at most; the short one if it is longer."""
        names = {case: wrap(self.title(case), SMALL, room=_ROOM) for case in self.cases}
        return {case: case if name.count("\n") > 1 else name for case, name in names.items()}

    def scheme(self, name: str) -> str:
        """Return what a scheme is called."""
        if name == OWN:
            return self.say("as each case has it")
        return self.say.own(name.replace("_", " "))

    def reference(self, value: str) -> str:
        """Return a reference of answers.csv or criteria.csv in words; a number as it is."""
        try:
            return self.say.number(float(value), len(f"{float(value):g}".partition(".")[2]))
        except ValueError:
            return scheme_in_words(value, self.say)


def made_language(settings: Mapping[str, Any]) -> Language:
    """Return the language of a comparison, with the translations of all its cases."""
    own: dict[str, dict[str, str]] = {}
    for case in settings["cases"].values():
        for code, texts in case.get("translations", {}).items():
            own.setdefault(code, {}).update(texts)
    return Language(settings["comparison"]["language"], own)


def all_of(compared: Compared) -> list[Drawing]:
    """Return the figures, in the order of ``rules.FIGURES``."""
    return [types_by_case(compared), types_by_scheme(compared), criteria_by_case(compared)]


def types_by_case(compared: Compared) -> Drawing:
    """Return a bar a case, parted by the shares of its units of each type."""
    say, table = compared.say, compared.tables["counts"]
    words = _caption_of_types(compared)
    rows, names = len(compared.cases), compared.rows()
    figure, axes = start(rows * (_BROAD + _more(names)) + 0.42)
    for place, case in enumerate(compared.cases):
        _bar(axes, place, table[table["case"] == case], say)
    axes.set_yticks(range(rows), [_with_units(names[case], case, table, say) for case in names])
    axes.set_ylim(rows - 0.45, -0.55)
    _of_shares(axes, say)
    dress(figure, words, _legend(table, say))
    return Drawing("types_by_case", words, table.copy(), figure)


def types_by_scheme(compared: Compared) -> Drawing:
    """Return a group of bars a scheme, in it a bar a case."""
    say, table = compared.say, compared.tables["schemes"]
    words = _caption_of_schemes(compared)
    schemes = list(dict.fromkeys(table["scheme"]))
    names = compared.rows()
    bar = _BAR + _more(names)
    tall = sum(_HEAD + bar * table.loc[table["scheme"] == s, "case"].nunique() for s in schemes)
    figure, axes = start(tall + 0.45)
    place, ticks, written = 0.0, [], []
    for scheme in schemes:
        own = table[table["scheme"] == scheme]
        axes.text(
            0.0,
            place + _HEAD * 0.62,
            compared.scheme(scheme),
            fontsize=TEXT,
            weight="bold",
            color=INK,
            va="center",
        )
        place += _HEAD
        for case in dict.fromkeys(own["case"]):
            _bar(axes, place + bar / 2, own[own["case"] == case], say, height=0.78 * _BAR)
            ticks.append(place + bar / 2)
            written.append(names[case])
            place += bar
    axes.set_yticks(ticks, written)
    axes.set_ylim(place + 0.03, 0)
    _of_shares(axes, say)
    dress(figure, words, _legend(table, say))
    return Drawing("types_by_scheme", words, table.copy(), figure)


def _bar(axes: Axes, place: float, part: pd.DataFrame, say: Language, height: float = 0.72) -> None:
    """Draw a bar of shares by type; a number is written where its part is wide enough."""
    left = 0.0
    panel = WIDTH - _ROOM - 0.3
    for type_, units, share in part[["type", "units", "share"]].itertuples(index=False, name=None):
        if not units:
            continue
        fill, ink = COLOURS[type_]
        axes.barh(
            place,
            share,
            left=left,
            height=height,
            facecolor=fill,
            edgecolor=INK,
            linewidth=0.5,
            hatch=HATCHES[type_] or None,
            hatchcolor=ink,
            label=f"_{part['case'].iloc[0]}:{type_}",
        )
        text = say.number(int(units))
        if width_of(text, SMALL) + 0.1 < share / 100 * panel:
            # On hatching a number is read on a patch of the fill.
            axes.text(
                left + share / 2,
                place,
                text,
                ha="center",
                va="center",
                fontsize=SMALL,
                color=ink,
                bbox={"facecolor": fill, "linewidth": 0, "boxstyle": "square,pad=0.12"}
                if HATCHES[type_]
                else None,
            )
        left += share


def _more(names: Mapping[str, str]) -> float:
    """Return the inches that a row needs more if one of the names has two lines."""
    return _SECOND_LINE if any("\n" in name for name in names.values()) else 0.0


def _with_units(name: str, case: str, table: pd.DataFrame, say: Language) -> str:
    number = int(table.loc[table["case"] == case, "units"].sum())
    return f"{name}\n{say.plural('{n} unit', '{n} units', number)}"


def _of_shares(axes: Axes, say: Language) -> None:
    axes.set_xlim(0, 100)
    axes.tick_params(left=False)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(say("Percent of all units of the case"), fontsize=SMALL)
    numbered(axes.xaxis, say)


def _legend(table: pd.DataFrame, say: Language) -> list[Patch]:
    there = table.loc[table["units"] > 0, "type"].unique()
    return [
        Patch(
            facecolor=COLOURS[type_][0],
            edgecolor=INK,
            linewidth=0.5,
            hatch=HATCHES[type_] or None,
            hatchcolor=COLOURS[type_][1],
            label=type_named(type_, say),
        )
        for type_ in TYPES
        if type_ in there
    ]


def _settled(table: pd.DataFrame, case: str) -> tuple[float, int]:
    """Return the share of types A to D of a case, and how many units have a type, mixed or not."""
    own = table[table["case"] == case]
    clear = own[own["type"].isin(TYPES[:4])]
    return float(clear["share"].sum()), int(own.loc[own["type"] != "undetermined", "units"].sum())


def not_alike(compared: Compared) -> list[str]:
    """Return a sentence on what the cases do not measure like for like, and one on figures that lack."""
    say, table = compared.say, compared.tables["criteria"]
    aspects = {
        "what is measured": say("what is measured"),
        "unit of measure": say("unit of measure"),
        "direction": say("direction of the comparison"),
        "dates": say("dates"),
        "years averaged": say("years averaged"),
        "level": say("level of the figures"),
        "larger areas standing in": say("larger areas standing in"),
    }
    said, differ = [], []
    for criterion in CRITERIA:
        own = table[table["criterion"] == criterion]
        without = own.loc[own["differs_in"] == NO_FIGURES, "case"]
        if len(without):
            said.append(
                say(
                    "No figures on {criterion}: {cases}.",
                    criterion=short(criterion, say),
                    cases=say.listing([compared.title(case) for case in without]),
                )
            )
        named = [
            aspects[each]
            for text in own["differs_in"].unique()
            for each in str(text).split("; ")
            if each in aspects
        ]
        if named:
            differ.append(
                say(
                    "{criterion} ({aspects})",
                    criterion=short(criterion, say),
                    aspects=say.listing(dict.fromkeys(named)),
                )
            )
    if differ:
        said.insert(
            0,
            say("Not like for like, the cases differ: {criteria}.", criteria="; ".join(differ)),
        )
    return said


def source_line(compared: Compared) -> str:
    """Return the source line of all figures that the criteria compare."""
    say = compared.say
    wanted = {
        each for cell in compared.tables["criteria"]["sources"] for each in str(cell).split(";")
    }
    said = [
        say(
            "{publisher}, {dataset} ({edition}; copy of {vintage})",
            publisher=pin["publisher"],
            dataset=pin["dataset"],
            edition=pin["edition"],
            vintage=pin["vintage"],
        )
        for pin in compared.settings["pins"]
        if f"{pin['id']}@{pin['vintage']}" in wanted
    ]
    return say("Source: {sources}.", sources="; ".join(dict.fromkeys(said)))


def _counted(compared: Compared, table: pd.DataFrame, case: str) -> str:
    own = table[table["case"] == case]
    number = dict(zip(own["type"], own["units"].astype(int), strict=True))
    return compared.say(
        "{case}: {counts}",
        case=compared.title(case),
        counts=criteria.said_counts(number, compared.say),
    )


def headline(compared: Compared, table: pd.DataFrame) -> str:
    """Return the largest and the smallest share of types A to D, of the cases whose units have types."""
    say = compared.say
    typed = [case for case in compared.cases if _settled(table, case)[1]]
    if len(typed) < 2:
        return say(
            "In {n} of {all} cases units have a type",
            n=say.number(len(typed)),
            all=say.number(len(compared.cases)),
        )
    order = sorted(typed, key=lambda case: -_settled(table, case)[0])
    first, last = order[0], order[-1]
    return say(
        "Economy and population agree in {first_share} of {first} and in {last_share} of {last}",
        first_share=say.percent(_settled(table, first)[0]),
        first=compared.title(first),
        last_share=say.percent(_settled(table, last)[0]),
        last=compared.title(last),
    )


def _caption_of_types(compared: Compared) -> Caption:
    say, table = compared.say, compared.tables["counts"]
    subtitle = " ".join(
        [
            say("Units of each case by type, under the references of the case itself."),
            criteria.meaning(say),
            *not_alike(compared),
        ]
    )
    title = headline(compared, table)
    alt = say(
        "A bar for each case, parted by the share of its units of each type. {title}. {counts}.",
        title=title,
        counts="; ".join(_counted(compared, table, case) for case in compared.cases),
    )
    return Caption(title, subtitle, source_line(compared), alt)


def _caption_of_schemes(compared: Compared) -> Caption:
    say, table = compared.say, compared.tables["schemes"]
    schemes = [name for name in dict.fromkeys(table["scheme"]) if name != OWN]
    ranges = []
    for case in compared.cases:
        own = table[(table["case"] == case) & table["type"].isin(TYPES[:4])]
        shares = own.groupby("scheme", sort=False)["share"].sum()
        ranges.append((float(shares.max() - shares.min()), case, shares))
    span, case, shares = max(ranges, key=lambda each: each[0])
    if not schemes:
        title = say("No references were asked for that all cases share")
    elif span < 0.05:
        title = say("The references change the share of types A to D in no case")
    else:
        title = say(
            "Depending on the references, types A to D cover {lowest} to {highest} of {case}",
            lowest=say.percent(float(shares.min())),
            highest=say.percent(float(shares.max())),
            case=compared.title(case),
        )
    subtitle = [say("Units of each case by type under the same references for all cases.")]
    subtitle += [scheme_in_full(compared, name) for name in schemes]
    lacking = lacks(compared)
    subtitle += lacking or []
    hidden = [
        compared.title(each)
        for each in compared.cases
        if "pseudonymise" in compared.settings["cases"][each]
    ]
    if hidden and schemes:
        subtitle.append(
            say(
                "Under pseudonyms and so only as the case itself has it: {cases}.",
                cases=say.listing(hidden),
            )
        )
    counts = [
        say(
            "{scheme}: {counts}",
            scheme=compared.scheme(name),
            counts="; ".join(
                _counted(compared, table[table["scheme"] == name], each)
                for each in dict.fromkeys(table.loc[table["scheme"] == name, "case"])
            ),
        )
        for name in dict.fromkeys(table["scheme"])
    ]
    alt = say(
        "Groups of bars, one a scheme of references, in each a bar a case parted by the share of its units "
        "of each type. {title}. {counts}.",
        title=title,
        counts=". ".join(counts),
    )
    return Caption(title, " ".join(subtitle), source_line(compared), alt)


def scheme_in_full(compared: Compared, name: str) -> str:
    """Return a sentence with the reference of each criterion under a scheme."""
    say, asked = compared.say, compared.settings["comparison"]["schemes"][name]
    by: dict[str, list[str]] = {}
    for criterion in CRITERIA:
        reference = (
            compared.reference(str(asked[criterion]))
            if criterion in asked
            else say("as each case has it")
        )
        by.setdefault(reference, []).append(short(criterion, say))
    said = [
        say("{reference} ({criteria})", reference=reference, criteria=say.listing(criteria_))
        for reference, criteria_ in by.items()
    ]
    return say(
        "Scheme “{scheme}”: {references}.", scheme=compared.scheme(name), references="; ".join(said)
    )


def question(criterion: str, say: Language) -> str:
    """Return the question that a criterion asks in every case, whatever its years are."""
    return {
        "sf_high": say("Had migrants settled before?"),
        "economy_improving": say("Does the economy improve?"),
        "population_improving": say("Does the population improve?"),
    }[criterion]


def short(criterion: str, say: Language) -> str:
    """Return what a criterion is about, in a word."""
    return {
        "sf_high": say("settlement"),
        "economy_improving": say("economy"),
        "population_improving": say("population"),
    }[criterion]


def lacks(compared: Compared) -> list[str]:
    """Return a sentence for each case and criterion that schemes leave without an answer."""
    say, table = compared.say, compared.tables["answers"]
    asked = table[table["scheme"] != OWN]
    number = asked["scheme"].nunique()
    said = []
    of_case = asked[asked["because"] != ""].groupby(["case", "criterion", "because"], sort=False)
    for (case, criterion, because), rows in of_case:
        schemes = [compared.scheme(name) for name in rows["scheme"]]
        about = {
            "case": compared.title(case),
            "criterion": short(criterion, say),
            "reason": because.rstrip("."),
        }
        said.append(
            say("{case}: {criterion} cannot be answered ({reason}).", **about)
            if len(schemes) == number
            else say(
                "{case}: {criterion} cannot be answered under {schemes} ({reason}).",
                schemes=say.listing(schemes),
                **about,
            )
        )
    return said


def criteria_by_case(compared: Compared) -> Drawing:
    """Return the median and quartiles of the units of each case, and its reference.

    A panel a criterion and unit of measure: points and percent never share an axis.
    """
    say, table = compared.say, compared.tables["criteria"]
    words, names = _caption_of_criteria(compared), compared.rows()
    asked = _panels(compared)
    rows = [len(cases) for _, _, cases in asked]
    row = _BAR * 1.15 + _more(names)
    figure, panels = start(
        row * sum(rows) + 0.55 * len(rows),
        len(rows),
        1,
        squeeze=False,
        height_ratios=[row * n + 0.2 for n in rows],
    )
    for axes, (criterion, unit, cases) in zip(panels[:, 0], asked, strict=True):
        own = table[table["criterion"] == criterion].set_index("case")
        for place, case in enumerate(cases):
            _quartiles(axes, place, own.loc[case], case, say)
        axes.set_yticks(range(len(cases)), [names[case] for case in cases])
        axes.set_ylim(len(cases) - 0.4, -0.6)
        axes.margins(x=0.08)
        axes.tick_params(left=False)
        head = question(criterion, say)
        if unit:
            measure = say("({units})", units=unit_in_words(unit, say))
            head = say("{question} {unit}", question=head, unit=measure)
        head = wrap(head, SMALL, "bold", WIDTH - _ROOM)
        axes.set_title(head, loc="left", fontsize=SMALL, weight="bold", color=INK, pad=4)
        if own.loc[cases, ["lowest", "median"]].notna().to_numpy().any():
            low, high = axes.get_xlim()
            if low < 0 < high:
                axes.axvline(0, color=RULE, linewidth=0.8, zorder=1, label="_zero")
            numbered(axes.xaxis, say)
        else:
            axes.set_xticks([])
    legend = [
        Line2D([], [], color=FAINT, linewidth=3.5, label=say("middle half of the units")),
        Line2D([], [], linestyle="none", marker="o", color=INK, markersize=5, label=say("median")),
        Line2D(
            [],
            [],
            linestyle="none",
            marker="|",
            markersize=11,
            markeredgewidth=2,
            color=COLOURS["C"][0],
            label=say("reference of the case"),
        ),
    ]
    dress(figure, words, legend, apart=1.5)
    return Drawing("criteria_by_case", words, _drawn(table), figure)


def _drawn(table: pd.DataFrame) -> pd.DataFrame:
    columns = [
        "case",
        "criterion",
        "indicator",
        "unit_of_measure",
        "dates_found",
        "level_found",
        "units_covered",
        "lower_quartile",
        "median",
        "upper_quartile",
        "lowest",
        "highest",
    ]
    return table[columns].copy()


def _quartiles(axes: Axes, place: int, row: pd.Series, case: str, say: Language) -> None:
    if not math.isnan(row["median"]):
        axes.plot(
            [row["lower_quartile"], row["upper_quartile"]],
            [place, place],
            color=FAINT,
            linewidth=3.5,
            solid_capstyle="butt",
            zorder=2,
            label=f"_{case}:half",
        )
        axes.plot(
            [row["median"]],
            [place],
            linestyle="none",
            marker="o",
            markersize=5,
            color=INK,
            zorder=4,
            label=f"_{case}",
        )
    if not math.isnan(row["lowest"]):
        ends = sorted({row["lowest"], row["highest"]})
        axes.plot(
            ends,
            [place] * len(ends),
            linestyle="none" if len(ends) == 1 else ":",
            linewidth=1,
            marker="|",
            markersize=11,
            markeredgewidth=2,
            color=COLOURS["C"][0],
            zorder=3,
            label=f"_{case}:reference",
        )
    if math.isnan(row["median"]) and math.isnan(row["lowest"]):
        axes.text(
            0.02,
            place,
            say("no figures"),
            transform=axes.get_yaxis_transform(),
            fontsize=SMALL,
            va="center",
            color=FAINT,
        )


def _panels(compared: Compared) -> list[tuple[str, str, list[str]]]:
    """Return criterion, unit of measure and cases of each panel; a case without figures is in the first."""
    table = compared.tables["criteria"]
    found = []
    for criterion in CRITERIA:
        own = table[table["criterion"] == criterion].set_index("case").loc[compared.cases]
        drawn = own[["lowest", "median"]].notna().any(axis=1)
        units = list(dict.fromkeys(own.loc[drawn, "unit_of_measure"])) or [""]
        for unit in units:
            here = drawn & own["unit_of_measure"].eq(unit)
            found.append((criterion, unit, list(own.index[here | (~drawn & (unit == units[0]))])))
    return found


def _caption_of_criteria(compared: Compared) -> Caption:
    say, table = compared.say, compared.tables["criteria"]
    known = table[table["criterion"].eq("population_improving") & table["median"].notna()]
    if len(known) > 1:
        top = known.loc[known["median"].idxmax()]
        low = known.loc[known["median"].idxmin()]
        title = say(
            "In the median unit inhabitants changed by {high} in {top} and by {low} in {last}",
            high=quantity(top["median"], top["unit_of_measure"], say, signed=True),
            top=compared.title(top["case"]),
            low=quantity(low["median"], low["unit_of_measure"], say, signed=True),
            last=compared.title(low["case"]),
        )
    else:
        title = say("What the three criteria compare, case by case")
    subtitle = " ".join(
        [
            say(
                "Values of the units of each case, each unit once; where a larger area stands in, its value "
                "counts for each of its units. Two marks of a reference are the lowest and the highest of "
                "the regions."
            ),
            *(
                [measured(compared, criterion) for criterion in CRITERIA]
                if len(compared.cases) <= _FEW
                else [
                    say("What each case measures, on which days and at which level: criteria.csv.")
                ]
            ),
            *not_alike(compared),
        ]
    )
    alt = say(
        "A panel for each criterion and unit of measure, with a row a case: the middle half of the values, "
        "their median and the reference. {title}. Medians: {medians}.",
        title=title,
        medians="; ".join(
            say(
                "{criterion}, {case}: {value}",
                criterion=short(row.criterion, say),
                case=compared.title(row.case),
                value=say("no figures")
                if math.isnan(row.median)
                else quantity(row.median, row.unit_of_measure, say, signed=row.median < 0, more=1),
            )
            for row in table.itertuples()
        ),
    )
    return Caption(title, subtitle, source_line(compared), alt)


def measured(compared: Compared, criterion: str) -> str:
    """Return a sentence: what each case measures for a criterion, on which dates, at which level."""
    say, table = compared.say, compared.tables["criteria"]
    said = [
        say(
            "{case}: {label} ({dates}; {level})",
            case=compared.title(row.case),
            label=say.own(row.label),
            dates=dates_in_words(row.dates_found, say),
            level=row.level_found,
        )
        for row in table[
            (table["criterion"] == criterion) & (table["dates_found"] != "")
        ].itertuples()
    ]
    return (
        say("{criterion} {cases}.", criterion=question(criterion, say), cases="; ".join(said))
        if said
        else ""
    )
