"""The workbook: every cell is the table's, in LibreOffice too; units, formats, colours, sources, limits."""

from __future__ import annotations

import csv
import os
import re
import runpy
import shutil
import subprocess
import zipfile
from collections import Counter
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from build import ROOT
from openpyxl.worksheet.worksheet import Worksheet
from testland_tables import Land, land_with, written

from smstra import csvio
from smstra.figures.palette import COLOURS
from smstra.report import workbook

SHEETS = (
    "overview",
    "locality_profiles",
    "look_alikes",
    "typology",
    "verdicts",
    "candidates",
    "selection",
    "references",
    "indicators",
    "sufficiency",
    "checks",
    "overview columns",
)
OFFICE = ("soffice", "libreoffice")


@pytest.fixture(scope="module")
def land(tmp_path_factory: pytest.TempPathFactory) -> Land:
    made = land_with(tmp_path_factory.mktemp("land"), ["T01", "T05", "T12", "T04"])
    profiles = runpy.run_path(str(ROOT / "workflow/scripts/make_locality_profiles.py"))
    folder = tmp_path_factory.mktemp("profiles")
    used = ("units", "indicators", "sufficiency", "typology", "towns", "areas")
    files = written({name: made.tables[name] for name in used}, folder)
    case = {k: v for k, v in made.settings["case"].items() if k != "robustness"}
    outputs = [folder / name for name in ("locality_profiles.csv", "look_alikes.csv", "pages")]
    profiles["run"]({**made.settings, "case": case}, files, *outputs)
    for path in outputs[:2]:
        made.tables[path.stem] = csvio.read(path, profiles["locality_profiles"].NUMBERS)
    chosen = made.tables["typology"][["unit", "name", "region", "type"]].head(3)
    worth = {"set": 1, "typicality": 0.25, "probability": 0.7, "loss": 0.000334, "least_km": 12.5}
    made.tables["selection"] = pd.concat([made.tables["selection"], chosen.assign(**worth)])
    return made


def write(land: Land, folder: Path, names: tuple[str, ...] = SHEETS) -> Path:
    """Run the rule's script on Testland's tables; return the workbook."""
    files = written({name: land.tables[name] for name in names}, folder)
    run = runpy.run_path(str(ROOT / "workflow/scripts/write_workbook.py"))["run"]
    run(land.whole, files, folder / "workbook.xlsx")
    return folder / "workbook.xlsx"


