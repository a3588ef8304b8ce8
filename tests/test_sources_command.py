"""The command `smstra sources`, on the repository and on Testland, and `smstra pin --dataset`."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tiny
from hypothesis import given
from hypothesis import strategies as st
from pybtex.database import parse_string

from smstra import cli, snapshots, source_list, strict_yaml
from smstra.dataset_rules import CODES
from smstra.report import citations

OLD, NEW = tiny.VINTAGE, "2026-02-03"
TODAY = dt.date(2026, 3, 5)
HARD = 'Œuvres & "100 %" of {a_b} $5 #1 ~ x^2 C:\\d, Łódź }'
LIVE = {
    "about": {
        "publisher": "Statistics & Sons, of {Testland}",
        "dataset": "TL_1",
        "title": HARD,
        "publisher_address": "https://testland.example",
        "licence": "CC BY 4.0 (name the source)",
        "geography": "towns",
        "unit_of_measure": "inhabitants",
        "definition": "invented",
    },
    "tables": {
        "yearly": {
            "download": {
                "address": "https://testland.example/a_b/{year}%20x.txt",
                "years": {"first": 2004, "last": 2005},
            },
            "format": "delimited",
            "encoding": "utf-8",
            "delimiter": ";",
            "columns": ["year", "code", "total", "foreign"],
            "unit": {"column": "code"},
            "level": "town",
            "date": {"column": "year", "day": "01-01"},
            "missing": [""],
            "variables": {
                "residents": {"column": "total"},
                "residents_foreign": {"column": "foreign"},
            },
        }
    },
}


def fetched(year: int, **change: object) -> dict[str, object]:
    """Return the pin of a fetched file of tl_people."""
    address = f"https://testland.example/a_b/{year}%20x.txt"
    return {
        "id": "tl_people",
        "vintage": NEW,
        "file": f"data/snapshots/testland/tl_people/{NEW}/{year}.txt",
        **LIVE["about"],
        "obtained_via": address,
        "reference_dates": {"first": f"{year}-01-01", "last": f"{year}-01-01"},
        "geography_date": "each reference date",
        "edition": f"Tue, 03 Jun {year + 1} 09:00:00 GMT",
        "date_accessed": NEW,
        "rows": 10,
        "sha256": f"{year:064d}",
        "sha256_table": "c" * 64,
        "table": "yearly",
        "address": address,
        "came_from": address,
        "last_modified": "",
        "gaps": ["T99 in 2004"] if year == 2004 else [],
    } | change


def describe(root: Path, name: str, **change: object) -> None:
    path = root / "config/datasets/tl.yaml"
    described = strict_yaml.load(path)
    described[name] = described.get(name, {"code_system": "tl"}) | change
    path.write_text(strict_yaml.dumps(described), encoding="utf-8")


def write_pins(root: Path, *pins: dict[str, object]) -> None:
    path = root / str(pins[0]["file"])
    path.parent.mkdir(parents=True, exist_ok=True)
    text = strict_yaml.dumps({"snapshots": list(pins)})
    path.with_name("pin.yaml").write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Testland with a fetched vintage of two files, and a dataset that was never fetched."""
    root = tiny.build(tmp_path_factory.mktemp("testland"))
    describe(root, "tl_people", live=LIVE)
    by_hand = {**LIVE["tables"]["yearly"], "by_hand": {"files": "data/by_hand/*.txt"}}
    del by_hand["download"]
    eurostat = {"api": "sdmx_3", "dataflow": "TL", "filters": {}, "gaps": "list"}
    table = {**by_hand, "eurostat": eurostat, "format": "eurostat"}
    for key in ("by_hand", "encoding", "delimiter", "columns"):
        del table[key]
    live = {**LIVE, "tables": {"own": by_hand, "flow": table}}
    describe(root, "tl_new", live=live, code_lists=["tl_units"], geography_date="each_date")
    write_pins(root, fetched(2004), fetched(2005))
    return root


@pytest.fixture
def testland(built, monkeypatch, tmp_path):
    """A copy of its own, as the working folder."""
    root = tmp_path / "testland"
    for name in ("config", "data"):
        shutil.copytree(built / name, root / name)
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def adopted(testland):
    """The fetched vintage is in use."""
    (testland / "config/config.yaml").write_text(
        f'cases: [tl]\nvintages: {{tl_people: "{NEW}"}}\n', encoding="utf-8"
    )
    return testland


