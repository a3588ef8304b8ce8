"""The recomputation from source bytes: a second road to every value, held against the first."""

from __future__ import annotations

import ast
import copy
import csv
import io
import json
import math
import random
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import publishers
import pytest
import tiny

from smstra import job_settings, size_classes, source_list, strict_yaml, typology, vintages
from smstra.audit.recompute import Recomputation, Redone, agree
from smstra.audit.recompute_measures import moved
from smstra.audit.recompute_sources import Sources
from smstra.config import Settings
from smstra.errors import DataError, SmstraError, SnapshotError, SourceError
from smstra.indicators import compute, plans
from smstra.lookup import Figures
from smstra.snapshots import describe
from smstra.sources.tables import observations_of
from smstra.stages.harmonised import harmonised_figures
from smstra.stages.units import units_of
from smstra.stages.whole import types_of

REPO = Path(__file__).resolve().parents[1]
AUDIT = REPO / "workflow/lib/smstra/audit"


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


def number(text: str) -> float | None:
    return float(text) if text else None


# --- A second road ---


def test_it_shares_no_code_with_what_it_checks():
    allowed = {"smstra.config", "smstra.errors"}
    for path in AUDIT.glob("recompute*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = []
            if isinstance(node, ast.ImportFrom):
                named = [node.module]
            elif isinstance(node, ast.Import):
                named = [alias.name for alias in node.names]
            for name in named:
                own = name.startswith("smstra.audit.recompute") or name in allowed
                assert own if name.startswith("smstra") else name in SAFE, f"{path.name}: {name}"


SAFE = {
    "__future__", "collections", "collections.abc", "csv", "datetime", "fnmatch", "fractions", "functools",
    "hashlib", "io", "json", "pathlib", "posixpath", "re", "statistics", "typing", "unicodedata",
    "xml.etree", "zipfile",
}  # fmt: skip


# --- Testland, as it is and with its rules turned ---


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> tuple[Path, Settings]:
    root = tiny.build(tmp_path_factory.mktemp("recompute"))
    return root, source_list.project(root=root)[0]


class Pipeline:
    """Testland's figures as the pipeline reads them, and any case over them."""

    def __init__(self, root: Path, settings: Settings) -> None:
        self.root, self.settings = root, settings
        self.observed = []
        for name in settings.cases["tl"]["datasets"]:
            part = job_settings.observations(settings, name)
            self.observed.append(
                observations_of(name, part["datasets"], part["pins"], part["variables"], root)
            )

    def figures(self, settings: Settings):
        part = job_settings.units(settings, "tl")
        towns = units_of(part, self.root)
        return Figures(harmonised_figures(part, self.observed, towns, self.root)), towns


EXTRA_DATASET = f"""
tl_later:
  vintage: "{tiny.VINTAGE}"
  format: csv
  columns: [code, sales, flats]
  code_system: tl
  code_lists: [tl_units]
  code_changes: tl_changes
  geography_date: "2020-01-01"
  unit: {{column: code}}
  level: town
  date: {{fixed: "2014"}}
  missing: [""]
  variables:
    sales_all_houses: {{column: sales}}
    sales_apartments: {{column: flats}}
"""
COUNTED = {"max_year_gap": 0, "label": "x", "date": "2014"}
EXTRA_INDICATORS = {
    "sales": {**COUNTED, "definition": "level", "of": "sales_all_houses"},
    "flats": {**COUNTED, "definition": "share", "of": "sales_apartments", "in": "sales_all_houses"},
    "sales_per_head": {
        **COUNTED,
        "definition": "ratio",
        "of": "sales_all_houses",
        "in": "residents",
        "unit_of_measure": "x",
    },
}


def entangled_tables() -> dict[str, list[list[object]]]:
    """Testland's tables with what is rare in real ones.

    Two parts merge in 2007 into a town that is recoded in 2010; a part lacks a row in one year, a figure
    in another; counts are published for a town that two towns become in 2020.
    """
    made = tiny.tables()
    changes = [["T90", "T97", "2007-01-01", "merger"], ["T91", "T97", "2007-01-01", "merger"]]
    changes += [["T97", "T12", "2010-01-01", "recode"]]
    made["tl_changes"] = [row for row in made["tl_changes"] if row[0] not in tiny.PARTS] + changes
    units = [[*row[:5], "2006-12-31"] if row[1] in tiny.PARTS else row for row in made["tl_units"]]
    made["tl_units"] = [*units, ["town", "T97", "R2", "Once 97", "2007-01-01", "2009-12-31"]]
    people = []
    for year, code, total, foreign in made["tl_people"]:
        if code == "T91" and year >= 2007:
            continue
        if code == "T90" and year >= 2007:
            people.append([year, "T97", total, foreign])
        elif (year, code) != (2004, "T91"):
            people.append([year, code, "" if (year, code) == (2006, "T91") else total, foreign])
    made["tl_people"] = people
    later = [row[0] for row in made["tl_prices"][1:]]
    made["tl_later"] = [["code", "sales", "flats"]]
    made["tl_later"] += [[code, 40 + 7 * n, 0 if n == 1 else 3 * n] for n, code in enumerate(later)]
    return made


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory) -> Pipeline:
    """The entangled Testland as the pipeline reads it."""
    root = tiny.build(tmp_path_factory.mktemp("entangled"))
    pins = [tiny.pin(root, name, tiny.as_csv(rows)) for name, rows in entangled_tables().items()]
    pins[-1]["reference_dates"] = {"first": "2014", "last": "2014"}
    (root / "data/sources.yaml").write_text(
        strict_yaml.dumps({"snapshots": pins}), encoding="utf-8"
    )
    path = root / "config/datasets/tl.yaml"
    path.write_text(path.read_text(encoding="utf-8") + EXTRA_DATASET, encoding="utf-8")
    path = root / "config/cases/tl.yaml"
    case = strict_yaml.load(path)
    case["datasets"].append("tl_later")
    case["indicators"] |= EXTRA_INDICATORS
    case["geography"]["merged_later"]["counts"] = "leave_empty"
    path.write_text(strict_yaml.dumps(case), encoding="utf-8")
    return Pipeline(root, source_list.project(root=root)[0])


