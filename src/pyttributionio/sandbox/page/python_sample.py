"""A request as a Python program that sends it with the SDK, if the SDK has a call for it.

The program is only text: nothing of the SDK is imported here, and what it accepts is repeated from its
documentation. Every value of a request is written as a Python literal, so that it cannot be code.
"""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import parse_qsl, unquote_to_bytes, urlsplit

from pyttributionio.sandbox.api.account import is_public_key
from pyttributionio.sandbox.api.recorder import ReceivedRequest
from pyttributionio.sandbox.store.store import COLLECTIONS
from pyttributionio.sandbox.values.bodies import JSONObject, JSONValue, MalformedBodyError, read_json
from pyttributionio.sandbox.values.shapes import ShapeError, read_event, read_identity, read_public_key

READ_PATH: Final = re.compile(r"/api/v1/([^/]*)/customers/([^/]*)")
"""The path of a read, with public key and client id, percent-encoded."""

_IDENTITY_MEMBERS: Final = frozenset({"aliases", "client_id", "public_key", "created_at", "meta"})
_EVENT_MEMBERS: Final = _IDENTITY_MEMBERS | {"event_public_key", "url", "transaction_id", "is_informational"}


class NoSuchCallError(ValueError):
    """The SDK has no call that sends the request, or refuses a value; the message gives the reason on one line."""


def python_program(request: ReceivedRequest, url: str) -> str:
    """Return the program that sends a request again; the URL is that of the sandbox, without a slash at the end."""
    if request.method == "GET" and (read := READ_PATH.fullmatch(request.path)):
        api_key, client_id = map(_decoded, read.groups())
        return python_read(api_key, client_id, _included(request.query), url)
    if request.method == "POST" and request.path in {"/identities", "/events"}:
        is_event = request.path == "/events"
        members = _posted(request.body, "event" if is_event else "identity")
        call = _event_call(members) if is_event else _identity_call(members)
        program = _with_client(read_public_key(members), url, call)
        return f"from datetime import UTC, datetime\n\n{program}"
    if request.method == "OPTIONS":
        raise NoSuchCallError("with it, a browser asks whether it may send another request")
    if request.path.startswith("/_sandbox/"):
        raise NoSuchCallError("the route is the sandbox's own; in tests, sandbox.add_pageview adds pageviews")
    raise NoSuchCallError("it is none of the API's three calls")


def python_read(api_key: str, client_id: str, include: Sequence[str], url: str) -> str:
    """Return the program that reads a customer."""
    _check_id("client_id", client_id)
    names = literal("all") if "all" in include else literal([*include])
    argument = f", include={names}" if include else ""
    call = f"customer = client.customers.get({literal(client_id)}{argument})\n    print(customer)"
    return _with_client(api_key, url, call, "  # the secret comes from PYTTRIBUTIONIO_API_SECRET")


def literal(value: JSONValue) -> str:
    """Return a JSON value as a Python literal on one line; text is in double quotes if possible."""
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(name)}: {literal(member)}" for name, member in value.items()) + "}"
    if isinstance(value, str) and '"' not in value:
        # repr uses double quotes for text that has an apostrophe and no quotation mark.
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
    """Return the posted object, if the SDK could have sent it."""
    try:
        document = read_json(body)
        members = document.get(name) if isinstance(document, dict) and document.keys() == {name} else None
        if not isinstance(members, dict):
            raise NoSuchCallError(f'its body is not an object with "{name}" alone')
        (read_event if name == "event" else read_identity)(members)
        read_public_key(members)
    except (MalformedBodyError, ShapeError) as error:
        raise NoSuchCallError(f"its body is not that of the API: {literal(str(error))}") from None
    if unknown := members.keys() - (_EVENT_MEMBERS if name == "event" else _IDENTITY_MEMBERS):
        raise NoSuchCallError(f"its body has other members: {', '.join(map(literal, sorted(unknown)))}")
    return members


def _identity_call(members: JSONObject) -> str:
    return _call("client.tracking.identity", members["client_id"], _common_arguments(members))


def _event_call(members: JSONObject) -> str:
    _check_id("event_public_key", members["event_public_key"])
    _check_id("transaction_id", members["transaction_id"])
    if not str(members["url"]).strip():
        raise NoSuchCallError(f"its url is {'blank' if members['url'] else 'empty'}, which the SDK refuses")
    visitor, *rest = _common_arguments(members)
    arguments = [visitor, *(f"{name}={literal(members[name])}" for name in ("client_id", "url", "transaction_id"))]
    if members["is_informational"] is True:
        arguments.append("is_informational=True")
    # The event's identity was a request of its own, so this call does not send it.
    return _call("client.tracking.event", members["event_public_key"], [*arguments, *rest, "identify=False"])


def _common_arguments(members: JSONObject) -> list[str]:
    """Return the arguments that both calls have."""
    aliases, meta = members["aliases"], members["meta"]
    assert isinstance(aliases, list)
    assert isinstance(meta, dict)
    if len(aliases) != 1:
        raise NoSuchCallError(f"it has {len(aliases)} visitor ids, and the SDK sends one")
    _check_id("visitor id", aliases[0])
    _check_id("client_id", members["client_id"])
    arguments = [f"visitor_id={literal(aliases[0])}"]
    agent, others = meta["agent"], {name: member for name, member in meta.items() if name != "agent"}
    if str(agent).strip():
        arguments.append(f"user_agent={literal(agent)}")
    else:  # in `meta`, because the SDK refuses a blank user_agent
        others = {"agent": agent, **others}
    arguments.append(f"created_at=datetime.fromtimestamp({literal(members['created_at'])}, UTC)")
    return [*arguments, f"meta={literal(others)}"] if others else arguments


def _check_id(name: str, value: JSONValue) -> None:
    if not str(value).strip():
        raise NoSuchCallError(f"its {name} is blank, which the SDK refuses")


def _call(function: str, first: JSONValue, arguments: Iterable[str]) -> str:
    lines = "".join(f"        {argument},\n" for argument in [literal(first), *arguments])
    return f"{function}(\n{lines}    )"


def _with_client(api_key: str, url: str, call: str, note: str = "") -> str:
    if not is_public_key(api_key):  # the SDK has the same rule
        raise NoSuchCallError("the SDK refuses its public key")
    arguments = [
        f"api_key={literal(api_key)}",
        f"base_url={literal(f'{url}/api/v1')}",
        f"tracking_url={literal(url)}",
    ]
    if not _is_loopback(url):
        arguments.append("allow_insecure_http=True")
    lines = "".join(f"    {argument},\n" for argument in arguments)
    return f"from pyttributionio import Client\n\nwith Client(\n{lines}) as client:{note}\n    {call}\n"


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