def run(capsys, *arguments: str) -> str:
    assert cli.main(["sources", *arguments]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def refused(capsys, *arguments: str) -> str:
    assert cli.main([*arguments]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("smstra: ")
    assert captured.err.count("\n") == 1
    return captured.err


def by_id(known):
    return {record["id"]: record for record in known}


# --- the list ---------------------------------------------------------------------------------------


def test_the_list_has_a_line_for_each_dataset_of_the_repository(capsys, monkeypatch):
    monkeypatch.chdir(tiny.REPO)
    lines = run(capsys).splitlines()
    settings, names = source_list.project()
    assert [line.split()[0] for line in lines] == ["dataset", *names]
    assert names == sorted(settings.described)
    assert max(len(line) for line in lines) <= 120
    assert all("\x1b" not in line and line == line.rstrip() for line in lines)


def test_cases_limit_the_list_to_what_they_read(capsys, monkeypatch):
    monkeypatch.chdir(tiny.REPO)
    names = {case: source_list.project(case.split(","))[1] for case in ("be", "de", "be,de")}
    assert set(names["be"]) & {"statbel_population", "statbel_administrative_units"}
    assert not set(names["be"]) & set(names["de"])
    assert names["be,de"] == sorted(names["be"] + names["de"])
    lines = run(capsys, "--cases", "de").splitlines()[1:]
    assert [line.split()[0] for line in lines] == names["de"]


def test_a_case_need_not_be_among_those_of_the_configuration(testland, capsys):
    case = "extends: tl\ngeography: {changes: null}\n"
    (testland / "config/cases/other.yaml").write_text(case, encoding="utf-8")
    settings, _ = source_list.project(["other"])
    assert list(settings.cases) == ["other"]
    both = run(capsys, "--cases", "tl, other")
    assert both == run(capsys, "--cases", "tl")


def test_a_record_says_what_is_in_use_what_else_there_is_and_how_old_it_is(testland):
    settings, names = source_list.project()
    known = by_id(source_list.records(settings, names, TODAY))
    people = known["tl_people"]
    assert (people["vintage"], people["other_vintages"]) == (OLD, [NEW])
    assert people["age_days"] == 62
    assert people["reference_dates"] == {"first": "2004-01-01", "last": "2015-01-01"}
    assert people["rows"] == len(tiny.tables()["tl_people"]) - 1
    assert people["refresh_by"] == ["download"]
    assert people["licence"] == "CC0"
    assert known["tl_land"]["refresh_by"] == []
    new = known["tl_new"]
    assert new["vintage"] is new["age_days"] is new["rows"] is new["reference_dates"] is None
    assert new["refresh_by"] == ["eurostat", "by hand"]
    assert (new["title"], new["files"], new["other_vintages"]) == (HARD, [], [])


def test_the_files_of_a_vintage_are_one_record(adopted, capsys):
    people = by_id(json.loads(run(capsys, "--json")))["tl_people"]
    assert (people["vintage"], people["other_vintages"]) == (NEW, [OLD])
    assert people["rows"] == 20
    assert people["reference_dates"] == {"first": "2004-01-01", "last": "2005-01-01"}
    assert people["title"] == HARD
    assert [file["sha256"] for file in people["files"]] == [f"{y:064d}" for y in (2004, 2005)]
    assert [file["gaps"] for file in people["files"]] == [["T99 in 2004"], []]
    assert people["files"][0]["obtained_via"].endswith("a_b/2004%20x.txt")


def test_the_age_counts_from_the_oldest_file(adopted):
    write_pins(adopted, fetched(2004, date_accessed="2026-02-01"), fetched(2005))
    settings, _ = source_list.project()
    (record,) = source_list.records(settings, ["tl_people"], TODAY)
    assert (record["date_accessed"], record["age_days"]) == ("2026-02-01", 32)
    (record,) = source_list.records(settings, ["tl_people"], dt.date(2026, 2, 1))
    assert record["age_days"] == 0


def test_json_is_the_list(testland, capsys):
    known = json.loads(run(capsys, "--json", "--cases", "tl"))
    lines = run(capsys, "--cases", "tl").splitlines()[1:]
    assert [record["id"] for record in known] == [line.split()[0] for line in lines]
    assert "tl_new" not in by_id(known)
    settings, names = source_list.project(["tl"])
    assert known == source_list.records(settings, names, dt.datetime.now(dt.UTC).date())


def test_the_table_shows_dates_rows_and_ways_shortly(testland):
    settings, names = source_list.project()
    lines = source_list.as_table(source_list.records(settings, names, TODAY)).splitlines()
    shown = {line.split()[0]: re.split(r"\s{2,}", line)[1:] for line in lines}
    rows = str(len(tiny.tables()["tl_people"]) - 1)
    assert shown["tl_people"] == [OLD, NEW, "62", "2004-2015", rows, "download", "CC0"]
    assert shown["tl_land"][3] == "2014"
    assert shown["tl_new"] == [
        *("never fetched", "-", "-", "-", "-", "eurostat, by hand", "CC BY 4.0")
    ]


def record(**change: object) -> dict[str, object]:
    return {
        "id": "a",
        "vintage": OLD,
        "other_vintages": [],
        "age_days": 3,
        "reference_dates": {"first": "2005", "last": "2014-01-01"},
        "rows": 1234567,
        "refresh_by": [],
        "licence": "free",
    } | change


def test_many_vintages_and_long_texts_are_cut_and_columns_stand_under_one_another():
    known = [
        record(other_vintages=["2026-01-01", "2026-01-03", "2026-01-05"]),
        record(id="b" * 40, licence="a licence of very many words " * 5, rows=7),
    ]
    header, first, second = source_list.as_table(known).splitlines()
    assert "2026-01-05 +2" in first
    assert "1,234,567" in first
    assert second.endswith("...")
    assert len(second) <= 120
    assert header.index("rows") + 4 == first.index("1,234,567") + 9 == second.index(" 7 ") + 2
    assert header.index("licence") == first.index("free") == second.index("a licence")


def test_a_very_long_name_widens_the_table_but_is_not_cut():
    line = source_list.as_table([record(id="c" * 130)]).splitlines()[1]
    assert line.startswith("c" * 130 + "  ")
    assert line.endswith("  free")


def test_listing_needs_no_pandas(testland):
    code = (
        "import sys; from smstra import cli; cli.main(['sources']); cli.main(['sources', '--json']);"
        "sys.exit('pandas' in sys.modules or 'pybtex' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        capture_output=True,
        encoding="utf-8",
        env={"PYTHONPATH": str(tiny.REPO / "workflow/lib"), "PYTHONIOENCODING": "ascii"},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Łódź" in done.stdout


def test_a_reader_that_stops_early_is_no_error(testland):
    code = "import sys; from smstra import cli; sys.exit(cli.main(['sources', '--json']))"
    done = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PYTHONPATH": str(tiny.REPO / "workflow/lib")},
    )
    done.stdout.close()
    assert done.stderr.read() == b""
    done.stderr.close()
    assert done.wait() == 0


# --- citations ----------------------------------------------------------------------------------------


def test_a_citation_names_all_that_a_reader_needs(testland, capsys):
    lines = run(capsys, "--cite").splitlines()
    assert len(lines) == 7
    assert lines == sorted(lines)
    assert lines[2] == (
        "Statistics Testland (2026): Table tl_people; dataset: tl_people; edition: first; reference "
        "dates: 2004-01-01 to 2015-01-01; obtained via written by the tests; "
        "https://testland.example; licence: CC0; accessed on 2026-01-02."
    )


def test_cases_limit_the_citations_too(capsys, monkeypatch):
    monkeypatch.chdir(tiny.REPO)
    settings, names = source_list.project(["de"])
    items = json.loads(run(capsys, "--csl-json", "--cases", "de"))
    assert [item["id"] for item in items] == [
        f"{name}_{settings.described[name]['vintage']}" for name in names
    ]


def test_two_files_of_a_vintage_are_one_citation(adopted, capsys):
    (line,) = [x for x in run(capsys, "--cite").splitlines() if "Sons" in x]
    assert line == (
        f"Statistics & Sons, of {{Testland}} (2006): {HARD}; dataset: TL_1; edition: "
        "Tue, 03 Jun 2005 09:00:00 GMT, Tue, 03 Jun 2006 09:00:00 GMT; reference dates: 2004-01-01 to "
        "2005-01-01; obtained via https://testland.example/a_b/2004%20x.txt, "
        "https://testland.example/a_b/2005%20x.txt; https://testland.example; "
        f"licence: CC BY 4.0 (name the source); accessed on {NEW}."
    )


def test_many_files_do_not_make_a_citation_endless():
    pins = [fetched(year) for year in range(2004, 2021)]
    line = citations.sentences(pins)
    assert "and 15 more; https://testland.example; licence" in line
    assert line.count("\n") == 1
    assert len(line) < 600


def test_one_file_is_cited_by_the_address_that_was_asked_once():
    line = citations.sentences([fetched(2004)])
    assert line.count("https://testland.example") == 1
    assert "; https://testland.example/a_b/2004%20x.txt; licence" in line
    assert "reference dates: 2004-01-01; " in line


def test_a_text_over_several_lines_and_days_of_access_are_one_line():
    files = [fetched(2004, title="A\n  table"), fetched(2005, title="A table")]
    files[1]["date_accessed"] = "2026-02-04"
    line = citations.sentences(files)
    assert "(2006): A table; dataset" in line
    assert line.endswith(f"accessed on {NEW}.\n")


@pytest.mark.parametrize(
    ("edition", "year"),
    [
        ("2024", 2024),
        ("Census 2011", 2011),
        ("2026-02-02T11:00:00+0100", 2026),
        ("Fri, 05 Dec 2025 09:00:00 GMT", 2025),
        ("of 2019, corrected in 2023", 2023),
        ("projection of 2024 to 2050", 2024),
        ("first", 2026),
        ("TF_2011x, number 120123", 2026),
    ],
)
def test_the_year_is_the_editions_or_that_of_access(edition, year):
    (item,) = json.loads(citations.csl_json([fetched(2004, edition=edition)]))
    assert item["issued"] == {"date-parts": [[year]]}


def test_csl_json_holds_only_what_csl_knows(adopted, capsys):
    items = json.loads(run(capsys, "--csl-json"))
    assert len(items) == 7
    people = by_id(items)[f"tl_people_{NEW}"]
    assert people == {
        "id": f"tl_people_{NEW}",
        "type": "dataset",
        "title": HARD,
        "author": [{"literal": "Statistics & Sons, of {Testland}"}],
        "publisher": "Statistics & Sons, of {Testland}",
        "issued": {"date-parts": [[2006]]},
        "accessed": {"date-parts": [[2026, 2, 3]]},
        "URL": "https://testland.example",
        "version": "Tue, 03 Jun 2005 09:00:00 GMT, Tue, 03 Jun 2006 09:00:00 GMT",
        "note": "Dataset: TL_1; licence: CC BY 4.0 (name the source)",
    }


def plain(latex: str) -> str:
    """Read LaTeX's escapes back, by their meaning and not by the program's table."""
    signs = {"textbackslash": "\\", "textbraceleft": "{", "textbraceright": "}"}
    signs |= {"textasciicircum": "^", "textasciitilde": "~"}
    text = re.sub(
        r"\\(text[a-z]+)(?:\{\}|(\\) | |(?=\W|$))",
        lambda m: f"\0{m[1]}\0{' ' if m[2] else ''}",
        latex,
    )
    text = re.sub(r"\\([&%$#_])", r"\1", text)
    assert not set(text) & set("\\{}"), latex
    return re.sub(r"\0(\w+)\0", lambda m: signs[m[1]], text)


def test_bibtex_reads_back_with_every_sign(adopted, capsys):
    text = run(capsys, "--bibtex")
    entries = parse_string(text, "bibtex").entries
    assert list(entries) == [
        f"tl_{x}"
        for x in (
            *(f"changes_{OLD}", f"land_{OLD}", f"people_{NEW}", f"prices_{OLD}"),
            *(f"survey_{OLD}", f"units_{OLD}", f"zones_{OLD}"),
        )
    ]
    people = entries[f"tl_people_{NEW}"]
    assert people.type == "misc"
    assert plain(people.fields["title"][1:-1]) == HARD
    (author,) = people.persons["author"]
    assert [plain(author.last_names[0][1:-1])] == ["Statistics & Sons, of {Testland}"]
    assert not author.first_names
    fields = {key: people.fields[key] for key in ("year", "url", "urldate")}
    assert fields == {"year": "2006", "url": "https://testland.example", "urldate": NEW}
    assert plain(people.fields["note"]) == (
        "Dataset: TL_1; edition: Tue, 03 Jun 2005 09:00:00 GMT, Tue, 03 Jun 2006 09:00:00 GMT; "
        "licence: CC BY 4.0 (name the source)"
    )


def test_the_address_stays_as_it_is_unless_it_would_end_the_field():
    def url(**change: object) -> str:
        text = citations.bibtex([fetched(2004, **change)])
        return parse_string(text, "bibtex").entries[f"tl_people_{NEW}"].fields["url"]

    assert url() == "https://testland.example/a_b/2004%20x.txt"
    odd = 'https://testland.example/c[geo]=a,b&x={y}"#~é'
    assert url(address=odd) == "https://testland.example/c[geo]=a,b&x=%7By%7D%22#~%C3%A9"
    assert url(address="data/by_hand/a.txt") == "https://testland.example"


# What YAML allows in a pin; blanks come out single.
TEXTS = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1
).map(lambda text: " ".join(text.split()) or "x")


@given(TEXTS, TEXTS, TEXTS)
def test_any_text_gives_bibtex_that_reads_back(title, publisher, licence):
    pins = [fetched(2004, title=title, publisher=publisher, licence=licence), fetched(2005)]
    entries = parse_string(citations.bibtex(pins[:1]), "bibtex").entries
    (entry,) = entries.values()
    assert set(entry.fields) == {"title", "year", "publisher", "url", "urldate", "note"}
    assert plain(entry.fields["title"][1:-1]) == title
    assert plain(entry.fields["publisher"][1:-1]) == publisher
    assert entry.fields["note"].startswith("Dataset: TL")
    assert json.loads(citations.csl_json(pins))[0]["title"] == f"{title}, {HARD}"
    assert citations.sentences(pins).count("\n") == 1


def test_exports_do_not_depend_on_the_order_of_the_pins_of_datasets():
    other = fetched(2004, id="tl_a")
    for export in (citations.sentences, citations.bibtex, citations.csl_json):
        assert export([fetched(2004), other]) == export([other, fetched(2004)])


# --- FILE -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["--bibtex", "--csl-json"])
def test_a_file_gets_the_same_bytes_and_is_overwritten_only_by_force(
    testland, capsys, tmp_path, form
):
    shown = run(capsys, form)
    file = tmp_path / "new/refs.out"
    assert run(capsys, form, str(file)) == f"written: {file.as_posix()}\n"
    assert file.read_bytes() == shown.encode()
    file.write_bytes(b"mine")
    said = refused(capsys, "sources", form, str(file))
    assert f"{file.as_posix()}: this file is there already" in said
    assert "--force" in said
    assert file.read_bytes() == b"mine"
    run(capsys, form, str(file), "--force")
    assert file.read_bytes() == shown.encode()
    assert [path.name for path in file.parent.iterdir()] == ["refs.out"]


def test_a_place_that_cannot_be_written_is_one_sentence(testland, capsys, tmp_path):
    assert "this is a folder" in refused(capsys, "sources", "--bibtex", str(tmp_path), "--force")
    (tmp_path / "a").write_bytes(b"")
    said = refused(capsys, "sources", "--bibtex", str(tmp_path / "a/b.bib"))
    assert str(tmp_path / "a") in said
    assert "mend the path" in said


# --- errors ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [["sources"], ["pin", "t.csv", "--dataset", "x"]])
def test_another_folder_is_named_as_such(tmp_path, monkeypatch, capsys, arguments):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_bytes(b"a\n1\n")
    said = refused(capsys, *arguments)
    assert "config/config.yaml: there is no such file here" in said
    assert "in the folder of the project or study" in said


def test_what_is_asked_wrongly_is_said(testland, capsys):
    said = refused(capsys, "sources", "--cases", "tk")
    assert "there is no case 'tk' (did you mean 'tl'?)" in said
    assert "there is no case ''" in refused(capsys, "sources", "--cases", "tl,")
    assert "--force: there is no FILE" in refused(capsys, "sources", "--force")
    assert "--force: there is no FILE" in refused(capsys, "sources", "--bibtex", "--force")


def test_a_fault_of_the_configuration_is_one_sentence(testland, capsys):
    path = testland / "config/config.yaml"
    path.write_text("cases: [tl]\nvintages: {tl_people: 2026-09-09}\n", encoding="utf-8")
    assert "`vintages.tl_people` is '2026-09-09'" in refused(capsys, "sources")


def test_nothing_to_cite_is_said(testland, capsys):
    path = testland / "config/datasets/tl.yaml"
    never = {}
    for name in tiny.tables():
        entry = strict_yaml.load(path)[name]
        how = {key: entry[key] for key in entry if key not in (*CODES, "vintage", "live")}
        tables = {"own": {"by_hand": {"files": "data/by_hand/*.csv"}, **how}}
        never[name] = {key: entry[key] for key in CODES if key in entry}
        never[name]["live"] = {"about": LIVE["about"], "tables": tables}
    path.write_text(strict_yaml.dumps(never), encoding="utf-8")
    shutil.rmtree(testland / "data/snapshots")
    (testland / "data/sources.yaml").write_text("snapshots: []\n", encoding="utf-8")
    for form in ("--cite", "--bibtex", "--csl-json"):
        assert "tl_zones: never fetched, so there is nothing" in refused(capsys, "sources", form)
    assert len(run(capsys, "--cases", "tl").splitlines()) == 8


@pytest.mark.parametrize("pair", [["--json", "--cite"], ["--bibtex", "--csl-json"]])
def test_two_forms_at_once_are_wrong_usage(pair, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(["sources", *pair])
    assert caught.value.code == 2
    assert "not allowed with" in capsys.readouterr().err


# --- pin ------------------------------------------------------------------------------------------------


def test_pin_reads_a_file_as_a_table_of_live_is_described(testland, capsys, tmp_path):
    raw = b"year;code;total;foreign\r\n2004;T01;5;1\r\n2004;T02;6;\r\n"
    (tmp_path / "t.txt").write_bytes(raw)
    arguments = ["pin", str(tmp_path / "t.txt"), "--dataset", "tl_people", "--table", "yearly"]
    assert cli.main(arguments) == 0
    want = snapshots.describe(raw, LIVE["tables"]["yearly"], "t.txt")
    assert want["rows"] == 2
    assert capsys.readouterr().out == (
        f"    table: yearly\n    rows: 2\n    sha256: {want['sha256']}\n"
        f"    sha256_table: {want['sha256_table']}\n"
    )


def test_pin_reads_a_file_as_its_dataset_is_described_though_its_vintage_is_not_pinned(
    testland, capsys, tmp_path
):
    describe(testland, "tl_land", vintage="2026-09-09")
    (tmp_path / "land.dat").write_bytes(b"code,km2\nT01,5\n")
    assert cli.main(["pin", str(tmp_path / "land.dat"), "--dataset", "tl_land"]) == 0
    assert capsys.readouterr().out.startswith("    rows: 1\n    sha256: ")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--table", "yearly"], "say of which dataset"),
        (["--dataset", "tl_peple"], "(did you mean 'tl_people'?)"),
        (["--dataset", "tl_people", "--table", "yaerly"], "(did you mean 'yearly'?)"),
        (["--dataset", "tl_land", "--table", "x"], "its tables are none"),
        (["--dataset", "tl_new"], "`--table T` with one of own, flow"),
        (["--dataset", "tl_people", "--table", "yearly"], "t.txt"),
        (["--dataset", "tl_people"], "config/datasets/tl.yaml: "),
    ],
)
def test_pin_says_what_is_wrong(testland, capsys, tmp_path, arguments, says):
    (tmp_path / "t.txt").write_bytes(b"a;b\n1;2;3\n")
    assert says in refused(capsys, "pin", str(tmp_path / "t.txt"), *arguments)
