"""Questions to a sandbox that runs."""

import ssl
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final, cast
from urllib.parse import urlsplit

import httpx

from pyttributionio.cli.exit_codes import ExitCode
from pyttributionio.cli.output import fail

_TIMEOUT: Final = 10.0  # seconds


def origin_of(url: str) -> str:
    """Return the beginning of a sandbox's addresses, without a slash at its end.

    Raises:
        Exit: It is not such an address; the reason is on stderr.
    """
    try:
        parts = urlsplit(url)
        is_address = parts.scheme == "http" and bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:  # such as a port that is no number
        is_address = False
    if not is_address:
        fail(f"{url} is not the address of a sandbox: expected one such as http://127.0.0.1:8000", ExitCode.USAGE)
    return f"http://{urlsplit(url).netloc}"


def read(url: str, path: str, query: Mapping[str, str] = MappingProxyType({})) -> dict[str, object]:
    """Return the JSON that a running sandbox answers.

    Raises:
        Exit: There is no sandbox at the address, or it refuses; the reason is on stderr.
    """
    origin = origin_of(url)
    # Without the environment's proxies, which cannot reach this machine by its loopback address, and without TLS.
    with httpx.Client(trust_env=False, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), timeout=_TIMEOUT) as client:
        try:
            answer = client.get(f"{origin}{path}", params=query)
            document: object = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            fail(f"no sandbox answers at {url}: {str(error) or type(error).__name__}", ExitCode.UNAVAILABLE)
    if "X-Sandbox" not in answer.headers:
        fail(f"the server at {url} is no sandbox: it answered {answer.status_code} without the header X-Sandbox")
    if not answer.is_success or not isinstance(document, dict):
        code = ExitCode.NOT_FOUND if answer.status_code == HTTPStatus.NOT_FOUND else ExitCode.NOT_DONE
        fail(f"the sandbox at {url} answered {answer.status_code}: {answer.text[:200]}", code)
    return cast("dict[str, object]", document)
