"""Each request against its reviewed snapshot, every byte of it.

Run with the environment variable REWRITE_WIRE=1 to write the snapshots anew, and review the difference.
"""

import json
import os
import re
from pathlib import Path

import pytest

from support.schemas import OPENAPI

from ._both import KINDS, Kind, call_server
from ._calls import CALLS, FILES
from ._server import RawServer, answer

HERE = Path(__file__).parent
EMPTY = {
    name: [] if rule.get("type") == "array" else {}
    for item in OPENAPI["paths"].values()
    for operation in item.values()
    for status, each in operation["responses"].items()
    if status.startswith("2")
    for name, rule in each["content"]["application/json"]["schema"]["properties"].items()
}
"""What each call has to find in its answer."""
# Each in the length of what it stands for, so that Content-Length stays true.
VOLATILE = [
    (rb"(?<=\r\nHost: 127\.0\.0\.1:)\d+", b"80"),
    (rb"(?<=User-Agent: pyttributionio/)\S+ \(Python \S+; httpx \S+\)", b"0.0.0 (Python 0.0.0; httpx 0.0.0)"),
    (rb'(?<="client_id":")[a-z0-9]{24}(?=")', b"random-24-characters-a-9"),
    (rb'(?<="transaction_id":")[0-9a-f]{32}(?=")', b"random-32-characters-hexadecimal"),
    (rb'(?<="created_at":)\d{10}(?=,)', b"1520000000"),
]


def normalised(request: bytes) -> bytes:
    """Return a request with what differs from run to run replaced."""
    for pattern, placeholder in VOLATILE:
        request = re.sub(pattern, placeholder, request)
    return request


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", CALLS)
def test_request_is_its_snapshot_byte_for_byte(name: str, kind: Kind) -> None:
    """What a call sends is what was reviewed, from the request line to the last byte of the body."""
    with RawServer(answer(200, json.dumps(EMPTY).encode())) as server:
        call_server(kind, server.url, CALLS[name])
    sent = dict(zip(FILES[name], map(normalised, server.requests), strict=True))
    if os.environ.get("REWRITE_WIRE"):
        for file, request in sent.items():
            (HERE / f"{file}.http").write_bytes(request)
    assert sent == {file: (HERE / f"{file}.http").read_bytes() for file in FILES[name]}


def test_every_snapshot_belongs_to_a_call() -> None:
    """A snapshot whose call is gone would hold nothing."""
    named = {f"{file}.http" for files in FILES.values() for file in files}
    assert {path.name for path in HERE.glob("*.http")} == named
