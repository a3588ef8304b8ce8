"""Local administrative units of Europe: in which unit each country has its areas; generated series."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from smstra.errors import DataError, listing

# Square kilometres in one of each unit that a publisher may have meant.
KM2 = {"km2": 1.0, "ha": 0.01, "m2": 0.000001}
# How far the sum of a country's areas may lie from its size as documented elsewhere: with or without
# inland waters and territorial sea, and no farther. The units lie a factor of a hundred or more apart.
OF_SIZE = (0.75, 1.25)
# Inhabitants per km2 between which a whole country lies: Iceland has 3.5, Malta 1,600.
DENSITY = (1.0, 5000.0)
# Units of Europe lie between these, in km2: the smallest and the largest of the middle one of a country.
MEDIAN = (0.5, 5000.0)
AREA_COLUMNS = [
    "country",
    "unit_of_area",
    "units",
    "units_with_area",
    "sum_km2",
    "documented_km2",
    "ratio",
    "median_km2",
    "density",
    "decided_by",
]
YEARS = range(2003, 2017)
SEED = 2019
# Units of a degree of urbanisation (1 cities, 2 towns and suburbs, 3 rural areas; 0 unknown) without a
# number of inhabitants get one that is usual there; cities grow faster and hold more foreign residents.
_USUAL = {0: 1500.0, 1: 30000.0, 2: 6000.0, 3: 700.0}
_GROWTH = {0: 0.0, 1: 0.4, 2: 0.2, 3: -0.3}
_SETTLED = {0: 1.0, 1: 1.8, 2: 1.1, 3: 0.7}
# One unit in so many has no unemployment at all, as in real tables.
_ONE_GAP_IN = 200


def area_units(lau: pd.DataFrame, documented: Mapping[str, float]) -> pd.DataFrame:
    """Say for each country whether its areas are in m2, ha or km2.

    A unit of area is taken only if it is the one unit in which everything that can be looked at fits: the
    sum against the size of the country as documented (``OF_SIZE``; without such a size nothing is decided),
    the inhabitants per km2 of all units that have both (``DENSITY``), and the middle unit (``MEDIAN``).

    Parameters
    ----------
    lau
        ``country``, ``population`` and ``area`` (as published; floats, NaN where there is none).
    documented
        The size of each country in km2.

    Returns
    -------
    DataFrame
        ``AREA_COLUMNS``, a row a country, sorted: ``unit_of_area`` is empty where it is not decided;
        ``ratio`` is the sum over the documented size; ``decided_by`` says what was looked at, or why
        nothing is decided.
    """
    rows = []
    for country, own in lau.groupby("country", sort=True):
        known = own[own["area"] > 0]
        row = {
            "country": country,
            "unit_of_area": "",
            "units": len(own),
            "units_with_area": len(known),
            "documented_km2": documented.get(country, np.nan),
        }
        rows.append(row)
        if known.empty:
            row["decided_by"] = "not decided: no unit has an area"
            continue
        if country not in documented:
            row["decided_by"] = "not decided: no documented size of the country is at hand"
            continue
        both = known[known["population"].notna()]
        fits = [unit for unit in KM2 if _fits(known, both, KM2[unit], documented[country])]
        if len(fits) != 1:
            row["decided_by"] = f"not decided: the figures fit {listing(fits) or 'no unit of area'}"
            continue
        factor = KM2[fits[0]]
        looked = ["sum against the documented size", "area of the middle unit"]
        row |= {
            "unit_of_area": fits[0],
            "sum_km2": round(known["area"].sum() * factor, 3),
            "ratio": round(known["area"].sum() * factor / documented[country], 4),
            "median_km2": round(known["area"].median() * factor, 3),
        }
        if len(both):
            looked.append("inhabitants per km2")
            row["density"] = round(both["population"].sum() / (both["area"].sum() * factor), 2)
        row["decided_by"] = "; ".join(looked)
    return pd.DataFrame(rows, columns=AREA_COLUMNS)


def _fits(known: pd.DataFrame, both: pd.DataFrame, factor: float, documented: float) -> bool:
    area = known["area"].sum() * factor
    if not OF_SIZE[0] <= area / documented <= OF_SIZE[1]:
        return False
    if not MEDIAN[0] <= known["area"].median() * factor <= MEDIAN[1]:
        return False
    if both.empty:
        return True
    return DENSITY[0] <= both["population"].sum() / (both["area"].sum() * factor) <= DENSITY[1]


def units_of(lau: pd.DataFrame, countries: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the units under codes that are theirs alone, areas in km2, and how these were decided.

    Parameters
    ----------
    lau
        The published table, all text: ``country, nuts3_2016, lau_code, name, population,
        area_as_published, degurba`` and more.
    countries
        ``country`` (Eurostat's code), ``name``, ``area_km2`` (documented).

    Returns
    -------
    (units, decided)
        ``units``, all text, sorted by ``unit`` (``<country>_<LAU code>``): ``unit, name, nuts3, country,
        country_name, population, area_km2, degurba``; a unit without a name is called by its code; the
        degree of urbanisation is 1, 2, 3 or empty (code 9 is that it is not known). ``decided``:
        :func:`area_units`. DataError where a code stands twice or a country has no name.
    """
    names = dict(zip(countries["country"], countries["name"], strict=True))
    nameless = sorted(set(lau["country"]) - set(names))
    if nameless:
        raise DataError(f"No name of {listing(nameless)} in the table of countries; add it there.")
    table = pd.DataFrame(
        {"unit": lau["country"] + "_" + lau["lau_code"], "country": lau["country"]}
    )
    twice = table.loc[table["unit"].duplicated(), "unit"]
    if len(twice):
        raise DataError(
            f"The local administrative unit {twice.iloc[0]} stands twice in its country."
        )
    table["population"] = pd.to_numeric(lau["population"].replace("", np.nan))
    table["area"] = pd.to_numeric(lau["area_as_published"].replace("", np.nan))
    documented = dict(zip(countries["country"], pd.to_numeric(countries["area_km2"]), strict=True))
    decided = area_units(table, documented)
    factors = {
        country: KM2[unit]
        for country, unit in zip(decided["country"], decided["unit_of_area"], strict=True)
        if unit
    }
    # An area of nothing is one that is not known.
    area = table["area"].where(table["area"] > 0) * table["country"].map(factors)
    table["name"] = lau["name"].where(lau["name"] != "", lau["lau_code"])
    table["nuts3"] = lau["nuts3_2016"]
    table["country_name"] = table["country"].map(names)
    table["area_km2"] = ["" if np.isnan(each) else f"{each:.6f}" for each in area]
    table["population"] = ["" if np.isnan(each) else str(int(each)) for each in table["population"]]
    degree = {"1.0": "1", "2.0": "2", "3.0": "3"}
    table["degurba"] = lau["degurba"].map(degree).fillna("")
    columns = [
        "unit",
        "name",
        "nuts3",
        "country",
        "country_name",
        "population",
        "area_km2",
        "degurba",
    ]
    return table[columns].sort_values("unit", ignore_index=True), decided


