"""Each error of a command is one line and an exit code; a traceback is printed on request."""

from typing import Any

import pytest

pytest.importorskip("typer", reason="it comes with the extra cli")

import httpx
import typer

from pyttributionio import APIError, Client, OutboxError, PyttributionioError
from pyttributionio.cli.exit_codes import ExitCode, code_of, worst
from pyttributionio.cli.output import call_errors, run


def error_of(answer: httpx.Response | Exception) -> PyttributionioError:
    """Return the error of a read that is answered like this."""

    def handle(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    client = Client("KEY", "SECRET", max_retries=0, http_client=httpx.MockTransport(handle))
    with client, pytest.raises(APIError) as caught:
        client.customers.get("c")
    return caught.value


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, ExitCode.NOT_DONE),
        (401, ExitCode.CREDENTIALS),
        (403, ExitCode.CREDENTIALS),
        (404, ExitCode.NOT_FOUND),
        (408, ExitCode.UNAVAILABLE),
        (409, ExitCode.NOT_DONE),
        (422, ExitCode.NOT_DONE),
        (429, ExitCode.UNAVAILABLE),
        (500, ExitCode.UNAVAILABLE),
        (503, ExitCode.UNAVAILABLE),
        (200, ExitCode.NOT_DONE),
    ],
)
def test_code_of_a_status(status: int, code: ExitCode) -> None:
    """As in the table of the docs; 200 without a customer is an answer that is not readable."""
    assert code_of(error_of(httpx.Response(status, text="no"))) is code


def test_code_of_other_errors() -> None:
    """Of the network, the keyboard and a disk."""
    assert code_of(error_of(httpx.ConnectError("refused"))) is ExitCode.UNAVAILABLE
    assert code_of(error_of(httpx.ReadTimeout("late"))) is ExitCode.UNAVAILABLE
    assert code_of(KeyboardInterrupt()) is ExitCode.INTERRUPTED
    assert code_of(OutboxError("no")) is ExitCode.NOT_DONE


def test_worst_code() -> None:
    """One missing customer does not hide a refused secret."""
    assert worst([]) is ExitCode.DONE
    assert worst([ExitCode.DONE, ExitCode.NOT_FOUND]) is ExitCode.NOT_FOUND
    assert worst([ExitCode.CREDENTIALS, ExitCode.NOT_FOUND, ExitCode.UNAVAILABLE]) is ExitCode.CREDENTIALS


def raising(error: BaseException) -> Any:
    """Return a function that raises an error."""

    def command() -> None:
        raise error

    return command


def test_an_interruption_ends_silently(capsys: pytest.CaptureFixture[str]) -> None:
    """With the code of shells."""
    assert run(raising(KeyboardInterrupt())) == 130
    assert capsys.readouterr() == ("", "")


def test_an_error_of_a_call_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """With its exit code."""
    assert run(raising(error_of(httpx.Response(404)))) == 4
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith("error: GET https://attribution.io/api/v1/KEY/customers/c was answered 404")


@pytest.mark.parametrize("error", [ZeroDivisionError("a\nb"), OSError(2, "No such file", "x"), RecursionError()])
def test_an_unexpected_error_is_one_line(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a traceback."""
    assert run(raising(error)) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert type(error).__name__ in line


def test_a_traceback_for_a_report(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On request."""
    monkeypatch.setenv("PYTTRIBUTIONIO_LOG", "debug")
    assert run(raising(ZeroDivisionError("no"))) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("Traceback")
    assert lines[-1].startswith("error: unexpected ZeroDivisionError: no")


@pytest.mark.parametrize(("error", "code"), [(ValueError("bad"), 2), (TypeError("bad"), 2), (OutboxError("bad"), 1)])
def test_errors_of_arguments(error: Exception, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    """That the SDK refuses."""
    with pytest.raises(typer.Exit) as ended, call_errors():
        raise error
    assert ended.value.exit_code == code
    assert capsys.readouterr().err == "error: bad\n"
