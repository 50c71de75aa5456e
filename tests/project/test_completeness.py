"""Each method of the client has everything that a call needs. The methods are found in the client, not listed here."""

import inspect
import re
import typing
from typing import Any
from urllib.parse import quote

import pytest

from pyttributionio import APIStatusError, RawResponse
from pyttributionio.sandbox import Sandbox
from support.faults import KINDS, Answer, FaultServer, Received, answer, connect
from support.methods import METHODS, OF_ENDPOINTS, PLAIN_AND_RAW, Method
from support.schemas import OPENAPI
from support.surfaces import FORMS, SECRET, check_error
from wire._both import KINDS as BOTH
from wire._both import call
from wire._calls import CALLS, examples

from ._pages import Page

every = pytest.mark.parametrize("method", [*METHODS, *OF_ENDPOINTS], ids=lambda method: method.path)
known = pytest.mark.parametrize("method", METHODS, ids=lambda method: method.path)
OPERATIONS: dict[str, dict[str, Any]] = {
    operation["x-sdk-method"]: operation for item in OPENAPI["paths"].values() for operation in item.values()
}


def example(method: Method) -> Any:
    """Return a call of a method."""
    names = examples(method.path)
    assert names, f"tests/wire/_calls.py has no call of {method.path}"
    return CALLS[names[0]]


def test_each_operation_has_its_method() -> None:
    """And each method its operation: schemas/calls.json names the method as `x-sdk-method`."""
    assert OPERATIONS.keys() == {each.path for each in METHODS}


@every
def test_has_a_wire_snapshot(method: Method) -> None:
    """A call in tests/wire/_calls.py, whose bytes are reviewed."""
    assert example(method)


@every
def test_has_a_line_in_the_reference(method: Method) -> None:
    """An example on the page of the calls."""
    called = re.compile(rf"\bclient\.{re.escape(method.path)}\(")
    blocks = Page("docs/calls.md").blocks
    assert any(called.search(block.code) for block in blocks), f"docs/calls.md has no client.{method.path}(...)"


@every
def test_has_a_docstring_with_the_errors_of_its_operation(method: Method) -> None:
    """Each status that the operation documents has its error in the docstring, or the error above it."""
    doc = inspect.getdoc(method.function) or ""
    assert "APIStatusError:" in doc
    statuses = OPERATIONS[method.path]["responses"] if method in METHODS else {}
    errors = {"401": "AuthenticationError", "403": "PermissionDeniedError", "404": "NotFoundError"}
    assert [name for status, name in errors.items() if status in statuses and f"{name}:" not in doc] == []


@pytest.mark.parametrize("pair", PLAIN_AND_RAW, ids=lambda pair: pair[0].__name__)
def test_raw_version_wraps_the_same_type(pair: tuple[type, type]) -> None:
    """`RawResponse[T]` for each method and overload that returns `T`."""
    plain, raw = pair
    names = [name for name, member in vars(plain).items() if inspect.isfunction(member) and not name.startswith("_")]
    assert names
    for name in names:
        assert results(raw, name) == [RawResponse[result] for result in results(plain, name)]


def results(kind: type, name: str) -> list[Any]:
    """Return the types that a method and its overloads return."""
    function = inspect.getattr_static(kind, name)
    return [typing.get_type_hints(each)["return"] for each in (*typing.get_overloads(function), function)]


@known
@pytest.mark.parametrize("kind", BOTH)
def test_has_a_route_of_the_sandbox(method: Method, kind: Any) -> None:
    """Its example is answered with a 2xx, in both clients, one after the other."""
    with Sandbox(api_key="KEY", api_secret="s3cr3t") as sandbox:
        options = {
            "api_key": sandbox.api_key,
            "api_secret": sandbox.api_secret,
            "base_url": sandbox.base_url,
            "tracking_url": sandbox.tracking_url,
        }
        call(kind, lambda client: client.tracking.identity("customer-42", visitor_id="v-1"), **options)
        call(kind, example(method), **options)
    assert 200 <= sandbox.requests[-1].status <= 299


@every
@pytest.mark.parametrize("kind", KINDS, ids=["sync", "async"])
def test_does_not_leak_the_secret(method: Method, kind: Any) -> None:
    """Its error does not show it, whatever the server repeats. Only a call of the private API sends it."""

    def echo(request: Received) -> bytes:
        shown = [f"http://other.example{request.target}", *FORMS]
        return answer(" ".join(shown), 401, [("X-Request", value) for value in shown])

    with FaultServer(Answer(echo)) as server, connect(kind, server.url, api_secret=SECRET) as caller:
        with pytest.raises(APIStatusError) as caught:
            caller.run(example(method)(caller.client))
        check_error(caught.value)
        server.wait_for(requests=1)
        requests = [(request.head + request.body).decode("latin-1") for request in server.requests]
    is_private = method in OF_ENDPOINTS[:1] or bool(OPERATIONS.get(method.path, {}).get("security"))
    assert [f"secret={quote(SECRET, safe='')}" in request for request in requests] == [is_private] * len(requests)
    assert is_private or not [form for form in FORMS for request in requests if form in request]
