"""The words by which tables of many countries are understood: headers, totals, kinds of places."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# Letters that have no accent to take off.
_PLAIN = str.maketrans({"ø": "o", "å": "a", "ł": "l", "đ": "d", "ß": "ss", "ı": "i", "æ": "ae"})


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


YEAR = _words(
    """
    year years ar aar jahr annee an jaar rok ano anno vuosi yil tid time aasta
    """
)
CODE = _words(
    """
    code codes kod kode koodi codigo codice cod id nr nis ags gkz lau nuts ine insee istat teryt
    bfs refnis komnr kommunkod schluessel schlussel geo kennziffer kennzahl cve
    """
)
NAME = _words(
    """
    name names naam nom navn namn nombre nome nazwa nimi ad adi bezeichnung label municipality
    municipalities kommun kommune kommuner gemeente gemeenten gemeinde gemeinden commune
    communes municipio municipios comune comuni gmina gminy kunta concelho town towns city
    cities stadt by kreis region area unit gebiet omrade
    """
)
REGION = _words(
    """
    region regions regio regione region lan laen county counties province provinces provincie
    provincia provincias land bundesland land_name state states voivodeship wojewodztwo fylke
    maakunta distrito district kanton canton departement arrondissement oblast kraj judet il ili
    amt landsdel comunidad
    """
)
# Words that mean all together in any language that is known here and are no name of a place.
PLAIN_TOTAL = _words(
    """
    total totals totalt totaal totales totali insgesamt zusammen gesamt ialt samtliga ogolem razem toplam
    celkem spolu yhteensa kokku osszesen ukupno skupaj viso kopa
    """
)
TOTAL = PLAIN_TOTAL | _words(
    """
    totale alle all ensemble both riket landet land country whole hele hela heel hel allt
    t sum somme suma summe kaikki
    """
)
UNKNOWN = _words(
    """
    unknown unbekannt inconnu onbekend okand ukendt ukjent desconocido desconhecido nieznane ignoto uoppgitt uoplyst
    unspecified unallocated undistributed abroad ausland etranger utlandet udlandet buitenland estero extranjero
    extraregio nonclassifiable
    """
)
# With a word for not in front: what is not known of a place.
_NOT_KNOWN = _words(
    "stated specified known oplyst oppgitt angivet angegeben zugeordnet zuordenbar precise"
)
_NOT = _words("not nicht ikke ej non no niet")
# Words that go with those of totals and of unknown places.
_OF_PLACES = _words(
    """
    not the of in and or i a an no non other others outside without of municipality municipalities municipal
    place places residence country area areas region regions level address home city town towns
    gemeinde gemeinden kommun kommune kommuner gemeente gemeenten commune communes municipio municipios comune comuni
    gmina gminy nicht ohne angabe angaben zuordnung im kommunen bosted hjemsted bopael pa ej av niet non
    """
)
_OF_DIMENSIONS = _words(
    """
    sex sexes gender ages age aged persons person people population both men women male female males females and
    und och og et y en citizenship nationality nationalities kon koen geschlecht geschlechter sexe sexo alter alder
    leeftijd leeftijden groups group years of all i alt
    """
)
TOTAL_ROW, MAYBE_TOTAL, UNKNOWN_PLACE = "total", "maybe", "unknown"

# What a header says that names a share or a rate, and not a number of persons.
_SHARE = (
    r"share|percent|percentage|procent|prozent|andel|anteil|aandeel|\bpart\b|proportion|udel|quote|quota|"
    r"\brate\b|\b(?:per|pr|pro|je) (?:100|1000|10000)\b|taux|tasa|tasso|graad|odsetek|stopa|"
    r"orani|oran|\bpct\b|%"
)
_FOREIGN = (
    r"foreign|auslander|auslaender|auslandisch|etranger|utlandsk|utlandska|udenlandsk|udlaending|vreemdeling|"
    r"buitenland|stranier|extranjer|estrangeir|cudzoziem|yabanci|non.?national|citizens.?abroad|ulkomaala"
)
_BORN_ABROAD = (
    r"foreign.?born|born abroad|utrikes.?fodd|udenlandsk.?fodt|im ausland geboren|nes? a l.?etranger|"
    r"nacid\w* en el extranjero|nat\w* all.?estero|in het buitenland geboren"
)
_NOT_WESTERN = r"non.?western|ikke.?vestlig|ickevasterlan|niet.?westers"
_AGED_18_TO_64 = r"\b18\D{1,6}64\b"
_BORN = r"\bborn\b|geboren|nes? a|fodda|fodt|fodte|nacid|nati all|urodzen|dogum"
_OUT_OF_WORK = (
    r"unemploy|arbeitslos|erwerbslos|chomage|chomeur|arbetslos|ledighed|ledige|werkloos|werkzoekend|jobseeker|"
    r"desempleo|desemplead|\bparo\b|parados|disoccupa|bezroboci|bezrobotn|issizlik|tyottom|desemprego"
)
_PEOPLE = (
    r"population|inhabitant|resident|einwohner|bevolkerung|bevoelkerung|habitant|poblacion|habitantes|padron|"
    r"folkmangd|invanare|befolkning|folketal|indbygger|bevolking|inwoner|abitanti|popolazione|residenti|"
    r"ludnosc|nufus|vaesto|populacao|obyvatel|people|persons"
)
_AREA = (
    r"\barea\b|flache|flaeche|superficie|oppervlakte|\bareal\b|\byta\b|powierzchni|yuzolcum|"
    r"pinta.?ala|\bkm ?2\b"
)
_OLD = r"\b65\b.*(over|plus|\+|more|mehr|alter|older|og|och|en ouder)|65plus|over 65"

# By variable of the vocabulary, in the order in which they are tried: all patterns must be found, none of
# those behind `not`.
_VARIABLES: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("share_foreign_born", (_BORN_ABROAD, _SHARE), (_OUT_OF_WORK,)),
    ("share_non_western_citizens", (_NOT_WESTERN, _SHARE), (_OUT_OF_WORK, _BORN)),
    ("share_foreign", (_FOREIGN, _SHARE), (_OUT_OF_WORK, _BORN, _NOT_WESTERN)),
    ("residents_foreign", (_FOREIGN,), (_OUT_OF_WORK, _BORN, _NOT_WESTERN)),
    ("unemployed_registered_share", (_OUT_OF_WORK, _SHARE, _AGED_18_TO_64), ()),
    ("unemployment_rate_registered", (_OUT_OF_WORK, _SHARE), (r"\b1[0-9]\D{1,6}[67][0-9]\b",)),
    (
        "unemployment_rate_registered",
        (r"arbeitslosenquote|werkloosheid|ledighed|bezrobocia|issizlik",),
        (),
    ),
    ("share_65plus", (_OLD, _SHARE), ()),
    ("area_km2", (_AREA,), (_PEOPLE, r"per ?km|/ ?km|je km|pr\.? ?km|densit|tathet|dichte")),
    (
        "residents",
        (_PEOPLE,),
        (_OUT_OF_WORK, _FOREIGN, _SHARE, _OLD, _BORN, r"densit|dichte|tathet"),
    ),
)
# Counts and other matter that the vocabulary has no plain variable for, with what is then said.
_UNMATCHED = (
    (
        (_OUT_OF_WORK,),
        "the number of unemployed needs a rate, or a variable of yours in config/variables.yaml",
    ),
    (
        (_BORN,),
        "people by country of birth are not foreign nationals; describe a variable of yours in "
        "config/variables.yaml",
    ),
)
# Square kilometres in one unit of the header.
_AREA_UNITS = ((r"\bha\b|hectare|hektar", 0.01), (r"\bm2\b|m²|square met", 0.000001))
# Countries whose offices write other than western Europe's letters.
_ENCODINGS = {
    "cp1250": _words(
        """
        poland polska polen czechia czech cesko slovakia slovensko hungary magyarorszag slovenia slovenija
        croatia hrvatska romania bosnia serbia albania
        """
    ),
    "cp1254": _words("turkey turkiye turkei"),
    "cp1257": _words("estonia eesti latvia latvija lithuania lietuva"),
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


def says(text: str, words: Iterable[str]) -> str:
    """Return the first of ``words`` that a header holds, or ends with, as in ``Kommunkod``; "
    "``""`` if none."""
    found = words_of(text)
    for word in sorted(words):
        if word in found or any(each.endswith(word) and len(word) > 3 for each in found):
            return word
    return ""


