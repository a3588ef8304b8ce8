"""`smstra audit` and `smstra why`: what they print, in which spelling they are asked, what they refuse."""

from __future__ import annotations

import argparse
import csv
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from smstra import csvio, job_settings
from smstra.audit import lineage
from smstra.audit.addresses import address, case_of, column_number
from smstra.audit.case_results import cases_in, settings_behind
from smstra.audit.columns import Tables, tables_of
from smstra.audit.trace import Trace
from smstra.audit.tree_text import tree
from smstra.audit.units_named import find
from smstra.commands import audit, why
from smstra.errors import DataError

TYPES = ("A", "B", "C", "D", "mixed", "undetermined")


def trace_again(folder: Path) -> None:
    """Write the lineage of Testland in ``folder`` for its results as they are."""
    settings = settings_behind("tl", folder / "results", folder)
    results = folder / "results/tl"
    outputs = [file for file in results.rglob("*.csv") if "audit" not in file.parts]
    lineage.write(job_settings.lineage(settings, "tl"), results, outputs, results / lineage.FILE)


def traced(done: Path, folder: Path) -> Path:
    """Return a copy of what a run of Testland left, with its lineage; pictures and code stay behind."""
    behind = shutil.ignore_patterns("*.svg", "*.pdf", "*.png", "logs", "settings", "observations")
    for name in ("config", "data", "results"):
        shutil.copytree(done / name, folder / name, ignore=behind)
    trace_again(folder)
    return folder


