"""The tables that are only described: each is read from a small file in its publisher's true form."""

from __future__ import annotations

import io
import itertools
from pathlib import Path

import openpyxl
import pandas as pd
import publishers
import pytest
import xlwt
from conftest import REPO

from smstra import config, formats, job_settings
from smstra.made_columns import with_made_columns
from smstra.refresh import read
from smstra.sources.eurostat import queries
from smstra.sources.registers import join_registers, readings
from smstra.vintages import as_fetched

SETTINGS = config.load({"cases": ["be"]}, REPO)
EUROSTAT = [
    (name, table)
    for name, entry in SETTINGS.described.items()
    for table, how in entry.get("live", {}).get("tables", {}).items()
    if "eurostat" in how
]


def observed(name: str, table: str, file: str, raw: bytes) -> pd.DataFrame:
    """Return the observations of a file, read as the shipped configuration describes it."""
    entry = SETTINGS.described[name]
    reading = readings(as_fetched({**entry, "vintage": "v1"}, [table]))[table]
    part = job_settings.refresh(SETTINGS, name)
    units = None
    if "code_lists" in entry:
        units = join_registers(
            entry["code_lists"], entry["code_changes"], part["datasets"], part["pins"], REPO
        )
    frame = with_made_columns(formats.parse(raw, reading, file), reading, file)
    return read(name, reading, frame, part, units)


def figures(table: pd.DataFrame) -> list[tuple[object, ...]]:
    cells = table[["variable", "level", "unit", "date", "value", "status"]]
    return [tuple(None if pd.isna(c) else c for c in row) for row in cells.to_numpy().tolist()]


@pytest.mark.parametrize(("name", "table"), EUROSTAT)
def test_every_dataflow_of_eurostat_is_read_by_its_own_filters(name: str, table: str) -> None:
    how = SETTINGS.described[name]["live"]["tables"][table]
    query, place = how["eurostat"], how["unit"]["column"]
    levels = how["level"]["code_length"]
    codes = {"2": "BE", "3": "BE1", "4": "BE10", "5": "BE100", "6": "BE001C", "7": "BE001C1"}
    held = SETTINGS.described[name]["code_prefixes"]
    country = "BE" if "BE" in held else held[0]
    places = [codes[length].replace("BE", country) for length in levels]
    dims = [*query["filters"], place]
    lines = [
        "STRUCTURE,STRUCTURE_ID," + ",".join(dims) + ",TIME_PERIOD,OBS_VALUE,OBS_FLAG,CONF_STATUS"
    ]
    others = [] if place == "cities" else ["EU27_2020", "EA20", "EFTA"]
    for keys in itertools.product(*query["filters"].values(), [*places, *others]):
        start = f"dataflow,ESTAT:{query['dataflow']}(1.0),{','.join(keys)}"
        lines += [f"{start},2013,1.5,bp,", f"{start},2014,,,C"]
    raw = ("\r\n".join(lines) + "\r\n").encode()
    frame = formats.parse(raw, how, "x.csv")
    assert queries.gaps(query, frame) == []
    found = observed(name, table, "x.csv", raw)
    assert set(found["variable"]) == set(how["variables"])
    assert set(found["unit"]) == set(places)
    assert set(found["level"]) == set(levels.values())
    assert set(found["status"]) == {"bp", "C"}
    assert len(found) == len(how["variables"]) * len(places) * 2
    assert f"/{query['dataflow']}/1.0?" in queries.address(query)


def test_the_datasets_that_the_documents_name_are_described() -> None:
    flows = {
        how["eurostat"]["dataflow"].lower()
        for entry in SETTINGS.described.values()
        for how in entry.get("live", {}).get("tables", {}).values()
        if "eurostat" in how
    }
    assert flows == {
        *("urb_cpop1", "urb_cpopcb", "urb_clma", "urb_clivcon", "demo_r_pjanaggr3"),
        *("demo_r_gind3", "reg_area3", "lfst_r_lfu3pers", "lfst_r_lfe2emp", "lfst_r_lfu3rt"),
        *("migr_pop1ctz", "migr_resfirst", "migr_asyappctza"),
    }


def test_walstat() -> None:
    raw = (
        "ins,type_entite,entite,periode,\n"
        "92094,Commune,Namur,moyenne annuelle 2014,14.2\n"
        "62063,Commune,Liège,Moyenne annuelle 2014,25.1\n"
        "82003,Commune,Bastogne,moyenne annuelle 2014,9.0\n"
        "82005,Commune,Bertogne,moyenne annuelle 2014,8.0\n"
        "92003,Commune,Andenne,moyenne annuelle 2014,non disponible\n"
    ).encode()
    assert figures(observed("iweps_unemployment_rate", "walstat", "walstat.csv", raw)) == [
        ("unemployment_rate_jobseekers", "municipality", "62063", "2014-01-01", 25.1, ""),
        ("unemployment_rate_jobseekers", "municipality", "92003", "2014-01-01", None, "missing"),
        ("unemployment_rate_jobseekers", "municipality", "92094", "2014-01-01", 14.2, ""),
    ]


