"""`smstra new`: a row is left out only if it is plainly no unit, and what is left out is named."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from given import figures, understood

from smstra.onboarding import words
from smstra.onboarding.mapping import Mapped


def coded(*rows: tuple[str, str, object], header: str = "population") -> str:
    return (
        "\n".join([f"code;name;year;{header}", *(f"{c};{n};2014;{v}" for c, n, v in rows)]) + "\n"
    )


def named(*rows: tuple[str, object], header: str = "population") -> str:
    return "\n".join([f"town;year;{header}", *(f"{n};2014;{v}" for n, v in rows)]) + "\n"


TOWNS = (("101", "Aby", 100), ("102", "Bedorp", 250), ("103", "Cestad", 70), ("104", "Deville", 81))
SUM = sum(number for *_, number in TOWNS)


def units(mapped: Mapped) -> list[str]:
    assert mapped.open == []
    return list(mapped.units["name"])


@pytest.mark.parametrize(
    "name", ["'t Zandt", "Heel", "Alle", "Land Hadeln", "Hel", "All", "Somme", "Stated"]
)
def test_units_whose_names_look_like_totals_stay(name: str, tmp_path: Path) -> None:
    assert name in units(understood(tmp_path, coded(*TOWNS, ("105", name, 60))))
    assert name in units(understood(tmp_path, named(*(row[1:] for row in TOWNS), (name, 60))))


@pytest.mark.parametrize("name", ["Heel", "Alle", "Testland"])
def test_a_name_that_may_be_a_total_is_one_if_it_has_the_sum(name: str, tmp_path: Path) -> None:
    mapped = understood(tmp_path, coded(*TOWNS, ("105", name, SUM)), country="Testland")
    assert name not in units(mapped)
    assert f"105 {name} (a total: its name says so" in mapped.why["exclude"]


@pytest.mark.parametrize("name", ["Heel", "Testland"])
def test_a_name_that_may_be_a_total_is_asked_where_nothing_can_be_added_up(
    name: str, tmp_path: Path
) -> None:
    rows = [(n, 5 + at) for at, (_, n, _) in enumerate(TOWNS)]
    content = named(*rows, (name, 6), header="unemployment rate")
    (asked,) = understood(tmp_path, content, country="Testland").open
    assert f"'{name}' may be a unit or all together" in asked
    assert f"--row 'a.csv:{name}=unit' or --row 'a.csv:{name}=out'" in asked
    for said, held in (("unit", True), ("out", False)):
        told = understood(tmp_path, content, country="Testland", rows={name: said})
        assert (name in units(told)) is held
    assert f"{name} (as you said)" in told.why["exclude"]


def test_the_city_that_is_named_like_its_country_stays(tmp_path: Path) -> None:
    assert "Testland" in units(
        understood(tmp_path, coded(*TOWNS, ("105", "Testland", 120)), country="Testland")
    )


@pytest.mark.parametrize("name", ["Total", "Insgesamt", "Whole country", "I alt", "Testland total"])
def test_plain_totals_are_left_out_and_named(name: str, tmp_path: Path) -> None:
    for number in (SUM, SUM + 5):
        mapped = understood(
            tmp_path, named(*(row[1:] for row in TOWNS), (name, number)), country="Testland"
        )
        assert name not in units(mapped)
        assert f"left out, 1 row: {name} (a total" in mapped.why["exclude"]
    rates = [(n, 5 + at) for at, (_, n, _) in enumerate(TOWNS)]
    mapped = understood(
        tmp_path, named(*rates, (name, 6), header="unemployment rate"), country="Testland"
    )
    assert name not in units(mapped)


def test_a_total_that_is_none_is_asked(tmp_path: Path) -> None:
    (asked,) = understood(tmp_path, coded(*TOWNS, ("105", "Total", 60))).open
    assert "'105 Total' is named as a total, and has 12% of the sum of the other rows" in asked


@pytest.mark.parametrize(
    "name",
    [
        "Not stated",
        "Abroad",
        "Unknown municipality",
        "Unbekannt",
        "Ikke oplyst",
        "Okänd kommun",
        "Ohne Angabe, Ausland",
    ],
)
def test_people_of_no_known_place_are_no_unit(name: str, tmp_path: Path) -> None:
    mapped = understood(tmp_path, coded(*TOWNS, ("999", name, 60)))
    assert name not in units(mapped)
    assert f"999 {name} (no place: its name says so)" in mapped.why["exclude"]
    kept = understood(tmp_path, coded(*TOWNS, ("999", name, 60)), rows={"999": "unit"})
    assert name in units(kept)


def test_a_row_with_the_sum_of_all_others_is_no_unit(tmp_path: Path) -> None:
    mapped = understood(tmp_path, coded(("100", "Testonia", SUM), *TOWNS))
    assert "Testonia" not in units(mapped)
    assert "100 Testonia (its figures are the sums of all others)" in mapped.why["exclude"]
    # With the people of no known place.
    mapped = understood(
        tmp_path, coded(("100", "Testonia", SUM + 3), *TOWNS, ("999", "Not stated", 3))
    )
    assert len(units(mapped)) == len(TOWNS)
    assert "Testonia" in units(understood(tmp_path, coded(("100", "Testonia", SUM + 1), *TOWNS)))


def numbered(codes: list[int], header: str = "population") -> str:
    return coded(*((str(code), f"Town {code}", 1000 + 7 * code) for code in codes), header=header)


def test_units_with_short_codes_stay(tmp_path: Path) -> None:
    for last in (12, 99, 149, 999):
        mapped = understood(tmp_path, numbered(list(range(1, last + 1))))
        assert len(units(mapped)) == last
        assert "zeros are put in front" in mapped.why["unit"]
        assert figures(mapped)["residents", "7".zfill(len(str(last))), "2014"] == 1049


def test_short_codes_that_begin_others_are_larger_areas_only_if_they_have_their_sum(
    tmp_path: Path,
) -> None:
    towns = [
        (f"{area}{at}", f"Town {area}{at}", 100 + area + at)
        for area in (11, 12, 13)
        for at in range(1, 6)
    ]
    areas = [
        (str(area), f"Area {area}", sum(v for c, _, v in towns if c.startswith(str(area))))
        for area in (11, 12, 13)
    ]
    mapped = understood(tmp_path, coded(*areas, *towns))
    assert len(units(mapped)) == len(towns)
    assert "11 Area 11, 12 Area 12, 13 Area 13 (larger areas)" in mapped.why["exclude"]
    assert set(mapped.units["region_name"]) == {"Area 11", "Area 12", "Area 13"}
    rates = coded(*((c, n, 5) for c, n, _ in (*areas, *towns)), header="unemployment rate")
    (asked,) = understood(tmp_path, rates).open
    assert "may be units or larger areas" in asked
    assert "or by a form such as '??=out'" in asked
    assert len(units(understood(tmp_path, rates, rows={"??": "out"}))) == len(towns)
    assert len(units(understood(tmp_path, rates, rows={"??": "unit"}))) == len(towns) + 3


def test_larger_areas_and_units_that_both_lost_a_zero(tmp_path: Path) -> None:
    towns = [
        (f"{area}{at:03}", f"Town {area} {at}", 5)
        for area in (1, 2, 9, 10, 16)
        for at in range(1, 9)
    ]
    areas = [(str(area), f"Area {area}", 0.5) for area in (1, 2, 9, 10, 16)]
    mapped = understood(tmp_path, coded(*areas, *towns, header="unemployment rate"))
    assert len(units(mapped)) == len(towns)
    placed = dict(zip(mapped.units["code"], mapped.units["region_name"], strict=True))
    assert (placed["01001"], placed["10008"], placed["16001"]) == ("Area 1", "Area 10", "Area 16")
    assert set(mapped.units["region"]) == {"01", "02", "09", "10", "16"}


def test_a_hierarchy_of_lettered_codes_in_one_column_gives_its_lowest_level(tmp_path: Path) -> None:
    low = [f"XX{a}{b}{c}" for a in (1, 2) for b in (1, 2) for c in (0, 1, 2)]
    codes = ["XX", "XX1", "XX2", *(f"XX{a}{b}" for a in (1, 2) for b in (1, 2)), *low]
    mapped = understood(
        tmp_path, coded(*((code, f"Area {code}", 5) for code in codes), header="unemployment rate")
    )
    assert sorted(units(mapped)) == sorted(f"Area {code}" for code in low)
    assert "larger areas" in mapped.why["exclude"]


def test_a_code_longer_than_the_others_is_asked(tmp_path: Path) -> None:
    rows = [(str(code), f"Town {code}", 5) for code in range(101, 150)]
    (asked,) = understood(tmp_path, coded(*rows, ("10101", "Village", 3))).open
    assert "'10101 Village'" in asked


def test_a_row_with_a_name_and_no_code_is_asked(tmp_path: Path) -> None:
    content = coded(("", "Nordmark", 90), *TOWNS)
    (asked,) = understood(tmp_path, content).open
    assert "a row has a name and no code (Nordmark)" in asked
    mapped = understood(tmp_path, content, rows={"no code": "out"})
    assert len(units(mapped)) == len(TOWNS)
    assert "Nordmark" in mapped.why["exclude"]


def test_many_rows_left_out_are_named_and_counted(tmp_path: Path) -> None:
    rows = [(f"{area}{at}", f"Town {area}{at}", 5) for area in range(1101, 1131) for at in (10, 20)]
    areas = [(str(area), f"Area {area}", 5) for area in range(1101, 1131)]
    mapped = understood(tmp_path, coded(*areas, *rows, header="unemployment rate"))
    assert len(units(mapped)) == len(rows)
    assert "left out, 30 rows: 1101 Area 1101" in mapped.why["exclude"]
    assert "more" in mapped.why["exclude"]


def test_values_of_dimensions_that_mean_all(tmp_path: Path) -> None:
    for text in ("Total", "T", "_T", "Both sexes", "All ages", "Total population", "I alt"):
        assert words.is_total(text)
    for text in ("Men", "Land of birth", "All foreigners under 18"):
        assert not words.is_total(text)


def test_a_flag_that_is_asked_for_can_be_pasted(tmp_path: Path) -> None:
    rows = [(n, 5 + at) for at, (_, n, _) in enumerate(TOWNS)]
    content = named(*rows, ("All'", 6), header="unemployment rate")
    (asked,) = understood(tmp_path, content).open
    typed = shlex.split(asked[asked.index("--row") :].replace("; ", " "))
    assert typed[1] == "a.csv:All'=unit"
    assert "All'" in units(understood(tmp_path, content, rows={"All'": "unit"}))


def test_rows_without_code_or_without_anything_else_are_no_units(tmp_path: Path) -> None:
    content = "code;name;population 2014\n1;Aby;100\n2;By;200\n3;Cu;5\n;;\n;Total;305\n"
    assert units(understood(tmp_path, content)) == ["Aby", "By", "Cu"]
    content = "town;population 2014\nAby;100\nBy;200\nCu;5\nSource: the office;\n"
    mapped = understood(tmp_path, content)
    assert units(mapped) == ["Aby", "By", "Cu"]
    assert "Source: the office (no other cell of the row is filled)" in mapped.why["exclude"]


def test_codes_of_which_some_have_letters_only(tmp_path: Path) -> None:
    rows = [
        ("DK", "Denmark"), ("DK0", "Danmark"), ("DK01", "West"), ("DK011", "Aby"), ("DK012", "Bo"),
        ("DK02", "East"), ("DK021", "Cu"), ("DK022", "Du"),
        ("DKZ", "Extra-Regio NUTS 1"), ("DKZZ", "Extra-Regio NUTS 2"),
    ]  # fmt: skip
    content = "NUTS;NAME;population 2014\n" + "".join(f"{c};{n};{len(c)}\n" for c, n in rows)
    mapped = understood(tmp_path, content, country="Denmark")
    assert units(mapped) == ["Aby", "Bo", "Cu", "Du"]
    assert set(mapped.units["region_name"]) == {"West", "East"}
    for name in ("DK Denmark", "DK0 Danmark", "DKZ Extra-Regio NUTS 1", "DKZZ Extra-Regio NUTS 2"):
        assert name in mapped.why["exclude"]