@pytest.fixture(scope="module")
def land(testland_done: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Testland after its run, with its lineage; not to be changed."""
    return traced(testland_done, tmp_path_factory.mktemp("audit") / "land")


@pytest.fixture(scope="module")
def chosen(testland_chosen: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Testland with robustness, with its lineage; not to be changed."""
    return traced(testland_chosen.folder, tmp_path_factory.mktemp("audit_chosen") / "land")


@pytest.fixture
def own(land: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed by the test."""
    return shutil.copytree(land, tmp_path / "own")


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[str, int]]:
    """Return a function that runs a command in a folder: its output and exit code."""

    def run(folder: Path, command: Any, *arguments: str) -> tuple[str, int]:
        monkeypatch.chdir(folder)
        parser = argparse.ArgumentParser()
        command.ask(parser)
        answer = command.run(parser.parse_args(arguments))
        return answer if isinstance(answer, tuple) else (answer, 0)

    return run


def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every node of a tree."""
    yield node
    for each in node["inputs"]:
        yield from nodes(each)


def spoiled(path: Path, old: str, new: str, line: int) -> None:
    """Change a text in one line of a file, 1 being the first."""
    lines = path.read_text(encoding="utf-8").split("\n")
    assert old in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new, 1)
    path.write_text("\n".join(lines), encoding="utf-8")


# --- audit ---


def test_the_tree_goes_from_the_type_to_the_text_of_the_cells(land: Path, at: Any) -> None:
    text, code = at(land, audit, "tl", "T12")
    assert code == 0
    said = "T12 is a sum of two units until 2010: lines of both are shown"
    assert 'tl_people.csv, line 26, column total: "12070"' in text, said
    assert 'tl_people.csv, line 27, column total: "23990"' in text
    assert "100 x (48600 / 36060 - 1) = 34.77537437603993" in text
    assert "results/tl/typology.csv:13:type" in text
    assert "the figure is of 1 January 2007, in place of 1 January 2005" in text
    assert "the value is that of a larger area, zone Z3" in text
    assert "sums over 12 areas" in text
    for each in ("publisher: Statistics Testland", "licence: CC0", "as pinned"):
        assert each in text
    assert re.search(r"SHA-256: [0-9a-f]{64}, as pinned", text)
    for indicator in ("density", "price", "unemployment_2014"):
        assert f"\n  {indicator}" in text, "the other indicators are listed"


def test_json_is_the_same_tree(land: Path, at: Any) -> None:
    text, _ = at(land, audit, "tl", "T12", "sf", "--json")
    content = json.loads(text)
    own = content["tree"]
    assert own["cell"].startswith("results/tl/indicators.csv:")
    assert own["unit_of_measure"] == "percent"
    assert len(own["version"]) == 64
    leaves = [node for node in nodes(own) if "file" in node]
    assert {node["column"] for node in leaves} == {"total", "foreign"}
    for node in leaves:
        with (land / node["file"]).open(encoding="utf-8", newline="") as file:
            row = list(csv.DictReader(file))[int(node["line"]) - 2]
        assert row[node["column"]] == node["value"]
    assert {about["file"] for about in content["sources"]} == {node["file"] for node in leaves}


def test_all_lists_every_unit_behind_a_reference(land: Path, at: Any) -> None:
    few, _ = at(land, audit, "--cell", "results/tl/references.csv:2:value", "--json")
    many, _ = at(land, audit, "--cell", "results/tl/references.csv:2:value", "--all", "--json")
    assert [len(each["inputs"]) for each in json.loads(few)["tree"]["inputs"]] == [0, 0]
    assert [len(each["inputs"]) for each in json.loads(many)["tree"]["inputs"]] == [12, 12]
    assert {each["count"] for each in json.loads(few)["tree"]["inputs"]} == {12}


def test_every_column_can_be_traced_and_what_is_redone_agrees(land: Path) -> None:
    settings = settings_behind("tl", land / "results", land)
    trace = Trace("tl", settings, land / "results", land)
    seen = 0
    for table in tables_of(trace.folder.rglob("*.csv"), trace.folder):
        rows = trace.tables.rows(table)
        for column in trace.tables.header(table) if rows else ():
            node = trace.cell(table, len(rows) // 2, column)
            lines = tree(node)
            assert not any("cannot be read" in line for line in lines)
            if node["how"] in ("copied", "computed") and node["value"] and not node.get("above"):
                assert node["inputs"], (table, column)
                seen += 1
    assert seen > 100


@pytest.mark.parametrize(
    ("cell", "printed"),
    [
        ("results/tl/typology.csv:3:type", "type"),
        ("results/tl/typology.csv:3:sf_distance", "distance"),
        ("results/tl/typology.csv:3:economy_improving", "answer"),
        ("results/tl/typology.csv:3:size_class", "class"),
        ("results/tl/references.csv:3:value", "reference"),
        ("results/tl/profiles.csv:4:density", "a copy"),
        ("results/tl/indicators.csv:12:value", "an indicator of a unit that merged later"),
    ],
)
def test_values_are_redone_from_the_sources(land: Path, at: Any, cell: str, printed: str) -> None:
    text, code = at(land, audit, "--cell", cell, "--recompute", "--json")
    made = json.loads(text)["recomputation"]
    assert code == 0, printed
    assert made["possible"]
    assert made["agrees"]
    assert made["cells"] or printed == "class"
    assert made["recomputed"]


def test_what_differs_from_the_sources_has_an_exit_code_of_its_own(own: Path, at: Any) -> None:
    path = own / "results/tl/indicators.csv"
    table = csvio.read(path)
    line = table.index[(table["unit"] == "T03") & (table["indicator"] == "sf")][0]
    table.loc[line, "value"] += 0.001
    csvio.write(table, path)
    text, code = at(own, audit, "tl", "T03", "sf", "--recompute")
    assert code == 3
    assert "DIFFERS from" in text
    assert "indicators.csv is not the table that the lineage was written for" in text
    text, code = at(own, audit, "tl", "T04", "sf", "--recompute")
    assert "agrees with what stands there" in text
    assert code == 3, "the table is another one"


def test_a_copy_is_compared_itself_and_its_changed_origin_is_named(own: Path, at: Any) -> None:
    path = own / "results/tl/indicators.csv"
    table = csvio.read(path)
    line = table.index[(table["unit"] == "T03") & (table["indicator"] == "sf")][0]
    was = csvio.cell(table.loc[line, "value"])
    table.loc[line, "value"] += 1
    now = csvio.cell(table.loc[line, "value"])
    csvio.write(table, path)
    asked = ("--cell", "results/tl/typology.csv:4:sf")
    text, code = at(own, audit, *asked)
    assert code == 3
    assert text.startswith(
        "results/tl/indicators.csv is not the table that the lineage was written"
    )
    assert f"note: this is NO COPY: indicators.csv has {now}" in text
    text, code = at(own, audit, *asked, "--recompute")
    assert code == 3
    assert "DIFFERS" not in text, "the cell asked for is right"
    assert f"which agrees with what stands there, {was}; but results/tl/indicators.csv:" in text
    assert f"of which it should be a copy, has {now}" in text


def test_a_changed_figure_is_held_against_its_line(own: Path, at: Any) -> None:
    text, code = at(own, audit, "tl", "T12", "varni")
    assert code == 0
    path = own / "results/tl/harmonised.csv"
    place = int(re.search(r"= 36060\n.*harmonised\.csv:(\d+):value", text)[1])
    spoiled(path, "36060", "36061", place)
    text, code = at(own, audit, "tl", "T12", "varni")
    assert code == 3
    assert text.startswith(
        "results/tl/harmonised.csv is not the table that the lineage was written"
    )
    assert text.count("harmonised.csv now HAS 36061 here") == 1
    path.unlink()
    text, code = at(own, audit, "tl", "T12", "varni")
    assert code == 3
    assert "it was removed since" in text
    assert "this line is not in harmonised.csv now" in text


def test_a_copy_that_is_no_copy_any_more_differs(own: Path, at: Any) -> None:
    path = own / "results/tl/profiles.csv"
    table = csvio.read(path, ["sf"])
    table.loc[2, "sf"] += 1
    csvio.write(table, path)
    assert at(own, audit, "--cell", "results/tl/profiles.csv:4:sf", "--recompute")[1] == 3
    text, _ = at(own, audit, "--cell", "results/tl/profiles.csv:5:sf", "--recompute")
    assert "agrees with what stands there" in text


def test_what_has_no_second_computation_is_said_to_have_none(land: Path, at: Any) -> None:
    text, code = at(land, audit, "--cell", "results/tl/areas.csv:2:value", "--recompute")
    assert code == 0
    assert "of which there is no independent recomputation" in text


def test_a_changed_snapshot_is_named(own: Path, at: Any) -> None:
    spoiled(
        own / "data/snapshots/testland/tl_people/2026-01-02/tl_people.csv", "12070", "12071", 26
    )
    text, code = at(own, audit, "tl", "T12", "varni")
    assert code == 3
    assert text.startswith(
        "data/snapshots/testland/tl_people/2026-01-02/tl_people.csv is NOT as pinned"
    )
    lines = text.split("\n")
    (place,) = [n for n, line in enumerate(lines) if 'line 26, column total: "12071"' in line]
    assert "NOT as pinned" in lines[place + 1], "beside the cell as it stands now"
    assert "are not those pinned in data/sources.yaml" in text
    (own / "data/snapshots/testland/tl_people/2026-01-02/tl_people.csv").unlink()
    text, code = at(own, audit, "tl", "T12", "varni")
    assert code == 1
    assert text.startswith("not traced to the end: data/snapshots/testland/tl_people/")
    assert "the source cannot be read" in text
    assert "this snapshot of 'tl_people' is missing" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere", "T01"], r"there are no results of a case 'nowhere'.*of tl in results"),
        (["tl", "T99"], r"'T99' is neither code nor name of a unit.*did you mean"),
        (["tl", "T01", "sff"], r"'sff' is no indicator of the case \(did you mean 'sf'\?\)"),
        (["--cell", "results/xx/units.csv:2:unit"], r"no folder of it is a case \(tl\)"),
        (["--cell", "/nowhere/tl/units.csv:2:unit"], "this lies in /nowhere.*`--results /nowhere`"),
        (["--cell", "results/mytl/units.csv:2:unit"], r"no folder of it is a case \(tl\)"),
        (["--cell", "results/tl/nothing.csv:2:unit"], r"there is no file results/tl/nothing\.csv"),
        (["--cell", "results/tl/units.csv:99:unit"], "no row begins in line 99.*lines 2 to 13"),
        (["--cell", "results/tl/units.csv:1:unit"], "no row begins in line 1;"),
        (["--cell", "results/tl/units.csv:2:unti"], r"no column 'unti' \(did you mean 'unit'\?\)"),
        (["--cell", "results/tl/units.csv:2"], "write line and column"),
        (["--cell", "results/tl/summary.doc"], "this is no cell that can be traced"),
        (["--cell", "results/tl/workbook.xlsx:typology"], "write sheet and cell"),
        (["--cell", "results/tl/workbook.xlsx:types!A2"], "no sheet 'types'"),
        (["--cell", "results/tl/workbook.xlsx:typology!A99"], "values in the rows 2 to 13"),
        (["--cell", "results/tl/workbook.xlsx:sources!A2"], "holds words and pins"),
        (["--cell", "results/tl/explorer.html:T01:luck"], "the explorer shows no 'luck'"),
        (["--cell", "results/tl/explorer.html:T99:sf"], "T99 is no unit of the case"),
        (["--cell", "results/tl/report.html:weather"], "the report has no section 'weather'"),
        (["--cell", "results/tl/figures/weather.png"], r"no table figures/weather\.csv"),
    ],
)
def test_what_cannot_be_traced_is_refused_in_a_sentence(
    land: Path, at: Any, arguments: list[str], said: str
) -> None:
    with pytest.raises(DataError, match=said):
        at(land, audit, *arguments)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name CASE and UNIT, or a cell by --cell"),
        (["tl"], "name CASE and UNIT, or a cell by --cell"),
        (["tl", "T01", "--cell", "results/tl/units.csv:2:unit"], "--cell names the value already"),
        (["xx", "--cell", "results/tl/units.csv:2:unit"], "CASE is xx, and the cell is one of tl"),
    ],
)
def test_wrong_usage_has_the_exit_code_of_wrong_usage(
    land: Path, at: Any, capsys: Any, arguments: list[str], said: str
) -> None:
    with pytest.raises(SystemExit) as left:
        at(land, audit, *arguments)
    assert left.value.code == 2
    assert said in capsys.readouterr().err


