"""What a recorder keeps: requests, and the reads among them."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, cast
from urllib.parse import parse_qsl, unquote

from pyttributionio._core.types import APIRequest, decoded_header
from pyttributionio._http.messages import sent_headers
from pyttributionio._shared.headers import Headers
from pyttributionio.models._facts import INCLUDE_FLAGS, IncludeName

_CUSTOMER: Final = re.compile(r".*/customers/([^/]+)")


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """One attempt of a request, as it would go on the wire, and its answer.

    Attributes:
        method: The HTTP method.
        url: The URL, without the secret.
        path: The path, percent-encoded.
        query: The query, without the secret and without the question mark.
        headers: All headers that the SDK's own transport sends. Names are found in upper and lower case.
        body: The bytes of the body; empty for a read.
        status: The status of the answer; None if a failure without an answer was simulated.
        error: The name of the simulated error, such as "APITimeoutError"; None if there was an answer.
    """

    method: str
    url: str
    path: str
    query: str
    headers: Headers = field(repr=False)
    body: bytes
    status: int | None = None
    error: str | None = None

    @property
    def is_accepted(self) -> bool:
        """Whether the answer was a 2xx."""
        return self.status is not None and 200 <= self.status <= 299

    def posted(self, name: str) -> Mapping[str, object] | None:
        """Return the object that was posted under a name, "event" or "identity"; None if this is no such post."""
        if self.method != "POST" or self.path.rpartition("/")[2] != {"event": "events", "identity": "identities"}[name]:
            return None
        document: object = json.loads(self.body)
        found = cast("Mapping[str, object]", document).get(name) if isinstance(document, dict) else None
        return cast("Mapping[str, object]", found) if isinstance(found, dict) else None


@dataclass(frozen=True, slots=True)
class RecordedRead:
    """One attempt to read a customer.

    Attributes:
        client_id: The id of the customer.
        include: The collections that were asked for, in the order of the API.
        status: The status of the answer: 200, 404 for an unknown id, or that of a simulated failure.
    """

    client_id: str
    include: tuple[IncludeName, ...]
    status: int | None


def recorded_request(request: APIRequest) -> RecordedRequest:
    """Return the record of a request that has no answer yet."""
    headers = Headers((decoded_header(name), decoded_header(value)) for name, value in sent_headers(request))
    return RecordedRequest(request.method, request.url, request.path, request.query, headers, request.body or b"")


def read_of(request: RecordedRequest) -> RecordedRead | None:
    """Return the read of a customer that a request is, or None."""
    match = _CUSTOMER.fullmatch(request.path) if request.method == "GET" else None
    if match is None:
        return None
    query = dict(parse_qsl(request.query))
    names: tuple[IncludeName, ...] = tuple(
        name for name, flag in INCLUDE_FLAGS.items() if query.get("show_all") == "true" or query.get(flag) == "true"
    )
    return RecordedRead(unquote(match[1]), names, request.status)
