"""Which variable of the vocabulary a header or a title speaks of, and whether it does so plainly."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from smstra.onboarding.days import MONTHS
from smstra.onboarding.words import TOTAL, plain, words_in

# What a header says that names a share or a rate, and not a number of persons.
_SHARE = (
    r"share|percent|percentage|procent|prozent|andel|anteil|aandeel|\bpart\b|proportion|udel|quote|quota|"
    r"\brate\b|\b(?:per|pr|pro|je) (?:100|1000|10000)\b|taux|tasa|tasso|graad|odsetek|stopa|"
    r"orani|oran|\bpct\b|%"
)
_FOREIGN = (
    r"foreign|auslander|auslaender|auslandisch|etranger|utlandsk|utlandska|udenlandsk|udlaending|vreemdeling|"
    r"buitenland|stranier|extranjer|estrangeir|cudzoziem|yabanci|non.?national|ulkomaala"
)
_BORN_ABROAD = (
    r"foreign.?born|born abroad|utrikes.?fodd|udenlandsk.?fodt|im ausland geboren|nes? a l.?etranger|"
    r"nacid\w* en el extranjero|nat\w* all.?estero|in het buitenland geboren"
)
_NOT_WESTERN = r"non.?western|ikke.?vestlig|ickevasterlan|niet.?westers"
_AGED_18_TO_64 = r"\b18\D{1,6}64\b"
_OF_WORKING_AGE = r"\b1[0-9]\D{1,6}[67][0-9]\b"
_BORN = r"\bborn\b|geboren|nes? a|fodda|fodt|fodte|nacid|nati all|urodzen|dogum"
_OUT_OF_WORK = (
    r"unemploy|arbeitslos|erwerbslos|chomage|chomeur|arbetslos|ledighed|ledige|werkloos|werkzoekend|jobseeker|"
    r"desempleo|desemplead|\bparo\b|parados|disoccupa|bezroboci|bezrobotn|issizlik|tyottom|desemprego"
)
_RATE_WITHOUT_A_WORD_FOR_IT = r"arbeitslosenquote|werkloosheid|ledighed|bezrobocia|issizlik"
_SURVEY = (
    r"\bilo\b|\blfs\b|labou?r force survey|survey|erwerbslosenquote|\bbit\b|\baku\b|\bepa\b|\beak\b|"
    r"\bebb\b|\bbael\b|encuesta|enquete|mikrozensus"
)
_PEOPLE = (
    r"population|inhabitant|resident|einwohner|bevolkerung|bevoelkerung|habitant|poblacion|habitantes|padron|"
    r"folkmangd|invanare|befolkning|folketal|indbygger|bevolking|inwoner|abitanti|popolazione|residenti|"
    r"ludnosc|nufus|vaesto|populacao|obyvatel|people|persons|personer|personen|personas|pessoas|\bpop\b"
)
_AREA = (
    r"\barea\b|flache|flaeche|superficie|oppervlakte|\bareal\b|\byta\b|powierzchni|yuzolcum|"
    r"pinta.?ala|\bkm ?2\b|\bkm²"
)
_OLD = r"\b65\b.*(over|plus|\+|more|mehr|alter|older|og|och|en ouder)|65plus|over 65"
_PER_AREA = r"per ?km|/ ?km|je km|pr\.? ?km|per (?:sq|square)|densit|tathet|dichte|per ?ha\b"
_PER_PERSON = (
    r"\b(?:per|pro|pr|je|par|por|na) (?:inhabitant|capita|head|person|resident|kopf|einwohner|habitant|inwoner|"
    r"indbygger|invanare|mieszkanca)"
)

# By variable of the vocabulary, in the order in which they are tried: all patterns must be found, none of
# those behind.
_VARIABLES: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("share_foreign_born", (_BORN_ABROAD, _SHARE), (_OUT_OF_WORK,)),
    ("share_non_western_citizens", (_NOT_WESTERN, _SHARE), (_OUT_OF_WORK, _BORN)),
    ("share_foreign", (_FOREIGN, _SHARE), (_OUT_OF_WORK, _BORN, _NOT_WESTERN)),
    ("residents_foreign", (_FOREIGN,), (_OUT_OF_WORK, _BORN, _NOT_WESTERN)),
    ("unemployed_registered_share", (_OUT_OF_WORK, _SHARE, _AGED_18_TO_64), (_SURVEY,)),
    ("unemployment_rate_lfs_published", (_OUT_OF_WORK, _SHARE, _SURVEY), ()),
    ("unemployment_rate_registered", (_OUT_OF_WORK, _SHARE), (_SURVEY, _OF_WORKING_AGE)),
    ("unemployment_rate_registered", (_RATE_WITHOUT_A_WORD_FOR_IT,), (_SURVEY, _OF_WORKING_AGE)),
    ("share_65plus", (_OLD, _SHARE), ()),
    ("area_km2", (_AREA,), (_PEOPLE, _PER_AREA)),
    (
        "residents",
        (_PEOPLE,),
        (_OUT_OF_WORK, _FOREIGN, _SHARE, _OLD, _BORN, _PER_AREA, _PER_PERSON),
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
# Both together are no part.
_BOTH_SEXES = (
    r"\b(?:men|males?|manner|hombres|varones|hommes|maend|man|mannen|menn) (?:and|und|y|et|og|och|en|&|\+|/) "
    r"(?:women|females?|frauen|mujeres|femmes|kvinder|kvinnor|vrouwen|kvinner)\b"
)
_SEX = (
    r"\b(?:men|women|males?|females?|boys|girls|manner|manner?lich|frauen|weiblich|hombres|mujeres|varones|hommes|"
    r"femmes|maend|kvinder|man|kvinnor|mannen|vrouwen|menn|kvinner|mezczyzni|kobiety|maschi|femmine|uomini|"
    r"donne|homens|mulheres|erkek|kadin|muzi|zeny|miehet|naiset|mehed|naised)\b|(?<=[a-z] )[mfwkhv]$"
)
_AGE = (
    r"\bage[ds]?\b|\balter\b|(?<![\d./-])\b(?!(\d+)\D+\1\b)"
    r"\d{1,2} ?(?:-|–|to|bis|til|till|tot|a|do|\bund\b) ?\d{1,3}(?![\d./-]*\d)|"
    r"\b\d{1,3} ?(?:\+|plus\b|(?:years?|jahre?|ans|anos|ar|aar|jaar|lat|let|yas)\b|"
    r"and (?:over|older)|(?:y|et|og|och|und|en) (?:mas|plus|over|aldre|alter|mehr|ouder))|"
    r"\b(?:over|under|unter|uber) \d{1,2}\b|"
    r"\b(?:youth|young|jugend|jeunes?|unge|ungdom|jong|joven|giovan|elderly|old|children|child|kinder|enfants|"
    r"barn|born|kinderen|ninos|bambini|dzieci|adults?|pensioners?|seniors?)\w{0,4}\b"
)
_PART_OF_A_RATE = (
    _SEX,
    _AGE,
    r"\blong.?term|langzeit|langtids|longue duree|larga duracion",
    _FOREIGN,
    r"\b(?:change|growth|difference|index|rank|gap|verander\w+|variation)\b",
)
_PART_OF_PEOPLE = (
    _SEX,
    _AGE,
    r"\b(?:household|haushalt|menage|husholdning|hushall|huishoud|hogar|famil|gospodarstw)\w*",
    r"\b(?:voter|elector|wahl|vaelger|valjare|kiezer|votant|wyborc)\w*",
    r"\b(?:employ|beschaftig|erwerbs|ansatt|sysselsat|werkzam|ocupad|occupat|zatrudni|worker|workforce|labou?r)\w*",
    r"\b(?:student|pupil|schuler|eleve|guest|tourist|visitor|overnight|stays?|nights?|trade|currency|compan)\w*",
    r"\b(?:change|growth|increase|decrease|zuwachs|verander|entwicklung|variation|evolution|tillvaxt|forandring|"
    r"vaekst|zmiana|crecimiento|balance|saldo|projection|forecast|prognos|movement|migra|immigra|emigra)\w*",
    r"\b(?:births?|deaths?|died|dead|doden|dodsfald|sterbe|deces|defuncion|marriage|married|single|widowed|divorc)\w*",
    r"\b(?:urban|rural|density|mean|average|median|durchschnitt|moyen|medel|gemiddeld|rank|index)\w*",
)
# The same inside of German and Scandinavian compounds, as in Wanderungssaldo.
_IN_COMPOUNDS = tuple(each.replace(r"\b", "") for each in _PART_OF_PEOPLE[2:-1])
# Counts in another unit than one.
_THOUSANDS = r"(?<!per )\b1[ .,]?000\b|'000|\b(?:tsd|thousands?|tausend|milliers|miles|tusind|tusen|duizend)\b"
# Words that leave what a header counts as it is: filling words, days, and the places that are the units.
_NEUTRAL = (
    TOTAL
    | MONTHS
    | words_in(
        """
    number numbers no nr n of the in at on by per pr am an zum zu den der die das des de du d la le les l el
    los et and und og och i det pa af av van op y en por ao do da dos e a aan na w z ze til for with from as
    s is this anzahl zahl nombre numero antal aantal liczba overall resident registered usual usually permanent
    jure ordinary official living wohn haupt wohnsitz principal residence domicile census count counts figure
    figures estimate estimated estimates estimation midyear mid end beginning start year years date day
    reference stand stichtag zivil ordinaria stan wohnhaft municipal municipality municipalities kommun kommune
    kommuner gemeente gemeinde gemeinden commune communes municipio municipios comune comuni gmina gminy
    belediye unit units persons person people population populations pop inhabitants inhabitant residents
    citizens citizen nationals national nationality nationalities staatsangehorigkeit staatsangehorige
    staatsburger burger statsborgere medborgare citizenship nationalite nationalidad cittadinanza cittadini
    head heads folk tal mangd osoba osoby osob ms tx cd
    area areas surface km km2 sq square kilometres kilometers kilometer kilometre quadratkilometer qkm
    carres cuadrados ha hectare hectares hektar m2 published boden gebiets kataster gemeindegebiet
    share percentage percent proportion pct rate prozent procent anteil andel aandeel taux among
    """
    )
)
# And those that do so of rates of unemployment, or of the share of the old.
_NEUTRAL_OF_RATES = _NEUTRAL - MONTHS | words_in(
    """
        annual average yearly jahresdurchschnitt jahresmittel arsgennemsnit arsmedel genomsnitt moyenne annuelle
        media annua anual jaargemiddelde srednioroczna registrado registrada registrati rejestrowane
        rejestrowanego rejestrowana localise labour labor force workforce economically active activa attiva
        arbejdsstyrken arbejdsstyrke arbetskraften arbeidsstyrken beroepsbevolking erwerbspersonen ziviler
        ziviele zivilen zivile aller abhangiger fuldtid fuldtidsledige brutto netto bruttoledighed relativ
        bezogen auf alle relative to uwv nww rvo jobseekers aged alder age ages lfs ilo aku bit epa survey
        """
)
_NEUTRAL_OF_OLD = _NEUTRAL | words_in(
    "over older plus more mehr und alter og och ouder aged years jahre jahren ar aar anos ans jaar lat old"
)
_PERCENT = r"%|\bper ?cent|percent|prozent|procent|\bpct\b|por ciento|pourcent|percentuale|odsetek"
# Square kilometres in one unit of the header.
_AREA_UNITS = ((r"\bha\b|hectare|hektar", 0.01), (r"\bm2\b|m²|square met", 0.000001))
# Headers of figures that say nothing of them.
_OF_VALUES = frozenset(
    (
        "value",
        "values",
        "obs",
        "wert",
        "werte",
        "valor",
        "valeur",
        "varde",
        "waarde",
        "wartosc",
        "data",
        "y",
        "x",
    )
)
# What leaves the meaning of the one and changes that of the other.
_NOT_OF_AREAS = frozenset(("living", "wohn", "haupt", "residence", "domicile", "principal"))
_NOT_OF_RESIDENTS = re.compile(r"citizen|national|staats|burger|statsborger|medborgar|cittadin")
_LONGEST_ENDING = 4
_YEAR = r"(?<![0-9])(?:19[5-9][0-9]|20[0-9]{2}|\{year\})(?![0-9])"
_DAY = rf"(?<![0-9])[0-9]{{1,2}}[-./](?:0?[1-9]|1[0-2])[-./]{_YEAR}"


@dataclass(frozen=True)
class Meant:
    """The variable that a text speaks of, ``""`` for none, and in ``doubt`` why it may not be that one."""

    variable: str = ""
    doubt: str = ""


def _told(text: str) -> str:
    without_days = re.sub(_DAY, " ", plain(text).replace("_", " "))
    return " ".join(re.sub(_YEAR, " ", without_days).split())


def variable_of(text: str) -> str:
    """Return the variable of the vocabulary that a header speaks of, plainly or not; ``""`` if none."""
    return _match(_told(text))[0]


def _match(told: str) -> tuple[str, tuple[str, ...]]:
    for variable, needed, barred in _VARIABLES:
        if all(re.search(each, told) for each in needed) and not any(
            re.search(each, told) for each in barred
        ):
            return variable, needed
    return "", ()


def of_header(text: str) -> Meant:
    """Return what a header or the value of a cell speaks of.

    It is plain only if the header names no part of it (men, an age, young people) and if every word of it is
    known to leave its meaning as it is.
    """
    told = re.sub(_BOTH_SEXES, " ", _told(text))
    variable, needed = _match(told)
    if not variable:
        return Meant()
    if part := _part(told, variable):
        return Meant(variable, f"speaks of a part or of another matter ({part!r})")
    unknown = _not_understood(told, variable, needed)
    return Meant(variable, f"has words that are not understood ({unknown!r})" if unknown else "")


def of_title(text: str) -> Meant:
    """Return what a title or the name of a file speaks of, as far as it holds no other matter."""
    told = re.sub(_BOTH_SEXES, " ", _told(text))
    variable, needed = _match(told)
    part = _part(told, variable) if variable else ""
    if not part and variable == "residents":
        part = next((match[0] for each in _IN_COMPOUNDS if (match := re.search(each, told))), "")
    if (
        not part
        and variable not in ("", "residents", "share_65plus")
        and "unemploy" not in variable
    ):
        part = _not_understood(told, variable, needed)
    return Meant(variable, f"speaks of {part!r} as well" if part else "")


def _part(told: str, variable: str) -> str:
    """Return what a text names that is but a part of what ``variable`` counts."""
    if variable in ("share_65plus", "unemployed_registered_share"):
        patterns: Sequence[str] = (_SEX, *_PART_OF_A_RATE[2:])
    elif variable.startswith("unemploy"):
        patterns = _PART_OF_A_RATE
    elif variable in ("share_foreign_born", "share_non_western_citizens"):
        patterns = (_SEX, *_PART_OF_PEOPLE[2:7])
    elif variable == "area_km2":
        patterns = ()
    else:
        patterns = (*_PART_OF_PEOPLE, _THOUSANDS) if "residents" in variable else _PART_OF_PEOPLE
    found = next(filter(None, (re.search(each, told) for each in patterns)), None)
    return found[0].strip() if found else ""


def _not_understood(told: str, variable: str, needed: Sequence[str]) -> str:
    """Return the first word, or head of a word, that neither the patterns nor the neutral words hold."""
    patterns = needed if variable == "area_km2" else (*needed, _PEOPLE)
    held = {
        place
        for each in patterns
        for match in re.finditer(each, told)
        for place in range(*match.span())
    }
    neutral = _NEUTRAL - (_NOT_OF_AREAS if variable == "area_km2" else frozenset())
    if variable.startswith("unemploy"):
        neutral = _NEUTRAL_OF_RATES
    elif variable == "share_65plus":
        neutral = _NEUTRAL_OF_OLD
    if variable == "residents":
        neutral = {word for word in neutral if not _NOT_OF_RESIDENTS.search(word)}
    for match in re.finditer(r"[^\W\d_]+[0-9²]?", told):
        word = match[0]
        inside = [place - match.start() for place in range(*match.span()) if place in held]
        if word in neutral or len(word) == 1:
            continue
        if not inside:
            return word
        head, ending = word[: inside[0]], word[inside[-1] + 1 :]
        if head and head not in neutral and head.rstrip("s") not in neutral:
            return word
        if len(ending) > _LONGEST_ENDING and ending not in neutral | {"sstand", "szahl"}:
            return word
    return ""


def names_part(text: str) -> bool:
    """Whether the value of a cell or a header names a sex or an age."""
    told = re.sub(_BOTH_SEXES, " ", _told(text))
    return any(re.search(each, told) for each in (_SEX, _AGE))


def leaves_open(text: str) -> bool:
    """Whether the header of figures names nothing at all, as a year or ``value`` does."""
    return set(re.findall(r"[^\W\d_]{2,}", _told(text))) <= _NEUTRAL | _OF_VALUES


def names_value(text: str) -> bool:
    """Whether a header says that it has figures, and not codes."""
    words = set(re.findall(r"[a-z]+", _told(text)))
    return bool(words & (_OF_VALUES | {"antal", "anzahl", "aantal", "liczba"}))


def plainly_total(text: str) -> bool:
    """Whether a header says that it counts all together."""
    told = _told(text)
    return bool(set(re.findall("[a-z]+", told)) & TOTAL) or bool(re.search(_BOTH_SEXES, told))


def not_in_vocabulary(text: str) -> str:
    """Return what is said of a header whose matter the vocabulary has no plain variable for, or ``""``."""
    told = _told(text)
    for needed, said in _UNMATCHED:
        if all(re.search(each, told) for each in needed):
            return said
    return ""


def says_percent(text: str) -> bool:
    """Whether a header or a cell says that its figures are percent."""
    return bool(re.search(_PERCENT, plain(text).replace("_", " ")))


def percent_factor(text: str) -> float:
    """Return the percent in one unit of a share's header, as 0.01 for ``per 10,000``; 1 if it names none."""
    told = re.sub(r"(?<=[0-9])[., ](?=000)", "", plain(text).replace("_", " "))
    per = re.search(r"\b(?:per|pr|pro|je)\.? (1000|10000|100000)\b", told)
    return 0.1 if "promille" in told else 100 / int(per[1]) if per else 1.0


def says_thousands(text: str) -> bool:
    """Whether a text says that counts are in thousands."""
    return bool(re.search(_THOUSANDS, plain(text).replace("_", " ")))


def names_km2(text: str) -> bool:
    """Whether a header says that its area is in square kilometres."""
    return bool(
        re.search(
            r"\bkm ?[2²]|qkm|quadratkilomet|square kilomet|km carres", plain(text).replace("_", " ")
        )
    )


def area_factor(text: str) -> float:
    """Return the square kilometres in one unit of an area's header; 1 where it names none."""
    told = plain(text).replace("_", " ")
    return next((factor for form, factor in _AREA_UNITS if re.search(form, told)), 1.0)