def test_steunpunt_werk() -> None:
    head = "Geo\tGeslacht\tLeeftijdsklasse\tJaar\tGeslacht_titel\tWerkloosheidsgraad (%)\r\n"
    rows = [
        "Gent\tTotaal\t15-64\t2014\tMannen en vrouwen\t10,4%\r\n",
        "Luik\tTotaal\t15-64\t2014\tMannen en vrouwen\t24,0%\r\n",
        "Aalst (Aalst)\tTotaal\t15-64\t2005\tMannen en vrouwen\t7,9%\r\n",
        "Herstappe\tTotaal\t15-64\t2014\tMannen en vrouwen\t\r\n",
    ]
    raw = (head + "".join(rows)).encode("utf-16")
    name = "steunpunt_werk_unemployment_rate"
    found = figures(observed(name, "vlaamse_arbeidsrekening", "tabel.csv", raw))
    assert [row[2:] for row in found] == [
        ("41002", "2005-01-01", 7.9, ""),
        ("44021", "2014-01-01", 10.4, ""),
        ("62063", "2014-01-01", 24.0, ""),
        ("73028", "2014-01-01", None, "missing"),
    ]


def test_onem() -> None:
    book = xlwt.Workbook()
    for year in ("2017", "2018"):
        sheet = book.add_sheet(year)
        sheet.write(0, 0, "ONEM")
        sheet.write(3, 0, "Unités physiques - Moyenne annuelle")
        rows = [
            ["", "CCI-DE", "Total"],
            ["Chatelet", 1902, 2000],  # without its accent
            ["Sint-Niklaas", "<10", 12],
            ["arr. Charleroi", 9000, 9001],
            ["prov. Hainaut", 9500, 9501],
            ["Région Bruxelles-Capitale", 5, 5],
        ]
        for line, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write(5 + line, column, cell)
    made = io.BytesIO()
    book.save(made)
    found = observed("onem_jobseekers", "cci_commune", "CCI.xls", made.getvalue())
    assert [row[2:] for row in figures(found)] == [
        ("46021", "2017-01-01", None, "missing"),
        ("46021", "2018-01-01", None, "missing"),
        ("52012", "2017-01-01", 1902, ""),
        ("52012", "2018-01-01", 1902, ""),
    ]
    assert set(found["row"]) == {"2017!7", "2017!8", "2018!7", "2018!8"}


def test_inhabitants_a_sheet_a_year_with_larger_areas_among_them_and_notes_below() -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for year, top in ((2018, 1), (2025, 3)):
        sheet = book.create_sheet(f"Bevolking in {year}")
        for _ in range(top):
            sheet.append(["Bevolking per gemeente"])
        sheet.append(["NIS code", "Gemeente", "Mannen", "Vrouwen", "Totaal"])
        sheet.append(["01000", "België", 1, 2, 11376070])
        sheet.append(["02000", "Vlaams Gewest", 1, 2, 6552967])
        sheet.append(["21000", "Arrondissement Brussel", 1, 2, 1198726])
        sheet.append(["11002", "Antwerpen", 1, 2, 523248])
        sheet.append([])
        sheet.append(["Bron: Statbel"])
    made = io.BytesIO()
    book.save(made)
    name = "statbel_population_per_municipality"
    found = figures(observed(name, "bevolking_per_gemeente", "b.xlsx", made.getvalue()))
    assert {(row[1], row[2]) for row in found} == {
        ("country", "01000"),
        ("region", "02000"),
        ("arrondissement", "21000"),
        ("municipality", "11002"),
    }
    assert {row[3] for row in found} == {"2018-01-01", "2025-01-01"}


@pytest.mark.parametrize("prefix", ["CD", "TX"])
def test_building_stock_in_both_generations(prefix: str) -> None:
    header = (
        f"CD_YEAR|CD_REFNIS|{prefix}_REFNIS_NL|{prefix}_REFNIS_FR|CD_REFNIS_LVL|CD_STAT_TYPE|"
        f"{prefix}_STAT_TYPE_NL|CD_BUILDING_TYPE|{prefix}_BUILDING_TYPE_NL|MS_VALUE"
    )
    lines = []
    for code, level in (("01000", "1"), ("11002", "5")):
        for stat, number in (("T1", 7), ("T8", 10)):
            for kind in range(1, 7):
                value = number + kind
                lines.append(f"2025|{code}|Naam|Région|{level}|{stat}|Aantal|R{kind}|Soort|{value}")
    encoding = "utf-8-sig" if prefix == "CD" else "cp1252"
    raw = publishers.zipped("building_stock_open_data_2025.txt", header, lines, encoding)
    found = figures(observed("statbel_building_stock", "building_stock", "b.zip", raw))
    assert found == [
        ("dwellings", "country", "01000", "2025-01-01", 81, ""),
        ("dwellings", "municipality", "11002", "2025-01-01", 81, ""),
    ]


def test_nothing_described_lacks_its_file_of_configuration() -> None:
    assert {entry["file"] for entry in SETTINGS.described.values()} == {
        path.relative_to(REPO).as_posix() for path in Path(REPO / "config/datasets").glob("*.yaml")
    }