def test_a_cell_may_be_written_from_anywhere(land: Path, at: Any) -> None:
    there = (land / "results/tl/units.csv").as_posix()
    for written in (
        there,
        "tl/units.csv",
        "results/../results/tl/units.csv",
        "./results/tl/units.csv",
    ):
        assert "results/tl/units.csv:2:unit" in at(land, audit, "--cell", f"{written}:2:unit")[0]
    assert at(land, audit, "tl", "--cell", f"{there}:2:unit")[1] == 0


def test_without_a_lineage_the_remedy_is_named(own: Path, at: Any) -> None:
    path = own / "results/tl" / lineage.FILE
    path.write_bytes(b"not a database, but longer than its header: " * 99)
    with pytest.raises(DataError, match=r"this is no lineage.*`snakemake audit --cores 4`"):
        at(own, audit, "tl", "T01")
    path.unlink()
    for command in (audit, why):
        with pytest.raises(
            DataError, match=r"there is no lineage of case tl; make it by `snakemake audit"
        ):
            at(own, command, "tl", "T01")


def test_the_lineage_of_a_pseudonymised_case_is_private(own: Path, at: Any) -> None:
    private = own / "results/private/tl"
    shutil.copytree(own / "results/tl", private)
    (own / "results/tl" / lineage.FILE).unlink()
    with pytest.raises(DataError, match=r"pseudonymised.*ask for the case 'private/tl'"):
        at(own, audit, "tl", "T12")
    text, _ = at(own, audit, "private/tl", "T12", "sf")
    assert "results/private/tl/indicators.csv:" in text
    text, _ = at(own, audit, "--cell", "results/private/tl/typology.csv:2:sf")
    assert "results/private/tl/typology.csv:2:sf" in text