def variable_of(text: str) -> str:
    """Return the variable of the vocabulary that a header speaks of; ``""`` if none."""
    told = plain(text).replace("_", " ")
    for variable, needed, barred in _VARIABLES:
        if all(re.search(each, told) for each in needed) and not any(
            re.search(each, told) for each in barred
        ):
            return variable
    return ""


def not_in_vocabulary(text: str) -> str:
    """Return what is said of a header whose matter the vocabulary has no plain variable for, or ``""``."""
    told = plain(text).replace("_", " ")
    for needed, said in _UNMATCHED:
        if all(re.search(each, told) for each in needed):
            return said
    return ""


def percent_factor(text: str) -> float:
    """Return the percent in one unit of a share's header, as 0.01 for ``per 10,000``; 1 where it "
    "names none."""
    told = re.sub(r"(?<=[0-9])[., ](?=000)", "", plain(text).replace("_", " "))
    per = re.search(r"\b(?:per|pr|pro|je)\.? (1000|10000|100000)\b", told)
    return 0.1 if "promille" in told else 100 / int(per[1]) if per else 1.0


def area_factor(text: str) -> float:
    """Return the square kilometres in one unit of an area's header; 1 where it names none."""
    told = plain(text).replace("_", " ")
    return next((factor for form, factor in _AREA_UNITS if re.search(form, told)), 1.0)


def day_of(text: str) -> str:
    """Return the day of the year, as ``12-31``, that a header or title names; ``""`` if none."""
    told = plain(text).replace("_", " ")
    if re.search(r"\b31[. ]*(dec|dez|des|12\b|decem|grud|aralik)", told):
        return "12-31"
    if re.search(r"\b0?1(er|st|[. ])*(jan|gen|ener|ocak|stycz|tammi|01\b|0?1\.)", told):
        return "01-01"
    return ""


def _joined(text: str) -> str:
    return re.sub(r"\bi alt\b", "ialt", plain(text))


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