def test_testland_as_the_pipeline_classifies_it(project):
    root, settings = project
    redone = Recomputation("tl", settings, root)
    made = types_of("tl", settings, root)
    assert tuple(made["unit"]) == redone.units
    for row in made.to_dict("records"):
        found = redone.type_of(row["unit"])
        assert (found.type, redone.size_class(row["unit"])) == (row["type"], row["size_class"])
        assert found.answers == {name: row[name] for name in typology.CRITERIA}
        for criterion, column in typology.CRITERIA.items():
            assert agree(found.values[criterion], row[column])
            assert agree(found.references[criterion], row[f"{column}_reference"])


def test_values_with_their_cells_and_formulas(project):
    root, settings = project
    redone = Recomputation("tl", settings, root)
    found = redone.indicator("T03", "sf")
    foreign, people = tiny.foreign("T03", 2007), tiny.people("T03", 2007)
    assert found.formula == f"100 x {foreign} / {people}"
    assert found.value == pytest.approx(100 * foreign / people, rel=1e-15)
    assert found.why == "2007-01-01 taken for 2005-01-01"
    file = f"data/snapshots/testland/tl_people/{tiny.VINTAGE}/tl_people.csv"
    assert {(cell.file, cell.column, cell.text) for cell in found.cells} == {
        (file, "total", str(people)),
        (file, "foreign", str(foreign)),
    }
    lines = (root / file).read_text(encoding="utf-8").splitlines()
    for cell in found.cells:
        assert lines[cell.line - 1] == f"2007,T03,{people},{foreign}"
    merged = redone.indicator("T12", "varni")
    # Both parts of the town that merged in 2010, at the first date; the town itself at the last.
    assert sorted(cell.unit for cell in merged.cells) == ["T12", "T90", "T91"]
    parts = sum(tiny.people(part, 2005) for part in tiny.PARTS)
    assert merged.formula == f"100 x ({tiny.people('T12', 2014)} / {parts} - 1)"
    zone = redone.indicator("T01", "unemployment_2014")
    assert (zone.formula, zone.why) == (
        "100 x 8 / (8 + 92)",
        "the town has the value of its zone area",
    )
    later = redone.indicator("T02", "price")
    assert later.value is None or later.why.startswith("the value of T95@2020-01-01")
    lacking = redone.indicator("T03", "price")
    assert lacking.value is None and "no figure" in lacking.why