def test_an_indicator_without_figures_says_why(own: Path, at: Any) -> None:
    terms, done = own / "results/tl/audit/terms.csv", own / "results/tl/sufficiency.csv"
    table = csvio.read(terms)
    csvio.write(table[table["indicator"] != "price"], terms)
    table = csvio.read(done)
    table.loc[table["indicator"] == "price", "what_was_done"] = "undetermined: nobody asked"
    csvio.write(table, done)
    trace_again(own)
    assert "no figures: undetermined: nobody asked" in at(own, audit, "tl", "T12", "price")[0]


def test_results_may_lie_elsewhere(land: Path, tmp_path: Path, at: Any) -> None:
    there = shutil.copytree(land / "results", tmp_path / "there")
    text, _ = at(land, audit, "tl", "T12", "--results", str(there))
    assert f"{there.as_posix()}/tl/typology.csv:13:type" in text


# --- Cells of workbook and pages ---


def test_a_cell_of_the_workbook_is_that_of_its_table(land: Path) -> None:
    settings = settings_behind("tl", land / "results", land)
    tables = Tables(land / "results/tl", settings.cases["tl"], settings.variables)
    book = openpyxl.load_workbook(land / "results/tl/workbook.xlsx", read_only=True)
    seen = 0
    for sheet in book.worksheets:
        if sheet.title in ("readme", "columns", "sources"):
            continue
        grid = list(sheet.iter_rows(values_only=True))
        line = len(grid)
        if line > 1:
            for column in range(0, len(grid[0]), 4):
                letter = openpyxl.utils.get_column_letter(column + 1)
                found = address(f"results/tl/workbook.xlsx:{sheet.title}!{letter}{line}", tables)
                text = tables.rows(found.tables[0])[found.place][found.column]
                shown = grid[line - 1][column]
                assert text == csvio.cell(shown) or float(text) == pytest.approx(float(shown))
                seen += 1
    assert seen > 25


