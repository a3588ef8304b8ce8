"""`smstra new`: a column is only taken for what its header plainly says; else it is asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from given import figures, understood

from smstra.onboarding.headers import of_header, of_title


@pytest.mark.parametrize(
    "header",
    [
        "Population", "Total population", "Population, total", "Einwohner insgesamt", "Einwohnerzahl",
        "Bevölkerungsstand 31.12.2014", "Population 31-12-2014", "population_1_january", "Población total",
        "Ludność ogółem", "Folkmängd per 31 december", "Aantal inwoners", "Number of inhabitants (31/12)",
        "Population men and women", "Usually resident population", "Toplam nüfus", "Wohnbevölkerung",
        "Population {year}", "Population estimate, mid-year", "pop_total", "Personer 2014",
    ],
)  # fmt: skip
def test_headers_of_all_inhabitants(header: str) -> None:
    assert (of_header(header).variable, of_header(header).doubt) == ("residents", "")


@pytest.mark.parametrize(
    "header",
    [
        "Men", "Population, women", "Male population", "Population hombres", "Bevölkerung Männer",
        "Bevölkerung männlich", "Folkmängd män", "Folkmängd kvinnor", "Befolkning mænd", "Children 0-14",
        "Population 0-14", "Population 65+", "Population aged 18 and over", "Population 15 to 64",
        "Private households: population", "Registered voters among residents", "Persons employed",
        "Population density", "Population per km2", "Population change", "Population growth 2005-2014",
        "Residents born abroad", "Deaths of residents", "Urban population", "Mean age of the population",
        "Tax per inhabitant",
        "Population (1000)", "Population in thousands", "Population of the largest settlement", "pop_m",
        "National population",
    ],
)  # fmt: skip
def test_headers_of_a_part_or_of_another_matter_are_never_all_inhabitants(header: str) -> None:
    meant = of_header(header)
    assert meant.variable != "residents" or meant.doubt


@pytest.mark.parametrize(
    ("header", "variable"),
    [
        ("Foreign residents", "residents_foreign"),
        ("Ausländer", "residents_foreign"),
        ("foreign_share_percent", "share_foreign"),
        ("Ausländeranteil in %", "share_foreign"),
        ("Anteil Ausländer an der Bevölkerung (%)", "share_foreign"),
        ("Unemployment rate", "unemployment_rate_registered"),
        (
            "Arbeitslosenquote bezogen auf alle zivilen Erwerbspersonen",
            "unemployment_rate_registered",
        ),
        ("ILO unemployment rate", "unemployment_rate_lfs_published"),
        ("Unemployment rate (labour force survey)", "unemployment_rate_lfs_published"),
        ("Erwerbslosenquote", "unemployment_rate_lfs_published"),
        ("Fläche in km²", "area_km2"),
    ],
)
def test_headers_of_other_variables(header: str, variable: str) -> None:
    assert (of_header(header).variable, of_header(header).doubt) == (variable, "")


@pytest.mark.parametrize(
    "header",
    [
        "Overnight stays of foreign guests", "Foreign workers", "Foreign students (%)", "Foreign trade",
        "Foreign visitors", "Foreign currency deposits", "Youth unemployment rate",
        "Long-term unemployment rate", "Unemployment rate women", "Unemployment rate 15-24",
        "Arbeitslosenquote Ausländer", "Forest area", "Wohnfläche", "Unemployment rate, change",
    ],
)  # fmt: skip
def test_headers_that_swap_the_definition_are_doubted(header: str) -> None:
    assert of_header(header).doubt


def test_a_title_with_other_matter_is_doubted() -> None:
    assert of_title("Overnight stays of foreign guests 2014").doubt
    assert of_title("Men by municipality, population register").doubt
    assert of_title("Bevölkerung nach Gemeinden, Bayern 2014").doubt == ""


def wide(*headers: str) -> str:
    rows = [
        f"{code};2014;{';'.join(str(100 * code + at) for at in range(len(headers)))}"
        for code in (101, 102)
    ]
    return "\n".join([";".join(("code", "year", *headers)), *rows]) + "\n"


def test_parts_before_the_total_are_told_and_not_taken(tmp_path: Path) -> None:
    mapped = understood(
        tmp_path, wide("Population men", "Children 0-14", "Population", "Population 65+")
    )
    assert figures(mapped)["residents", "101", "2014"] == 10102
    assert (
        "may be residents, but speaks of a part or of another matter ('men')"
        in mapped.unused["Population men"]
    )
    assert "--map 'a.csv:Population men=residents'" in mapped.unused["Population men"]
    assert "Population 65+" in mapped.unused


def test_a_part_alone_is_asked(tmp_path: Path) -> None:
    (asked,) = understood(tmp_path, wide("Population men")).open
    assert "--map 'a.csv:Population men=residents'" in asked
    told = understood(tmp_path, wide("Population men"), columns={"residents": "Population men"})
    assert figures(told)["residents", "101", "2014"] == 10100


def test_of_two_candidates_the_plain_total_is_taken_and_else_it_is_asked(tmp_path: Path) -> None:
    mapped = understood(tmp_path, wide("Inhabitants", "Total population"))
    assert figures(mapped)["residents", "101", "2014"] == 10101
    assert "that it is the total, other than `Inhabitants`" in mapped.why["variables.residents"]
    (asked,) = understood(tmp_path, wide("Inhabitants", "Registered population")).open
    assert asked == (
        "`Inhabitants`, `Registered population` may each be residents; say which by "
        "--map 'a.csv:Inhabitants=residents' or --map 'a.csv:Registered population=residents'"
    )


def test_values_of_a_column_are_judged_as_headers_are(tmp_path: Path) -> None:
    rows = ["code;year;indicator;value"]
    for code in (101, 102):
        rows += [
            f"{code};2014;{name};{at}"
            for at, name in enumerate(("Population men", "Population", "Deaths"), 7)
        ]
    mapped = understood(tmp_path, "\n".join(rows) + "\n")
    assert figures(mapped) == {("residents", "101", "2014"): 8, ("residents", "102", "2014"): 8}
    assert "'Population men', 'Deaths' in `indicator`" in mapped.why["exclude"]


def test_two_totals_in_a_dimension_are_asked(tmp_path: Path) -> None:
    rows = ["code;year;age;population"]
    rows += [f"{code};2014;{age};9" for code in (101, 102) for age in ("Total", "All ages", "0-14")]
    (asked,) = understood(tmp_path, "\n".join(rows) + "\n").open
    assert "--where 'a.csv:age=VALUE'" in asked


def test_a_dimension_of_numbers_is_asked_as_one_of_words(tmp_path: Path) -> None:
    rows = ["code;year;sex;nationality;population"]
    rows += [f"{code};2014;1;{who};{code + who}" for code in (101, 102, 103) for who in (1, 2)]
    text = "\n".join(rows) + "\n"
    (asked,) = understood(tmp_path, text).open
    assert asked == (
        "a unit has several rows in a year, apart by `nationality` (1, 2); say which counts by "
        "--where 'a.csv:nationality=VALUE'"
    )
    mapped = understood(tmp_path, text, where={"nationality": "2"})
    assert figures(mapped)["residents", "102", "2014"] == 104
    assert "3 rows with '1' in `nationality`" in mapped.why["exclude"]


def test_a_renamed_unit_keeps_its_code(tmp_path: Path) -> None:
    rows = ["code;name;year;population"]
    for year in (2005, 2014):
        for code in (101, 102, 103):
            rows.append(
                f"{code};Town {code}{' New' if year == 2014 and code < 103 else ''};{year};{code * 10}"
            )
    mapped = understood(tmp_path, "\n".join(rows) + "\n")
    assert mapped.unit["column"] == "code"
    assert figures(mapped)["residents", "102", "2005"] == 1020
    assert "2 of them have several names: 101 Town 101 = Town 101 New" in mapped.why["unit"]
    assert list(mapped.units["year"]) == ["2005"] * 3 + ["2014"] * 3


def test_a_code_of_the_region_is_not_that_of_the_unit(tmp_path: Path) -> None:
    rows = ["county_code;town;year;population"]
    rows += [f"{10 + at // 3};Town {name};2014;{500 + at}" for at, name in enumerate("ABCDEF")]
    mapped = understood(tmp_path, "\n".join(rows) + "\n")
    assert mapped.unit["column"] == "town"


def test_a_title_speaks_only_for_a_column_that_does_not_speak_for_itself(tmp_path: Path) -> None:
    rows = "code;year;{};{}\n101;2014;70;31\n102;2014;950;400\n"
    for first, second, said in (
        ("Total", "Men", True),
        ("Value", "Women", True),
        ("Births", "Men", False),
        ("Women", "Men", False),
        ("Value", "Other", False),
    ):
        mapped = understood(tmp_path, rows.format(first, second), "population.csv")
        if said:
            assert figures(mapped)["residents", "102", "2014"] == 950
        else:
            assert "--map 'population.csv:COLUMN=variable'" in mapped.open[0]


def test_a_table_of_one_sex_is_asked(tmp_path: Path) -> None:
    content = "code;sex;year;population\n101;Men;2014;70\n102;Men;2014;950\n"
    (asked,) = understood(tmp_path, content).open
    assert "all rows have 'Men' in `sex`, which is a part" in asked
    told = understood(tmp_path, content, where={"sex": "Men"})
    assert figures(told)["residents", "101", "2014"] == 70
    whole = understood(tmp_path, content.replace("Men", "Total"))
    assert figures(whole)["residents", "101", "2014"] == 70


def test_figures_of_one_width_are_no_codes(tmp_path: Path) -> None:
    for header in ("Wert", "Stand"):
        rows = [f"Ort;Jahr;{header}"]
        for at, name in enumerate(("Aby", "Bedorp", "Cestad", "Deville")):
            rows += [
                f"{name};{year};{1000 * (at + 1) + int(year) % 50}"
                for year in ("2005", "2010", "2014")
            ]
        mapped = understood(tmp_path, "\n".join(rows) + "\n", "Einwohner.csv")
        assert mapped.unit["column"] == "Ort"
        assert mapped.by_name
        assert mapped.variables == {"residents": {"column": header}}


def test_a_further_column_of_regions_is_named(tmp_path: Path) -> None:
    rows = ["code;county;region;year;population"]
    rows += [f"{101 + at};County {at // 2};Region {at // 4};2014;{500 + at}" for at in range(8)]
    mapped = understood(tmp_path, "\n".join(rows) + "\n")
    assert mapped.units["region"].nunique() == 4
    assert "--region-column takes another: `region`" in mapped.why["region"]


@pytest.mark.parametrize(
    "header",
    [
        "Jugendarbeitslosenquote",
        "Frauenarbeitslosenquote",
        "Tasso di disoccupazione femminile",
        "Tasa de paro juvenil",
        "Stopa bezrobocia kobiet",
        "Langdurige werkloosheid",
        "Jeugdwerkloosheid",
        "Arbeitslosenquote Vorjahr",
        "Arbeitslosenquote (Abweichung)",
        "Arbeitslosenquote Januar",
        "Arbeitslosenquote SGB II",
        "Arbeitslosenquote Akademiker",
    ],
)
def test_a_rate_of_a_part_or_a_change_of_it_is_not_the_rate(header: str) -> None:
    assert of_header(header).doubt


def test_a_title_with_two_matters_is_not_taken(tmp_path: Path) -> None:
    content = "Wanderungssaldo und Einwohner\n\ncode;2005;2014\n0101;5;6\n0102;7;8\n"
    mapped = understood(tmp_path, content)
    assert mapped.open and "saldo" in mapped.open[0]


@pytest.mark.parametrize(
    ("title", "column", "says"),
    [
        ("", ";UOM", "`UOM` says 'thousands'"),
        ("Einwohner in Tausend\n\n", "", "the title says 'Einwohner in Tausend'"),
    ],
)
def test_counts_in_thousands_are_asked_about(
    tmp_path: Path, title: str, column: str, says: str
) -> None:
    cell = ";thousands" if column else ""
    content = f"{title}code;year;population{column}\n0101;2014;204{cell}\n0102;2014;11{cell}\n"
    assert says in understood(tmp_path, content).open[0]


def test_the_unit_of_an_area_may_stand_in_the_title(tmp_path: Path) -> None:
    content = (
        "Fläche in ha\n\ncode;year;Einwohner;Fläche\n0101;2014;2000;9599\n0102;2014;900;1544\n"
    )
    found = figures(understood(tmp_path, content))
    assert found["area_km2", "0101", "2014"] == pytest.approx(95.99)


def test_a_density_is_no_rival_of_the_inhabitants(tmp_path: Path) -> None:
    content = "code;year;population;Population per sq km\n0101;2014;2000;21\n0102;2014;900;7\n"
    assert figures(understood(tmp_path, content))["residents", "0101", "2014"] == 2000


@pytest.mark.parametrize("header", ["ogółem 2014 ludność [osoba]", "MS_POPULATION"])
def test_words_of_offices_own_are_known(header: str) -> None:
    assert of_header(header).variable == "residents" and not of_header(header).doubt


def test_foreigners_in_rows_are_told_of(tmp_path: Path) -> None:
    rows = [f"{unit};2014;{who};{number}" for unit, number in (("0101", 90), ("0102", 50))
            for who, number in (("Ausländer", 10), ("Insgesamt", number))]  # fmt: skip
    content = "\n".join(["code;year;Gruppe;Bevölkerung", *rows]) + "\n"
    mapped = understood(tmp_path, content)
    assert "'Ausländer' may be residents_foreign" in mapped.why["exclude"]