def generated(units: pd.DataFrame, seed: int = SEED) -> pd.DataFrame:
    """Return yearly series that no office published: drawn, so that the workflow can be run at size.

    Growth, settlement and unemployment are sums of an effect of the country, of the NUTS 3 area, of the
    degree of urbanisation and of the unit itself, so neighbours are alike; the levels of inhabitants follow
    the published number where there is one. Each country has its own stream of random numbers (Philox),
    so its series do not depend on which other countries are drawn, only on its own units.

    Returns
    -------
    DataFrame
        ``unit``, then for each of ``YEARS`` ``residents_<year>`` and ``foreign_<year>`` (whole persons on
        1 January) and ``rate_<year>`` (unemployed in percent, one decimal; NaN where there is a gap).
    """
    parts = [
        _of_country(country, own.reset_index(drop=True), seed)
        for country, own in units.sort_values("unit").groupby("country", sort=True)
    ]
    return pd.concat(parts, ignore_index=True).sort_values("unit", ignore_index=True)


def _of_country(country: str, units: pd.DataFrame, seed: int) -> pd.DataFrame:
    key = np.array([seed, int.from_bytes(country.encode(), "big")], dtype=np.uint64)
    rng = np.random.Generator(np.random.Philox(key=key))
    number, years = len(units), np.array(YEARS)
    degree = pd.to_numeric(units["degurba"].replace("", "0")).astype(int)
    area, names = pd.factorize(units["nuts3"], sort=True)

    def effect(of_country: float, of_area: float, of_unit: float) -> np.ndarray:
        drawn = rng.normal(0, of_country), rng.normal(0, of_area, len(names))
        return drawn[0] + drawn[1][area] + rng.normal(0, of_unit, number)

    growth = effect(0.3, 0.4, 0.6) + degree.map(_GROWTH).to_numpy()
    share = 6 * np.exp(effect(0.4, 0.35, 0.5)) * degree.map(_SETTLED).to_numpy()
    arrivals = 0.15 * np.exp(effect(0.3, 0.3, 0.6))
    unemployed = 9 * np.exp(effect(0.25, 0.2, 0.15))
    course = effect(0.15, 0.2, 0.15)

    usual = degree.map(_USUAL).to_numpy() * np.exp(rng.normal(0, 0.8, number))
    published = pd.to_numeric(units["population"].replace("", np.nan)).to_numpy(float)
    level = np.where(np.isnan(published), usual, published)
    wander = np.cumsum(rng.normal(0, 0.3, (number, len(years))), axis=1)
    before_2019 = (years - 2019)[None, :]
    residents = np.rint(level[:, None] * np.exp((growth[:, None] * before_2019 + wander) / 100))
    percent = np.clip(share[:, None] + arrivals[:, None] * (years - 2005)[None, :], 0, 80)
    foreign = np.rint(residents * percent / 100)
    crisis = 2.5 * np.exp(-(((years - 2011) / 3.0) ** 2))[None, :]
    rate = unemployed[:, None] + crisis + course[:, None] * (years - 2005)[None, :]
    rate = np.round(np.clip(rate + rng.normal(0, 0.4, rate.shape), 0.5, 45), 1)
    rate[rng.integers(0, _ONE_GAP_IN, number) == 0] = np.nan
    columns = {"unit": units["unit"].to_numpy(object)}
    for name, values in (("residents", residents), ("foreign", foreign), ("rate", rate)):
        columns |= {f"{name}_{year}": values[:, at] for at, year in enumerate(YEARS)}
    return pd.DataFrame(columns)
