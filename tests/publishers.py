"""The publishers as a local server plays them: the frozen tables, written back in their true formats."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

from servers import Answer, Request, Server

from smstra import strict_yaml

REPO = Path(__file__).resolve().parents[1]
STATBEL = "/statbel.fgov.be/sites/default/files/files/opendata"
STRUCTURE = (
    f"{STATBEL}/bevolking naar woonplaats, nationaliteit burgelijke staat , leeftijd en geslacht/"
)
EUROSTAT = "/ec.europa.eu/eurostat/api/dissemination"
EDITION = "2026-05-13T11:00:00+0200"
HOUSES = {
    "all_houses": "Toutes les maisons avec 2, 3, 4 ou plus de façades (excl. appartements)",
    "houses_2_or_3_facades": "Maisons avec 2 ou 3 façades (type fermé + type demi-fermé)",
    "houses_4_facades": "Maisons avec 4 ou plus de façades (type ouvert)",
    "apartments": "Appartements",
}
Rows = list[dict[str, str]]


def frozen(dataset: str) -> Rows:
    """Return the rows of an embedded table of the repository."""
    pins = strict_yaml.load(REPO / "data/sources.yaml")["snapshots"]
    file = next(pin["file"] for pin in pins if pin["id"] == dataset)
    with (REPO / file).open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def zipped(member: str, header: str, lines: Iterable[str], encoding: str = "utf-8-sig") -> bytes:
    """Return a zip with one text file, `|`, CRLF, as Statbel's open data."""
    text = "\r\n".join([header, *lines]) + "\r\n"
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        info = zipfile.ZipInfo(member, (2026, 1, 1, 0, 0, 0))
        archive.writestr(info, text.encode(encoding), zipfile.ZIP_DEFLATED)
    return made.getvalue()


