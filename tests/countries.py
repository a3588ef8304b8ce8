"""Publishers of six countries, played by a local server: true formats, invented figures."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from publishers import EUROSTAT, filtered, inventory
from servers import Answer, Request, Server

HOSTS = (
    "data.statistik.gv.at",
    "esploradati.istat.it",
    "datasets.cbs.nl",
    "bdl.stat.gov.pl",
    "gisco-services.ec.europa.eu",
    "ec.europa.eu",
    "www12.statcan.gc.ca",
    "www150.statcan.gc.ca",
)
Row = Sequence[object]


class Town(NamedTuple):
    """A unit with invented inhabitants at both ends of the window, and the area whose rate it has."""

    code: str
    region: str
    area: str
    start: int
    end: int
    foreign: float


def towns(places: Iterable[tuple[str, str, str]]) -> list[Town]:
    """Invent figures: some grow and some shrink, some have many foreigners (percent) and some few."""
    made = []
    for number, (code, region, area) in enumerate(places):
        start = 4_000 + 3_700 * number
        step = (number * 7) % 5 - 2
        foreign = [1.5, 12.5, 6.0, 20.5][number % 4]
        made.append(Town(code, region, area, start, start + 173 * step + 40, foreign))
    return made


# Codes are real ones, so that they lie in real regions; all figures are invented.
TOWNS = {
    "at": towns(
        (code, code[0], {"1": "AT11", "2": "AT21", "3": "AT12", "6": "AT22", "9": "AT13"}[code[0]])
        for code in (
            *("10101", "10201", "10303", "20101", "20201", "30101", "30201", "60101", "61001"),
            *("90101", "90201", "92301"),
        )
    ),
    "it": towns(
        (code, area, area)
        for area, codes in {
            "ITC1": ("001001", "096004", "103011"),
            "ITH1": ("021008",),
            "ITH3": ("027042", "024008"),
            "ITF6": ("079160", "101010"),
            "ITG2": ("111009", "092009", "095001"),
            "ITI4": ("058091",),
        }.items()
        for code in codes
    ),
    "nl": towns(
        (code, region, area)
        for region, area, codes in (
            ("PV20", "NL11", ("CR01", "CR02", "CR03")),
            ("PV25", "NL22", ("CR13", "CR14", "CR15", "CR16")),
            ("PV28", "NL33", ("CR25", "CR29")),
            ("PV31", "NL42", ("CR37", "CR38", "CR39")),
        )
        for code in codes
    ),
    "pl": towns(
        (code, code[:4], "")
        for code in (
            *("011212001000", "011212006000", "011212161000", "012414001000", "012414013000"),
            *("020811001000", "020811002000", "030210001000", "030210202000", "071428001000"),
        )
    ),
    "tr": towns(
        (code, code[:3], code[:4])
        for code in (
            *("TR100", "TR211", "TR212", "TR213", "TR310", "TR321", "TR322", "TR621", "TR622"),
            *("TRC11", "TRC12", "TRC33"),
        )
    ),
    "ca": towns(
        (code, code[:2], area)
        for code, area in (
            ("1001101", "1010"),
            ("1001105", "1010"),
            ("1002001", "1020"),
            ("2402010", "2410"),
            ("2402015", "2410"),
            ("3501005", "3510"),
            ("3501011", "3510"),
            ("3520005", "3530"),
            ("5915004", "5920"),
            ("5917010", "5910"),
        )
    ),
}
# Unemployment rates of economic regions in 2006 and 2016, percent; 11124 is Canada.
CANADA = {
    "11124": (6.3, 7.0),
    "1010": (9.9, 8.1),
    "1020": (20.1, 19.3),
    "2410": (17.2, 14.6),
    "3510": (5.1, 6.3),
    "3530": (6.6, 7.0),
    "5920": (4.4, 6.1),
    "5910": (4.2, 4.9),
}


def poland(town: Town) -> tuple[float, float]:
    """Return the registered unemployment of a powiat at the end of 2005 and 2014, percent."""
    number = TOWNS["pl"].index(town)
    return 12.5 + number, round(8.1 + number * 0.5 + (number * 3) % 4, 1)


def serve_all(server: Server) -> None:
    """Let ``server`` play the publishers of all six countries."""
    for play in (_austria, _italy, _netherlands, _poland, _turkey, _canada):
        play(server)


def _austria(server: Server) -> None:
    path = "/data.statistik.gv.at/data"
    for year in range(2005, 2015):
        rows: list[Row] = []
        for town in TOWNS["at"]:
            whole = town.end if year == 2014 else town.start
            parts = {("C11-1", 1): whole // 3, ("C11-2", 1): whole // 5, ("C11-1", 100): 7}
            parts["C11-2", 100] = whole - sum(parts.values())
            rows += [
                (f"A10-{year}", sex, f"GRGEMAKT-{town.code}", f"GALTEJ112-{age}", count)
                for (sex, age), count in parts.items()
            ]
        header = ("C-A10-0", "C-C11-0", "C-GRGEMAKT-0", "C-GALTEJ112-0", "F-ISIS-1")
        server.serve(f"{path}/OGD_bevstandjbab2002_BevStand_{year}.csv", table(header, rows, ";"))
    header = (
        *("JAHR", "GCD", "GEM_NAME", "BEV_ABSOLUT", "BEV_UNTER15", "BEV_UEBER65"),
        *("AUSL_STAATSB", "EWTQ_15BIS64", "ALQ_15PLUS"),
    )
    rows = [
        (
            *(year, town.code, f"Übel am Bach {town.code}"),
            *(f"{town.start:,}".replace(",", "."), "13,8", "18,2"),
            *(comma(town.foreign + (year - 2011)), "71", "6,5"),
        )
        for year in range(2011, 2016)
        for town in TOWNS["at"]
    ]
    server.serve(f"{path}/OGDEXT_AEST_GEMTAB_1.csv", table(header, rows, ";"))


def _italy(server: Server) -> None:
    header = "DATAFLOW,FREQ,REF_AREA,DATA_TYPE,AGE,SEX,CITIZENSHIP,TIME_PERIOD,OBS_VALUE,OBS_STATUS,NOTE_DS"

    def rows(citizenships: Sequence[str], years: Iterable[int]) -> list[Row]:
        made: list[Row] = []
        for year in years:
            for town in TOWNS["it"]:
                whole = town.end if year == 2014 else town.start
                for kind in citizenships:
                    count = whole if kind == "TOTAL" else round(whole * town.foreign / 100)
                    made.append(
                        (
                            *("IT1:164_164(1.0)", "A", town.code, "JAN", "TOTAL", 9),
                            *(kind, year, count, "", ""),
                        )
                    )
            made += [
                ("IT1:164_164(1.0)", "A", area, "JAN", "TOTAL", 9, "TOTAL", year, 10**7, "", "a, b")
                for area in ("IT", "ITC", "ITC1", "ITC11")
            ]
        return made

    path = "/esploradati.istat.it/SDMXWS/rest/data/164_164/A..JAN.TOTAL.9.TOTAL"
    columns = tuple(header.split(","))
    server.serve(path, table(columns, rows(["TOTAL"], [2014])))
    server.serve(f"{path}+FRGAPO", table(columns, rows(["TOTAL", "FRGAPO"], range(2005, 2015))))


def _netherlands(server: Server) -> None:
    path = "/datasets.cbs.nl/odata/v1/CBS/03759ned"
    kinds = {"NL01": "Nederland", "LD01": "Noord-Nederland (LD)", "GM0003": "Appingedam"}
    regions = [{"Identifier": code, "Index": 1, "Title": title} for code, title in kinds.items()]
    for town in TOWNS["nl"]:
        regions.append({"Identifier": town.code, "Index": 2, "Title": f"Gebied {town.code} (CR)"})
    for region in dict.fromkeys(town.region for town in TOWNS["nl"]):
        regions.append({"Identifier": region, "Index": 3, "Title": f"Provincie {region} (PV)"})
    server.serve(f"{path}/RegioSCodes", records({"@odata.context": "x", "value": regions}))
    found = [
        {
            **{"Id": number, "Measure": "M000352", "ValueAttribute": "None", "StringValue": None},
            **{"Geslacht": "T001038", "Leeftijd": "10000", "BurgerlijkeStaat": "T001019"},
            **{"RegioS": code, "Perioden": f"{year}JJ00", "Value": float(count)},
        }
        for number, (code, year, count) in enumerate(
            [("NL01", 2014, 16_829_289), ("GM0003", 2014, 11_851)]
            + [
                (town.code, year, town.end if year == 2014 else town.start)
                for town in TOWNS["nl"]
                for year in range(2003, 2017)
            ]
        )
    ]

    def page(request: Request) -> Answer:
        first = 100 if "skiptoken=100" in request.path else 0
        answer: dict[str, object] = {"@odata.context": "x", "value": found[first : first + 100]}
        if not first:
            address = f"https:/{request.path}&$skiptoken=100"
            answer["@odata.nextLink"] = address
        return Answer(200, records(answer), {"Content-Type": "application/json"})

    server.serve(f"{path}/Observations", page)


def _poland(server: Server) -> None:
    path = "/bdl.stat.gov.pl/api/v1/data/by-variable"
    names = {town.code: f"Powiat {town.code}" for town in TOWNS["pl"]}
    above = {f"{town.region}{'0' * 8}": f"WOJEWÓDZTWO {town.region}" for town in TOWNS["pl"]}
    people = {town.code: {2005: town.start, 2014: town.end} for town in TOWNS["pl"]}
    people |= {code: {2014: 5_000_000} for code in above}
    rates = {town.code: dict(zip((2005, 2014), poland(town), strict=True)) for town in TOWNS["pl"]}

    def pages(figures: dict[str, dict[int, float]]) -> Callable[[Request], Answer]:
        def page(request: Request) -> Answer:
            codes = above if "unit-level=2" in request.path else names
            number = 1 if "&page=1" in request.path else 0
            some = [*codes.items()][6 * number : 6 * number + 6]
            links = {"first": "x", "self": "x"}
            if len(codes) > 6 and not number:
                # The publisher names itself without TLS.
                links["next"] = f"http:/{request.path}&page=1"
            results = [
                {
                    "id": code,
                    "name": name,
                    "values": [
                        {"year": str(year), "val": value, "attrId": 1}
                        for year, value in figures[code].items()
                        if f"year={year}" in request.path
                    ],
                }
                for code, name in some
            ]
            whole = {"totalRecords": len(codes), "page": number, "links": links, "results": results}
            return Answer(200, records(whole), {"Content-Type": "application/json"})

        return page

    server.serve(f"{path}/72305", pages(people))
    server.serve(f"{path}/60270", pages(rates))


def _turkey(server: Server) -> None:
    codes = {"TR": "Türkiye"}
    for town in TOWNS["tr"]:
        codes |= {town.region: "Bölge", town.area: "Altbölge", town.code: f"İl {town.code}"}
    rows = [("DE", "DE111", "Stuttgart, Stadtkreis", "Stuttgart, Stadtkreis", "", "", "")]
    rows += [("TR", code, name, name, "", "", "") for code, name in codes.items()]
    header = (
        *("CNTR_CODE", "NUTS_ID", "NAME_LATN", "NUTS_NAME"),
        *("MOUNT_TYPE", "URBN_TYPE", "COAST_TYPE"),
    )
    server.serve(
        "/gisco-services.ec.europa.eu/distribution/v2/nuts/csv/NUTS_AT_2024.csv",
        table(header, rows),
    )
    head = "STRUCTURE,STRUCTURE_ID,freq,unit,sex,age,geo,TIME_PERIOD,OBS_VALUE,OBS_FLAG,CONF_STATUS"
    key = "dataflow,ESTAT:DEMO_R_PJANAGGR3(1.0),A,NR,T,TOTAL"
    lines = [head, f"{key},DE111,2014,600000,,", f"{key},EU27_2020,2014,440000000,b,"]
    for town in TOWNS["tr"]:
        lines += [f"{key},{town.code},{year},{town.start},," for year in range(2008, 2014)]
        lines += [f"{key},{town.code},{year},{town.end},," for year in (2014, 2020)]
    server.serve(
        f"{EUROSTAT}/sdmx/3.0/data/dataflow/ESTAT/DEMO_R_PJANAGGR3/1.0",
        filtered("\r\n".join(lines) + "\r\n"),
    )
    server.serve(f"{EUROSTAT}/files/inventory", inventory(["DEMO_R_PJANAGGR3"]))


def _canada(server: Server) -> None:
    header = (
        *("DBuid/IDidu", "DBpop2016/IDpop2016", " PRuid/PRidu", "PRname/PRnom", "PRename/PRanom"),
        *("ERuid/REidu", "ERname/REnom", "CDuid/DRidu", "CSDuid/SDRidu", "CSDname/SDRnom"),
    )
    blocks = [
        (f"{town.code}{n}", 30, town.region, "Été", "Summer", town.area, "ER", town.code[:4], *both)
        for town in TOWNS["ca"]
        for n in range(3)
        for both in [(town.code, f"Saint-Été {town.code}")]
    ]
    server.serve(
        "/www12.statcan.gc.ca/census-recensement/2016/geo/ref/gaf/files-fichiers/2016_92-151_XBB_csv.zip",
        zipped("2016_92-151_XBB.csv", table(header, blocks, encoding="latin-1")),
    )
    tail = ("persons", "VECTOR", "COORDINATE")
    people: list[Row] = [
        (2016, "Canada", "2016A000011124", *tail, 36_109_487, ""),
        (2016, "Ontario", "2016A000235", *tail, 13_875_394, ""),
        (2016, "Somewhere", "", *tail, "", ".."),
    ]
    for town in TOWNS["ca"]:
        for year in range(2001, 2017):
            count = town.end if year == 2016 else town.start
            people.append(
                (year, f"Saint-Été (V), {town.code}", f"2016A0005{town.code}", *tail, count, "")
            )
    header = ("REF_DATE", "GEO", "DGUID", "UOM", "VECTOR", "COORDINATE", "VALUE", "STATUS")
    rates: list[Row] = [(2006, "Ontario", "2016A000235", "Unemployment rate", 6.4)]
    for area, both in CANADA.items():
        dguid = f"2016A0000{area}" if len(area) == 5 else f"2016S0500{area}"
        for year, rate in zip((2006, 2016), both, strict=True):
            rates.append((year, "Somewhere", dguid, "Unemployment rate", rate))
            rates.append((year, "Somewhere", dguid, "Employment", 100.5))
    for pid, body in {
        "17100142": table(header, people, mark=True),
        "14100090": table(
            ("REF_DATE", "GEO", "DGUID", "Labour force characteristics", "VALUE"), rates, mark=True
        ),
    }.items():
        members = {f"{pid}.csv": body, f"{pid}_MetaData.csv": b"Cube Title\r\nx\r\n"}
        server.serve(f"/www150.statcan.gc.ca/n1/tbl/csv/{pid}-eng.zip", zipped_all(members))


def comma(number: float) -> str:
    """Write a number with a decimal comma."""
    return f"{number:g}".replace(".", ",")


def table(
    header: Row, rows: Iterable[Row], sign: str = ",", encoding: str = "utf-8", mark: bool = False
) -> bytes:
    """Return a CSV file, with the mark of UTF-8 if ``mark``."""
    text = io.StringIO()
    csv.writer(text, delimiter=sign, lineterminator="\r\n").writerows([header, *rows])
    return (b"\xef\xbb\xbf" if mark else b"") + text.getvalue().encode(encoding)


def records(document: object) -> bytes:
    """Return a document as JSON."""
    return json.dumps(document, ensure_ascii=False).encode()


def zipped(name: str, body: bytes) -> bytes:
    """Return a zip of one file."""
    return zipped_all({name: body})


def zipped_all(members: dict[str, bytes]) -> bytes:
    """Return a zip of several files, without the clock."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), body)
    return made.getvalue()