def test_columns_of_a_workbook_are_counted_as_it_letters_them() -> None:
    for number in (1, 26, 27, 52, 53, 702, 703):
        assert column_number(openpyxl.utils.get_column_letter(number).lower()) == number


def test_unit_and_column_of_the_explorer_are_a_cell(land: Path, at: Any) -> None:
    text, _ = at(land, audit, "--cell", "results/tl/explorer.html:T03:type")
    assert "results/tl/typology.csv:4:type" in text


@pytest.mark.parametrize(
    ("cell", "table"),
    [
        ("results/tl/report.html:data-checks", "aggregate_checks.csv"),
        ("results/tl/report.html:figure-density_size", "figures/density_size.csv"),
        ("results/tl/figures/density_size.pdf", "figures/density_size.csv"),
        ("results/tl/profiles/T01.html", "locality_profiles.csv"),
        ("results/tl/series.csv", "series.csv"),
    ],
)
def test_of_a_page_the_tables_that_it_shows_are_named(
    land: Path, at: Any, cell: str, table: str
) -> None:
    text, code = at(land, audit, "--cell", cell)
    assert code == 0
    assert f"\nresults/tl/{table}\n" in text
    assert "computed by smstra." in text
    content = json.loads(at(land, audit, "--cell", cell, "--json")[0])
    assert table in [each["table"].removeprefix("results/tl/") for each in content["tables"]]


def test_an_address_may_be_written_as_on_any_system(land: Path) -> None:
    here = Path("/project/results")
    assert case_of(r"\project\results\tl\units.csv:2:unit", ["tl"], here) == "tl"
    assert case_of("/project/results/tl/units.csv:2:unit", ["results", "tl"], here) == "tl"
    assert (
        case_of("/project/results/private/tl/units.csv", ["private/tl", "tl"], here) == "private/tl"
    )
    assert cases_in(land / "results") == ["tl"]


# --- Names of units ---


@pytest.fixture
def named(own: Path) -> Callable[[str], str]:
    """Find a unit by a name, where two are called Süd-Au."""
    path = own / "results/tl/units.csv"
    table = csvio.read(path)
    names = {
        "T06": "Süd-Au (Ost)",
        "T07": "Süd-Au (West)",
        "T08": "Krefeld, Stadt",
        "T09": "L’Étang",
        "T10": "Berg",
        "T11": "Berg (Nord)",
        "T02": "Sint-Öst-Höhe",
        "T03": "Saint-Rô-l'Au",
        "T05": "Sankt Ro l’Au",
    }
    table["name"] = [names.get(u, n) for u, n in zip(table["unit"], table["name"], strict=True)]
    csvio.write(table, path)
    settings = settings_behind("tl", own / "results", own)
    tables = Tables(path.parent, settings.cases["tl"], settings.variables)
    return lambda text: find(text, tables, settings, own)["unit"]


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("T06", "T06"),
        ("süd-au (ost)", "T06"),
        ("SUD-AU (WEST)", "T07"),
        ("krefeld", "T08"),
        ("Krefeld,  Stadt", "T08"),
        ("L'ETANG", "T09"),
        ("berg", "T10"),  # the whole name of one, a part of the other's
        ("berg (nord)", "T11"),
        ("berg", "T10"),  # the whole name of one, a part of the other's
        ("berg (nord)", "T11"),
        ("Łańcut-op-Zee", "T04"),
        ("łancut-op-zee", "T04"),
        ("st. oest hoehe", "T02"),
        ("SAINT OST HOHE", "T02"),
        ("sued au west", "T07"),
        ("l etang", "T09"),
        ("Sankt Ro l'Au", "T05"),
        ("Town T07", "T07"),  # the register's name, which the results do not show
    ],
)
def test_units_are_found_by_names_in_any_spelling(named: Any, text: str, unit: str) -> None:
    assert named(text) == unit


