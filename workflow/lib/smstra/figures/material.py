"""What figures are drawn from: the tables of a case, the words of its language, its sources."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from smstra import csvio, pseudonym_words
from smstra.breaks import flags_in
from smstra.language import Language


@dataclass(frozen=True)
class Material:
    """The tables of one case that its figures show; a figure reads those that it needs.

    Attributes
    ----------
    case, variables, breaks, pins
        As in the settings of the job: the case, the vocabulary, the register of breaks, the pins.
    towns
        The chosen towns in order: ``unit, name, label, region, region_name, type, why``.
    tables
        By name, as the pipeline wrote them (numbers as float): ``series``, ``areas``, ``indicators``,
        ``typology``, ``sufficiency``, ``units``, ``intervals``, ``probabilities``, ``schemes``,
        ``combinations``; those of robustness only for a case that has them.
    """

    case: Mapping[str, Any]
    say: Language
    variables: Mapping[str, Mapping[str, Any]]
    breaks: Mapping[str, Mapping[str, Any]]
    pins: list[dict[str, Any]]
    towns: pd.DataFrame
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    def series(self, name: str) -> pd.DataFrame:
        """Return the rows of a series of the case, in the order of the table."""
        table = self.tables["series"]
        return table[table["series"] == name]

    def label(self, name: str) -> str:
        """Return the label of an indicator or series of the case, in the reader's language."""
        entry = self.case["indicators"].get(name) or self.case["series"][name]
        return self.say.own(entry["label"])

    def indicator(self, name: str) -> pd.DataFrame:
        """Return the rows of an indicator, indexed by unit."""
        table = self.tables["indicators"]
        return table[table["indicator"] == name].set_index("unit")

    def areas(self, name: str) -> pd.DataFrame:
        """Return an indicator's values of regions and the country, indexed by area."""
        table = self.tables["areas"]
        return table[table["indicator"] == name].set_index("area")

    def source_line(self, sources: Iterable[str]) -> str:
        """Return ``Source: publisher, dataset (edition; copy of vintage); ...``.

        ``sources`` are cells of a ``source`` column: ``dataset@vintage``, joined with ``;``.
        """
        wanted = {each for cell in sources for each in str(cell).split(";") if each}
        said = [
            self.say(
                "{publisher}, {dataset} ({edition}; copy of {vintage})",
                publisher=pin["publisher"],
                dataset=pin["dataset"],
                edition=pin["edition"],
                vintage=pin["vintage"],
            )
            for pin in self.pins
            if f"{pin['id']}@{pin['vintage']}" in wanted
        ]
        line = self.say("Source: {sources}.", sources="; ".join(dict.fromkeys(said)))
        return " ".join([line, *pseudonym_words.in_short(self.case, self.say)])

    def breaks_within(
        self, variables: Collection[str], sources: Iterable[str], first: str, last: str
    ) -> dict[str, Mapping[str, Any]]:
        """Return the registered breaks of ``variables`` after ``first``, up to ``last`` (ISO days)."""
        datasets = {each.split("@")[0] for cell in sources for each in str(cell).split(";")}
        return {
            name: entry
            for name, entry in self.breaks.items()
            if set(variables) & set(entry["variables"])
            and datasets & set(entry["datasets"])
            and first < entry["effective"] <= last
        }

    def breaks_in(self, flags: pd.Series) -> list[str]:
        """Return the breaks that a ``flags`` column names, as a reader would say them."""
        return [self._break(flag) for flag in flags_in(flags)]

    def _break(self, flag: str) -> str:
        name, _, transition = flag.removeprefix("break=").partition(":")
        if name not in self.breaks:
            year = name.removeprefix("flag_b_")
            return self.say("flag b (break) of the source in {year}", year=year)
        title = self.say.own(self.breaks[name]["title"])
        if transition:
            return self.say("a date lies in the transition of: {title}", title=title)
        return title

    def geography(self) -> str:
        """Return ``Belgian municipalities, geography of 1 January 2018``."""
        return self.say(
            "{units}, geography of {date}",
            units=self.say.own(self.case["title"]),
            date=self.say.date(self.case["geography"]["date"]),
        )


def load(
    settings: Mapping[str, Any],
    towns: Path,
    tables: Mapping[str, Path],
    numbers: Mapping[str, Iterable[str]] = MappingProxyType({}),
) -> Material:
    """Return the material of a case from its settings (:func:`smstra.job_settings.figures`) and files.

    ``numbers`` names, for some ``tables``, the columns that hold numbers beside those of
    :data:`smstra.csvio.NUMBERS`.
    """
    case = settings["case"]
    return Material(
        case=case,
        say=Language(case.get("language", "en"), case.get("translations")),
        variables=settings["variables"],
        breaks=settings["breaks"],
        pins=settings["pins"],
        towns=csvio.read(towns),
        tables={
            name: csvio.read(path, numbers=numbers.get(name, ())) for name, path in tables.items()
        },
    )
