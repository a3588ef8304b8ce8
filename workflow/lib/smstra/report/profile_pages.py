"""A page for each chosen town, and one that lists them: the reports' overview of local cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pandas as pd

from smstra import pseudonym_words, window
from smstra.flags_in_words import in_words, kinds
from smstra.language import Language
from smstra.locality_profiles import comparable, contributions_in
from smstra.measures import unit_of_differences
from smstra.outcomes import TYPES
from smstra.report import citations, wording
from smstra.report.pages import render
from smstra.typology import CRITERIA
from smstra.vocabulary import as_list

# What must stand beside a number in running text; the table has the other flags too.
_SAID_IN_TEXT = ("year_substituted", "indicator", "level", "merged_unit", "break", "missing")
_CHANGES = ("relative_change", "difference", "difference_of_shares")
_FOREIGN = ("residents_foreign", "share_foreign")
# As many differences of a look-alike as a line holds.
_DIFFERENCES = 2


@dataclass(frozen=True)
class Tables:
    """The tables behind the pages, as the pipeline wrote them, with numbers as float.

    ``verdicts``, ``intervals`` and ``probabilities`` only for a case with ``robustness``,
    ``candidates`` only for one with ``selection``.
    """

    towns: pd.DataFrame
    profiles: pd.DataFrame
    look_alikes: pd.DataFrame
    units: pd.DataFrame
    indicators: pd.DataFrame
    areas: pd.DataFrame
    typology: pd.DataFrame
    sufficiency: pd.DataFrame
    verdicts: pd.DataFrame | None = None
    intervals: pd.DataFrame | None = None
    probabilities: pd.DataFrame | None = None
    candidates: pd.DataFrame | None = None


def pages(settings: Mapping[str, Any], tables: Tables, say: Language) -> dict[str, str]:
    """Return the pages by file name: ``index.html`` and one a chosen town (see :func:`file_of`).

    ``settings``: ``case, variables, breaks, pins``. What the case has no block for is left out;
    a case without a chosen town has an index that says so.
    """
    return _Pages(settings, tables, say).all()


def file_of(unit: str) -> str:
    """Return the file name of a town's page: its code, with what an address cannot hold as %."""
    return f"{quote(unit, safe='')}.html"