def test_namesakes_are_listed(named: Any) -> None:
    with pytest.raises(
        DataError, match=r"'sud-au' is the name of 2 units: Süd-Au \(Ost\) \(T06, Region R1\), Süd"
    ):
        named("sud-au")
    with pytest.raises(DataError, match=r"'st ro l au' is the name of 2 units: .*T03.*T05"):
        named("st ro l au")
    with pytest.raises(DataError, match="is neither code nor name"):
        named("Nowhere")


# --- why ---


def test_why_says_the_comparisons_and_what_would_change_them(chosen: Path, at: Any) -> None:
    intervals = csvio.read(chosen / "results/tl/robustness/intervals.csv")
    for row in csvio.read(chosen / "results/tl/typology.csv").to_dict("records"):
        text, _ = at(chosen, why, "tl", row["unit"])
        lead = text.split("\n")[0]
        assert row["name"] in lead
        assert (f"type {row['type']}:" if row["type"] in "ABCD" else row["type"]) in lead
        own = intervals[(intervals["unit"] == row["unit"]) & (intervals["slack"] != "")]
        for each in own.to_dict("records"):
            wanted = f"{each['type_if_crossed']} if the threshold of {each['indicator']}"
            assert wanted in text
        order = own.assign(size=own["slack_standardised"].astype(float)).sort_values("size")
        places = [text.index(f"if the threshold of {name} ") for name in order["indicator"]]
        assert places == sorted(places), "the nearest first"
        assert "Verdict: " in text
        assert "Under other choices (48 combinations" in text
        content = json.loads(at(chosen, why, "tl", row["unit"], "--json")[0])
        assert content["typology"]["type"] == row["type"]
        assert len(content["intervals"]) == 3


def test_why_works_without_the_block_robustness(land: Path, at: Any) -> None:
    text, _ = at(land, why, "tl", "łańcut-op-zee")
    assert "Łańcut-op-Zee (T04)" in text
    assert "the block `robustness` of the case adds how sure the type is" in text
    assert "Verdict" not in text


def test_why_moves_a_threshold_the_way_that_changes_the_answer(chosen: Path, at: Any) -> None:
    seen = set()
    intervals = csvio.read(chosen / "results/tl/robustness/intervals.csv", ["threshold"])
    for row in intervals[intervals["slack"] != ""].to_dict("records"):
        text, _ = at(chosen, why, "tl", row["unit"])
        way = "rises" if row["value"] > row["threshold"] else "falls"
        assert f"if the threshold of {row['indicator']} {way} by" in text
        seen.add(way)
    assert seen == {"rises", "falls"}


def test_why_says_what_is_missing_and_what_can_be_done(own: Path, at: Any) -> None:
    for table, column, value in (
        ("typology", "varni", float("nan")),
        ("typology", "population_improving", None),
        ("typology", "type", "undetermined"),
        ("typology", "cell", ""),
    ):
        path = own / f"results/tl/{table}.csv"
        content = csvio.read(path)
        content.loc[0, column] = value
        if column == "varni":
            content.loc[0, "flags"] += ";varni:missing=residents:missing@2005"
        csvio.write(content, path)
    text, _ = at(own, why, "tl", "T01")
    assert "undetermined: an input is missing" in text
    assert "Population improving? Not known." in text
    assert "  - varni: residents:missing@2005. The source has no figure of this unit" in text
    assert "typology.csv is not the table that the lineage was written for" in text


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [
        ("not_available", "add a table that has the figure"),
        ("no_figures_at_this_level", "allow a larger area to stand in"),
        ("reference", "choose another `reference`"),
        ("not_split", "take the geography of a later day"),
        ("residents:no_row@2005", "allow another year"),
    ],
)
def test_each_reason_has_its_remedy(own: Path, at: Any, reason: str, remedy: str) -> None:
    path = own / "results/tl/typology.csv"
    table = csvio.read(path)
    table.loc[0, "flags"] = f"sf:missing={reason}"
    table.loc[0, "sf_high"] = None
    csvio.write(table, path)
    assert remedy in at(own, why, "tl", "T01")[0]
