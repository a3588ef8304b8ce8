"""Methods of selection in words: who is a candidate, what a set must satisfy, how pairs are matched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smstra.language import Language
from smstra.report import wording, words
from smstra.report.parts import Items, Part, Text
from smstra.selection.constraints import attributes, spread_of
from smstra.typology import CRITERIA


def parts(
    case: Mapping[str, Any], regions: Mapping[str, str], towns: Mapping[str, str], say: Language
) -> list[Part]:
    """Return who is a candidate, what a set must satisfy, what is made large, how pairs are matched."""
    block = case["selection"]
    found: list[Part] = [
        Text(say("A unit is a candidate if it passes each of these:")),
        Items(candidate_rules(case, regions, say)),
    ]
    if "sets" in block:
        found += [
            Text(
                say(
                    "Of all sets of candidates that satisfy the following, the best are found by "
                    "an integer programme that proves them so:"
                )
            ),
            Items(list(constraints(block["sets"], regions, towns, say).values())),
            Items(objective(block["sets"], "answers" in block["candidates"], say)),
        ]
    if "pairs" in block:
        found.append(Items(pairs(case, regions, say)))
    return found


def _unknown(policy: str, say: Language) -> str:
    if policy == "pass":
        return say("A unit of which it is not known passes.")
    return say("A unit of which it is not known fails.")


def candidate_rules(
    case: Mapping[str, Any], regions: Mapping[str, str], say: Language
) -> list[str]:
    """Return each question that a candidate must pass, and what counts where nothing is known."""
    block = case["selection"]["candidates"]
    said = [say("Its type is one of: {types}.", types=words.types(block["types"], say))]
    if "verdicts" in block:
        said.append(
            say(
                "The verdict on its type is one of: {verdicts}.",
                verdicts=say.listing(
                    [wording.verdict_in_words(each, say) for each in block["verdicts"]]
                ),
            )
        )
    said += [
        say(
            "Its answer to “{criterion}” is one of: {answers}. A unit without an answer fails.",
            criterion=wording.criterion_in_short(criterion, say),
            answers=say.listing([wording.answer_in_words(each, say) for each in answers]),
        )
        for criterion, answers in block.get("answers", {}).items()
    ]
    said.append(
        " ".join(
            [
                say(
                    "Its size class is one of: {classes}.",
                    classes=say.listing([say.own(each) for each in block["size_classes"]]),
                ),
                _unknown(block["unknown_size"], say),
            ]
        )
    )
    if block.get("size_classes_also_at"):
        said.append(
            say(
                "Its size class at other dates ({dates}) is said and decides nothing.",
                dates=say.listing([say.date(each) for each in block["size_classes_also_at"]]),
            )
        )
    if "density" in block:
        said.append(
            " ".join(
                [
                    say(
                        "It has at most {number} inhabitants per km².",
                        number=words.plain(block["density"]["at_most"], say),
                    ),
                    _unknown(block["density"]["unknown"], say),
                ]
            )
        )
    if "regions" in block:
        said.append(
            say(
                "It lies in one of these regions: {regions}.",
                regions=say.listing([words.coded(each, regions) for each in block["regions"]]),
            )
        )
    if "arrivals" in block:
        said += _arrivals(block["arrivals"], case, say)
    if "reception" in block:
        said.append(_reception(block["reception"], say))
    if "politics" in block:
        said.append(_politics(block["politics"], say))
    return said


def _arrivals(block: Mapping[str, Any], case: Mapping[str, Any], say: Language) -> list[str]:
    said = []
    for key in ("persons", "points"):
        if key not in block:
            continue
        label = say.own(case["indicators"][block[key]]["label"])
        least = block.get(f"at_least_{key}")
        if least is None:
            said.append(say("“{label}” is shown and decides nothing.", label=label))
            continue
        said.append(
            " ".join(
                [
                    say(
                        "“{label}” is at least {least}.", label=label, least=words.plain(least, say)
                    ),
                    _unknown(block["unknown"], say),
                ]
            )
        )
    return said


def _reception(block: Mapping[str, Any], say: Language) -> str:
    first, last = (say.date(date) for date in block["period"])
    asked = (
        say("It had a reception centre or facility from {first} to {last}.", first=first, last=last)
        if block["required"]
        else say(
            "A reception centre or facility from {first} to {last} is shown and decides nothing.",
            first=first,
            last=last,
        )
    )
    told = (
        say("It is read from a table of the user's own.")
        if "table" in block
        else say("No table of such centres was given, so it is known of no unit.")
    )
    said = [asked, told]
    if "table" in block:
        said.append(
            say("A unit that the table does not list had none.")
            if block["not_listed"] == "none"
            else say("Of a unit that the table does not list it is not known.")
        )
    if block["required"]:
        said.append(_unknown(block["unknown"], say))
    return " ".join(said)


def _politics(block: Mapping[str, Any], say: Language) -> str:
    asked = (
        say(
            "Its local political tradition is one of: {traditions}.",
            traditions=say.listing([say.own(each) for each in block["traditions"]]),
        )
        if "traditions" in block
        else say("Its local politics may be of any tradition.")
    )
    told = (
        say("They are read from a table of the user's own.")
        if "table" in block
        else say("No table of local politics was given, so they are known of no unit.")
    )
    return " ".join([asked, told, _unknown(block["unknown"], say)])


def constraints(
    block: Mapping[str, Any], regions: Mapping[str, str], towns: Mapping[str, str], say: Language
) -> dict[str, str]:
    """Return what ``selection.sets`` asks of a set, in words, by the keys of its constraints.

    The keys are those of :func:`smstra.selection.constraints.constraints_of`.
    """
    root = "selection.sets"
    said = {
        f"{root}.towns": say.plural(
            "The set has {n} town.", "The set has {n} towns.", block["towns"]
        )
    }
    for name in attributes(block):
        spread = spread_of(block, name)
        for value, asked in sorted(spread.get("each", {}).items()):
            said[f"{root}.{name}.each.{value}"] = _each(name, value, asked, regions, say)
        if "at_least_distinct" in spread:
            said[f"{root}.{name}.at_least_distinct"] = _distinct(
                name, spread["at_least_distinct"], say
            )
        if "at_most_each" in spread:
            said[f"{root}.{name}.at_most_each"] = _at_most(name, spread["at_most_each"], say)
    if "apart_km" in block and block["towns"] > 1:
        said[f"{root}.apart_km"] = say(
            "Every two of its towns are at least {km} km apart, from centre to centre.",
            km=words.plain(block["apart_km"], say),
        )
    for code in dict.fromkeys(block.get("include", [])):
        said[f"{root}.include.{code}"] = say("{town} is in it.", town=words.coded(code, towns))
    for code in dict.fromkeys(block.get("exclude", [])):
        said[f"{root}.exclude.{code}"] = say("{town} is not in it.", town=words.coded(code, towns))
    return said


def _each(
    name: str,
    value: str,
    asked: int | Mapping[str, int],
    regions: Mapping[str, str],
    say: Language,
) -> str:
    if isinstance(asked, Mapping):
        least, most = asked.get("at_least"), asked.get("at_most")
    else:
        least = most = asked
    criterion = name.partition(".")[2]
    of = {
        "types": lambda: wording.type_named(value, say),
        "size_classes": lambda: say("size class {value}", value=say.own(value)),
        "regions": lambda: say("region {value}", value=words.coded(value, regions)),
        "traditions": lambda: say("tradition {value}", value=say.own(value)),
        "answers": lambda: say(
            "those with “{answer}”", answer=wording.answer_to_criterion(criterion, value, say)
        ),
    }[name.partition(".")[0]]()
    if least == most:
        return say.plural(
            "{n} of its towns is of {of}.", "{n} of its towns are of {of}.", least, of=of
        )
    if most is None:
        return say.plural(
            "At least {n} of its towns is of {of}.",
            "At least {n} of its towns are of {of}.",
            least,
            of=of,
        )
    if not least:
        return say.plural(
            "At most {n} of its towns is of {of}.",
            "At most {n} of its towns are of {of}.",
            most,
            of=of,
        )
    return say(
        "{least} to {most} of its towns are of {of}.",
        least=say.number(least),
        most=say.number(most),
        of=of,
    )


def _distinct(name: str, least: int, say: Language) -> str:
    number, (kind, _, criterion) = say.number(least), name.partition(".")
    return {
        "types": lambda: say(
            "The number of different types among its towns is at least {n}.", n=number
        ),
        "size_classes": lambda: say(
            "The number of different size classes among its towns is at least {n}.", n=number
        ),
        "regions": lambda: say(
            "The number of different regions among its towns is at least {n}.", n=number
        ),
        "traditions": lambda: say(
            "The number of different traditions among its towns is at least {n}.", n=number
        ),
        "answers": lambda: say(
            "The number of different answers to “{criterion}” among its towns is at least {n}.",
            criterion=wording.criterion_in_short(criterion, say),
            n=number,
        ),
    }[kind]()


def _at_most(name: str, most: int, say: Language) -> str:
    number, (kind, _, criterion) = say.number(most), name.partition(".")
    return {
        "types": lambda: say("No type has more than {n} of its towns.", n=number),
        "size_classes": lambda: say("No size class has more than {n} of its towns.", n=number),
        "regions": lambda: say("No region has more than {n} of its towns.", n=number),
        "traditions": lambda: say("No tradition has more than {n} of its towns.", n=number),
        "answers": lambda: say(
            "No answer to “{criterion}” is that of more than {n} of its towns.",
            criterion=wording.criterion_in_short(criterion, say),
            n=number,
        ),
    }[kind]()


def objective(block: Mapping[str, Any], by_answers: bool, say: Language) -> list[str]:
    """Return what is made as large as can be, how many sets are listed, what decides between equals.

    ``by_answers``: whether towns are chosen by answers to single criteria.
    """
    weights = {key: weight for key, weight in block["objective"].items() if weight > 0}
    meant = {
        "typicality": say(
            "typicality (how far inside their types the towns lie; of a town without one, how far its values "
            "lie from the references of the criteria by whose answers towns are chosen)"
        )
        if by_answers
        else say("typicality (how far inside their types the towns lie)"),
        "stability": say("stability (how probable their types are)"),
        "coverage": say(
            "coverage (how many of the types, size classes, regions, traditions and answers to {criteria} "
            "they represent)",
            criteria=say.listing(
                [wording.criterion_in_short(each, say) for each in block["answers"]]
            ),
        )
        if "answers" in block
        else say(
            "coverage (how many of the types, size classes, regions and traditions they represent)"
        ),
    }
    said = [
        say(
            "Made as large as can be: the weighted mean of {components}.",
            components=say.listing(
                [
                    say(
                        "{component} with weight {weight}",
                        component=text,
                        weight=words.plain(weights[key], say),
                    )
                    for key, text in meant.items()
                    if key in weights
                ]
            ),
        )
    ]
    said.append(
        say.plural(
            "The best set is listed; seed {seed} decides between sets that are equally good.",
            "The {n} best sets are listed; seed {seed} decides between sets that are equally good.",
            block["how_many"],
            seed=str(block["seed"]),
        )
    )
    return said


def pairs(case: Mapping[str, Any], regions: Mapping[str, str], say: Language) -> list[str]:
    """Return how pairs across a divide are matched."""
    block = case["selection"]["pairs"]
    covariates = say.listing(
        [say.own(case["indicators"][name]["label"]) for name in block["covariates"]]
    )
    by_answer = block["divide"]["by"] in CRITERIA
    groups = [
        wording.answer_in_words(group, say) if by_answer else words.coded(say.own(group), regions)
        for group in block["divide"]["groups"]
    ]
    divided = {
        "region": say("region"),
        "type": say("type"),
        "size_class": say("size class"),
        "verdict": say("verdict"),
        "tradition": say("tradition"),
        **{name: wording.criterion_in_short(name, say) for name in CRITERIA},
    }
    said = [
        say(
            "Matched pairs join one of “{first}” with one of “{second}” (by {column}), {among}.",
            first=groups[0],
            second=groups[1],
            column=divided[block["divide"]["by"]],
            among=say("among candidates")
            if block["among"] == "candidates"
            else say("among all units"),
        ),
        say(
            "They are compared by {covariates}, by the Mahalanobis distance.", covariates=covariates
        )
        if block["distance"] == "mahalanobis"
        else say(
            "They are compared by {covariates}, by the Euclidean distance of standardised values.",
            covariates=covariates,
        ),
    ]
    if block["exact"]:
        said.append(
            say(
                "Both towns of a pair have the same {columns}.",
                columns=say.listing([divided[each] for each in block["exact"]]),
            )
        )
    said.append(
        say("A town that lacks one of these figures is left out and listed.")
        if block["missing"] == "leave_out"
        else say("A town that lacks one of these figures is given the median, and marked.")
    )
    said.append(
        say(
            "Asked for: {similar} most similar and {different} most different pairs, each town in "
            "one pair of a kind at most, with the least (greatest) sum of distances that there is.",
            similar=say.number(block["most_similar"]),
            different=say.number(block["most_different"]),
        )
    )
    return said
