"""The cases that only a refresh can fill: fetched from publishers that a local server plays, to the types."""

from __future__ import annotations

import csv
import importlib.util
import json
import shutil
import statistics
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import countries
import pandas as pd
import pytest
from conftest import REPO, snakemake
from countries import CANADA, TOWNS
from publishers import mirror
from servers import Answer, Server

from smstra import config, formats, job_settings, source_check, strict_yaml
from smstra.audit.recompute import Recomputation
from smstra.errors import FetchError, SmstraError, SourceError
from smstra.made_columns import with_made_columns
from smstra.report import citations
from smstra.stages.whole import types_of

VINTAGE = "2027-01-02"
CASES = sorted(TOWNS)
LFS = "eurostat_lfs_nuts2"


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "refresh_dataset", REPO / "workflow/scripts/refresh_dataset.py"
    )
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


SCRIPT = _script()


def project(root: Path, server: Server) -> Path:
    """Return a folder with the six cases, the one shipped table that they read, and ``server``."""
    for name in CASES:
        for part in ("cases", "datasets"):
            (root / "config" / part).mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPO / f"config/{part}/{name}.yaml", root / f"config/{part}/{name}.yaml")
    lfs = {LFS: strict_yaml.load(REPO / "config/datasets/eu.yaml")[LFS]}
    (root / "config/datasets/eu.yaml").write_text(strict_yaml.dumps(lfs), encoding="utf-8")
    (root / "config/config.yaml").write_text("cases: [at]\n", encoding="utf-8")
    shutil.copy2(REPO / "config/refresh.yaml", root / "config/refresh.yaml")
    pins = strict_yaml.load(REPO / "data/sources.yaml")["snapshots"]
    (pin,) = (pin for pin in pins if pin["id"] == LFS)
    (root / pin["file"]).parent.mkdir(parents=True)
    shutil.copy2(REPO / pin["file"], root / pin["file"])
    text = strict_yaml.dumps({"snapshots": [pin]})
    (root / "data/sources.yaml").write_text(text, encoding="utf-8")
    mirror(root, server, countries.HOSTS)
    return root


def settings_of(root: Path, case: str, **user: object) -> config.Settings:
    return config.load({"cases": [case], **user}, root)


def refresh(root: Path, case: str, dataset: str) -> str:
    """Refresh one dataset in this process, as its job does; return the report."""
    part = json.loads(json.dumps(job_settings.refresh(settings_of(root, case), dataset)))
    folder = root / f"results/refresh/{VINTAGE}/{dataset}"
    return SCRIPT.run(dataset, part, VINTAGE, folder, lambda _: None, root)


class Fetched(NamedTuple):
    """A project with all six countries refreshed: the datasets of each, adopted, and its types."""

    root: Path
    came: dict[str, list[str]]
    reports: dict[str, str]
    settings: dict[str, config.Settings]
    types: dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def served() -> Iterator[Server]:
    with Server() as running:
        countries.serve_all(running)
        yield running


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory, served: Server) -> Fetched:
    root = project(tmp_path_factory.mktemp("countries") / "p", served)
    came = {case: settings_of(root, case).waiting(case) for case in CASES}
    reports = {name: refresh(root, case, name) for case in CASES for name in came[case]}
    settings = {
        case: settings_of(root, case, vintages=dict.fromkeys(came[case], VINTAGE)) for case in CASES
    }
    types = {case: types_of(case, settings[case], root).set_index("unit") for case in CASES}
    return Fetched(root, came, reports, settings, types)


# --- From addresses to types ---