def turned(case: Mapping[str, Any], chance: random.Random) -> dict[str, Any]:
    """Return the case with other dates, gaps, means, criteria and another geography."""
    made = copy.deepcopy(dict(case))
    made["geography"]["date"] = chance.choice(["2015-01-01", "2012-01-01", "2021-01-01"])
    made["geography"]["merged_later"] = {
        "rates_medians_and_ratios": chance.choice(["merged_unit", "leave_empty"]),
        "counts": "leave_empty",
    }
    made["substitution"]["if_two_years_are_as_near"] = chance.choice(["earlier", "later"])
    made["comparison_decimals"] = chance.choice([3, 9])
    for entry in made["indicators"].values():
        entry["years_averaged"] = chance.choice([1, 1, 3])
        entry["max_year_gap"] = chance.choice([1, 3, 6])
        for key in ("date", "from", "to"):
            if key in entry and chance.random() < 0.5:
                year = int(entry[key][:4]) + chance.randint(-3, 3)
                entry[key] = f"{year}{entry[key][4:]}"
                if len(entry[key]) > 4 and chance.random() < 0.4:
                    # The evening before, or far from any day that there is.
                    entry[key] = chance.choice([f"{year - 1}-12-31", f"{year}-07-01", f"{year}"])
    classes = made["size_classes"]["classes"]
    # Just the density of a town: 20 + 10 n km2.
    classes[1]["density_below"] = tiny.people("T04", 2014) / 50
    if chance.random() < 0.3:
        made["size_classes"]["inhabitants"] = {"variable": "sales_all_houses", "date": "2014"}
        classes[-1]["below"], classes[-2]["from"] = 60, 60
        classes[1]["from"] = 60
    schemes = ["zero", 3.7, "national_aggregate", "national_median", "national_mean"]
    schemes += ["region_aggregate", "region_median", "region_mean"]
    for criterion in made["criteria"].values():
        criterion["indicator"] = chance.choice(list(made["indicators"]))
        criterion["holds_if"] = chance.choice(["at_least", "at_most", "above", "below"])
        criterion["reference"] = chance.choice(schemes)
        entry = made["indicators"][criterion["indicator"]]
        dates = {key: entry[key] for key in ("date", "from", "to") if key in entry}
        criterion["aggregate"] = chance.choice(
            [
                {"by": "sum_of_counts"},
                {"by": "published_total"},
                {"by": "weighted_mean", "weight": "residents", **dates},
                {"by": "weighted_mean", "weight": "sales_all_houses", **dates},
            ]
        )
    return made


