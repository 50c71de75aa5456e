"""The code samples of the page: a request as a curl command and as a Python program.

A user can paste and run them, and visitors wrote a part of their text: every value is quoted for the
language of the sample. They never contain the secret; they take it from the environment.
"""

from dataclasses import dataclass
from urllib.parse import quote

from pyttributionio.sandbox.api.recorder import ReceivedRequest
from pyttributionio.sandbox.page.curl_sample import curl_command
from pyttributionio.sandbox.page.python_sample import NoSuchCallError, python_program, python_read


@dataclass(frozen=True)
class CodeSamples:
    """A request as text in two languages."""

    curl: str
    python: str


def samples_of_request(request: ReceivedRequest, url: str) -> CodeSamples:
    """Return the samples that send a received request again to a URL, as far as curl and the SDK can.

    Secrets have to be hidden in the request before: replacing them in a sample could remove quotation marks.
    """
    method, path, query = request.method, request.path, request.query
    curl = curl_command(method, url, path, query, headers=request.headers, body=request.body)
    try:
        python = python_program(request, url)
    except NoSuchCallError as error:
        python = f"# The SDK has no call that sends this: {error}.\n"
    return CodeSamples(curl, python)


def samples_of_customer(api_key: str, client_id: str, url: str) -> CodeSamples:
    """Return the samples that read a customer with all collections."""
    path = f"/api/v1/{_segment(api_key)}/customers/{_segment(client_id)}"
    curl = curl_command("GET", url, path, "show_all=true&secret=")
    try:
        python = python_read(api_key, client_id, ("all",), url)
    except NoSuchCallError as error:
        python = f"# The SDK has no call that reads this customer: {error}.\n"
    return CodeSamples(curl, python)


def _segment(text: str) -> str:
    # Dots too, because HTTP libraries remove the segments `.` and `..`.
    return text.replace(".", "%2E") if text in {".", ".."} else quote(text, safe="")