class _Pages:
    def __init__(self, settings: Mapping[str, Any], tables: Tables, say: Language) -> None:
        self.case = settings["case"]
        self.variables = settings["variables"]
        self.breaks = settings["breaks"]
        self.pins = settings["pins"]
        self.tables = tables
        self.say = say
        self.country = say.own(self.case["geography"]["country_unit"]["name"])
        self.dates = tables.sufficiency.set_index("indicator")["dates_found"].to_dict()
        self.typology = tables.typology.set_index("unit")
        self.values = tables.indicators.set_index(["unit", "indicator"]).sort_index()
        self.towns = tables.towns.to_dict("records")

    def all(self) -> dict[str, str]:
        title = self.say.own(self.case["title"])
        made = {
            "index.html": render(
                "profile_index.html.j2",
                self.say,
                title=title,
                rows=[self._index_row(town) for town in self.towns],
                heads=[
                    {
                        "label": self._label(spec["indicator"]),
                        "unit": wording.unit_in_words(self._unit(spec["indicator"]), self.say),
                    }
                    for spec in self.case["criteria"].values()
                ],
                verdicts=self.tables.verdicts is not None,
                notice=" ".join(pseudonym_words.notice(self.case, self.say)),
            )
        }
        for place, town in enumerate(self.towns):
            before = self.towns[place - 1] if place else None
            after = self.towns[place + 1] if place + 1 < len(self.towns) else None
            made[file_of(town["unit"])] = render(
                "profile.html.j2",
                self.say,
                title=title,
                town=town["label"],
                code=town["unit"],
                region=self.say.own(town["region_name"]),
                chosen=wording.chosen_in_words(town["why"], self.say),
                notice=" ".join(pseudonym_words.notice(self.case, self.say)),
                type=self._type(town),
                headline=self._headline(town),
                paragraph=" ".join(self._paragraph(town)),
                numbers=self._numbers(town),
                look_alikes=self._look_alikes(town),
                criteria=self._criteria(town),
                verdict=self._verdict(town),
                candidate=self._candidate(town),
                sources=self._sources(town),
                before=_link(before),
                after=_link(after),
            )
        return made

    def _label(self, indicator: str) -> str:
        return self.say.own(self.case["indicators"][indicator]["label"])

    def _type(self, town: Mapping[str, Any]) -> dict[str, str]:
        type_ = town["type"]
        return {
            "name": type_,
            "short": type_ if len(type_) == 1 else wording.type_named(type_, self.say),
        }

    def _of(self, table: pd.DataFrame | None, unit: str) -> dict[str, Any] | None:
        """Return the unit's row of a table that has one row a unit; None if there is no table."""
        if table is None:
            return None
        found = table[table["unit"] == unit]
        return found.to_dict("records")[0] if len(found) else None

    def _value(self, unit: str, indicator: str) -> dict[str, Any]:
        return self.values.loc[(unit, indicator)].to_dict()

    def _unit(self, indicator: str) -> str:
        """Return the unit of measure of an indicator, the same in all units."""
        own = self.tables.indicators
        return own.loc[own["indicator"] == indicator, "unit_of_measure"].iloc[0]

    def _changes(self, indicator: str) -> bool:
        return self.case["indicators"][indicator]["definition"] in _CHANGES

    def _number(self, value: float, indicator: str, more: int = 0) -> str:
        unit = self._unit(indicator)
        return wording.number(value, unit, self.say, self._changes(indicator), more)

    def _quantity(self, value: float, indicator: str, unit_of_measure: str, more: int = 0) -> str:
        signed = self._changes(indicator)
        return wording.quantity(value, unit_of_measure, self.say, signed, more)

    def _headline(self, town: Mapping[str, Any]) -> str:
        cell = self.typology.at[town["unit"], "cell"]
        meaning = wording.type_in_words(town["type"], cell, self.case, self.say)
        named = wording.type_named(town["type"], self.say)
        verdict = self._of(self.tables.verdicts, town["unit"])
        if verdict is None or town["type"] == "undetermined":
            said = self.say("{type}: {meaning}", type=named, meaning=meaning)
        else:
            said = self.say(
                "{type}, {verdict}: {meaning}",
                type=named,
                verdict=wording.verdict_in_words(verdict["verdict"], self.say),
                meaning=meaning,
            )
        return said[:1].upper() + said[1:]

    # The first paragraph.

    def _paragraph(self, town: Mapping[str, Any]) -> list[str]:
        say, unit = self.say, town["unit"]
        region = say.own(town["region_name"])
        said = [
            say(
                "{town} lies in {region} ({country}).",
                town=town["label"],
                region=region,
                country=self.country,
            )
            if town["region"]
            else say(
                "{town} lies in {country}; its region is not given.",
                town=town["label"],
                country=self.country,
            )
        ]
        people, density = self._measure_of_size()
        if people:
            own = self._value(unit, people)
            if pd.notna(own["value"]):
                number = say.number(own["value"])
                aside = self._aside(people, own, town, compared=False)
                said.append(
                    say("It had {number} inhabitants ({aside}).", number=number, aside=aside)
                )
        size = self.typology.at[unit, "size_class"]
        if size:
            said.append(say("Its size class is: {size}.", size=say.own(size)))
        if density:
            said.append(self._density(density, town))
        return [*said, self._growth(town), self._share(town), self._economy(town)]

    def _measure_of_size(self) -> tuple[str | None, str | None]:
        """Return the indicators with the inhabitants and the density by which units are classed."""
        sizes, indicators = self.case["size_classes"], self.case["indicators"]
        people, area = sizes["inhabitants"]["variable"], sizes.get("area", {}).get("variable")
        day = sizes["inhabitants"]["date"]
        levels, ratios = (
            {
                name: entry["date"]
                for name, entry in indicators.items()
                if entry["definition"] == definition
                and as_list(entry["of"]) == [people]
                and as_list(entry.get("in", [])) == base
            }
            for definition, base in (("level", []), ("ratio", [area]))
        )
        return tuple(
            min(found, key=lambda name: (found[name] != day, name), default=None)
            for found in (levels, ratios)
        )

    def _density(self, name: str, town: Mapping[str, Any]) -> str:
        own = self._value(town["unit"], name)
        if pd.isna(own["value"]):
            return self._sentence(name, town)
        return self.say(
            "Its density was {density} ({aside}).",
            density=self._quantity(own["value"], name, own["unit_of_measure"]),
            aside=self._aside(name, own, town),
        )

    def _growth(self, town: Mapping[str, Any]) -> str:
        name = self.case["criteria"]["population_improving"]["indicator"]
        entry, own = self.case["indicators"][name], self._value(town["unit"], name)
        people = self.case["size_classes"]["inhabitants"]["variable"]
        counted = entry["definition"] == "relative_change" and as_list(entry["of"]) == [people]
        if not counted or pd.isna(own["value"]):
            return self._sentence(name, town)
        return self.say(
            "The number of inhabitants changed by {change} ({aside}).",
            change=self._quantity(own["value"], name, own["unit_of_measure"]),
            aside=self._aside(name, own, town),
        )

    def _share(self, town: Mapping[str, Any]) -> str:
        name = self.case["criteria"]["sf_high"]["indicator"]
        entry, own = self.case["indicators"][name], self._value(town["unit"], name)
        foreign = as_list(entry.get("of", []))[:1]
        plain = own["unit_of_measure"] == "percent" and not self._changes(name)
        if not plain or not set(foreign) & set(_FOREIGN) or pd.isna(own["value"]):
            return self._sentence(name, town)
        return self.say(
            "Foreign nationals were {share} of its residents ({aside}).",
            share=self._quantity(own["value"], name, own["unit_of_measure"]),
            aside=self._aside(name, own, town),
        )

    def _economy(self, town: Mapping[str, Any]) -> str:
        """Return the change that the criterion compares, with the rates at its ends if they are known."""
        name = self.case["criteria"]["economy_improving"]["indicator"]
        own = self._value(town["unit"], name)
        ends = [
            self._value(town["unit"], other)["value"]
            for other in self._levels_at_the_ends(self.case["indicators"][name])
        ]
        if len(ends) < 2 or pd.isna([*ends, own["value"]]).any():
            return self._sentence(name, town)
        start, end = (self.say.percent(value) for value in ends)
        return self.say(
            "The unemployment rate was {start} at the start of the period and {end} at its end, a change "
            "of {change} ({aside}).",
            start=start,
            end=end,
            change=self._quantity(own["value"], name, own["unit_of_measure"]),
            aside=self._aside(name, own, town),
        )

    def _levels_at_the_ends(self, change: Mapping[str, Any]) -> list[str]:
        """Return the indicators with the unemployment rate at the two ends of ``change``, if any."""
        of = as_list(change.get("of", []))
        if not of or not of[0].startswith("unemployment_rate") or "from" not in change:
            return []
        return [
            name
            for day in (change["from"], change["to"])
            for name, entry in self.case["indicators"].items()
            if entry["definition"] == "level"
            and as_list(entry["of"]) == of
            and entry["date"] == day
        ]

    def _sentence(self, indicator: str, town: Mapping[str, Any]) -> str:
        """Return an indicator of a town as a sentence, with its date, its country and what to know."""
        own = self._value(town["unit"], indicator)
        label = self._label(indicator)
        if pd.isna(own["value"]):
            reasons = self._flags(own["flags"], ("missing",)) or [self.say("no value")]
            return self.say("{label}: {reason}.", label=label, reason="; ".join(reasons))
        return self.say(
            "{label}: {value} ({aside}).",
            label=label,
            value=self._quantity(own["value"], indicator, own["unit_of_measure"]),
            aside=self._aside(indicator, own, town),
        )

    def _aside(
        self, indicator: str, own: Mapping[str, Any], town: Mapping[str, Any], compared: bool = True
    ) -> str:
        """Return what belongs to a number in brackets: dates, flags, the country's value."""
        said = self._flags(own["flags"], _SAID_IN_TEXT)
        # A substitution says the date of the figure itself.
        if "year_substituted" not in dict(kinds(own["flags"])):
            said.insert(0, wording.dates_in_words(self.dates[indicator], self.say))
        if compared:
            areas = self.tables.areas
            of = areas[(areas["indicator"] == indicator) & (areas["what"] == "country")]
            if len(of) and pd.notna(of["value"].iloc[0]):
                value = self._quantity(of["value"].iloc[0], indicator, own["unit_of_measure"])
                said.append(self.say("{area}: {value}", area=self.country, value=value))
        return "; ".join(said)

    def _flags(self, flags: str, about: Iterable[str] | None = None) -> list[str]:
        chosen = [flag for kind, flag in kinds(flags) if about is None or kind in about]
        return in_words(";".join(chosen), self.case, self.breaks, self.say, self.variables)

    # The table of numbers.

    def _numbers(self, town: Mapping[str, Any]) -> dict[str, Any]:
        say, notes = self.say, _Notes()
        rows = []
        own = self.tables.profiles[self.tables.profiles["unit"] == town["unit"]]
        for row in own.to_dict("records"):
            unit, signed = row["unit_of_measure"], self._changes(row["indicator"])
            texts = self._flags(row["flags"])
            texts += self._made_how(row)
            cells = {
                key: wording.number(row[column], unit, say, signed)
                for key, column in (
                    ("value", "value"),
                    ("region", "region_value"),
                    ("country", "country_value"),
                )
            }
            larger = bool(row["level"]) and row["level"] != self.case["geography"]["level"]
            rows.append(
                {
                    **cells,
                    "label": say.own(row["label"]),
                    "unit": wording.unit_in_words(unit, say) if unit else "",
                    "dates": wording.dates_in_words(self.dates[row["indicator"]] or "–", say),
                    "rank_in_region": self._rank(row, "region", larger),
                    "rank_in_country": self._rank(row, "country", larger),
                    "notes": [notes.number(text) for text in texts],
                }
            )
        return {
            "rows": rows,
            "notes": notes.texts,
            "region": say.own(town["region_name"]),
            "country": self.country,
        }

    def _made_how(self, row: Mapping[str, Any]) -> list[str]:
        """Return how the values of region and country were made, where not from summed counts."""
        say = self.say
        region, country = (
            wording.how_in_words(how, say) if how not in ("", "sum_of_counts") else ""
            for how in (row["region_how"], row["country_how"])
        )
        if region and region == country:
            return [say("values of region and country: {how}", how=region)]
        said = [say("value of the region: {how}", how=region)] if region else []
        return [*said, say("value of the country: {how}", how=country)] if country else said

    def _rank(self, row: Mapping[str, Any], what: str, larger: bool) -> str:
        if pd.isna(row[f"rank_in_{what}"]):
            return "–"
        rank, of = (self.say.number(row[f"{key}_in_{what}"]) for key in ("rank", "of"))
        if larger:
            return self.say("{rank} of {of} areas", rank=rank, of=of)
        return self.say("{rank} of {of}", rank=rank, of=of)

    # The nearest look-alikes.

    def _look_alikes(self, town: Mapping[str, Any]) -> dict[str, Any] | None:
        block, say = self.case.get("locality_profiles"), self.say
        if block is None:
            return None
        lacking = [
            self._label(name)
            for name in block["compared_by"]
            if pd.isna(self._value(town["unit"], name)["value"])
        ]
        if lacking:
            return {
                "rows": [],
                "how": say(
                    "Nothing can be compared, for {town} has no value of: {indicators}.",
                    town=town["label"],
                    indicators=say.listing(lacking),
                ),
            }
        number = len(comparable(block, self.tables.units, self.tables.indicators))
        labels = say.listing(self._label(name) for name in block["compared_by"])
        if block["distance"] == "mahalanobis":
            how = say(
                "Compared by: {indicators}. The distance is that of Mahalanobis: differences in standard "
                "deviations of the {n} units that have all these figures, freed of the correlations "
                "between them; 0 would be the same in all of them.",
                indicators=labels,
                n=say.number(number),
            )
        else:
            how = say(
                "Compared by: {indicators}. The distance is Euclidean, of differences in standard "
                "deviations of the {n} units that have all these figures; 0 would be the same in all of "
                "them.",
                indicators=labels,
                n=say.number(number),
            )
        if block["among"] == "candidates":
            how += " " + say("Only candidates of the selection are named.")
        chosen = {other["unit"] for other in self.towns}
        own = self.tables.look_alikes[self.tables.look_alikes["unit"] == town["unit"]]
        rows = [
            {
                "place": say.number(row["place"]),
                "name": row["other_name"],
                "code": row["other"],
                "file": quote(file_of(row["other"])) if row["other"] in chosen else "",
                "region": say.own(row["other_region_name"]),
                "type": self._type({"type": row["other_type"]}),
                "distance": say.number(row["distance"], 2),
                "differences": self._differences(town["unit"], row),
            }
            for row in own.to_dict("records")
        ]
        return {"rows": rows, "how": how}

    def _differences(self, unit: str, row: Mapping[str, Any]) -> list[str]:
        said = []
        for name in list(contributions_in(row["contributions"]))[:_DIFFERENCES]:
            there, here = (self._value(code, name) for code in (row["other"], unit))
            said.append(
                self.say(
                    "{label}: {there} against {here}",
                    label=self._label(name),
                    there=self._quantity(there["value"], name, there["unit_of_measure"]),
                    here=self._quantity(here["value"], name, here["unit_of_measure"]),
                )
            )
        return said

    # The type and how sure it is.

    def _criteria(self, town: Mapping[str, Any]) -> list[dict[str, str]]:
        say, own = self.say, self.typology.loc[town["unit"]]
        intervals = self.tables.intervals
        rows = []
        for criterion, column in CRITERIA.items():
            spec = self.case["criteria"][criterion]
            name = spec["indicator"]
            unit = unit_of_differences(self._unit(name))
            keeps = "–"
            if intervals is not None and town["type"] != "undetermined":
                found = intervals[
                    (intervals["unit"] == town["unit"]) & (intervals["criterion"] == criterion)
                ]
                keeps = self._keeps(found.to_dict("records")[0], name)
            rows.append(
                {
                    "question": wording.criterion_in_words(criterion, self.case, say),
                    "indicator": self._label(name),
                    "unit": wording.unit_in_words(self._unit(name), say),
                    "value": self._number(own[column], name, more=1),
                    "threshold": self._number(own[f"{column}_reference"], name, more=1),
                    "scheme": wording.scheme_in_words(spec["reference"], say),
                    "holds_if": self._holds_if(spec["holds_if"]),
                    "difference": wording.number(own[f"{column}_distance"], unit, say, True, 1),
                    "answer": wording.answer_in_words(own[criterion], say),
                    "keeps": keeps,
                }
            )
        return rows

    def _holds_if(self, holds_if: str) -> str:
        return {
            "at_least": self.say("yes if at least"),
            "above": self.say("yes if above"),
            "at_most": self.say("yes if at most"),
            "below": self.say("yes if below"),
        }[holds_if]

    def _keeps(self, row: Mapping[str, Any], indicator: str) -> str:
        """Return for which thresholds the type stays, as a reader says it."""
        say, said = self.say, []
        if pd.notna(row["keeps_from"]):
            bound = self._number(row["keeps_from"], indicator, more=1)
            included = row["keeps_from_included"] in (True, "true")
            said.append(
                say("{bound} or higher", bound=bound)
                if included
                else say("above {bound}", bound=bound)
            )
        if pd.notna(row["keeps_to"]):
            bound = self._number(row["keeps_to"], indicator, more=1)
            included = row["keeps_to_included"] in (True, "true")
            said.append(
                say("{bound} or lower", bound=bound)
                if included
                else say("below {bound}", bound=bound)
            )
        return say.listing(said) if said else say("wherever it is")

    def _verdict(self, town: Mapping[str, Any]) -> dict[str, Any] | None:
        own, say = self._of(self.tables.verdicts, town["unit"]), self.say
        if own is None:
            return None
        said = []
        if pd.notna(own["share_agreeing"]):
            said.append(
                say(
                    "The type is the same in {share} of the combinations of definitions, references and "
                    "periods that give one.",
                    share=say.percent(own["share_agreeing"]),
                )
            )
        if pd.notna(own["probability"]):
            said.append(
                say(
                    "Its probability is {share} (standard error {error} percentage points), given the "
                    "errors of figures and thresholds that the case assumes.",
                    share=say.percent(100 * own["probability"]),
                    error=say.number(100 * own["probability_se"], 1),
                )
            )
        if pd.notna(own["typicality_rank"]):
            rank = say.number(own["typicality_rank"])
            alike = int((self.typology["type"] == town["type"]).sum())
            said.append(
                say(
                    "It is number {rank} of the {n} units of its type, counted from the one that lies "
                    "deepest inside it.",
                    rank=rank,
                    n=say.number(alike),
                )
            )
        return {
            "word": wording.verdict_in_words(own["verdict"], say),
            "sentences": said,
            "because": own["because"],
            "probabilities": self._probabilities(town["unit"]),
            "bounds": self._bounds(),
        }

    def _bounds(self) -> str:
        words = self.case["robustness"]["verdicts"]
        values = {
            f"{word}_{key}": self.say.percent(100 * words[word][key], 0)
            for word in ("robust", "likely")
            for key in ("probability", "agreement")
        }
        return self.say(
            "Robust: probability {robust_probability} or more and the same type in {robust_agreement} or "
            "more of the combinations; likely: {likely_probability} and {likely_agreement} or more; "
            "borderline: less.",
            **values,
        )

    def _probabilities(self, unit: str) -> list[dict[str, Any]]:
        drawn = self._of(self.tables.probabilities, unit) or {}
        rows = []
        for type_ in TYPES:
            share = drawn.get(f"p_{type_}", float("nan"))
            if pd.isna(share) or (type_ == "undetermined" and not share):
                continue
            error = drawn.get(f"se_{type_}", float("nan"))
            rows.append(
                {
                    "type": self._type({"type": type_}),
                    "share": self.say.percent(100 * share),
                    "error": self.say.number(100 * error, 1),
                    "width": f"{100 * share:.1f}" if share else "",
                }
            )
        return rows

    # Its place in the selection.

    def _candidate(self, town: Mapping[str, Any]) -> dict[str, Any] | None:
        own, say = self._of(self.tables.candidates, town["unit"]), self.say
        if own is None:
            return None
        size = [say.own(own["size_class"])] if own["size_class"] else []
        if pd.notna(own["inhabitants"]):
            size.append(wording.quantity(own["inhabitants"], "inhabitants", say))
        arrivals = [
            wording.quantity(own[column], unit, say, signed=True)
            for column, unit in (
                ("arrivals_persons", "persons"),
                ("arrivals_points", "percentage points"),
            )
            if pd.notna(own[column])
        ]
        reception = [self._reception(own["reception"])]
        if pd.notna(own["reception_places"]):
            places = say.number(own["reception_places"])
            reception.append(say("{n} places at most", n=places))
        politics = [text for text in (own["tradition"], own["parties"]) if text]
        rows = [
            (say("Type"), [wording.type_named(own["type"], say)], own["type_check"]),
            *self._answers(own),
            (say("Population size"), size, own["size_check"]),
            (
                say("Migrants arrived after {year}", year=window.arrivals_from(self.case)),
                arrivals,
                own["arrivals_check"],
            ),
            (say("Reception centre"), reception, own["reception_check"]),
            (say("Region"), [say.own(own["region_name"])], own["region_check"]),
            (say("Local politics"), politics, own["politics_check"]),
        ]
        return {
            "passes": own["candidate"] == "pass",
            "rows": [
                {"question": question, "found": "; ".join(found) or say("unknown"), "state": state}
                for question, found, state in (
                    (question, found, wording.state_in_words(state, say))
                    for question, found, state in rows
                )
            ],
            "reasons": own["reasons"],
        }

    def _answers(self, own: Mapping[str, Any]) -> list[tuple[str, list[str], str]]:
        """Return the row on the criteria by whose answers the case chooses; none if it does not."""
        if "answers_check" not in own:
            return []
        said = [
            wording.answer_to_criterion(criterion, own[criterion], self.say)
            for criterion in CRITERIA
            if criterion in own
        ]
        return [(self.say("Single criteria"), said, own["answers_check"])]

    def _reception(self, answer: str) -> str:
        return wording.answer_in_words({"yes": True, "no": False}.get(answer), self.say)

    def _sources(self, town: Mapping[str, Any]) -> list[str]:
        criteria = [spec["indicator"] for spec in self.case["criteria"].values()]
        used = self.tables.indicators[
            (self.tables.indicators["unit"] == town["unit"])
            & self.tables.indicators["indicator"].isin([*self.case["profile"], *criteria])
        ]
        wanted = set(citations.sources_in(used))
        pins = [pin for pin in self.pins if f"{pin['id']}@{pin['vintage']}" in wanted]
        return citations.sentences(pins).splitlines()

    def _index_row(self, town: Mapping[str, Any]) -> dict[str, Any]:
        own = self.typology.loc[town["unit"]]
        values = []
        for criterion, column in CRITERIA.items():
            name = self.case["criteria"][criterion]["indicator"]
            values.append(self._number(own[column], name))
        verdict = self._of(self.tables.verdicts, town["unit"])
        return {
            "file": quote(file_of(town["unit"])),
            "name": town["label"],
            "region": self.say.own(town["region_name"]),
            "type": self._type(town),
            "verdict": wording.verdict_in_words(verdict["verdict"], self.say) if verdict else "",
            "size": self.say.own(own["size_class"]),
            "values": values,
            "why": wording.chosen_in_words(town["why"], self.say),
        }


class _Notes:
    """Notes below a table, each text once, numbered in the order of their first mention."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def number(self, text: str) -> int:
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text) + 1


def _link(town: Mapping[str, Any] | None) -> dict[str, str] | None:
    if town is None:
        return None
    return {"file": quote(file_of(town["unit"])), "name": town["label"]}
