"""The JSON that the page reads: customers and requests, without secrets."""

import codecs
import contextlib
import json
from collections.abc import Container
from dataclasses import asdict, dataclass, replace
from typing import Final
from urllib.parse import unquote

from pyttributionio.sandbox.api.account import Accounts
from pyttributionio.sandbox.api.recorder import ReceivedRequest, RequestLog, with_redacted_head
from pyttributionio.sandbox.api.redaction import Redaction
from pyttributionio.sandbox.faults.faults import Faults
from pyttributionio.sandbox.page.code_samples import samples_of_customer, samples_of_request
from pyttributionio.sandbox.page.python_sample import READ_PATH
from pyttributionio.sandbox.store.store import COLLECTIONS, Store
from pyttributionio.sandbox.values.bodies import JSONObject, MalformedBodyError, read_json
from pyttributionio.sandbox.values.times import iso_time

_MAX_PARSED: Final = 64 * 1024  # bytes of a body; a list of many requests has to be fast
_MAX_TEXT: Final = 256 * 1024  # bytes of a body that are shown
_MAX_HEX: Final = 4 * 1024  # bytes of a body that is not text
_MAX_SUBJECT: Final = 300  # characters
_MAX_LINE: Final = 2_000  # characters
_ENVELOPES: Final = {"/events": "event", "/identities": "identity", "/_sandbox/collect": "pageview"}


@dataclass(frozen=True)
class PageSources:
    """The parts of the sandbox that the page shows."""

    store: Store
    accounts: Accounts
    log: RequestLog
    faults: Faults
    mounts: Container[str]
    """The paths of the user's applications; looked up for each request."""
    url: str
    """Of the sandbox, without a slash at the end."""


class PageData:
    """Read customers and requests as JSON.

    Secrets are hidden in each part of a request before anything is made of it.
    """

    def __init__(self, sources: PageSources) -> None:
        self._sources = sources

    def customers(self, account: str, search: str, *, limit: int, offset: int) -> JSONObject:
        """Return a part of the customers that a search finds, and the number of all of them."""
        found = self._sources.store.find_customers(account, search, limit=limit, offset=offset)
        hide = self._sources.accounts.redaction.value
        customers: list[JSONObject] = [
            {
                **asdict(customer),
                "client_id": hide(customer.client_id),
                "aliases": [*map(hide, customer.aliases)],
                "first_seen_at": iso_time(customer.first_seen_at),
                "last_seen_at": iso_time(customer.last_seen_at),
            }
            for customer in found
        ]
        return {"customers": [*customers], "total": self._sources.store.count_customers(account, search)}

    def client_ids(self, account: str, search: str) -> list[str]:
        """Return the ids of the customers that a search finds, in the order of their first identities."""
        return [*map(self._sources.accounts.redaction.value, self._sources.store.client_ids(account, search))]

    def customer(self, account: str, client_id: str) -> bytes | None:
        """Return the JSON of a customer with all collections and code samples, or None if there is no such customer."""
        answer = self._sources.store.customer(account, client_id, COLLECTIONS)
        if answer is None:
            return None
        redaction = self._sources.accounts.redaction
        samples = samples_of_customer(account, redaction.value(client_id), self._sources.url)
        # The answer has the same bytes as the API's, because parsing a large one would take long.
        # It comes last, so that the page can find it without parsing.
        return b"".join([json.dumps(asdict(samples))[:-1].encode(), b',"answer":', redaction.body(answer), b"}"])

    def requests(self, after: int, *, limit: int) -> JSONObject:
        """Return the latest requests after a number, oldest first, and the number of all after it."""
        found = self._sources.log.since(after)
        return {"requests": [self.summary(r) for r in found[len(found) - limit :]], "total": len(found)}

    def summary(self, request: ReceivedRequest) -> JSONObject:
        """Return a request as an item of a list."""
        redaction = self._sources.accounts.redaction
        return _summary(with_redacted_head(request, redaction), redaction)

    def request(self, number: int) -> JSONObject | None:
        """Return everything about a request, or None if it is not kept."""
        found = self._sources.log.find(number)
        if found is None:
            return None
        redaction = self._sources.accounts.redaction
        # The head again, because of accounts that were added later. Bodies have a secret only by mistake, and it
        # must not be shown either.
        body, answer = redaction.body(found.body), redaction.body(found.answer)
        request = replace(with_redacted_head(found, redaction), body=body, answer=answer)
        subject = _subject(request, redaction)
        return {
            **_summary(request, redaction),
            "path": request.path,
            "query": request.query,
            "account": subject.account,
            "client_id": subject.client_id,
            "headers": [[name, value] for name, value in request.headers.items()],
            "body": {**shown_bytes(request.body), "bytes": len(found.body)},
            "answer": {**shown_bytes(request.answer), "bytes": len(found.answer)},
            **asdict(samples_of_request(request, self._sources.url)),
        }


