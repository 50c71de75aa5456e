"""Tools that read annotations at run time find every name in them, and can check the Protocols."""

import inspect
import typing
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

import httpx
import pytest

import pyttributionio
import pyttributionio.legacy
import pyttributionio.models
import pyttributionio.outbox
import pyttributionio.resources.customers
import pyttributionio.resources.endpoints
import pyttributionio.resources.tracking
import pyttributionio.sandbox
from pyttributionio import AnswerListener, AsyncHTTPClient, Client, Drift, DriftReport, HTTPClient
from pyttributionio.outbox import Store

MODULES: list[ModuleType] = [
    pyttributionio,
    pyttributionio.legacy,
    pyttributionio.models,
    pyttributionio.outbox,
    pyttributionio.resources.customers,
    pyttributionio.resources.endpoints,
    pyttributionio.resources.tracking,
    pyttributionio.sandbox,
]


def public(module: ModuleType) -> dict[str, Any]:
    """Return the public names of a module that are its own."""
    names = getattr(module, "__all__", None) or [name for name in vars(module) if not name.startswith("_")]
    found = {name: getattr(module, name) for name in names}
    return {name: each for name, each in found.items() if str(getattr(each, "__module__", "")).startswith("pyttr")}


def methods(kind: type) -> Iterator[tuple[str, Any]]:
    """Yield the functions of a class that users call, also those behind properties."""
    for name, member in inspect.getmembers_static(kind):
        function = getattr(member, "fget", None) or getattr(member, "__func__", member)
        is_ours = str(getattr(function, "__module__", "")).startswith("pyttributionio")
        if inspect.isfunction(function) and is_ours and (not name.startswith("_") or name.endswith("__")):
            yield name, function


CALLABLES = {
    f"{module.__name__}.{name}": each
    for module in MODULES
    for name, each in public(module).items()
    if inspect.isclass(each) or inspect.isfunction(each)
}
CALLABLES |= {
    f"{name}.{method}": function
    for name, each in CALLABLES.items()
    if inspect.isclass(each)
    for method, function in methods(each)
}


def test_many_callables_are_found() -> None:
    """The clients, the resources, the outbox and the sandbox among them."""
    assert len(CALLABLES) > 300
    assert {"pyttributionio.Client.with_options", "pyttributionio.outbox.Outbox.event"} <= CALLABLES.keys()
    assert "pyttributionio.resources.tracking.AsyncTracking.identity" in CALLABLES
    assert "pyttributionio.sandbox.Sandbox.mount" in CALLABLES


@pytest.mark.parametrize("function", CALLABLES.values(), ids=CALLABLES)
def test_annotations_of_a_public_callable_can_be_evaluated(function: Any) -> None:
    """By `typing.get_type_hints`, which injectors use, and by `inspect.signature`, which frameworks use."""
    typing.get_type_hints(function, include_extras=True)
    try:
        signature = inspect.signature(function, eval_str=True)
    except ValueError:
        assert inspect.isclass(function)  # an error, or a class without a constructor of its own
    else:
        annotations = [each.annotation for each in signature.parameters.values()]
        assert not [each for each in annotations if isinstance(each, str)]


def test_hints_are_the_types_that_users_know() -> None:
    """Those of another library too."""
    hints = typing.get_type_hints(Client.__init__)
    assert hints["timeout"] == float | httpx.Timeout
    assert hints["http_client"] == HTTPClient | httpx.BaseTransport | None


# Protocols


class Listener:
    """A user's own."""

    def answered(self, drifts: Sequence[Drift], /) -> None:
        """Receive them."""


class Sender:
    """A user's HTTP client of another library."""

    def build_request(self, *arguments: object) -> object:
        """Make one."""

    def send(self, *arguments: object) -> object:
        """Send one."""


def test_every_public_protocol_can_be_checked_at_run_time() -> None:
    """So that containers and run-time checkers take a user's object for one."""
    protocols = {each for each in CALLABLES.values() if getattr(each, "_is_protocol", False)}
    assert protocols == {AnswerListener, AsyncHTTPClient, HTTPClient, Store}
    for protocol in protocols:
        assert not isinstance(object(), protocol)
    assert isinstance(Listener(), AnswerListener)
    assert isinstance(DriftReport(), AnswerListener)
    for client in (httpx.Client(), Sender()):
        assert isinstance(client, HTTPClient)
    assert isinstance(httpx.AsyncClient(), AsyncHTTPClient)
