"""schemas/openapi.json holds for the sandbox, over real HTTP: requests made from it, answers held against it.

schemathesis makes the requests, right and wrong ones, and follows the references to the files beside openapi.json.
"""

from collections.abc import Collection, Iterator
from copy import deepcopy
from typing import Any, Final
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, Response
from schemathesis.checks import CHECKS, load_all_checks

from pyttributionio import Client
from pyttributionio.sandbox import Sandbox
from support.contract import COLLECTIONS
from support.schemas import CUSTOMERS, SCHEMAS, validator

load_all_checks()
HELD: Final = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    ]
)
API: Final = schemathesis.openapi.from_path(SCHEMAS / "openapi.json")
READ: Final = API[CUSTOMERS]["GET"]
POSTS: Final = {name: API[path]["POST"] for name, path in (("identity", "/identities"), ("event", "/events"))}
REQUESTS: Final = {name: validator(f"{name}_request.json") for name in POSTS}
MODES: Final = {mode.value: mode for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)}
ANN: Final = "ann/b?c#d@x.io"
SEGMENT: Final = quote(ANN, safe="")  # schemathesis puts a path's parameters into it as they are
FEW: Final = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    """Serve a sandbox in which one customer has something in each collection."""
    with Sandbox() as sandbox:
        addresses = {"base_url": sandbox.base_url, "tracking_url": sandbox.tracking_url}
        sandbox.add_pageview("v-1", "https://shop.example/?utm_source=google&utm_medium=cpc", title="Shop")
        with Client(sandbox.api_key, sandbox.api_secret, **addresses) as client:
            client.tracking.event("sign-up", client_id=ANN, visitor_id="v-1")
        yield sandbox


def hold(case: Case, base: str, **query: str) -> Response:
    """Send a request with the credentials in `query`, and hold the answer against openapi.json."""
    answer = case.call(base_url=base, params=query, timeout=20)
    case.validate_response(answer, checks=HELD)
    return answer


# Reads


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
def test_reads_are_answered_as_documented(running: Sandbox, mode: GenerationMode) -> None:
    """For known and unknown people, any flags, and flags that mean nothing."""
    statuses = set()

    @FEW
    @given(READ.as_strategy(generation_mode=mode), st.booleans())
    def check(case: Case, known: bool) -> None:
        case.path_parameters["public_key"] = running.api_key
        if known:
            case.path_parameters["client_id"] = SEGMENT
        answer = hold(case, running.base_url, secret=running.api_secret)
        statuses.add(answer.status_code)

    check()
    assert statuses == {200, 404}


def read_ann(running: Sandbox, **query: str) -> Case:
    """Make the read of the customer that exists."""
    return READ.Case(path_parameters={"public_key": running.api_key, "client_id": SEGMENT}, query=query)


def test_every_flag_adds_its_collection(running: Sandbox) -> None:
    """And what stands in it fits its schema, for it is not empty."""
    for shown in (*([name] for name in COLLECTIONS), list(COLLECTIONS)):
        flags = {f"show_{name}": "true" for name in shown}
        customer = hold(read_ann(running, **flags), running.base_url, secret=running.api_secret).json()["customer"]
        assert {name for name in COLLECTIONS if customer.get(name)} == set(shown)


def test_reads_without_the_right_credentials_are_refused(running: Sandbox) -> None:
    """With the documented codes; a disabled account with one of its own."""
    case = read_ann(running)
    assert hold(case, running.base_url).status_code == 401
    assert hold(case, running.base_url, secret="wrong").status_code == 401
    case.path_parameters["public_key"] = "wrong"
    assert hold(case, running.base_url, secret=running.api_secret).status_code == 401
    running.disabled = True
    try:
        assert hold(read_ann(running), running.base_url, secret=running.api_secret).status_code == 403
    finally:
        running.disabled = False


# Posts

IDS: Final = ("client_id", "event_public_key", "transaction_id")


def as_the_sandbox_reads(inner: dict[str, Any]) -> dict[str, Any]:
    """Return a posted object with what the sandbox takes, and its schema does not say, written as the schema has it.

    - Whole numbers are ids too: the contract's reading rule 3, for old callers send them.
    - A visitor id is not empty; the SDK refuses to send such a one.
    - 5.0 is no whole number; JSON Schema can't tell it from 5.
    """
    inner = deepcopy(inner)
    for holder, key in [*((inner, name) for name in IDS if name in inner), *_items(inner.get("aliases"))]:
        if isinstance(holder[key], int) and not isinstance(holder[key], bool):
            holder[key] = str(holder[key])
    aliases = inner.get("aliases")
    if isinstance(aliases, list) and "" in aliases:
        inner["aliases"] = "refused"
    if isinstance(inner.get("created_at"), float):
        inner["created_at"] = "refused"
    return inner


def _items(value: object) -> Collection[tuple[Any, int]]:
    return [(value, index) for index in range(len(value))] if isinstance(value, list) else []


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
@pytest.mark.parametrize("name", POSTS)
def test_posts_are_taken_if_their_schema_allows_them(running: Sandbox, name: str, mode: GenerationMode) -> None:
    """Two hundred for what fits, four hundred and something for the rest, and never a fault of the server's."""

    @FEW
    @given(POSTS[name].as_strategy(generation_mode=mode))
    def check(case: Case) -> None:
        held_to_its_schema(running, name, case)

    check()


@pytest.mark.parametrize("name", POSTS)
def test_each_field_of_a_post_is_checked(running: Sandbox, name: str) -> None:
    """One of them missing or of another type, all others right."""
    person = {"client_id": "c-1", "aliases": ["v-1"], "public_key": running.api_key, "created_at": 1520000000}
    right: dict[str, Any] = {**person, "meta": {"agent": "a"}}
    if name == "event":
        right |= {"event_public_key": "e", "url": "u", "transaction_id": "t", "is_informational": False}
    assert held_to_its_schema(running, name, post(name, right))
    for field in right:
        assert not held_to_its_schema(running, name, post(name, {key: right[key] for key in right if key != field}))
        for value in (None, True, 5, 5.5, "", "text", [], [5], [[]], {}, {"agent": 5}):
            held_to_its_schema(running, name, post(name, right | {field: value}))


def post(name: str, inner: dict[str, Any]) -> Case:
    """Make a post of this very object."""
    return POSTS[name].Case(body={name: deepcopy(inner)}, media_type="application/json")


def held_to_its_schema(running: Sandbox, name: str, case: Case) -> bool:
    """Send a post with the right public key if it has any; return whether it was taken, as its schema says."""
    inner = case.body.get(name) if isinstance(case.body, dict) else None
    fits = isinstance(inner, dict) and REQUESTS[name].is_valid(as_the_sandbox_reads(inner))
    if isinstance(inner, dict) and isinstance(inner.get("public_key"), str) and inner["public_key"]:
        inner["public_key"] = running.api_key
    answer = hold(case, running.tracking_url)
    assert (200 <= answer.status_code < 300) == fits
    assert fits or 400 <= answer.status_code < 500
    if fits:
        assert answer.json()[name]["aliases"]  # not as sent: an event with a known transaction id is the known one
    return fits
