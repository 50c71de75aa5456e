"""The contract's objects, and functions that send them."""

import json
import socket
from typing import Any
from urllib.parse import quote

import httpx

from pyttributionio.sandbox import Sandbox

MOMENT = 1_520_000_000
MOMENT_TEXT = "2018-03-02T14:13:20Z"


def identity(**changes: Any) -> dict[str, Any]:
    """Return the contract's example of an identity, with changes."""
    return {
        "aliases": ["visitor-1"],
        "client_id": "customer-42",
        "public_key": "SANDBOX_KEY",
        "created_at": MOMENT,
        "meta": {"agent": "Firefox"},
    } | changes


def event(**changes: Any) -> dict[str, Any]:
    """Return the contract's example of an event, with changes."""
    return {
        "aliases": ["visitor-1"],
        "client_id": "customer-42",
        "event_public_key": "ev_signup",
        "url": "https://shop.example/welcome",
        "public_key": "SANDBOX_KEY",
        "transaction_id": "t-1",
        "is_informational": False,
        "created_at": MOMENT,
        "meta": {"agent": "Firefox"},
    } | changes


def without(members: dict[str, Any], name: str) -> dict[str, Any]:
    """Copy an object without one member."""
    return {key: value for key, value in members.items() if key != name}


def segment(client_id: str) -> str:
    """Encode an id as one path segment; its dots too, because httpx removes the segments `.` and `..`."""
    return quote(client_id, safe="").replace(".", "%2E")


class Caller:
    """Calls of the API and of the sandbox's own routes."""

    def __init__(self, sandbox: Sandbox, http: httpx.Client) -> None:
        self.sandbox = sandbox
        self.http = http

    def post_identity(self, **changes: Any) -> httpx.Response:
        """Post an identity."""
        return self.post("/identities", {"identity": identity(**changes)})

    def post_event(self, **changes: Any) -> httpx.Response:
        """Post an event."""
        return self.post("/events", {"event": event(**changes)})

    def post(self, path: str, body: Any) -> httpx.Response:
        """Post JSON to a path."""
        return self.post_bytes(path, json.dumps(body).encode())

    def post_bytes(self, path: str, body: bytes) -> httpx.Response:
        """Post bytes to a path."""
        return self.http.post(self.sandbox.tracking_url + path, content=body)

    def read(
        self,
        client_id: str = "customer-42",
        *flags: str,
        key: str = "SANDBOX_KEY",
        secret: str = "SANDBOX_SECRET",
    ) -> httpx.Response:
        """Read a customer with some flags."""
        url = f"{self.sandbox.base_url}/{key}/customers/{segment(client_id)}"
        return self.http.get(url, params={"secret": secret} | dict.fromkeys(flags, "true"))

    def customer(self, client_id: str = "customer-42", *flags: str) -> dict[str, Any]:
        """Read a customer that exists."""
        answer = self.read(client_id, *flags)
        assert answer.status_code == 200, answer.text
        customer: dict[str, Any] = answer.json()["customer"]
        return customer


def new_client() -> httpx.Client:
    """Return a client that ignores the machine's proxies."""
    # Without certificates, because nothing is encrypted here and loading them takes longer than most tests.
    return httpx.Client(trust_env=False, verify=False, timeout=30)


def get(target: str, *headers: str) -> bytes:
    """Return the bytes of a GET request; the connection is closed after the answer."""
    lines = [f"GET {target} HTTP/1.1", "Host: x", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode()


def connect(sandbox: Sandbox) -> socket.socket:
    """Open a connection for requests that httpx would not send."""
    host, port = sandbox.tracking_url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=30)


def exchange(sandbox: Sandbox, sent: bytes) -> bytes:
    """Send bytes on a new connection, and read until the server closes it."""
    with connect(sandbox) as connection, connection.makefile("rb") as answer:
        connection.sendall(sent)
        return answer.read()