def test_other_rules_give_the_same_on_both_roads(pipeline):
    """Where the pipeline gives a value, the second road gives it; what it refuses is left out."""
    root, settings = pipeline.root, pipeline.settings
    chance = random.Random(2005)
    seen = {"values": 0, "missing": 0, "references": 0, "substituted": 0, "merged": 0}
    for _ in range(12):
        case = turned(settings.cases["tl"], chance)
        varied = replace(settings, cases={"tl": case})
        figures, towns = pipeline.figures(varied)
        redone = Recomputation("tl", varied, root)
        sizes = size_classes.of_units(case, figures, towns)
        assert {unit: redone.size_class(unit) for unit in redone.units} == sizes.to_dict()
        for name, entry in case["indicators"].items():
            alone = {**case, "indicators": {name: entry}}
            try:
                planned = plans(alone, figures, towns, varied.variables)
            except SmstraError:
                continue
            values = compute(alone, figures, towns, varied.variables, {}, planned, [])
            for unit, value in zip(values["unit"], values["value"].tolist(), strict=True):
                found = redone.indicator(unit, name)
                printed = None if math.isnan(value) else value
                assert agree(found, printed), (name, unit, entry, found, value)
                seen["values" if printed is not None else "missing"] += 1
                seen["substituted"] += "taken for" in found.why
                seen["merged"] += "merged later" in found.why
            for criterion, spec in case["criteria"].items():
                if spec["indicator"] == name:
                    seen["references"] += _same_references(
                        redone, criterion, {**alone, "criteria": {criterion: spec}}, values, figures, towns,
                        varied, planned,
                    )  # fmt: skip
    assert min(seen.values()) > 10, seen


@pytest.mark.parametrize("scheme", ["national_aggregate", "region_aggregate"])
def test_two_towns_with_one_figure_weigh_once(pipeline, scheme):
    """Prices and sales of the town that T01 and T02 became stand at both; in a mean they count once."""
    root, settings = pipeline.root, pipeline.settings
    how = {"by": "weighted_mean", "weight": "sales_all_houses", "date": "2014"}
    entry = settings.cases["tl"]["indicators"]["price"]
    spec = {"indicator": "price", "holds_if": "above", "reference": scheme, "aggregate": how}
    case = {**settings.cases["tl"], "indicators": {"price": entry}, "criteria": {"sf_high": spec}}
    varied = replace(settings, cases={"tl": case})
    figures, towns = pipeline.figures(varied)
    planned = plans(case, figures, towns, varied.variables)
    values = compute(case, figures, towns, varied.variables, {}, planned, [])
    redone = Recomputation("tl", varied, root)
    assert _same_references(redone, "sf_high", case, values, figures, towns, varied, planned)
    tables = entangled_tables()
    sales = {row[0]: row[1] for row in tables["tl_later"][1:]}
    priced = {row[0]: row[1] for row in tables["tl_prices"][1:] if row[1] != ""}
    if scheme == "national_aggregate":
        mean = sum(priced[c] * sales[c] for c in priced) / sum(sales[c] for c in priced)
        assert redone.reference("sf_high", "TL").value == pytest.approx(mean, rel=1e-14)


def _same_references(redone, criterion, alone, values, figures, towns, settings, planned) -> int:
    try:
        made = typology.references(alone, values, figures, towns, settings.variables, planned)
    except (SmstraError, ZeroDivisionError):
        return 0
    made = made[0] if isinstance(made, tuple) else made
    for row in made.to_dict("records"):
        found = redone.reference(criterion, row["group"])
        value = None if math.isnan(row["value"]) else row["value"]
        assert agree(found, value), (alone["criteria"], row, found)
    lacking = set(redone.references(criterion)) - set(made["group"])
    assert all(redone.reference(criterion, group).value is None for group in lacking)
    return len(made)


def test_days_of_other_years():
    assert moved("2004-02-29", 1) == "2005-02-28"
    assert moved("2004-02-29", 0) == "2004-02-29"
    assert moved("2004", -1) == "2003"


