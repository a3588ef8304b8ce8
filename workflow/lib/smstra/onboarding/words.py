"""The words by which tables of many countries are understood: headers, totals, kinds of places."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# Letters that have no accent to take off.
_PLAIN = str.maketrans({"ø": "o", "å": "a", "ł": "l", "đ": "d", "ß": "ss", "ı": "i", "æ": "ae"})


def words_in(text: str) -> frozenset[str]:
    """Return the words of a text, each once."""
    return frozenset(text.split())


YEAR = words_in(
    """
    year years ar aar jahr annee an jaar rok ano anno vuosi yil tid time aasta date datum dato fecha period
    periode perioden periods periodo tijdstip stichtag
    """
)
# Of a year that is not that of the figures.
BORDERS = words_in(
    """
    border borders boundary boundaries grenzen grens limites gebietsstand gebiedsindeling edition geography
    version vintage
    """
)
# Of a day on which a file was made or fetched.
_MADE_ON = words_in(
    """
    erstellt abgerufen abfrage abruf abrufdatum heruntergeladen veroffentlicht created extracted extraction
    downloaded retrieved accessed published updated update release released printed genere telecharge publie
    opgehaald hamtad publicerad udtrukket opdateret descargado consulta actualizado estratto scaricato pobrano
    """
)
CODE = words_in(
    """
    code codes kod kode koodi codigo codice cod id nr nis ags gkz lau nuts ine insee istat teryt
    bfs refnis komnr kommunkod schluessel schlussel geo kennziffer kennzahl cve
    """
)
NAME = words_in(
    """
    name names naam nom navn namn nombre nome nazwa nimi ad adi bezeichnung label municipality
    municipalities kommun kommune kommuner gemeente gemeenten gemeinde gemeinden commune
    communes municipio municipios comune comuni gmina gminy kunta concelho town towns city
    cities stadt by kreis region area unit gebiet omrade
    """
)
REGION = words_in(
    """
    region regions regio regione region lan laen county counties province provinces provincie
    provincia provincias land bundesland land_name state states voivodeship wojewodztwo fylke
    maakunta distrito district kanton canton departement arrondissement oblast kraj judet il ili
    amt landsdel comunidad
    """
)
# Words that mean all together in any language that is known here and are no name of a place.
PLAIN_TOTAL = words_in(
    """
    total totals totalt totaal totales totali insgesamt zusammen gesamt ialt samtliga ogolem razem toplam
    celkem spolu yhteensa kokku osszesen ukupno skupaj viso kopa
    """
)
TOTAL = PLAIN_TOTAL | words_in(
    """
    totale alle all ensemble both riket landet land country whole hele hela heel hel allt
    t sum somme suma summe kaikki
    """
)
UNKNOWN = words_in(
    """
    unknown unbekannt inconnu onbekend okand ukendt ukjent desconocido desconhecido nieznane ignoto uoppgitt
    uoplyst unspecified unallocated undistributed abroad ausland etranger utlandet udlandet buitenland estero
    extranjero extraregio nonclassifiable
    """
)
# With a word for not in front: what is not known of a place.
_NOT_KNOWN = words_in(
    "stated specified known oplyst oppgitt angivet angegeben zugeordnet zuordenbar precise"
)
_NOT = words_in("not nicht ikke ej non no niet")
# Words that go with those of totals and of unknown places.
_OF_PLACES = words_in(
    """
    the of in and or i a an other others outside without municipality municipalities municipal
    nuts 1 2 3 place places residence country area areas region regions level address home city town towns
    gemeinde gemeinden kommun kommune kommuner kommunen gemeente gemeenten commune communes municipio
    municipios comune comuni gmina gminy ohne angabe angaben zuordnung im bosted hjemsted bopael pa av
    """
)
# Headers of what rows of one unit are apart by.
DIMENSION = words_in(
    """
    sex sexes gender age ages citizenship nationality nationalities kon koen geschlecht geschlechter sexe sexo
    alter alder leeftijd leeftijden
    """
)
_OF_DIMENSIONS = DIMENSION | words_in(
    """
    aged person persons people population both men women male female males females and und och og et y en
    groups group years of all i
    """
)
TOTAL_ROW, MAYBE_TOTAL, UNKNOWN_PLACE = "total", "maybe", "unknown"

# Countries whose offices write other than western Europe's letters.
_ENCODINGS = {
    "cp1250": words_in(
        """
        poland polska polen czechia czech cesko slovakia slovensko hungary magyarorszag slovenia slovenija
        croatia hrvatska romania bosnia serbia albania
        """
    ),
    "cp1254": words_in("turkey turkiye turkei"),
    "cp1257": words_in("estonia eesti latvia latvija lithuania lietuva"),
}


def encoding_of(country: str) -> str:
    """Return the encoding that texts of a country have if it is not UTF-8: cp1252, or that of its letters."""
    named = words_of(country)
    return next((each for each, names in _ENCODINGS.items() if named & names), "cp1252")


def plain(text: str) -> str:
    """Return ``text`` in small letters without accents, for comparing with the words here."""
    parts = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
    return "".join(sign for sign in parts if not unicodedata.combining(sign)).translate(_PLAIN)


def words_of(text: str) -> set[str]:
    """Return the plain words of a header."""
    return set(re.findall(r"[a-z0-9]+", plain(text).replace("_", " ")))


def of_edition(text: str) -> bool:
    """Whether a text speaks of borders or of an edition, whose year and day need not be the figures' own."""
    return bool(words_of(text) & (BORDERS | _MADE_ON))


def says(text: str, words: Iterable[str]) -> str:
    """Return the first of ``words`` that a header holds, or ends with, as in ``Kommunkod``; ``""`` if none."""
    found = words_of(text)
    for word in sorted(words):
        if word in found or any(each.endswith(word) and len(word) > 3 for each in found):
            return word
    return ""


def _joined(text: str) -> str:
    """Return a text with words that belong together as one."""
    return re.sub(r"\bi alt\b", "ialt", re.sub(r"\bextra.regio\b", "extraregio", plain(text)))


def is_total(text: str) -> bool:
    """Whether the value of a dimension, as of sex or age, means all together."""
    found = words_of(_joined(text))
    return bool(found & TOTAL) and found <= TOTAL | _OF_DIMENSIONS


def kind_of_row(name: str, country: str = "") -> str:
    """Return what a name says that a row is: ``TOTAL_ROW``, ``MAYBE_TOTAL``, ``UNKNOWN_PLACE`` or ``""``.

    One word that is a total in one language and the name of a town in another (Hel, Heel, Alle) is no
    plain total, nor is the name of the country, which may be that of its capital.
    """
    found, own = words_of(_joined(name)), words_of(country)
    if not found:
        return ""
    not_known = bool(found & UNKNOWN) or bool(found & _NOT and found & _NOT_KNOWN)
    if not_known and found <= UNKNOWN | _OF_PLACES | _NOT | _NOT_KNOWN:
        return UNKNOWN_PLACE
    rest = found - own if own and own <= found else found
    if rest & PLAIN_TOTAL and rest <= TOTAL | _OF_PLACES:
        return TOTAL_ROW
    if len(rest) > 1 and rest & TOTAL and rest <= TOTAL | _OF_PLACES:
        return TOTAL_ROW
    return MAYBE_TOTAL if not rest or rest <= TOTAL else ""