@dataclass(frozen=True)
class _Subject:
    """The subject of a request: a short text, and the account and customer if it names them."""

    text: str = ""
    account: str | None = None
    client_id: str | None = None


def _summary(request: ReceivedRequest, redaction: Redaction) -> JSONObject:
    return {
        "number": request.number,
        "received_at": request.received_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "method": request.method,
        "path": _cut(request.path),
        "query": _cut(request.query),
        "status": request.status,
        "fault": request.fault,
        "unknown_event_key": _unknown_key(request, redaction),
        "about": _subject(request, redaction).text[:_MAX_SUBJECT],
    }


def _unknown_key(request: ReceivedRequest, redaction: Redaction) -> str | None:
    key = request.unknown_event_key
    return None if key is None else _cut(redaction.value(key))


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_LINE else f"{text[:_MAX_LINE]}…"


def _subject(request: ReceivedRequest, redaction: Redaction) -> _Subject:
    if read := READ_PATH.fullmatch(request.path):
        account, client_id = map(unquote, read.groups())
        return _Subject(client_id, account, client_id)
    name = _ENVELOPES.get(request.path)
    if name is None or request.method != "POST" or len(request.body) > _MAX_PARSED:
        return _Subject()
    with contextlib.suppress(MalformedBodyError):
        document = read_json(request.body)
        members = document.get(name) if isinstance(document, dict) else None
        if isinstance(members, dict):
            return _posted_subject(name, members, redaction)
    return _Subject()


def _posted_subject(name: str, members: JSONObject, redaction: Redaction) -> _Subject:
    # Secrets are hidden in these members only and not in the whole body, because lists have to be fast.
    texts = {key: redaction.value(str(value)) for key, value in members.items() if isinstance(value, str | int)}
    account, client_id = texts.get("public_key"), texts.get("client_id")
    if name == "pageview":
        return _Subject(texts.get("url", ""), account)
    if name == "event":
        parts = (texts.get("event_public_key"), client_id)
    else:
        aliases = members.get("aliases")
        ids = [alias for alias in aliases if isinstance(alias, str | int)] if isinstance(aliases, list) else []
        parts = (client_id, ", ".join(redaction.value(str(alias)) for alias in ids))
    return _Subject(" · ".join(part for part in parts if part), account, client_id)


def shown_bytes(content: bytes) -> JSONObject:
    """Return a body as text to show: cut if it is long, and in hexadecimal if it is not UTF-8."""
    try:
        # Not final if it is cut, so that an incomplete character at the end is left out.
        decode = codecs.getincrementaldecoder("utf-8")().decode
        text, kind, most = decode(content[:_MAX_TEXT], len(content) <= _MAX_TEXT), "text", _MAX_TEXT
    except UnicodeDecodeError:
        rows = (content[start : start + 16] for start in range(0, min(len(content), _MAX_HEX), 16))
        text, kind, most = "\n".join(map(_hex_row, rows)), "hex", _MAX_HEX
    return {"text": text, "kind": kind, "bytes": len(content), "cut": len(content) > most}


def _hex_row(row: bytes) -> str:
    printable = "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in row)
    return f"{row.hex(' '):47}  {printable}"