@pytest.fixture(scope="module")
def path(land: Land, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(land, tmp_path_factory.mktemp("book"))


@pytest.fixture(scope="module")
def book(path: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(path)


def lines_of(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.reader(text))


def header(sheet: Worksheet) -> dict[str, tuple[str, str]]:
    """Return column letter and unit by the name of each column."""
    heads = {}
    for cell in sheet[1]:
        name, _, unit = cell.value.partition("\n")
        heads[name] = (cell.column_letter, unit.strip("[]"))
    return heads


def shown(value: object) -> str:
    return csvio.cell(float(value)) if isinstance(value, int | float) else str(value or "")


def test_every_cell_is_that_of_the_table(book: openpyxl.Workbook, path: Path) -> None:
    assert book.sheetnames == ["readme", *SHEETS, "columns", "sources"]
    for name in SHEETS:
        head, *expected = lines_of(path.with_name(f"{name.replace(' ', '_')}.csv"))
        sheet = book[name]
        assert list(header(sheet)) == head
        found = [
            [shown(value) for value in line]
            for line in sheet.iter_rows(min_row=2, values_only=True)
        ]
        wanted = [[shown(_number(text)) for text in line] for line in expected]
        assert [[shown(_number(text)) for text in line] for line in found] == wanted


def _number(text: str) -> object:
    """Return a text that is a number as one, with twelve digits; programs hold fifteen."""
    if re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?(e-?\d+)?", text):
        return float(f"{float(text):.12g}")
    return text


def test_text_is_text_and_nothing_is_a_formula(book: openpyxl.Workbook) -> None:
    names = [row[1] for row in book["typology"].iter_rows(min_row=2)]
    assert [cell.value for cell in names[:5]] == [
        "=1+1",
        'Übel, "Bad"',
        "+cmd",
        "Łańcut-op-Zee",
        "@sum",
    ]
    kinds = Counter(cell.data_type for sheet in book for line in sheet.iter_rows() for cell in line)
    assert set(kinds) <= {"s", "n"}
    assert {cell.data_type for cell in names} == {"s"}


def test_every_sheet_of_a_table_has_filters_and_a_header_that_stays(
    book: openpyxl.Workbook,
) -> None:
    for name in book.sheetnames[1:]:
        sheet = book[name]
        assert sheet.auto_filter.ref == sheet.dimensions, name
        left, top = sheet.freeze_panes[0], sheet.freeze_panes[1:]
        assert top == "2", name
        frozen = {"overview": "C", "locality_profiles": "C", "selection": "D", "references": "B"}
        assert left == frozen.get(name, left)
        assert sheet.print_title_rows == "$1:$1"


def test_units_stand_in_the_header_and_numbers_are_shown_by_them(book: openpyxl.Workbook) -> None:
    overview, typology = header(book["overview"]), header(book["typology"])
    assert overview["sf"][1] == "percent"
    assert overview["density"][1] == "inhabitants per km²"
    assert overview["price"][1] == "EUR"
    assert typology["varun"][1] == typology["sf_distance"][1] == "percentage points"
    formats = {
        ("overview", "sf"): "#,##0.0",
        ("overview", "density"): "#,##0",
        ("overview", "price"): "#,##0",
        ("typology", "varun_distance"): "#,##0.0",
        ("verdicts", "probability"): "0.000",
        ("verdicts", "share_agreeing"): "#,##0.0",
        ("candidates", "inhabitants"): "#,##0",
        ("selection", "typicality"): "0.00",
        ("selection", "loss"): "0.000000",
        ("look_alikes", "distance"): "#,##0.00",
    }
    for (name, column), expected in formats.items():
        letter, _ = header(book[name])[column]
        found = {c.number_format for c in book[name][letter][1:] if c.value is not None}
        assert found == {expected}, (name, column)
    for name, columns in (
        ("indicators", ["value"]),
        ("locality_profiles", ["value", "region_value", "country_value"]),
    ):
        sheet, heads = book[name], header(book[name])
        unit = heads["unit_of_measure"][0]
        of_unit = {"percent": "#,##0.0", "percentage points": "#,##0.0"}
        for column in columns:
            assert heads[column][1] == ""
            for cell in sheet[heads[column][0]][1:]:
                if cell.value is not None:
                    expected = of_unit.get(sheet[f"{unit}{cell.row}"].value, "#,##0")
                    assert cell.number_format == expected


def test_names_and_numbers_fit_into_their_columns(book: openpyxl.Workbook) -> None:
    for name in ("selection", "overview", "verdicts"):
        # Neighbours of the same width are one entry.
        widths = {
            place: dimension.width
            for dimension in book[name].column_dimensions.values()
            for place in range(dimension.min, dimension.max + 1)
        }
        for place, (column, (letter, _)) in enumerate(header(book[name]).items(), start=1):
            width = widths[place]
            assert len(column) < width
            for cell in book[name][letter][1:]:
                if isinstance(cell.value, int | float):
                    places = len(cell.number_format.partition(".")[2])
                    assert len(f"{cell.value:,.{places}f}") < width, (name, column)


def test_every_column_of_types_is_coloured_as_in_the_figures(book: openpyxl.Workbook) -> None:
    coloured = {}
    for name in book.sheetnames[1:]:
        letters = {letter: column for column, (letter, _) in header(book[name]).items()}
        for area, rules in book[name].conditional_formatting._cf_rules.items():
            first, last = str(area.sqref).split(":")
            assert (first[1:], last[1:]) == ("2", str(book[name].max_row))
            coloured[name, letters[first[0]]] = {
                rule.formula[0].strip('"'): (
                    rule.dxf.fill.bgColor.rgb[2:],
                    rule.dxf.font.color.rgb[2:],
                )
                for rule in rules
            }
    assert set(coloured) == {
        ("overview", "type"),
        ("typology", "type"),
        ("verdicts", "type"),
        ("verdicts", "modal_type"),
        ("verdicts", "most_probable_type"),
        ("candidates", "type"),
        ("selection", "type"),
        ("look_alikes", "other_type"),
    }
    palette = {name: (fill[1:], ink[1:]) for name, (fill, ink) in COLOURS.items()}
    assert all(colours == palette for colours in coloured.values())


def test_every_column_is_explained_with_its_unit(book: openpyxl.Workbook) -> None:
    rows = list(book["columns"].iter_rows(min_row=2, values_only=True))
    expected = [
        (name, column, unit or None)
        for name in (*SHEETS, "sources")
        for column, (_, unit) in header(book[name]).items()
    ]
    assert [(sheet, column, unit) for sheet, column, _, unit in rows] == expected
    unexplained = [(sheet, column) for sheet, column, meaning, _ in rows if not meaning]
    assert unexplained == []


def test_the_readme_says_types_thresholds_flags_and_sheets(
    book: openpyxl.Workbook, land: Land
) -> None:
    rows = [(a or "", b or "") for a, b in book["readme"].iter_rows(values_only=True)]
    said = dict(rows)
    assert said["Title"] == "Towns of Testland: typology of towns"
    for name, (fill, _) in COLOURS.items():
        (cell,) = (line[0] for line in book["readme"].iter_rows() if line[0].value == name)
        assert cell.fill.fgColor.rgb[2:] == fill[1:]
    references = land.tables["references"].set_index("criterion")["value"]
    words = " ".join(text for _, text in rows)
    assert f"Foreign residents is at least {references['sf_high']:.3f}" in words
    assert f"Change of unemployment is at most +{references['economy_improving']:.3f}" in words
    assert "Change of inhabitants is at least 0.000" in words
    assert set(book.sheetnames[1:]) <= set(said)
    documented = re.findall(
        r"^\| `([a-z_]+=[^`]+)`", (ROOT / "docs/flags.md").read_text("utf-8"), re.M
    )
    assert len(documented) > 8
    assert set(documented) <= set(said)


def test_sources_are_all_pins_in_use(book: openpyxl.Workbook, land: Land) -> None:
    head, *lines = book["sources"].iter_rows(values_only=True)
    rows = {line[0]: dict(zip(head, line, strict=True)) for line in lines}
    assert set(rows) == {pin["id"] for pin in land.whole["pins"]}
    for pin in land.whole["pins"]:
        for key in ("publisher", "dataset", "edition", "vintage", "licence", "sha256", "file"):
            assert rows[pin["id"]][key] == pin[key]
        assert rows[pin["id"]]["publisher_address"] == pin["publisher_address"]


def test_the_file_holds_no_clock_and_no_user_and_is_the_same_again(
    path: Path, land: Land, tmp_path: Path
) -> None:
    assert write(land, tmp_path).read_bytes() == path.read_bytes()
    with zipfile.ZipFile(path) as members:
        assert {info.date_time[0] for info in members.infolist()} == {1980}
        core = members.read("docProps/core.xml").decode()
    assert re.findall(r"<dcterms:created[^>]*>([^<]*)<", core) == ["2026-01-02T00:00:00Z"]
    assert re.findall(r"<(?:dc:creator|cp:lastModifiedBy)>([^<]*)<", core) == ["", ""]


def test_a_case_without_the_blocks_has_a_workbook_without_their_sheets(
    land: Land, tmp_path: Path
) -> None:
    names = ("overview", "typology", "references", "indicators", "sufficiency", "checks")
    book = openpyxl.load_workbook(write(land, tmp_path, names))
    assert book.sheetnames == ["readme", *names, "columns", "sources"]
    said = {row[0] for row in book["readme"].iter_rows(values_only=True)}
    assert "verdicts" not in said


def test_tables_of_no_rows_are_sheets_with_their_header(land: Land, tmp_path: Path) -> None:
    empty = {
        name: land.tables[name].iloc[:0]
        for name in ("selection", "locality_profiles", "look_alikes")
    }
    book = openpyxl.load_workbook(write(land._replace(tables={**land.tables, **empty}), tmp_path))
    assert list(header(book["look_alikes"])) == list(land.tables["look_alikes"].columns)
    assert book["selection"].max_row == 1


def test_what_a_sheet_or_a_cell_cannot_hold_is_said_with_the_file_that_can(
    land: Land, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdicts = land.tables["verdicts"].assign(because="ä" * 40_000)
    indicators = land.tables["indicators"]
    monkeypatch.setattr(workbook, "MOST_ROWS", len(indicators))
    changed = land._replace(tables={**land.tables, "verdicts": verdicts})
    book = openpyxl.load_workbook(write(changed, tmp_path))
    assert book["indicators"].dimensions == "A1:A1"
    assert book["indicators"]["A1"].value == (
        f"This table has {len(indicators)} rows, more than a sheet can hold; indicators.csv has them all."
    )
    letter, _ = header(book["verdicts"])["because"]
    text = book["verdicts"][f"{letter}2"].value
    assert len(text) == 32_767
    assert text.endswith("ä … (longer than a cell can hold; verdicts.csv has it all)")
    assert book["typology"].max_row == len(land.tables["typology"]) + 1


def office() -> str:
    """Return LibreOffice; skip the test, or fail it where it is required."""
    found = next(filter(None, map(shutil.which, OFFICE)), None)
    if found:
        return found
    said = "no LibreOffice: neither soffice nor libreoffice is installed"
    if os.environ.get("SMSTRA_OFFICE") == "required":
        pytest.fail(said)
    pytest.skip(said)


@pytest.mark.xdist_group("office")
def test_libreoffice_opens_it_clean_and_reads_every_cell(path: Path, tmp_path: Path) -> None:
    program = office()
    # Every sheet as CSV: comma, quotes, UTF-8, values in full and not as they are shown.
    form = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
    done = subprocess.run(
        [
            program,
            f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
            "--headless",
            "--convert-to",
            form,
            "--outdir",
            str(tmp_path / "out"),
            str(path),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    made = {file.name: lines_of(file) for file in (tmp_path / "out").iterdir()}
    names = ["readme", *SHEETS, "columns", "sources"]
    assert set(made) == {f"workbook-{name}.csv" for name in names}
    broken = re.compile(r"Err:\d+|#(NAME|REF|VALUE|DIV/0|N/A|NUM|NULL)[?!]?|###")
    for lines in made.values():
        assert not any(broken.search(cell) for line in lines for cell in line)
    for name in SHEETS:
        head, *expected = lines_of(path.with_name(f"{name.replace(' ', '_')}.csv"))
        first, *found = made[f"workbook-{name}.csv"]
        assert [text.partition("\n")[0] for text in first] == head
        assert len(found) == len(expected), name
        for line, wanted in zip(found, expected, strict=True):
            assert list(map(_number, line)) == list(map(_number, wanted))
