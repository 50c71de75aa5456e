"""The two clients have the same methods, parameters and docstrings; only waiting differs."""

import inspect
import typing
from typing import Any

import pytest

from pyttributionio import AsyncClient, Client
from pyttributionio.resources.customers import AsyncCustomers, Customers
from support.methods import METHODS, OF_ENDPOINTS, RESOURCE_PAIRS

PAIRS: list[tuple[type, type]] = [(Client, AsyncClient), *RESOURCE_PAIRS]
SENDING = {"close", *(each.name for each in (*METHODS, *OF_ENDPOINTS))}
pairs = pytest.mark.parametrize(("blocking", "waiting"), PAIRS, ids=lambda kind: kind.__name__)


def public(kind: type) -> dict[str, Any]:
    """Return a class's public members, its constructor among them."""
    members = inspect.getmembers_static(kind)
    return {name: member for name, member in members if not name.startswith("_") or name == "__init__"}


def as_blocking(text: object) -> str:
    """Return a text of the async side as the other side has it."""
    text = str(text).replace("httpx.AsyncClient", "httpx.Client").replace(", async.", ", blocking.")
    text = text.replace("An async client of your own", "A client of your own").replace(
        "an async transport", "a transport"
    )
    text = text.replace("AsyncBaseTransport", "BaseTransport")
    return text.replace("AsyncHTTPClient", "HTTPClient").replace("AsyncDriver", "Driver")


def shape(function: Any) -> list[tuple[object, ...]]:
    """Return a function's parameters: names, kinds, defaults, types."""
    parameters = inspect.signature(function).parameters.values()
    return [(each.name, each.kind, each.default, as_blocking(each.annotation)) for each in parameters]


@pairs
def test_same_members(blocking: type, waiting: type) -> None:
    """Methods and properties of the same names; special methods mirror each other."""
    assert public(blocking).keys() == public(waiting).keys()
    assert blocking.__annotations__.keys() == waiting.__annotations__.keys()
    special = {"__enter__": "__aenter__", "__exit__": "__aexit__"}
    own = {special.get(name, name) for name, member in vars(blocking).items() if inspect.isfunction(member)}
    assert own == {name for name, member in vars(waiting).items() if inspect.isfunction(member)}


@pairs
def test_same_parameters(blocking: type, waiting: type) -> None:
    """Names, kinds, defaults and types."""
    for name, member in public(blocking).items():
        if inspect.isfunction(member):
            assert shape(member) == shape(public(waiting)[name]), name


def summary_and_sections(kind: type) -> list[str]:
    """Return the words of a class's docstring without those between its first line and its arguments."""
    summary, _, rest = as_blocking(kind.__doc__).partition("\n")
    return [*summary.split(), *rest[rest.find("Args:") :].split()]


@pairs
def test_same_docstrings(blocking: type, waiting: type) -> None:
    """Word for word, but for the httpx client each takes, and what the classes say of threads and tasks."""
    assert summary_and_sections(blocking) == summary_and_sections(waiting)
    for name, member in public(blocking).items():
        assert inspect.getdoc(member) == inspect.getdoc(public(waiting)[name]), name


@pairs
def test_what_sends_is_awaited(blocking: type, waiting: type) -> None:
    """And nothing else is: options and constructors are the same in both."""
    for name, member in public(blocking).items():
        assert not inspect.iscoroutinefunction(member), name
        assert inspect.iscoroutinefunction(public(waiting)[name]) == (name in SENDING), name


def test_overloads_are_alike() -> None:
    """Seventeen each: nothing, fifteen choices, and the computed include."""
    blocking, waiting = typing.get_overloads(Customers.get), typing.get_overloads(AsyncCustomers.get)
    assert (len(blocking), len(waiting)) == (17, 17)
    for one, other in zip(blocking, waiting, strict=True):
        assert inspect.signature(one) == inspect.signature(other)
        assert inspect.iscoroutinefunction(other)