def test_two_results_agree_to_twelve_digits():
    exact = Redone(2 / 3, (), "", "", None, 1.0)
    assert agree(exact, 0.6666666666666667) and agree(exact, 0.66666666666667)
    assert not agree(exact, 0.66666666667)
    assert not agree(exact, None)
    nothing = Redone(None, (), "", "no row")
    assert agree(nothing, None) and not agree(nothing, 0.0)
    # A difference of 8.3 and 5.3 is known to the digits of 8.3, however small it is itself.
    assert agree(Redone(0.0, (), "", "", None, 8.3), 8.3 - 5.3 - 3)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (lambda r: r.indicator("T99", "sf"), "there is no unit 'T99'"),
        (lambda r: r.indicator("T01", "sff"), "there is no indicator 'sff' (did you mean 'sf'?)"),
        (lambda r: r.reference("sf_hi", "TL"), "no criterion 'sf_hi' (did you mean 'sf_high'?)"),
    ],
)
def test_what_is_not_known_is_said(project, asked, words):
    root, settings = project
    with pytest.raises(DataError) as error:
        asked(Recomputation("tl", settings, root))
    assert words in str(error.value)


def test_a_group_without_reference(project):
    root, settings = project
    found = Recomputation("tl", settings, root).reference("sf_high", "XX")
    assert (found.value, found.why) == (None, "there is no reference for XX")


def test_a_changed_or_missing_snapshot_is_not_read(project, tmp_path):
    root, settings = project
    shutil.copytree(root / "data", tmp_path / "data")
    file = tmp_path / f"data/snapshots/testland/tl_people/{tiny.VINTAGE}/tl_people.csv"
    raw = file.read_bytes()
    file.write_bytes(raw.replace(b"2014,T02,", b"2014,T02,1"))
    with pytest.raises(SnapshotError, match="the bytes are not the pinned ones"):
        Recomputation("tl", settings, tmp_path).type_of("T02")
    file.unlink()
    with pytest.raises(SnapshotError, match="the file is missing"):
        Recomputation("tl", settings, tmp_path).type_of("T02")
    file.write_bytes(raw)
    assert Recomputation("tl", settings, tmp_path).type_of("T02").type


def test_a_format_without_a_second_reader_says_so(project):
    root, settings = project
    entry = {**settings.datasets["tl_people"], "format": "parquet"}
    other = replace(settings, datasets={**settings.datasets, "tl_people": entry})
    with pytest.raises(SourceError, match="format 'parquet' are not read independently"):
        Recomputation("tl", other, root).indicator("T01", "varni")


# --- Files as publishers send them ---


