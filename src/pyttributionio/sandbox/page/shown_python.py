"""One request as a program that sends it by the SDK's public face, where the SDK has a call for it.

Written as text only; nothing of the SDK is imported here, and what it accepts is repeated from its
documentation. Every value from outside is written as a literal, so that it can be nothing else.
"""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import parse_qsl, unquote_to_bytes, urlsplit

from pyttributionio.sandbox.api.recorder import ReceivedRequest
from pyttributionio.sandbox.store.store import COLLECTIONS
from pyttributionio.sandbox.values.bodies import JSONObject, JSONValue, MalformedBodyError, read_json
from pyttributionio.sandbox.values.shapes import ShapeError, read_event, read_identity

READ_PATH: Final = re.compile(r"/api/v1/([^/]*)/customers/([^/]*)")
"""The path of a read: public key and client id, percent-encoded."""

_IDENTITY_MEMBERS: Final = frozenset({"aliases", "client_id", "public_key", "created_at", "meta"})
_EVENT_MEMBERS: Final = _IDENTITY_MEMBERS | {
    "event_public_key",
    "url",
    "transaction_id",
    "is_informational",
}


class NoSuchCallError(ValueError):
    """The SDK has no call that sends this; the message says why, on one line."""


def python_call(request: ReceivedRequest, base_url: str, tracking_url: str) -> str:
    """Write the program that sends a request once more.

    Raises:
        NoSuchCallError: It is none of the three calls, or has what the SDK never sends.
    """
    call = (request.method, request.path)
    if request.method == "GET" and (read := READ_PATH.fullmatch(request.path)):
        api_key, client_id = map(_decoded, read.groups())
        return python_read(api_key, client_id, _included(request.query), base_url, tracking_url)
    if call == ("POST", "/identities"):
        members = _posted(request.body, "identity")
        return _program(members, _identity_call(members), base_url, tracking_url)
    if call == ("POST", "/events"):
        members = _posted(request.body, "event")
        return _program(members, _event_call(members), base_url, tracking_url)
    if request.method == "OPTIONS":
        raise NoSuchCallError("a browser asks by it what it may send")
    if request.path.startswith("/_sandbox/"):
        raise NoSuchCallError("the route is the sandbox's own; in tests, sandbox.add_pageview loads pageviews")
    raise NoSuchCallError("it is none of the contract's three calls")


def python_read(
    api_key: str,
    client_id: str,
    include: Sequence[str],
    base_url: str,
    tracking_url: str,
) -> str:
    """Write the program that reads a customer.

    Raises:
        NoSuchCallError: The SDK takes no such key or id.
    """
    _check_id("client_id", client_id)
    names = literal("all") if "all" in include else literal([*include])
    argument = f", include={names}" if include else ""
    call = f"customer = client.customers.get({literal(client_id)}{argument})\n    print(customer)"
    note = "  # the secret comes from PYTTRIBUTIONIO_API_SECRET"
    return _with_client(api_key, base_url, tracking_url, call, note)


def literal(value: JSONValue) -> str:
    """Write a JSON value as Python has it: pure literals on one line, text in double quotes where it can be."""
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(name)}: {literal(member)}" for name, member in value.items()) + "}"
    if isinstance(value, str) and '"' not in value:
        # With an apostrophe in it and no quotation mark, Python's own repr takes double quotes.
        return '"' + repr("'" + value)[2:]
    return repr(value)


def _decoded(segment: str) -> str:
    try:
        if not re.search("%(?![0-9A-Fa-f]{2})", segment):
            return unquote_to_bytes(segment).decode()
    except UnicodeDecodeError:
        pass
    raise NoSuchCallError("its path does not decode to UTF-8")


def _included(query: str) -> Sequence[str]:
    set_flags = {name for name, value in parse_qsl(query) if value == "true"}
    names = [name for name in COLLECTIONS if f"show_{name}" in set_flags]
    if "show_all" in set_flags or len(names) == len(COLLECTIONS):
        return ("all",)
    return names


