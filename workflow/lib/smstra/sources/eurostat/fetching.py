"""Ask Eurostat for a table: follow answers that are put off, split what is too big."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from smstra.errors import FetchError
from smstra.sources.eurostat import answers, queries
from smstra.sources.staging import Fetched, Staging
from smstra.transport import Receipt, failure

_ENDINGS = {"sdmx_3": "csv", "statistics": "json"}
# What to do about the faults whose cause is in the query.
_REMEDIES = {100: "mend `dataflow`", 140: "mend `filters`", 150: "mend `filters`"}


class _Elsewhere(Exception):
    """The answer is not the table: it is queued, put off, or too big."""

    def __init__(self, answer: answers.Answer) -> None:
        super().__init__(answer.words)
        self.answer = answer


def fetch(spec: Mapping[str, Any], table: str, staging: Staging) -> list[Fetched]:
    """Take the answer to the query, in one file, or in several where one would be too big.

    FetchError where Eurostat has no such dataset, dimension or value, or does not answer in time.
    """
    todo, taken = [dict(spec)], []
    while todo:
        query = todo.pop(0)
        file = f"{table}{f'-{len(taken) + 1}' if todo or taken else ''}.{_ENDINGS[spec['api']]}"
        try:
            taken.append(_one(query, file, staging))
        except _Elsewhere as elsewhere:
            if elsewhere.answer.code != 413 or elsewhere.answer.kind != "fault":
                raise _no_table(queries.address(query), staging, elsewhere.answer) from None
            try:
                todo[:0] = queries.halves(query)
            except FetchError as error:
                words = str(error).removesuffix(".")
                raise failure(staging.dataset, queries.address(query), words) from None
    return taken


def _one(query: Mapping[str, Any], file: str, staging: Staging) -> Fetched:
    address = queries.address(query)
    waited = 0.0
    transport = staging.transport
    pause, most = transport.manners.backoff_s, transport.manners.total_time_s
    via = None
    while True:
        try:
            return staging.download(address, file, inspect=_must_be_table, explain=_fault, via=via)
        except _Elsewhere as elsewhere:
            answer = elsewhere.answer
            if answer.kind == "queued" and via is None:
                via = _when_available(answer.id, address, staging)
                continue
            if answer.kind != "warning" or waited >= most:
                raise
        # The statistics API gives no number to ask for: the same question is asked again.
        transport.say(f"{staging.dataset}: Eurostat prepares the answer; asking again")
        time.sleep(pause)
        waited += pause
        pause *= 2


def _when_available(key: str, address: str, staging: Staging) -> str:
    """Wait until the queued request is done; return where its answer lies."""
    transport = staging.transport
    pause, waited = transport.manners.backoff_s, 0.0
    transport.say(f"{staging.dataset}: Eurostat queued the request {key}; waiting")
    while True:
        body, _ = transport.fetch_small(queries.status_address(key), staging.dataset)
        answer = answers.recognise(body)
        if answer.status == "AVAILABLE":
            return queries.data_address(key)
        if answer.kind != "status" or answer.status == "EXPIRED":
            raise _no_table(address, staging, answer)
        if waited >= transport.manners.total_time_s:
            raise failure(
                staging.dataset,
                address,
                f"Eurostat queued the request and was not done after {waited:.0f} seconds; refresh again "
                "later",
            )
        time.sleep(pause)
        waited += pause
        pause = min(2 * pause, transport.manners.backoff_most_s)


def _must_be_table(part: Path, _: Receipt) -> None:
    with part.open("rb") as file:
        head = file.read(answers.LONGEST)
    if head.startswith(b"\x1f\x8b"):
        return  # packed although not asked to be; the parser opens it
    answer = answers.recognise(head)
    if answer.kind != "table":
        raise _Elsewhere(answer)


def _fault(status: int, body: bytes) -> str:
    """Say what an answer with an error's status means; one that is too big is split instead.

    What is no fault of Eurostat's own is left to the transport's words.
    """
    answer = answers.recognise(body, status)
    if answer.code == 413:
        raise _Elsewhere(answer)
    return _with_remedy(answer) if answer.kind == "fault" and answer.code != status else ""


def _no_table(address: str, staging: Staging, answer: answers.Answer) -> FetchError:
    return failure(staging.dataset, address, _with_remedy(answer))


def _with_remedy(answer: answers.Answer) -> str:
    if answer.kind == "warning":
        return answer.words  # they say it
    words = answer.words or "Eurostat does not say how far the queued request is"
    return f"{words}; {_REMEDIES.get(answer.code, 'refresh again later')}"