def fetched(name: str, files: Mapping[tuple[str, str, str], bytes], root: Path) -> Any:
    """Put ``files`` (by name, first and last year) into ``root`` as a fetched vintage; return settings."""
    settings, _ = source_list.project(root=REPO)
    described = settings.described[name]
    (table_name, how), *_ = described["live"]["tables"].items()
    entry = {**vintages.as_fetched(described, [table_name]), "vintage": "2030-01-01"}
    lists = [*entry["code_lists"], entry["code_changes"]] if "code_lists" in entry else []
    pins = [pin for pin in settings.pins if pin["id"] in lists]
    for pin in pins:
        (root / pin["file"]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(REPO / pin["file"], root / pin["file"])
    for (file, first, last), raw in files.items():
        path = f"data/snapshots/x/y/2030-01-01/{file}"
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(raw)
        pins.append(
            {
                "id": name,
                "vintage": "2030-01-01",
                "file": path,
                "table": table_name,
                "reference_dates": {"first": first, "last": last},
                **describe(raw, {**how, "file": "x"}, path),
            }
        )
    chosen = {each: settings.datasets[each] for each in lists} | {name: entry}
    return SimpleNamespace(datasets=chosen, pins=pins, variables=settings.variables)


def workbook() -> bytes:
    """Inhabitants by municipality, a sheet a year, with notes below and columns that are not read."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for year in ("2024", "2025"):
        sheet = book.create_sheet(f"Bevolking in {year}")
        sheet.append(["", "Note"])
        sheet.append(["NIS code", "Name", "Totaal"])
        sheet.append(["01000", "Belgium", 11000000])
        sheet.append(["11001", "Aartselaar", 14000 + int(year)])
        sheet.append(["11002", "Antwerpen", "530000"])
        sheet.append([])
        sheet.append(["a note"])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def cases_of_files() -> Iterator[Any]:
    def years(rows: list[dict[str, str]], column: str = "year") -> tuple[str, str]:
        found = sorted(row[column] for row in rows)
        return found[0], found[-1]

    income = [row for row in publishers.frozen("statbel_income") if row["nis"] < "12"]
    nationality = [
        row
        for row in publishers.frozen("statbel_population_by_nationality")
        if row["year"] in ("2018", "2025") and row["nis"] < "13"
    ]
    houses = [row for row in publishers.frozen("statbel_house_prices") if row["nis"] < "12"]
    survey = [
        row for row in publishers.frozen("eurostat_lfs_nuts2") if row["geo"][:2] in ("BE", "EU")
    ]
    werk = "Geo\tGeslacht\tLeeftijdsklasse\tJaar\tGeslacht_titel\tWerkloosheidsgraad (%)\n"
    werk += "".join(
        f"{name}\tTotaal\t15-64\t2014\tx\t{text}\n"
        for name, text in (("Aartselaar", "4,5%"), ("ANTWERPEN", "12%"), ("Hove", "3,25%"))
    )
    yield "statbel_income", {("i.zip", *years(income, "income_year")): publishers.income(income)}
    yield (
        "statbel_population_by_nationality",
        {
            (f"TF_SOC_POP_STRUCT_{year}.zip", year, year): publishers.structure(nationality, year)
            for year in ("2018", "2025")
        },
    )
    yield "statbel_house_prices", {("h.zip", *years(houses)): publishers.houses(houses)}
    flow = publishers.survey(survey, "unemployed_thousand", "LFST_R_LFU3PERS", True)
    yield "eurostat_lfs_nuts2", {("e.csv", *years(survey)): flow.encode()}
    yield "statbel_population_per_municipality", {("b.xlsx", "2024", "2025"): workbook()}
    yield "steunpunt_werk_unemployment_rate", {("w.csv", "2014", "2014"): werk.encode("utf-16")}


FILES = list(cases_of_files())


@pytest.mark.parametrize(("name", "files"), FILES, ids=[name for name, _ in FILES])
def test_publishers_files_are_read_as_the_pipeline_reads_them(name, files, tmp_path):
    settings = fetched(name, files, tmp_path)
    if name == "eurostat_lfs_nuts2":
        # The vintage has two tables; only one of them is at hand here.
        settings.datasets[name]["variables"].pop("employed_lfs", None)
    sources = Sources(settings, tmp_path)
    made = observations_of(name, settings.datasets, settings.pins, settings.variables, tmp_path)
    assert len(made)
    found = {}
    for variable in settings.datasets[name]["variables"]:
        for level, by_date in sources.figures(name, variable).items():
            for date, by_unit in by_date.items():
                for unit, figure in by_unit.items():
                    found[variable, level, unit, date] = figure
    assert len(found) == len(made)
    for row in made.to_dict("records"):
        figure = found[row["variable"], row["level"], row["unit"], row["date"]]
        value = row["value"]
        if math.isnan(value):
            assert figure.value is None
        else:
            assert float(figure.value) == pytest.approx(value, rel=1e-15)
        assert f"{figure.system}@{figure.day}" == row["geography"]
        lines = {cell.line for cell in figure.cells}
        ends = (
            row["row"].rpartition(":")[2].rpartition("!")[2]
            if isinstance(row["row"], str)
            else row["row"]
        )
        assert {min(lines), max(lines)} == {int(end) for end in str(ends).split("-")}


def test_an_answer_of_bestat_is_read(tmp_path):
    raw = json.dumps(
        {"facts": [{"Town": "T01", "People": 1234.5}, {"Town": "T02", "People": None}]}
    ).encode()
    (tmp_path / "b.json").write_bytes(raw)
    how = {
        "format": "bestat",
        "columns": ["Town", "People"],
        "unit": {"column": "Town"},
        "level": "town",
        "date": {"fixed": "2014"},
        "geography_date": "2014-01-01",
        "missing": [""],
        "code_system": "tl",
        "vintage": "1",
        "variables": {"people": {"column": "People", "multiply_by": 0.1}},
    }
    pin = {"id": "b", "vintage": "1", "file": "b.json", **describe(raw, how, "b.json")}
    settings = SimpleNamespace(
        datasets={"b": how}, pins=[pin], variables={"people": {"dates": "year"}}
    )
    found = Sources(settings, tmp_path).figures("b", "people")["town"]["2014-01-01"]
    assert found["T01"].value * 100 == 12345
    assert (found["T01"].cells[0].line, found["T01"].cells[0].text) == (1, "1234.5")
    assert found["T02"].value is None


# --- The shipped cases ---


def shipped_settings(folder: Path) -> Settings:
    return source_list.project(root=folder)[0]


@pytest.mark.parametrize("case", ["be", "de"])
def test_every_value_of_the_shipped_cases_comes_out_of_the_bytes_again(shipped, case):
    """589 and 400 units, every indicator, reference and type; the cells are those that the tables name."""
    settings = shipped_settings(shipped)
    redone = Recomputation(case, settings, shipped)
    results = shipped / "results" / case
    rows = rows_by_figure(results / "harmonised.csv")
    # The unit itself first: most figures are its own.
    areas = {row["unit"]: [*dict.fromkeys(row.values())] for row in table(results / "units.csv")}
    printed = table(results / "indicators.csv")
    assert {row["unit"] for row in printed} == set(redone.units)
    assert len(printed) == len(redone.units) * len(settings.cases[case]["indicators"])
    for row in printed:
        found = redone.indicator(row["unit"], row["indicator"])
        assert agree(found, number(row["value"])), (row, found)
        by_figure: dict[tuple[str, str], list[int]] = {}
        for cell in found.cells:
            by_figure.setdefault((cell.variable, cell.date), []).append(cell.line)
        for (variable, date), lines in by_figure.items():
            text = "+".join(map(str, sorted(lines)))
            assert any(rows.get((variable, date, area)) == text for area in areas[row["unit"]]), (
                row,
                variable,
                date,
            )
    for row in table(results / "references.csv"):
        found = redone.reference(row["criterion"], row["group"])
        assert agree(found, number(row["value"])), (row, found)
    for row in table(results / "typology.csv"):
        found = redone.type_of(row["unit"])
        assert (found.type, redone.size_class(row["unit"])) == (row["type"], row["size_class"])
        answers = {True: "true", False: "false", None: ""}
        assert {c: answers[a] for c, a in found.answers.items()} == {
            c: row[c] for c in found.answers
        }


def rows_by_figure(path: Path) -> dict[tuple[str, str, str], str]:
    """Return the lines of the snapshot that a harmonised figure names, in order: ``7`` or ``7+9``."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        at = {name: place for place, name in enumerate(next(reader))}
        keys = [at[name] for name in ("variable", "date", "unit")]
        return {
            tuple(row[place] for place in keys): "+".join(
                sorted(row[at["row"]].split("+"), key=int)
            )
            for row in reader
        }


def test_the_resolved_configuration_is_enough(shipped):
    """What lies beside the results names the same rules as the configuration that made them."""
    settings = shipped_settings(shipped)
    resolved = strict_yaml.load(shipped / "results/de/config.resolved.yaml")
    again = replace(settings, cases={"de": resolved["settings"]})
    unit = "01001"
    assert Recomputation("de", again, shipped).type_of(unit) == Recomputation(
        "de", settings, shipped
    ).type_of(unit)