def _posted(body: bytes, name: str) -> JSONObject:
    """Read the object that was posted, if the SDK could have sent it."""
    try:
        document = read_json(body)
        if not isinstance(document, dict) or document.keys() != {name} or not isinstance(document[name], dict):
            raise NoSuchCallError(f'its body is not an object with "{name}" alone')
        members = document[name]
        assert isinstance(members, dict)
        (read_event if name == "event" else read_identity)(members)
    except (MalformedBodyError, ShapeError) as error:
        raise NoSuchCallError(f"its body is not the contract's: {literal(str(error))}") from None
    known = _EVENT_MEMBERS if name == "event" else _IDENTITY_MEMBERS
    if unknown := members.keys() - known:
        raise NoSuchCallError(f"its body has further members: {', '.join(map(literal, sorted(unknown)))}")
    return members


def _identity_call(members: JSONObject) -> str:
    return _call("client.tracking.identity", members["client_id"], _common(members))


def _event_call(members: JSONObject) -> str:
    _check_id("event_public_key", members["event_public_key"])
    _check_id("transaction_id", members["transaction_id"])
    if members["url"] == "":
        raise NoSuchCallError("its url is empty, for which the SDK says that it is unknown")
    visitor, *rest = _common(members)
    arguments = [visitor, f"client_id={literal(members['client_id'])}", f"url={literal(members['url'])}"]
    arguments.append(f"transaction_id={literal(members['transaction_id'])}")
    if members["is_informational"] is True:
        arguments.append("is_informational=True")
    # The identity is a request of its own, shown by itself.
    return _call("client.tracking.event", members["event_public_key"], [*arguments, *rest, "identify=False"])


def _common(members: JSONObject) -> list[str]:
    """Return the arguments that both posts have."""
    aliases, meta = members["aliases"], members["meta"]
    assert isinstance(aliases, list)
    assert isinstance(meta, dict)
    if len(aliases) != 1:
        raise NoSuchCallError(f"it names {len(aliases)} visitor ids, and the SDK one at a time")
    _check_id("visitor id", aliases[0])
    _check_id("client_id", members["client_id"])
    arguments = [f"visitor_id={literal(aliases[0])}"]
    agent, others = meta["agent"], {name: member for name, member in meta.items() if name != "agent"}
    if agent:
        arguments.append(f"user_agent={literal(agent)}")
    else:  # which the SDK would fill in, unless it is told so
        others = {"agent": agent, **others}
    arguments.append(f"created_at=datetime.fromtimestamp({literal(members['created_at'])}, UTC)")
    return [*arguments, f"meta={literal(others)}"] if others else arguments


def _check_id(name: str, value: JSONValue) -> None:
    if not str(value).strip():
        raise NoSuchCallError(f"its {name} is blank, which the SDK refuses")


def _call(function: str, first: JSONValue, arguments: Iterable[str]) -> str:
    lines = "".join(f"        {argument},\n" for argument in [literal(first), *arguments])
    return f"{function}(\n{lines}    )"


def _program(members: JSONObject, call: str, base_url: str, tracking_url: str) -> str:
    api_key = members["public_key"]
    assert isinstance(api_key, str)
    return "from datetime import UTC, datetime\n\n" + _with_client(api_key, base_url, tracking_url, call)


def _with_client(api_key: str, base_url: str, tracking_url: str, call: str, note: str = "") -> str:
    # The SDK's own rule for public keys, which are one segment of a path.
    if not re.fullmatch(r"[!-~]+", api_key) or set(api_key) & set('/?#%\\"<>') or api_key in {".", ".."}:
        raise NoSuchCallError("the SDK takes no such public key")
    arguments = [
        f"api_key={literal(api_key)}",
        f"base_url={literal(base_url)}",
        f"tracking_url={literal(tracking_url)}",
    ]
    if not _is_loopback(tracking_url):
        arguments.append("allow_insecure_http=True")
    lines = "".join(f"    {argument},\n" for argument in arguments)
    return f"from pyttributionio import Client\n\nwith Client(\n{lines}) as client:{note}\n    {call}\n"


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
