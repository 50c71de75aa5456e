"""What the page shows beside a request or a customer: the same call as curl and as Python.

The text is to be pasted and run, and what stands in it comes from visitors: every value is quoted
for the language it stands in. The secret is never part of it; both take it from the environment.
"""

from dataclasses import dataclass
from urllib.parse import quote

from pyttributionio.sandbox.api.recorder import ReceivedRequest
from pyttributionio.sandbox.page.shown_curl import curl_command
from pyttributionio.sandbox.page.shown_python import NoSuchCallError, python_call, python_read


@dataclass(frozen=True)
class Addresses:
    """Where the sandbox is reached; neither ends with a slash."""

    base_url: str
    tracking_url: str


@dataclass(frozen=True)
class ShownCalls:
    """One call as text in two languages."""

    curl: str
    python: str


def calls_of_request(request: ReceivedRequest, addresses: Addresses) -> ShownCalls:
    """Write the calls that send what was received, as far as curl and the SDK can.

    What is to be hidden has to be hidden in the request: a search in the text would find its quotes, too.
    """
    curl = curl_command(
        request.method,
        addresses.tracking_url,
        request.path,
        request.query,
        headers=request.headers,
        body=request.body,
    )
    try:
        python = python_call(request, addresses.base_url, addresses.tracking_url)
    except NoSuchCallError as error:
        python = f"# The SDK has no call that sends this: {error}.\n"
    return ShownCalls(curl, python)


def calls_of_customer(api_key: str, client_id: str, addresses: Addresses) -> ShownCalls:
    """Write the calls that read a customer with everything."""
    root = addresses.base_url.removeprefix(addresses.tracking_url)
    path = f"{root}/{_segment(api_key)}/customers/{_segment(client_id)}"
    curl = curl_command("GET", addresses.tracking_url, path, "show_all=true&secret=")
    try:
        python = python_read(api_key, client_id, ("all",), addresses.base_url, addresses.tracking_url)
    except NoSuchCallError as error:
        python = f"# The SDK has no call that reads this customer: {error}.\n"
    return ShownCalls(curl, python)


def _segment(text: str) -> str:
    # Dots too: HTTP libraries would take the segment `.` away, and climb with `..`.
    return text.replace(".", "%2E") if text in {".", ".."} else quote(text, safe="")
