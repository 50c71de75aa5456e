"""`pyttributionio customers get`: read one customer, or those whose ids are on stdin."""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, cast

import typer

from pyttributionio import (
    APIStatusError,
    Client,
    Customer,
    IncludeName,
    PyttributionioError,
    RawResponse,
    ResponseValidationError,
)
from pyttributionio.cli.credentials.options import Account
from pyttributionio.cli.customers.options import Included
from pyttributionio.cli.customers.tables import print_customer
from pyttributionio.cli.display import json_text
from pyttributionio.cli.exit_codes import ExitCode, code_of, worst
from pyttributionio.cli.output import fail, print_error
from pyttributionio.cli.standard_input import LONGEST_LINE, Line, stdin_lines, use_utf8

_NOT_VISIBLE_ASCII: Final = re.compile(r"[^ -~]")


@dataclass(frozen=True)
class _Failed:
    """The reason why a customer could not be read."""

    error: Exception
    code: ExitCode


def read_one(account: Account, client_id: str, include: Collection[Included], *, as_json: bool) -> None:
    """Read a customer and print it.

    Raises:
        Exit: It could not be read; the reason is on stderr.
    """
    with account.client(needs_secret=True) as client:
        found = _read(client, client_id, include)
    if as_json:
        _print_line(client_id, found)
    if isinstance(found, _Failed):
        # An id on the command line is an argument, so a malformed one is wrong usage.
        is_usage = isinstance(found.error, ValueError | TypeError)
        fail(str(found.error), ExitCode.USAGE if is_usage else found.code)
    if not as_json:
        print_customer(found.parse(), include)


def read_many(account: Account, include: Collection[Included]) -> None:
    """Read the customers whose ids are on stdin, one after the other; print a line for each.

    Only one customer is in memory at a time. The command ends early if the server refuses the credentials, because it
    would refuse them for each id.

    Raises:
        Exit: A customer could not be read. The reasons are on stderr, and the exit code is that of the worst one.
    """
    use_utf8()
    codes = {ExitCode.DONE}
    with account.client(needs_secret=True) as client:
        for line in stdin_lines():
            found = _read_line(client, line, include)
            _print_line(line.text, found)
            if isinstance(found, _Failed):
                print_error(f"{line.text}: {found.error}" if line.is_whole else str(found.error))
                codes.add(found.code)
                if found.code is ExitCode.CREDENTIALS:
                    break
    if code := worst(codes):
        raise typer.Exit(code)


def _read_line(client: Client, line: Line, include: Collection[Included]) -> RawResponse[Customer] | _Failed:
    if not line.is_whole:
        error = ValueError(f"line {line.number:,} of stdin is no id: it has more than {LONGEST_LINE:,} characters")
        return _Failed(error, ExitCode.NOT_DONE)
    return _read(client, line.text, include)


def _read(client: Client, client_id: str, include: Collection[Included]) -> RawResponse[Customer] | _Failed:
    # typer's choices are an enumeration, the SDK's are literals of the same texts.
    names = cast("list[IncludeName]", [each.value for each in include if each is not Included.all])
    try:
        raw = client.customers.with_raw_response.get(client_id, include="all" if Included.all in include else names)
        raw.parse()  # raises if the answer has no customer
    except (PyttributionioError, ValueError, TypeError) as error:
        return _Failed(error, code_of(error))
    return raw


def _print_line(client_id: str, found: RawResponse[Customer] | _Failed) -> None:
    """Print the line of an id. It always has the same members; the answer is the server's, number for number."""
    answer, error = "null", "null"
    if isinstance(found, _Failed):
        error = json_text(_described(found))
    else:
        answer = _one_line(found.content)
    print(f'{{"id": {json_text(client_id)}, "answer": {answer}, "error": {error}}}', flush=True)


def _described(failed: _Failed) -> dict[str, object]:
    error = failed.error
    return {
        "type": type(error).__name__,
        "status": error.status_code if isinstance(error, APIStatusError | ResponseValidationError) else None,
        "exit_code": int(failed.code),
        "message": str(error),
    }


def _one_line(content: bytes) -> str:
    """Return JSON on one line, in visible ASCII characters.

    Other characters are white space, or are in strings, where an escape means the same.
    """
    text = content.decode(json.detect_encoding(content), errors="replace")
    return _NOT_VISIBLE_ASCII.sub(lambda found: " " if found[0] in "\t\r\n" else json_text(found[0])[1:-1], text)
