"""The checks: what each finds, and what it says to do."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import override_settings

from in_django._site import reads_user
from in_django.conftest import manual
from outbox._helpers import Scripted
from support.django_project import MIDDLEWARE

GOOD = {"API_KEY": "KEY", "CONSENT": "in_django.test_checks.allowed"}
MAIN = "pyttributionio.django.AttributionMiddleware"


def allowed(request: Any) -> bool:
    """Give consent."""
    return "consent" in request.COOKIES


class Askers:
    """Ways to write a function for consent that reads the user."""

    def __call__(self, request: Any) -> bool:
        """Read the session."""
        return bool(request.session)

    def method(self, request: Any) -> bool:
        """Read the user, in a nested function."""
        return any(True for _ in [request.user])


@pytest.fixture(autouse=True)
def _directory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name a good directory; nothing is opened in it."""
    monkeypatch.setenv("PYTTRIBUTIONIO_OUTBOX_DIRECTORY", "/var/lib/shop/attribution-outbox")


def found(options: Any, **settings: Any) -> dict[str, str]:
    """Return the checks' messages by their ids."""
    with override_settings(ATTRIBUTIONIO=options, **settings):
        messages = run_checks(tags=["attributionio"])
    assert all(message.hint for message in messages)
    return {str(message.id).partition(".")[2]: f"{message.msg} {message.hint}" for message in messages}


def test_a_good_project_has_no_message() -> None:
    """With the key in the settings, or in the environment."""
    assert found(GOOD) == {}


def test_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is needed, unless it is in the environment or in an outbox of the project."""
    consent = {"CONSENT": allowed}
    assert "PYTTRIBUTIONIO_API_KEY" in found(consent)["E001"]
    assert "E001" not in found({**consent, "DISABLED": True})
    with manual(Scripted()) as outbox:
        assert found({**consent, "OUTBOX": outbox}) == {}
    monkeypatch.setenv("PYTTRIBUTIONIO_API_KEY", "KEY")
    assert found(consent) == {}


@pytest.mark.parametrize(
    ("name", "right"),
    [("API_KEYS", "API_KEY"), ("honor_gpc", "HONOUR_GPC"), ("OUTBOX_DIR", "OUTBOX_DIRECTORY"), ("Consent", "CONSENT")],
)
def test_an_unknown_name_is_answered_with_the_right_one(name: str, right: str) -> None:
    """Or with all of them."""
    assert found({**GOOD, name: 1})["E002"] == f'ATTRIBUTIONIO has no option {name!r}. Write "{right}".'
    assert "HONOUR_GPC" in found({**GOOD, "xyz": 1})["E002"]


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("API_KEY", 7, 'ATTRIBUTIONIO["API_KEY"] is an int; it has to be a str.'),
        ("API_KEY", "a b", "cannot be used"),
        ("OUTBOX_DIRECTORY", 7, "is an int; it has to be a str or a Path."),
        ("CONSENT", "no.such.module", "cannot be imported: No module named 'no'"),
        ("CONSENT", "in_django.test_checks.GOOD", "is a dict; it has to be a function."),
        ("HONOUR_GPC", "yes", "is a str; it has to be a bool."),
        ("KEEP_QUERY", "utm_source", "is a str; it has to be a list of str."),
        ("KEEP_QUERY", [7], "contains an int"),
        ("OUTBOX", "in_django.test_checks.GOOD", "is a dict; it has to be an Outbox."),
        ("OUTBOX", dict, "returned dict; it has to return an Outbox."),
        ("SITE_URL", "shop.example", "cannot be used"),
    ],
)
def test_a_wrong_value(name: str, value: Any, text: str) -> None:
    """It says what was expected."""
    assert text in found({**GOOD, name: value})["E003"]


def test_the_setting_is_a_dict() -> None:
    """A list of pairs is not."""
    assert "is a list; it has to be a dict" in found([("API_KEY", "KEY")])["E003"]


def test_no_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra `outbox`, one must be named."""
    monkeypatch.delenv("PYTTRIBUTIONIO_OUTBOX_DIRECTORY")
    monkeypatch.setitem(sys.modules, "platformdirs", None)
    assert "PYTTRIBUTIONIO_OUTBOX_DIRECTORY" in found(GOOD)["E003"]


def test_a_temporary_directory_and_one_in_the_code(tmp_path: Path) -> None:
    """A deployment or the system would delete events; development is no deployment."""
    temporary = {**GOOD, "OUTBOX_DIRECTORY": tmp_path / "outbox"}
    assert "is a temporary directory" in found(temporary)["W001"]
    assert "is a temporary directory" in found({**GOOD, "OUTBOX_DIRECTORY": "/dev/shm/outbox"})["W001"]
    code = {**GOOD, "OUTBOX_DIRECTORY": "/srv/shop/outbox"}
    assert "contains the code" in found(code, BASE_DIR=Path("/srv/shop"))["W001"]
    assert found(code, BASE_DIR="/srv/other") == {}
    assert found(temporary, DEBUG=True) == {}


def test_the_code_is_where_the_settings_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a project without BASE_DIR."""
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "shop.settings")
    monkeypatch.setitem(sys.modules, "shop.settings", SimpleNamespace(__file__="/srv/shop/shop/settings.py"))  # type: ignore[arg-type]
    assert "contains the code" in found({**GOOD, "OUTBOX_DIRECTORY": "/srv/shop/outbox"})["W001"]


def test_the_middleware_is_missing() -> None:
    """A subclass is one too, and another middleware that cannot be imported is not ours to report."""
    assert MAIN in found(GOOD, MIDDLEWARE=MIDDLEWARE[1:])["W002"]
    assert "W002" in found(GOOD, MIDDLEWARE=["no.such.Middleware"])
    assert found(GOOD, MIDDLEWARE=["in_django.test_visits.OwnMiddleware"]) == {}


@pytest.mark.parametrize(
    "consent",
    [reads_user, lambda request: request.session["consent"], Askers(), Askers().method],
    ids=["function", "lambda", "object", "method"],
)
def test_consent_that_reads_the_session(consent: Any) -> None:
    """It is read from the function's own code."""
    assert "queries the database, and adds `Vary: Cookie`" in found({**GOOD, "CONSENT": consent})["W003"]


def test_consent_in_code_that_is_not_python() -> None:
    """There is nothing to read."""
    assert found({**GOOD, "CONSENT": bool}) == {}


def test_no_consent_is_set() -> None:
    """It is a decision, so it is written down."""
    assert "Sec-GPC" in found({"API_KEY": "KEY"})["W004"]
    assert "W004" not in found({"API_KEY": "KEY", "CONSENT": "no.such.module"})


@pytest.mark.parametrize(("has_threads", "is_warned"), [(0, True), (1, False)])
def test_uwsgi_without_threads(has_threads: int, is_warned: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The outbox's threads would not run."""
    monkeypatch.setitem(sys.modules, "uwsgi", SimpleNamespace(has_threads=has_threads))  # type: ignore[arg-type]
    assert ("enable-threads" in found(GOOD).get("W005", "")) == is_warned