def structure(rows: Rows, year: str) -> bytes:
    """TF_SOC_POP_STRUCT of a year: each figure in two rows of detail; from 2019 on the newer columns."""
    older = int(year) < 2019
    lines = []
    for row in rows:
        if row["year"] != year:
            continue
        for code, number in (("BEL", int(row["belgian"])), ("ETR", int(row["foreign"]))):
            for sex, part in (("F", number // 2), ("M", number - number // 2)):
                cells = [row["nis"], "Naam", "Nom", sex, code, "1", "40", str(part)]
                lines.append("|".join(cells + ([year] if older else [])))
    names = "CD_REFNIS|TX_DESCR_NL|TX_DESCR_FR"
    if older:
        names = "CD_MUNTY_REFNIS|TX_MUNTY_DESCR_NL|TX_MUNTY_DESCR_FR"
    header = f"{names}|CD_SEX|CD_NATLTY|CD_CIV_STS|CD_AGE|MS_POPULATION" + "|CD_YEAR" * older
    encoding = "cp1252" if older else "utf-8-sig"
    lines = [line.replace("Nom", "Région") for line in lines]
    return zipped(f"TF_SOC_POP_STRUCT_{year}.txt", header, lines, encoding)


def income(rows: Rows) -> bytes:
    """TF_PSNL_INC_TAX_MUNTY, with more columns than are read."""
    header = (
        "CD_YEAR|CD_MUNTY_REFNIS|MS_NBR_NON_ZERO_INC|MS_NBR_ZERO_INC|MS_TOT_NET_TAXABLE_INC|"
        "MS_TOT_RESIDENTS|TX_MUNTY_DESCR_NL"
    )
    lines = [
        "|".join(
            [
                row["income_year"],
                row["nis"],
                row["declarations"],
                "",
                row["total_net_taxable_income_eur"],
                row["residents_following_1_january"],
                "Naam",
            ]
        )
        for row in rows
    ]
    return zipped("TF_PSNL_INC_TAX_MUNTY.txt", header, lines)


def houses(rows: Rows) -> bytes:
    """vastgoed_2010_9999: with rows of quarters and of plots among those of years."""
    header = (
        "CD_YEAR|CD_TYPE_FR|CD_REFNIS|CD_REFNIS_FR|CD_PERIOD|CD_CLASS_SURFACE|MS_TOTAL_TRANSACTIONS|"
        "MS_P_25|MS_P_50_median|MS_P_75"
    )
    lines = []
    for row in rows:
        start = f"{row['year']}|{HOUSES[row['type']]}|{row['nis']}|Nom"
        price = row["median_price_eur"]
        lines.append(f"{start}|Y|totaal / total|{row['transactions']}||{price}|")
    lines += [f"{start}|Q1|totaal / total|1||9|", f"{start}|Y|0-300|1||8|"]
    return zipped("vastgoed_2010_9999.txt", header, lines, "cp1252")


def units(rows: Rows) -> bytes:
    """TU_COM_REFNIS, dates as day/month/year."""
    header = (
        "LVL_REFNIS|CD_REFNIS|CD_SUP_REFNIS|TX_REFNIS_DE|TX_REFNIS_FR|TX_REFNIS_NL|DT_VLDT_START|"
        "DT_VLDT_END"
    )
    lines = [
        "|".join(
            [
                row["level"],
                row["nis"],
                row["parent_nis"] or "-",
                row["name_de"],
                row["name_fr"],
                row["name_nl"],
                "/".join(reversed(row["valid_from"].split("-"))),
                "/".join(reversed(row["valid_to"].split("-"))),
            ]
        )
        for row in rows
    ]
    return zipped("TU_COM_REFNIS.txt", header, lines)


def survey(rows: Rows, column: str, flow: str, older_dims: bool) -> str:
    """A table of the Labour Force Survey as Eurostat's SDMX-CSV 2.0, CRLF."""
    dims = "freq,isced11,sex,age,unit,geo" if older_dims else "freq,unit,sex,age,geo"
    keys = "A,TOTAL,T,Y_GE15,THS_PER" if older_dims else "A,THS_PER,T,Y_GE15"
    flags = column.replace("_thousand", "_flags")
    lines = [f"STRUCTURE,STRUCTURE_ID,{dims},TIME_PERIOD,OBS_VALUE,OBS_FLAG,CONF_STATUS"]
    lines += [
        f"dataflow,ESTAT:{flow}(1.0),{keys},{row['geo']},{row['year']},{row[column]},{row[flags]},"
        for row in rows
        if row[column] or row[flags]
    ]
    return "\r\n".join(lines) + "\r\n"


def inventory(flows: Iterable[str], edition: str = EDITION) -> bytes:
    """Eurostat's inventory."""
    header = "Code\tType\tSource dataset\tLast data change\tLast structural change\r\n"
    lines = [f"{flow}\tDATASET\t-\t{edition}\t{edition}\r\n" for flow in flows]
    return "".join([header, *lines]).encode()


def filtered(table: str) -> Callable[[Request], Answer]:
    """Answer a query of SDMX 3.0 as Eurostat does: by its filters, silent on codes it has not."""

    def answer(request: Request) -> Answer:
        asked = parse_qsl(urlsplit(request.path).query)
        header, *lines = table.split("\r\n")[:-1]
        columns = header.split(",")
        for key, value in asked:
            if key.startswith("c["):
                place = columns.index(key[2:-1])
                if key == "c[TIME_PERIOD]":
                    low, high = (bound[3:] for bound in value.replace("+", " ").split(" "))
                    lines = [x for x in lines if low <= x.split(",")[place] <= high]
                else:
                    lines = [x for x in lines if x.split(",")[place] in value.split(",")]
        kind = "application/vnd.sdmx.data+csv;version=2.0.0"
        body = "\r\n".join([header, *lines]) + "\r\n"
        return Answer(200, body.encode(), {"Content-Type": kind})

    return answer


class Publishers:
    """Statbel and Eurostat, by the frozen tables of Belgium; each answer may be changed."""

    def __init__(self, server: Server) -> None:
        self.server = server
        nationality = frozen("statbel_population_by_nationality")
        for year in range(2009, 2026):
            name = f"{STRUCTURE}TF_SOC_POP_STRUCT_{year}.zip"
            self.file(name, structure(nationality, str(year)))
        self.file(f"{STATBEL}/arbeid/TF_PSNL_INC_TAX_MUNTY.zip", income(frozen("statbel_income")))
        self.file(f"{STATBEL}/immo/vastgoed_2010_9999.zip", houses(frozen("statbel_house_prices")))
        register = units(frozen("statbel_administrative_units"))
        self.file(f"{STATBEL}/REFNIS code/TU_COM_REFNIS.zip", register)
        lfs = frozen("eurostat_lfs_nuts2")
        self.flow("LFST_R_LFU3PERS", survey(lfs, "unemployed_thousand", "LFST_R_LFU3PERS", True))
        self.flow("LFST_R_LFE2EMP", survey(lfs, "employed_thousand", "LFST_R_LFE2EMP", False))
        flows = ("LFST_R_LFU3PERS", "LFST_R_LFE2EMP")
        server.serve(f"{EUROSTAT}/files/inventory", inventory(flows))

    def file(self, path: str, body: bytes) -> None:
        """Serve a file of Statbel."""
        self.server.serve(quote(path), body, headers={"Content-Type": "application/zip"})

    def flow(self, name: str, table: str) -> None:
        """Serve a dataflow of Eurostat."""
        self.server.serve(f"{EUROSTAT}/sdmx/3.0/data/dataflow/ESTAT/{name}/1.0", filtered(table))


HOSTS = ("statbel.fgov.be", "ec.europa.eu")


def mirror(project: Path, server: Server, hosts: Iterable[str] = HOSTS) -> None:
    """Let the project ask ``server`` in the place of ``hosts``, and not for long."""
    path = project / "config/refresh.yaml"
    text = path.read_text(encoding="utf-8")
    inside = ", ".join(f'"https://{host}": "{server.url("/" + host)}"' for host in hosts)
    text = text.replace("mirrors: {}", f"mirrors: {{{inside}}}")
    text = text.replace("plain_or_private: []", f'plain_or_private: ["{server.place}"]')
    text = text.replace("attempts: 5", "attempts: 2").replace("backoff_s: 2", "backoff_s: 0.01")
    text = text.replace("backoff_most_s: 60", "backoff_most_s: 0.05")
    path.write_text(text, encoding="utf-8")