def lfs_change(first: str) -> dict[str, float]:
    """The change of unemployment by NUTS area, straight from the shipped table: percentage points."""
    (path,) = (REPO / "data/snapshots/eurostat").glob("lfs_unemployment_nuts2/*/*.csv")
    rates: dict[str, dict[str, float]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            out, work = row["unemployed_thousand"], row["employed_thousand"]
            if row["year"] in (first, "2014") and out and work:
                rate = 100 * float(out) / (float(out) + float(work))
                rates.setdefault(row["geo"], {})[row["year"]] = rate
    return {geo: both["2014"] - both[first] for geo, both in rates.items() if len(both) == 2}


def economies(case: str) -> dict[str, bool]:
    """Whether unemployment rose no more than in the country, by unit."""
    if case == "pl":
        changes = {t.code: b - a for t in TOWNS["pl"] for a, b in [countries.poland(t)]}
        limit = statistics.median(changes.values())
        return {code: round(change - limit, 9) <= 0 for code, change in changes.items()}
    if case == "ca":
        area_changes = {area: b - a for area, (a, b) in CANADA.items()}
        whole = "11124"
    else:
        area_changes = lfs_change("2006" if case == "tr" else "2005")
        whole = case.upper()
    return {
        town.code: round(area_changes[town.area] - area_changes[whole], 9) <= 0
        for town in TOWNS[case]
    }


def growing(case: str) -> dict[str, bool]:
    """Whether the unit grew at least as the country did."""
    whole = sum(t.end for t in TOWNS[case]) / sum(t.start for t in TOWNS[case])
    return {t.code: round(t.end / t.start - whole, 9) >= 0 for t in TOWNS[case]}


def settled(case: str) -> dict[str, bool]:
    """Whether the share of foreigners reaches that of the country."""
    if case == "at":
        weight = {t.code: t.start for t in TOWNS["at"]}
        whole = sum(t.foreign * weight[t.code] for t in TOWNS["at"]) / sum(weight.values())
        return {t.code: t.foreign >= whole for t in TOWNS["at"]}
    counts = {t.code: round(t.start * t.foreign / 100) for t in TOWNS["it"]}
    whole = sum(counts.values()) / sum(t.start for t in TOWNS["it"])
    return {t.code: counts[t.code] / t.start >= whole for t in TOWNS["it"]}


@pytest.mark.parametrize("case", CASES)
def test_a_case_that_was_never_fetched_becomes_types_by_a_refresh(
    fetched: Fetched, case: str
) -> None:
    found = fetched.types[case]
    assert sorted(found.index) == sorted(town.code for town in TOWNS[case])
    assert found["region"].to_dict() == {town.code: town.region for town in TOWNS[case]}
    economy, people = economies(case), growing(case)
    assert set(economy.values()) == set(people.values()) == {True, False}
    assert found["economy_improving"].to_dict() == economy
    assert found["population_improving"].to_dict() == people
    if case not in ("at", "it"):
        # One criterion has no figures: nothing is forced.
        assert set(found["type"]) == {"undetermined"}
        return
    high = settled(case)
    assert set(high.values()) == {True, False}
    expected = {
        code: "mixed"
        if economy[code] != people[code]
        else {(1, 1): "A", (0, 1): "B", (1, 0): "C"}.get((high[code], economy[code]), "D")
        for code in economy
    }
    assert found["type"].to_dict() == expected
    assert len(set(expected.values())) >= 3


@pytest.mark.parametrize("case", CASES)
def test_a_second_program_finds_the_same_types_in_the_fetched_files(
    fetched: Fetched, case: str
) -> None:
    found = fetched.types[case]
    again = Recomputation(case, fetched.settings[case], fetched.root)
    assert list(again.units) == sorted(found.index)
    for unit in again.units:
        assert again.type_of(unit).type == found.at[unit, "type"]
        redone = again.indicator(unit, "varni")
        assert float(redone.value) == pytest.approx(found.at[unit, "varni"], rel=1e-12)


def test_a_substituted_year_and_a_stand_in_are_said(
    fetched: Fetched,
) -> None:
    found = fetched.types["at"]
    assert found["flags"].str.contains("sf:year_substituted=2011-10-31_for_2005-10-31").all()
    assert found["flags"].str.contains("varun:level=nuts2:AT").all()
    found = fetched.types["it"]
    assert not found["flags"].str.contains("substituted").any()


def test_each_file_is_pinned_with_its_address_and_the_figures_of_all_pages_are_there(
    fetched: Fetched,
) -> None:
    for case, names in fetched.came.items():
        for name in names:
            pins = [pin for pin in fetched.settings[case].pins if pin["id"] == name]
            assert pins and {pin["vintage"] for pin in pins} == {VINTAGE}
            assert all(pin["address"].startswith("https://") for pin in pins)
            assert all((fetched.root / pin["file"]).is_file() for pin in pins)
    pins = fetched.settings["pl"].pins
    files = {pin["file"].rsplit("/", 1)[1] for pin in pins}
    assert {"ludnosc-1.json", "ludnosc-2.json", "bezrobocie-2.json", "wojewodztwa-1.json"} <= files
    assert "wojewodztwa-2.json" not in files
    second = {pin["id"]: pin["address"] for pin in pins if "-2.json" in pin["file"]}
    assert second["gus_ludnosc"].startswith("https://")
    assert second["gus_ludnosc"].endswith("&page=1")
    assert second["cbs_bevolking"].endswith("&$skiptoken=100")


def test_a_report_says_what_came_and_how_to_adopt_it(fetched: Fetched) -> None:
    said = fetched.reports["statistik_austria_bevoelkerung"]
    assert f"statistik_austria_bevoelkerung: fetched as vintage {VINTAGE}" in said
    assert f'vintages: {{statistik_austria_bevoelkerung: "{VINTAGE}"}}' in said
    assert "case at: not computed, statistik_austria_" in said


def test_the_six_cases_are_valid_beside_all_others() -> None:
    settings = config.load({"cases": CASES}, REPO)
    assert all(settings.waiting(case) for case in CASES)
    for name in {name for case in CASES for name in settings.waiting(case)}:
        assert "vintage" not in settings.described[name] and "live" in settings.described[name]


def test_the_table_of_sources_has_words_in_every_cell(fetched: Fetched) -> None:
    settings = fetched.settings["pl"]
    pins = [{**pin, "gaps": ["no 2005", "no 2006"]} for pin in settings.pins]
    table = citations.table(fetched.came["pl"], settings.datasets, pins)
    assert set(table["gaps"]) == {"no 2005; no 2006"}
    assert all(isinstance(cell, str | int) for cells in table.to_numpy().tolist() for cell in cells)


def test_names_come_from_where_they_stand(fetched: Fetched) -> None:
    names = {case: table["name"] for case, table in fetched.types.items()}
    assert names["at"]["10101"] == "Übel am Bach 10101"
    assert names["it"]["001001"] == "001001"
    assert names["nl"]["CR01"] == "Gebied CR01"
    assert names["ca"]["1001101"] == "Saint-Été 1001101"


def test_foreign_residents_by_hand_give_turkey_types(fetched: Fetched, tmp_path: Path) -> None:
    root = tmp_path / "p"
    shutil.copytree(fetched.root, root)
    (root / "data/by_hand").mkdir()
    lines = [f"{t.code},2014,{t.end - 30 * n * n},{30 * n * n}" for n, t in enumerate(TOWNS["tr"])]
    text = "\n".join(["nuts3,year,turkish,foreign", *lines]) + "\n"
    (root / "data/by_hand/tuik_nationality.csv").write_text(text, encoding="utf-8")
    refresh(root, "tr", "tuik_nationality")
    # As docs/countries.md has it.
    manual = (REPO / "docs/countries.md").read_text(encoding="utf-8")
    shown = manual.split("```yaml\n")[1].split("```")[0]
    (tmp_path / "own.yaml").write_text(shown, encoding="utf-8")
    own = strict_yaml.load(tmp_path / "own.yaml")
    vintages = dict.fromkeys([*fetched.came["tr"], "tuik_nationality"], VINTAGE)
    settings = settings_of(root, "tr", vintages=vintages, **own)
    found = types_of("tr", settings, root).set_index("unit")
    share = {t.code: 30 * n * n / t.end for n, t in enumerate(TOWNS["tr"])}
    median = statistics.median(share.values())
    assert found["sf_high"].to_dict() == {code: value >= median for code, value in share.items()}
    assert "undetermined" not in set(found["type"])


# --- Before, and when something is wrong ---


def test_before_a_refresh_one_sentence_says_what_to_do(tmp_path: Path, served: Server) -> None:
    root = project(tmp_path / "p", served)
    for name in ("workflow", "profiles"):
        if (REPO / name).is_dir():
            ignored = shutil.ignore_patterns("*.pyc.*", "*.egg-info", "__pycache__")
            shutil.copytree(REPO / name, root / name, ignore=ignored)
    if (REPO / "Snakefile").is_file():
        shutil.copy2(REPO / "Snakefile", root / "Snakefile")
    asked = len(served.requests)
    done = snakemake(root, "-n", "typology", "--cores", "1", "--config", "cases=at")
    assert done.returncode != 0
    assert "case at reads tables that are not in the project" in done.stderr
    assert "statistik_austria_gemeinden" in done.stderr
    assert "snakemake refresh --cores 4 --config cases=at" in done.stderr
    assert len(served.requests) == asked


FAULTS = [
    (
        "at",
        "statistik_austria_auslaender",
        "/data.statistik.gv.at/data/OGDEXT_AEST_GEMTAB_1.csv",
        b"<!DOCTYPE html><html><head><title>Wartung</title></head></html>",
        ("web page", "Wartung"),
    ),
    (
        "at",
        "statistik_austria_auslaender",
        "/data.statistik.gv.at/data/OGDEXT_AEST_GEMTAB_1.csv",
        b"JAHR;GCD;GEM_NAME;BEV;AUSL\r\n2011;10101;X;1;2\r\n",
        ("header", "BEV_ABSOLUT"),
    ),
    (
        "it",
        "istat_comuni",
        "/esploradati.istat.it/SDMXWS/rest/data/164_164/A..JAN.TOTAL.9.TOTAL",
        b"DATAFLOW,FREQ,REF_AREA,OBS_VALUE\r\nx,A,199001,4\r\n",
        ("made_columns.nuts2.map", "'199'", "'199001'"),
    ),
    (
        "nl",
        "cbs_bevolking",
        "/datasets.cbs.nl/odata/v1/CBS/03759ned/Observations",
        b'{"error": {"code": "", "message": "The query is not valid"}}',
        ("no list `value`", "error"),
    ),
    (
        "nl",
        "cbs_bevolking",
        "/datasets.cbs.nl/odata/v1/CBS/03759ned/Observations",
        b'{"value": [], "@odata.nextLink": "https://elsewhere.example/x"}',
        ("https://elsewhere.example/x", "another host"),
    ),
    (
        "pl",
        "gus_bezrobocie",
        "/bdl.stat.gov.pl/api/v1/data/by-variable/60270",
        b'{"results": [{"id": "0112", "name": "x", "values": 4}], "links": {}}',
        ("record 1", "`values` is no list"),
    ),
    (
        "pl",
        "gus_bezrobocie",
        "/bdl.stat.gov.pl/api/v1/data/by-variable/60270",
        b'{"results": [{"id": "0112", ',
        ("not JSON", "bezrobocie-1.json"),
    ),
    (
        "tr",
        "gisco_nuts_tr",
        "/gisco-services.ec.europa.eu/distribution/v2/nuts/csv/NUTS_AT_2024.csv",
        b"CNTR_CODE,NUTS_ID,NAME_LATN\r\nTR,TR1000,x\r\n",
        ("the level '6' is not described",),
    ),
    (
        "ca",
        "statcan_population",
        "/www150.statcan.gc.ca/n1/tbl/csv/17100142-eng.zip",
        countries.zipped("98100002.csv", b"REF_DATE,DGUID,VALUE\r\n2016,x,1\r\n"),
        ("17100142.csv", "98100002.csv"),
    ),
]


@pytest.mark.parametrize(("case", "dataset", "path", "body", "says"), FAULTS)
def test_what_is_no_such_table_is_refused_in_words(
    served: Server,
    tmp_path: Path,
    case: str,
    dataset: str,
    path: str,
    body: bytes,
    says: tuple[str, ...],
) -> None:
    root = project(tmp_path / "p", served)
    with served.changed():
        served.serve(path, body, headers={"Content-Type": "application/octet-stream"})
        with pytest.raises(SmstraError) as caught:
            refresh(root, case, dataset)
    assert all(words in str(caught.value) for words in (dataset, *says)), str(caught.value)
    assert not list((root / "data/snapshots").glob(f"*/*/{VINTAGE}"))


def test_pages_that_run_in_a_circle_are_refused(tmp_path: Path, served: Server) -> None:
    root = project(tmp_path / "p", served)
    place = "/bdl.stat.gov.pl/api/v1/data/by-variable/60270"

    def again(request: object) -> Answer:
        address = f"https:/{request.path}"  # type: ignore[attr-defined]
        return Answer(200, countries.records({"results": [], "links": {"next": address}}))

    with served.changed():
        served.serve(place, again)
        with pytest.raises(FetchError, match="runs in a circle"):
            refresh(root, "pl", "gus_bezrobocie")


def test_the_check_of_sources_asks_each_table_for_a_piece(
    fetched: Fetched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(fetched.root)
    names = [name for names in fetched.came.values() for name in names]
    text, drifted = source_check.report(fetched.settings["at"], names)
    assert drifted == 0, text
    assert len(text.splitlines()) == len(names) + 1  # Poland's list of units is in two tables
    assert "gus_ludnosc, ludnosc: as described: records in JSON" in text


# --- The two additions to how a table is described ---


def test_a_column_is_made_of_the_first_group_that_takes_part() -> None:
    frame = formats.parse(
        b"id\r\n011200000000\r\n011212001000\r\nx\r\n",
        {"format": "delimited", "encoding": "utf-8", "delimiter": ",", "columns": ["id"]},
        "t.csv",
    )
    made = {
        "code": {"column": "id", "pattern": "([0-9]{4})0{8}|([0-9]{12})"},
        "part": {"column": "code", "pattern": "([0-9]{2}).*", "map": {"01": "south"}},
    }
    table = with_made_columns(frame, {"made_columns": made}, "t.csv")
    assert table["code"].tolist() == ["0112", "011212001000", ""]
    assert table["part"].tolist() == ["south", "south", ""]
    made["part"]["map"] = {"02": "north"}  # type: ignore[index]
    with pytest.raises(
        SourceError, match=r"t\.csv, line 2: `made_columns\.part\.map` does not say"
    ):
        with_made_columns(frame, {"made_columns": made}, "t.csv")


def test_records_of_json_are_rows_with_what_is_around_them() -> None:
    reading = {
        "format": "json",
        "records": "results",
        "nested": "values",
        "columns": ["id", "year", "val"],
        "other_columns": "unread",
    }
    body = countries.records(
        {
            "results": [
                {"id": "7", "name": "x", "values": [{"year": "2005", "val": 1.50, "attrId": 1}]},
                {"id": "8", "name": "y", "values": []},
                {"id": "9", "name": "z", "values": [{"year": "2006", "val": None, "attrId": 2}]},
            ]
        }
    )
    table = formats.parse(body, reading, "t.json")
    assert table.to_numpy().tolist() == [["7", "2005", "1.5"], ["9", "2006", ""]]
    with pytest.raises(SourceError, match="record 1: the header is not the one"):
        formats.parse(body, {**reading, "columns": ["id", "time", "val"]}, "t.json")
