"""`smstra new`: tables in the forms that offices send become a study whose figures are those of "
"the tables."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import offices
import pandas as pd
import pytest
from offices import PLACES, YEARS, people, rate, share

from smstra import config, job_settings, strict_yaml
from smstra.audit.recompute_sources import Sources
from smstra.cli import main
from smstra.sources.tables import observations_of

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs `smstra` in an empty study folder, the given files beside it."""
    study = tmp_path / "study"
    study.mkdir()
    monkeypatch.chdir(study)

    def call(*arguments: object) -> tuple[int, str, str]:
        code = main([str(each) for each in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def written(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def second_program(case: str = "testland") -> dict[tuple[str, str, str], float | None]:
    """Return the same figures as the second program reads them from the bytes."""
    known = settings(case)
    sources = Sources(known)
    return {
        (variable, unit, day[:4]): None if figure.value is None else float(figure.value)
        for name in known.cases[case]["datasets"]
        for variable in known.datasets[name]["variables"]
        for of_level in sources.figures(name, variable).values()
        for day, units in of_level.items()
        for unit, figure in units.items()
    }


def settings(case: str = "testland") -> config.Settings:
    user = strict_yaml.load(Path("config/config.yaml"))
    return config.load({**user, "cases": [case]})


def figures(case: str = "testland") -> dict[tuple[str, str, str], float]:
    """Return all figures of a case's tables by variable, unit and year, as a run reads them."""
    known = settings(case)
    found = {}
    for name in known.cases[case]["datasets"]:
        part = job_settings.observations(known, name)
        table = observations_of(name, part["datasets"], part["pins"], part["variables"])
        for row in table.itertuples():
            found[row.variable, row.unit, row.date[:4]] = row.value
    return found


def assert_people(found: dict[tuple[str, str, str], float], variables: int = 1) -> None:
    """Every place has its inhabitants in every year, and nothing else is read."""
    for code, *_ in PLACES:
        for year in YEARS:
            assert found["residents", code, year] == people(code, year)
    assert len(found) == variables * len(PLACES) * len(YEARS)


# Long tables with all figures, by the form of the file.
def _utf8(path: Path) -> Path:
    path.write_text(offices.text(offices.long()), encoding="utf-8")
    return path


def _cp1250_with_titles_and_notes(path: Path) -> Path:
    rows = offices.long(
        ("Kod", "Nazwa", "Region", "Rok", "Ludność", "Foreign residents %", "Bezrobocie %")
    )
    rows = [
        [
            cell.replace("Æ", "A").replace("ø", "o").replace("Å", "A")
            if isinstance(cell, str)
            else cell
            for cell in row
        ]
        for row in rows
    ]
    table = offices.text(rows, ";", ",")
    path.write_bytes(f"Urząd;;\n31.12.;\n{table}\n\nŹródło: urząd\n".encode("cp1250"))
    return path


def _cp1252_semicolon(path: Path) -> Path:
    rows = [row for row in offices.long() if "Łódź" not in str(row[1])]
    text = offices.text(rows, ";", ",")
    extra = offices.text(
        [[r[0], "Lodz", *r[2:]] for r in offices.long() if "Łódź" in str(r[1])], ";", ","
    )
    path.write_bytes((text + extra).encode("cp1252"))
    return path


def _utf16_tab(path: Path) -> Path:
    path.write_bytes(offices.text(offices.long(), "\t").encode("utf-16"))
    return path


def _xlsx_with_titles(path: Path) -> Path:
    rows = offices.long()
    body = [[int(r[0]), *r[1:3], int(r[3]), *r[4:]] for r in rows[1:]]
    return offices.xlsx(
        path, {"Notes": [["read me"]], "Data": [["Office of Testland"], [], rows[0], *body]}
    )


def _xls(path: Path) -> Path:
    return offices.xls(path, offices.long())


def _ods(path: Path) -> Path:
    return offices.ods(path, offices.long())


@pytest.mark.parametrize(
    ("write", "name"),
    [
        (_utf8, "a.csv"),
        (_cp1250_with_titles_and_notes, "a.csv"),
        (_cp1252_semicolon, "a.txt"),
        (_utf16_tab, "a.txt"),
        (_xlsx_with_titles, "a.xlsx"),
        (_xls, "a.xls"),
        (_ods, "a.ods"),
    ],
)
def test_a_long_table_in_any_form_gives_its_figures(
    write: Callable[[Path], Path], name: str, run: Run, tmp_path: Path
) -> None:
    file = write(tmp_path / name)
    code, _, err = run("new", "Testland", "--from", file, "--yes")
    assert code == 0, err
    found = figures()
    assert_people(found, 3)
    if name not in ("a.xls", "a.ods"):  # which it does not read
        assert second_program() == pytest.approx(found)
    for place, *_ in PLACES:
        assert found["share_foreign", place, "2005"] == pytest.approx(share(place, "2005"))
        assert found["unemployment_rate_registered", place, "2014"] == pytest.approx(
            rate(place, "2014")
        )
    case = settings().cases["testland"]
    assert [case["indicators"][n]["definition"] for n in ("sf", "varun", "varni")] == [
        "level",
        "difference",
        "relative_change",
    ]
    kept = [
        p
        for p in Path("data/snapshots").rglob("*")
        if p.is_file() and p.read_bytes() == file.read_bytes()
    ]
    assert len(kept) == 1  # the raw file, byte for byte


def _wide_csv(path: Path) -> Path:
    path.with_suffix(".csv").write_text(offices.text(offices.wide()), encoding="utf-8")
    return path.with_suffix(".csv")


def _wide_xlsx_with_numbers_as_header(path: Path) -> Path:
    head, *body = offices.wide(("Code", "Municipality"))
    rows = [["Population on 31 December"], [*head[:2], *map(int, head[2:])], *body]
    return offices.xlsx(path.with_suffix(".xlsx"), {"x": rows})


def _wide_named(path: Path) -> Path:
    head, *body = offices.wide()
    rows = [[*head[:2], *(f"Population {year}" for year in head[2:])], *body]
    return offices.xlsx(path.with_suffix(".xlsx"), {"x": rows})


def _sheet_a_year(path: Path) -> Path:
    sheets = {
        f"Pop {year}": [
            ["Code", "Name", "Inhabitants"],
            *([c, n, people(c, year)] for c, n, *_ in PLACES),
        ]
        for year in YEARS
    }
    return offices.xlsx(path.with_suffix(".xlsx"), {"About": [["of this file"]], **sheets})


def _code_and_name_in_one_cell(path: Path) -> Path:
    _, *body = offices.wide()
    rows = [["region", *YEARS], ["00 Whole country", 1, 2, 3]]
    areas = dict.fromkeys(f"{region} {name}" for *_, region, name in PLACES)
    rows += [[area, 1, 2, 3] for area in areas]
    rows += [[f"{row[0]} {row[1]}", *row[2:]] for row in body]
    path.with_suffix(".csv").write_text(offices.text(rows), encoding="utf-8")
    return path.with_suffix(".csv")


@pytest.mark.parametrize(
    "write",
    [
        _wide_csv,
        _wide_xlsx_with_numbers_as_header,
        _wide_named,
        _sheet_a_year,
        _code_and_name_in_one_cell,
    ],
)
def test_years_in_headers_and_sheets_give_the_same_figures(
    write: Callable[[Path], Path], run: Run, tmp_path: Path
) -> None:
    file = write(tmp_path / "population")
    code, _, err = run("new", "Testland", "--from", file, "--yes")
    assert code == 0, err
    assert_people(figures())
    indicators = settings().cases["testland"]["indicators"]
    assert indicators["sf"]["definition"] == indicators["varun"]["definition"] == "not_available"
    assert "none of the given tables" in indicators["varun"]["because"]


@pytest.mark.parametrize(
    ("country", "encoding", "town"),
    [
        ("Denmark", "cp1252", "Ærøby"),
        ("Czechia", "cp1250", "Děčín-Žďár"),
        ("Turkey", "cp1254", "Şanlıurfa Iğdır"),
        ("Latvia", "cp1257", "Rēzekne ģ"),
    ],
)
def test_of_encodings_that_fit_the_country_has_the_say(
    country: str, encoding: str, town: str, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "population.csv"
    rows = [["code", "name", "2005", "2014"], ["01", town, 900, 950], ["02", "Plain", 800, 700]]
    file.write_bytes(offices.text(rows, ";").encode(encoding))
    assert run("new", country, "--from", file, "--yes")[0] == 0
    units = pd.read_csv(next(Path("data/snapshots").rglob("*_units.csv")), dtype=str)
    assert units["name"][0] == town
    # What one says is taken, right or wrong.
    code, _, err = run(
        "new", country, "--name", "b", "--from", file, "--encoding", "utf-8", "--yes"
    )
    assert (code, "cannot be read as utf-8" in err) == (1, True)


def test_a_wide_table_is_read_alike_by_the_second_program(run: Run, tmp_path: Path) -> None:
    assert run("new", "Testland", "--from", _wide_named(tmp_path / "p"), "--yes")[0] == 0
    known = settings()
    assert second_program() == figures()
    (name,) = known.cases["testland"]["datasets"]
    second = Sources(known).figures(name, "residents")["municipality"]
    cell = second["2014-01-01"]["0101"].cells[0]
    assert (cell.column, cell.text) == ("Population 2014", str(people("0101", "2014")))


def test_zeros_that_a_spreadsheet_took_are_put_back(run: Run, tmp_path: Path) -> None:
    head, *body = offices.wide()
    file = offices.xlsx(
        tmp_path / "population.xlsx", {"x": [head, *([int(r[0]), *r[1:]] for r in body)]}
    )
    assert run("new", "Testland", "--from", file, "--yes")[0] == 0
    assert_people(figures())
    assert "one digit short" in Path("config/datasets/testland.yaml").read_text(encoding="utf-8")


def test_larger_areas_in_the_table_are_left_out_and_name_the_regions(
    run: Run, tmp_path: Path
) -> None:
    head, *body = offices.wide()
    areas = [[code, name, 9, 9, 9] for code, name in sorted({(p[2], p[3]) for p in PLACES})]
    file = tmp_path / "population.csv"
    file.write_text(
        offices.text([head, ["00", "Testland total", 9, 9, 9], *areas, *body]), encoding="utf-8"
    )
    assert run("new", "Testland", "--from", file, "--yes")[0] == 0
    assert_people(figures())
    units = pd.read_csv(next(Path("data/snapshots").rglob("testland_units.csv")), dtype=str)
    assert dict(zip(units["code"], units["region_name"], strict=True)) == {
        p[0]: p[3] for p in PLACES
    }


def test_names_are_looked_up_in_the_other_tables(run: Run, tmp_path: Path) -> None:
    one, two = tmp_path / "population.csv", tmp_path / "unemployment 2014.csv"
    one.write_text(offices.text(offices.wide()), encoding="utf-8")
    rows = [
        ["Gemeinde", "Arbeitslosenquote"],
        *([p[1].upper(), rate(p[0], "2014")] for p in PLACES),
    ]
    two.write_text(offices.text([*rows, ["Total", 7.5]]), encoding="utf-8")
    assert run("new", "Testland", "--from", one, two, "--yes")[0] == 0
    found = figures()
    assert found["unemployment_rate_registered", "1102", "2014"] == rate("1102", "2014")
    # One year of a rate is no change of it.
    assert (
        "not near 2005 and 2014" in settings().cases["testland"]["indicators"]["varun"]["because"]
    )


def test_a_name_that_no_table_knows_keeps_the_file_aside_until_it_is_said_whose_it_is(
    run: Run, tmp_path: Path
) -> None:
    one, two = tmp_path / "population.csv", tmp_path / "jobs 2014.csv"
    one.write_text(offices.text(offices.wide()), encoding="utf-8")
    rows = [["Town", "Unemployment rate"], *([p[1], 5.5] for p in PLACES[1:]), ["Lodz North", 6.5]]
    two.write_text(offices.text(rows), encoding="utf-8")
    code, out, _ = run("new", "Testland", "--from", one, two, "--yes")
    assert code == 0
    assert "--alias 'jobs 2014.csv:Lodz North=CODE'" in out
    assert Path("data/by_hand/jobs 2014.csv").read_bytes() == two.read_bytes()
    assert_people(figures())
    code, _, err = run(
        "new",
        "Testland",
        "--name",
        "second",
        "--from",
        one,
        two,
        "--alias",
        "jobs 2014.csv:Lodz North=0101",
        "--yes",
    )
    assert code == 0, err
    assert figures("second")["unemployment_rate_registered", "0101", "2014"] == 6.5


def test_only_names_become_codes_of_their_own(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "population.csv"
    file.write_text(offices.text([row[1:] for row in offices.wide()]), encoding="utf-8")
    assert run("new", "Testland", "--from", file, "--yes")[0] == 0
    assert figures()["residents", "akerby", "2014"] == people("1102", "2014")


def test_figures_as_people_write_them(run: Run, tmp_path: Path) -> None:
    head, *body = offices.long()
    rows = [
        [
            *r[:4],
            f"{r[4] + 100000:,}".replace(",", "\u00a0"),
            r[5] / 100,
            f"{r[6]:.1f} %".replace(".", ","),
        ]
        for r in body
    ]
    rows = [[*r[:5], str(r[5]).replace(".", ","), r[6]] for r in rows]
    rows[0][6] = "–"
    file = tmp_path / "a.csv"
    file.write_text(offices.text([head, *rows], ";"), encoding="utf-8")
    code, out, err = run(
        "new", "Testland", "--from", file, "--yes", "--fraction", "foreign_share_percent=yes"
    )
    assert code == 0, err
    found = figures()
    assert found["residents", "1104", "2010"] == people("1104", "2010") + 100000
    assert found["share_foreign", "1104", "2010"] == pytest.approx(share("1104", "2010"))
    assert found["unemployment_rate_registered", "1104", "2014"] == pytest.approx(
        rate("1104", "2014"), abs=0.06
    )
    assert pd.isna(found["unemployment_rate_registered", "0101", "2005"])
    assert "fractions, so times 100" in out


def test_points_between_thousands_and_a_comma_for_decimals(run: Run, tmp_path: Path) -> None:
    rows = [["Code", "Jahr", "Einwohner", "Fläche km2"]]
    rows += [
        [p[0], "2014", f"{people(p[0], '2014'):,}".replace(",", "."), "1.234,5"] for p in PLACES
    ]
    file = tmp_path / "a.csv"
    file.write_text(offices.text(rows, ";"), encoding="utf-8")
    assert run("new", "Testland", "--from", file, "--yes")[0] == 0
    found = figures()
    assert found["residents", "1104", "2014"] == people("1104", "2014")
    assert found["area_km2", "1104", "2014"] == 1234.5


def test_what_two_files_hold_is_taken_from_one(run: Run, tmp_path: Path) -> None:
    one, two, three = (tmp_path / name for name in ("a.csv", "population.csv", "jobs.csv"))
    _utf8(one)
    two.write_text(offices.text(offices.wide()), encoding="utf-8")
    rows = offices.long()
    three.write_text(offices.text([[r[0], r[3], r[4], r[6]] for r in rows]), encoding="utf-8")
    code, out, err = run("new", "Testland", "--from", one, two, three, "--yes")
    assert code == 0, err
    assert out.count("all that it holds is in another of the files as well") == 2
    assert_people(figures(), 3)


def test_of_several_rows_a_year_the_total_counts_and_others_are_asked_for(
    run: Run, tmp_path: Path
) -> None:
    rows = [["code", "year", "sex", "population"]]
    for p in PLACES:
        for year in YEARS:
            whole = people(p[0], year)
            rows += [
                [p[0], year, "Men", whole // 2],
                [p[0], year, "Women", whole - whole // 2],
                [p[0], year, "Total", whole],
            ]
    file = tmp_path / "a.csv"
    file.write_text(offices.text(rows), encoding="utf-8")
    assert run("new", "Testland", "--from", file, "--yes")[0] == 0
    assert_people(figures())
    other = tmp_path / "b.csv"
    other.write_text(offices.text([r for r in rows if r[2] != "Total"]), encoding="utf-8")
    code, _, err = run("new", "Testland", "--name", "b", "--from", other, "--yes")
    assert code == 1
    assert "--where 'b.csv:sex=VALUE'" in err
    code, _, err = run(
        "new", "Testland", "--name", "b", "--from", other, "--where", "sex=Men", "--yes"
    )
    assert code == 0, err


def test_other_years_and_one_year_only(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "population.csv"
    file.write_text(offices.text(offices.wide()), encoding="utf-8")
    assert (
        run("new", "Testland", "--from", file, "--yes", "--start", "2010", "--end", "2015")[0] == 0
    )
    varni = settings().cases["testland"]["indicators"]["varni"]
    assert (varni["from"], varni["to"]) == ("2010-01-01", "2014-01-01")
    one = tmp_path / "population 2014.csv"
    one.write_text(
        offices.text([["code", "population"], *([p[0], 5000] for p in PLACES)]), encoding="utf-8"
    )
    assert run("new", "Otherland", "--from", one, "--yes")[0] == 0
    assert (
        "one year only"
        in settings("otherland").cases["otherland"]["indicators"]["varni"]["because"]
    )


def _bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * (8 << 20))
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "raw", "words"),
    [
        ("a.csv", b"", "the file is empty"),
        ("a.xls", b"<!DOCTYPE html><html><title>Login</title>", "this is an HTML page ('Login')"),
        ("a.csv", b"only\none\ncolumn\n", "no line has two cells"),
        ("a.csv", b"a,b\nx,y\nz,w\n", "no line looks like a header"),
        ("a.xlsx", b"PK\x03\x04 broken", "not a zip file"),
        ("a.csv", b"a\0b\0c", "zero bytes"),
        ("a.csv", b"code,year,apples\n01,2005,7\n02,2005,9\n", "residents"),
        ("a.csv", b"code,year,population\n01,2005,7\n01,2005,8\n02,2005,9\n", "stands twice"),
        ("a.csv", b"code,population\n01,70\n02,90\n", "--year 'a.csv:2014'"),
        (
            "a.csv",
            b"code,year,population\n01,2005,-7\n02,2005,9\n",
            "a count of inhabitants cannot",
        ),
    ],
)
def test_what_cannot_be_a_table_is_said_and_nothing_is_written(
    name: str, raw: bytes, words: str, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / name
    file.write_bytes(raw)
    code, out, err = run("new", "Testland", "--from", file, "--yes")
    assert (code, out) == (1, "")
    assert words in err
    assert written(Path()) == {}


def test_a_zip_bomb_and_a_formula_without_a_value_are_refused(run: Run, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.xlsx"
    bomb.write_bytes(_bomb())
    code, _, err = run("new", "Testland", "--from", bomb, "--yes")
    assert code == 1
    assert "bomb.xlsx" in err
    head, *body = offices.wide()
    body[0][2] = "=1+1"
    file = offices.xlsx(tmp_path / "formula.xlsx", {"x": [head, *body]})
    code, _, err = run("new", "Testland", "--from", file, "--yes")
    assert code == 1
    assert "formula" in err
    assert written(Path()) == {}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--name", "No"], "--name No"),
        (["--map", "population=nonsense"], "no variable of the vocabulary"),
        (["--map", "inhabitants=residents"], "there is no column 'inhabitants'"),
        (["--map", "population"], "write it as FILE:COLUMN=VARIABLE"),
        (["--code-column", "codes"], "there is no column 'codes' (did you mean"),
        (["--start", "05"], "--start 05"),
        (["--start", "2014", "--end", "2005"], "lies after"),
        (["--vintage", "2999-01-01"], "still to come"),
        (["--level", "region"], "--level region"),
        (["--publisher-address", "office.example"], "https://"),
        (["--sheet", "x"], "--sheet is for workbooks"),
        (["--encoding", "klingon"], "klingon"),
        (["--from", "nowhere.csv"], "there is no such file"),
    ],
)
def test_wrong_flags_are_told_and_nothing_is_written(
    arguments: list[str], words: str, run: Run, tmp_path: Path
) -> None:
    file = _utf8(tmp_path / "a.csv")
    code, _, err = run("new", "Testland", "--from", file, "--yes", *arguments)
    assert code == 1
    assert words in err
    assert written(Path()) == {}


def test_nothing_is_overwritten_and_a_second_case_leaves_the_first_as_it_is(
    run: Run, tmp_path: Path
) -> None:
    file = _utf8(tmp_path / "a.csv")
    assert run("new", "Testland", "--from", file, "--yes")[0] == 0
    before = written(Path())
    code, _, err = run("new", "Testland", "--from", file, "--yes")
    assert code == 1
    assert "nothing is overwritten" in err
    assert written(Path()) == before
    assert run("new", "Otherland", "--from", file, "--yes")[0] == 0
    after = written(Path())
    grown = {"data/sources.yaml", "config/config.yaml"}
    assert {p for p in before if before[p] != after[p]} == grown
    assert set(config.load(strict_yaml.load(Path("config/config.yaml"))).cases) == {
        "testland",
        "otherland",
    }


def test_at_a_terminal_it_asks_for_what_no_file_says(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    file = _utf8(tmp_path / "a.csv")
    answers = "Testland\n\nThe Office\nhttps://office.example\nCC0\nby mail\npeople\n"
    monkeypatch.setattr("sys.stdin", Terminal(answers + "no\n"))
    code, out, err = run("new", "--from", file)
    assert (code, written(Path())) == (0, {})
    assert "nothing was written" in out
    assert "Which country?" in err
    assert "`kommun_code` holds 8 different codes" in err
    monkeypatch.setattr("sys.stdin", Terminal(answers + "\n"))
    assert run("new", "--from", file)[0] == 0
    pin = next(p for p in settings().pins if p["id"] == "testland_a")
    assert (pin["publisher"], pin["obtained_via"]) == ("The Office", "by mail")


def test_in_a_project_it_adds_a_case_and_no_workflow(
    run: Run, fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(fresh)
    before = written(Path())
    code, _, err = run("new", "Otherland", "--from", _utf8(tmp_path / "a.csv"), "--yes")
    assert code == 0, err
    after = written(Path())
    new = {path.split("/")[0] for path in set(after) - set(before)}
    assert new == {"config", "data"}
    assert {p for p in before if after[p] != before[p]} == {
        "data/sources.yaml",
        "config/config.yaml",
    }
    assert set(config.load(strict_yaml.load(Path("config/config.yaml"))).cases) == {
        "tl",
        "otherland",
    }
    Path("config/config.yaml").write_text("cases:\n  - tl\n", encoding="utf-8")
    before = written(Path())
    code, _, err = run("new", "Thirdland", "--from", tmp_path / "a.csv", "--yes")
    assert (code, written(Path()) == before) == (1, True)
    assert "write it as `cases: [be, de]`" in err


def test_a_country_in_other_letters_needs_a_name_for_its_case(run: Run, tmp_path: Path) -> None:
    file = _utf8(tmp_path / "a.csv")
    code, _, err = run("new", "日本", "--from", file, "--yes")
    assert (code, "--name" in err, written(Path())) == (1, True, {})
    assert run("new", "日本", "--name", "jp", "--from", file, "--yes")[0] == 0
    assert settings("jp").cases["jp"]["country"] == "日本"


def test_show_writes_nothing_and_a_flag_overrules_what_was_found(run: Run, tmp_path: Path) -> None:
    file = _utf8(tmp_path / "a.csv")
    code, out, _ = run("new", "Testland", "--from", file, "--show", "--yes")
    assert code == 0
    assert "`kommun_code` holds 8 different codes" in out
    assert written(Path()) == {}
    code, _, err = run(
        "new", "Testland", "--from", file, "--yes", "--name", "other", "--map",
        "foreign_share_percent=share_65plus", "--day", "12-31", "--publisher", "Office",
        "--publisher-address", "https://office.example", "--licence", "CC0",
    )  # fmt: skip
    assert code == 0, err
    found = figures("other")
    assert ("share_65plus", "0101", "2005") in found
    assert not any(variable == "share_foreign" for variable, *_ in found)
    pin = next(p for p in settings("other").pins if p["id"] == "other_a")
    assert (pin["publisher"], pin["licence"]) == ("Office", "CC0")
    assert pin["reference_dates"] == {"first": "2005-01-01", "last": "2014-12-31"}


def test_without_tables_one_is_written_to_fill_in(run: Run) -> None:
    code, out, _ = run("new", "Testland", "--yes")
    assert code == 0
    file = Path("data/by_hand/testland.csv")
    assert "What could stand in: " in out
    file.write_text(
        file.read_text(encoding="utf-8")
        + "".join(
            f"{c},{n},{r},{rn},{y},{people(c, y)},{people(c, y) // 20},{rate(c, y)},"
            f"{10.5 if y == '2014' else ''}\n"
            for c, n, r, rn in PLACES
            for y in YEARS
        ),
        encoding="utf-8",
    )
    code, _, err = run("new", "Testland", "--from", file, "--yes")
    assert code == 0, err
    known = settings().cases["testland"]
    assert {
        n: known["indicators"][n]["definition"] for n in ("sf", "varun", "varni", "density_end")
    } == {
        "sf": "share",
        "varun": "difference",
        "varni": "relative_change",
        "density_end": "ratio",
    }
    assert figures()["residents_foreign", "0101", "2005"] == people("0101", "2005") // 20
