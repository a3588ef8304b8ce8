"""Write the tables compiled or generated from Eurostat's local administrative units of 2019.

``python benchmarks/make_lau.py`` writes the same bytes as lie in data/snapshots (with polars 2.1.0); a
test holds the tables against them. See workflow/lib/smstra/lau.py for how each is made.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
import polars

from smstra import csvio, lau

ROOT = Path(__file__).resolve().parents[1]
VINTAGE = "2026-11-22"
PUBLISHED = f"data/snapshots/eurostat/lau_2019/{VINTAGE}/lau_2019.csv"
COUNTRIES = f"data/snapshots/geonames/country_areas/{VINTAGE}/country_areas.csv"
REGISTER = ["unit", "name", "nuts3", "country", "country_name"]
FIGURES = ["unit", "population", "area_km2", "degurba"]


def compiled(root: Path = ROOT) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the units and how the unit of area of each country was decided (:func:`lau.units_of`)."""
    tables = [
        pd.read_csv(root / path, dtype=str, keep_default_na=False)
        for path in (PUBLISHED, COUNTRIES)
    ]
    return lau.units_of(*tables)


def snapshot(folder: Path, dataset: str, ending: str) -> Path:
    """Return where a table of this project lies; its folder is made."""
    path = folder / f"data/snapshots/smstra/{dataset}/{VINTAGE}/{dataset}.{ending}"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def write(
    units: pd.DataFrame, decided: pd.DataFrame, series: pd.DataFrame, folder: Path
) -> list[Path]:
    """Write the four tables below ``folder``; return where."""
    paths = [
        snapshot(folder, "lau_units", "csv"),
        snapshot(folder, "lau_figures", "csv"),
        snapshot(folder, "lau_area_units", "csv"),
        snapshot(folder, "lau_generated", "parquet"),
    ]
    csvio.write(units[REGISTER], paths[0])
    csvio.write(units[FIGURES], paths[1])
    csvio.write(decided, paths[2])
    whole = [name for name in series if name.startswith(("residents", "foreign"))]
    packed = polars.DataFrame({name: series[name].to_numpy() for name in series}).with_columns(
        polars.col(whole).cast(polars.Int32), polars.selectors.starts_with("rate").fill_nan(None)
    )
    packed.write_parquet(paths[3], compression="zstd", compression_level=15, statistics=False)
    return paths


def main() -> None:
    """Write the tables into the project, or elsewhere."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=ROOT, help="the folder of a project")
    folder = parser.parse_args().to
    units, decided = compiled()
    for path in write(units, decided, lau.generated(units), folder):
        print(path.relative_to(folder), path.stat().st_size)


if __name__ == "__main__":
    main()
