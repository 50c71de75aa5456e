"""The list of the customers' ids, in code and over HTTP."""

import re
from datetime import UTC, datetime

import pytest

from pyttributionio.sandbox import Sandbox

from ._posting import Caller, new_client

FORMATS = (
    r"customer-(\d+)|person(\d+)@example\.(?:com|org)|person(\d+)\+shop@example\.net"
    r"|(\d+)|crm/de/(\d+)\?vip#1|Käufer (\d+) 🧦"
)


def test_customers_are_listed_in_the_order_of_their_first_identities(caller: Caller) -> None:
    """Those of the first account; a visitor without an identity is no customer."""
    caller.sandbox.add_account("K2", "S2")
    caller.sandbox.add_pageview("visitor-9", "/")
    assert caller.sandbox.customers == []
    for client_id in ("zoë", "ada", "zoë", 7):
        caller.post_identity(client_id=client_id)
    caller.post_identity(client_id="bob", public_key="K2")
    assert caller.sandbox.customers == ["zoë", "ada", "7"]


def test_generated_customers_have_the_ids_of_the_documentation(caller: Caller) -> None:
    """The customer with the number 1 has an id with 1001, in one of several forms, and each can be read."""
    with Sandbox(clock=datetime(2026, 3, 4, tzinfo=UTC)) as sandbox, new_client() as http:
        sandbox.seed(300)
        found = [re.fullmatch(FORMATS, client_id) for client_id in sandbox.customers]
        numbers = [next(filter(None, each.groups())) for each in found if each is not None]
        assert numbers == [str(1000 + number) for number in range(1, 301)]
        caller = Caller(sandbox, http)
        assert all(caller.read(client_id).status_code == 200 for client_id in sandbox.customers[:30])


def test_customers_of_a_sandbox_that_does_not_run_are_an_error(sandbox: Sandbox) -> None:
    """In memory, they are lost then."""
    sandbox.close()
    with pytest.raises(RuntimeError, match="the sandbox is not running"):
        _ = sandbox.customers


def test_list_over_http(caller: Caller) -> None:
    """For programs; with the page's search, for any account, and without secrets."""
    caller.sandbox.add_account("K2", "hush-hush")
    for client_id, alias in (("ada", "v-1"), ("bob", "v-2"), ("hush-hush", "v-3")):
        caller.post_identity(client_id=client_id, aliases=[alias])
    caller.post_identity(client_id="eve", public_key="K2")
    url = caller.sandbox.tracking_url + "/_sandbox/customers"
    assert caller.http.get(url).json() == {"customers": ["ada", "bob", "REDACTED"]}
    assert caller.http.get(url, params={"search": "V-2"}).json() == {"customers": ["bob"]}
    assert caller.http.get(url, params={"account": "K2"}).json() == {"customers": ["eve"]}
    assert caller.http.get(url, params={"account": "K3"}).status_code == 404
    assert caller.http.get(url, headers={"Origin": "https://evil.example"}).status_code == 403
