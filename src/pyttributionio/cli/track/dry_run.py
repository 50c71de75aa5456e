"""A dry run: the requests of a call, recorded where they would go out."""

import io
import json
import sys
from dataclasses import dataclass
from typing import TextIO

import httpx

from pyttributionio.cli.credentials.options import Account
from pyttributionio.cli.display import print_json, print_text
from pyttributionio.cli.track.arguments import option_names
from pyttributionio.cli.track.calls import TrackingCall
from pyttributionio.outbox import Outbox


@dataclass(frozen=True)
class RecordedRequest:
    """A request that was not sent, byte for byte."""

    method: str
    url: str
    body: bytes


def recorded(account: Account, call: TrackingCall, *, is_stored: bool) -> list[RecordedRequest]:
    """Return the requests that a call would send; they end at a transport that records them.

    Raises:
        Exit: The credentials are missing, or an argument is wrong; the reason is on stderr.
    """
    requests: list[RecordedRequest] = []

    def record(request: httpx.Request) -> httpx.Response:
        requests.append(RecordedRequest(request.method, str(request.url), request.read()))
        return httpx.Response(200)

    transport = httpx.MockTransport(record)
    with account.client(needs_secret=False, http_client=transport) as client, option_names():
        if is_stored:
            outbox = Outbox(client, durability="memory", manual=True)
            call.store(outbox)
            outbox.pump()
            outbox.close()
        else:
            call.send(client)
    return requests


def print_request(request: RecordedRequest, *, as_json: bool) -> None:
    """Print a request: a line with method and URL, and a line with the body; or one line of JSON."""
    if as_json:
        print_json({"method": request.method, "url": request.url, "body": request.body.decode("utf-8")})
        return
    print_text(f"{request.method} {request.url}")
    if sys.stdout.isatty() or not _has_bytes(sys.stdout):
        # A terminal must not be controlled by the body. In JSON, the escapes mean the same characters.
        text = request.body.decode("utf-8")
        print("".join(each if each.isprintable() else json.dumps(each)[1:-1] for each in text))
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(request.body + b"\n")  # whatever the stream's encoding is
    sys.stdout.buffer.flush()


def _has_bytes(stream: TextIO) -> bool:
    return isinstance(stream, io.TextIOWrapper)
