"""What the page reads, as JSON: customers and requests, with what they are about."""

import codecs
import contextlib
import json
from dataclasses import asdict, dataclass, replace
from typing import Final
from urllib.parse import unquote

from pyttributionio.sandbox.api.account import Accounts
from pyttributionio.sandbox.api.recorder import ReceivedRequest, RequestLog, with_clean_head
from pyttributionio.sandbox.api.redaction import Redaction
from pyttributionio.sandbox.page.shown_calls import Addresses, calls_of_customer, calls_of_request
from pyttributionio.sandbox.page.shown_python import READ_PATH
from pyttributionio.sandbox.store.answers import customer_answer
from pyttributionio.sandbox.store.store import COLLECTIONS, Store
from pyttributionio.sandbox.values.bodies import JSONObject, MalformedBodyError, read_json
from pyttributionio.sandbox.values.times import iso_time

_LARGEST_PARSED: Final = 64 * 1024  # bytes; a list of many requests is to be quick
_MOST_TEXT: Final = 256 * 1024  # bytes of a body that are shown
_MOST_HEX: Final = 4 * 1024  # bytes of one that is no text
_LONGEST_ABOUT: Final = 300  # characters
_LONGEST_LINE: Final = 2_000  # characters
_WRAPPERS: Final = {"/events": "event", "/identities": "identity", "/_sandbox/collect": "pageview"}


class PageData:
    """Read from the store and the log what the page shows, without the secrets.

    They are hidden in each part by itself, before a list's line or a call is made of it.
    """

    def __init__(self, store: Store, accounts: Accounts, log: RequestLog, addresses: Addresses) -> None:
        self._store = store
        self._accounts = accounts
        self._log = log
        self._addresses = addresses

    def customers(self, account: str, search: str, *, limit: int, offset: int) -> JSONObject:
        """List some of the customers that fit the search, and how many there are."""
        found = self._store.find_customers(account, search, limit=limit, offset=offset)
        hide = self._accounts.redaction.value
        listed: list[JSONObject] = [
            {
                **asdict(customer),
                "client_id": hide(customer.client_id),
                "aliases": [*map(hide, customer.aliases)],
                "first_seen_at": iso_time(customer.first_seen_at),
                "last_seen_at": iso_time(customer.last_seen_at),
            }
            for customer in found
        ]
        return {"customers": [*listed], "total": self._store.count_customers(account, search)}

    def customer(self, account: str, client_id: str) -> bytes | None:
        """Write the JSON of a customer with everything and the calls that read it; None where there is none."""
        answer = customer_answer(self._store, account, client_id, COLLECTIONS)
        if answer is None:
            return None
        redaction = self._accounts.redaction
        calls = calls_of_customer(account, redaction.value(client_id), self._addresses)
        # The answer is put in as the very bytes that the API sends; parsing a large one would take long.
        # Last, so that the page finds it without parsing it either.
        return b"".join([json.dumps(asdict(calls))[:-1].encode(), b',"answer":', redaction.body(answer), b"}"])

    def requests(self, after: int, *, limit: int) -> JSONObject:
        """List the latest requests beyond a number, oldest first, and how many there are beyond it."""
        found = self._log.since(after)
        return {"requests": [self.line(r) for r in found[len(found) - limit :]], "total": len(found)}

    def line(self, request: ReceivedRequest) -> JSONObject:
        """Describe a request in a list's line."""
        redaction = self._accounts.redaction
        return summary(with_clean_head(request, redaction), redaction)

    def request(self, number: int) -> JSONObject | None:
        """Give everything about one request."""
        found = self._log.find(number)
        if found is None:
            return None
        redaction = self._accounts.redaction
        # All of it, also those of accounts that were added since. Posts have none in them, unless
        # somebody made a mistake: not one to be shown around.
        body, answer = redaction.body(found.body), redaction.body(found.answer)
        clean = replace(with_clean_head(found, redaction), body=body, answer=answer)
        about = subject(clean, redaction)
        calls = calls_of_request(clean, self._addresses)
        return {
            **summary(clean, redaction),
            "path": clean.path,
            "query": clean.query,
            "account": about.account,
            "client_id": about.client_id,
            "headers": [[name, value] for name, value in clean.headers.items()],
            "body": {**shown_bytes(clean.body), "bytes": len(found.body)},
            "answer": {**shown_bytes(clean.answer), "bytes": len(found.answer)},
            **asdict(calls),
        }


@dataclass(frozen=True)
class Subject:
    """What a request is about: in words, and whose it is as far as it says."""

    text: str = ""
    account: str | None = None
    client_id: str | None = None


def summary(request: ReceivedRequest, redaction: Redaction) -> JSONObject:
    """Describe a request in a list's line; its head has no secrets any more, its body may have some."""
    return {
        "number": request.number,
        "received_at": request.received_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "method": request.method,
        "path": _cut(request.path),
        "query": _cut(request.query),
        "status": request.status,
        "fault": request.fault,
        "about": subject(request, redaction).text[:_LONGEST_ABOUT],
    }


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_LINE else f"{text[:_LONGEST_LINE]}…"


def subject(request: ReceivedRequest, redaction: Redaction) -> Subject:
    """Find out what a request is about; nothing that is not as in the contract stops it."""
    if read := READ_PATH.fullmatch(request.path):
        account, client_id = map(unquote, read.groups())
        return Subject(client_id, account, client_id)
    name = _WRAPPERS.get(request.path)
    if name is None or request.method != "POST" or len(request.body) > _LARGEST_PARSED:
        return Subject()
    with contextlib.suppress(MalformedBodyError):
        document = read_json(request.body)
        members = document.get(name) if isinstance(document, dict) else None
        if isinstance(members, dict):
            return _posted_subject(name, members, redaction)
    return Subject()


def _posted_subject(name: str, members: JSONObject, redaction: Redaction) -> Subject:
    # Member by member, not in the whole body: lists are long, and this is quick.
    texts = {key: redaction.value(str(value)) for key, value in members.items() if isinstance(value, str | int)}
    account, client_id = texts.get("public_key"), texts.get("client_id")
    if name == "pageview":
        return Subject(texts.get("url", ""), account)
    if name == "event":
        parts = (texts.get("event_public_key"), client_id)
    else:
        aliases = members.get("aliases")
        ids = [alias for alias in aliases if isinstance(alias, str | int)] if isinstance(aliases, list) else []
        parts = (client_id, ", ".join(redaction.value(str(alias)) for alias in ids))
    return Subject(" · ".join(part for part in parts if part), account, client_id)


def shown_bytes(content: bytes) -> JSONObject:
    """Write a body as text that can be shown: cut where it is long, in hexadecimal where it is no UTF-8."""
    try:
        # Not final where it is cut: half a character at the end is not shown.
        decode = codecs.getincrementaldecoder("utf-8")().decode
        text, kind, most = decode(content[:_MOST_TEXT], len(content) <= _MOST_TEXT), "text", _MOST_TEXT
    except UnicodeDecodeError:
        text, kind, most = _hex_lines(content[:_MOST_HEX]), "hex", _MOST_HEX
    return {"text": text, "kind": kind, "bytes": len(content), "cut": len(content) > most}


def _hex_lines(content: bytes) -> str:
    rows = (content[start : start + 16] for start in range(0, len(content), 16))
    return "\n".join(f"{row.hex(' '):47}  {_printable(row)}" for row in rows)


def _printable(row: bytes) -> str:
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in row)
