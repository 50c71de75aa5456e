"""Variables that are set, and names that are misspelt."""

import os
import re
from pathlib import Path

import pytest

from pyttributionio.diagnostics import KNOWN_VARIABLES, Finding
from pyttributionio.diagnostics.variables import check_variables

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


@pytest.fixture(autouse=True)
def none_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the machine's variables."""
    for name in [*os.environ]:
        if "TRIBUTION" in name.upper():
            monkeypatch.delenv(name)


def warnings() -> list[Finding]:
    """Return the findings about names that are unknown."""
    return [each for each in check_variables() if each.level == "warning"]


def test_the_known_variables_are_those_of_the_docs() -> None:
    """There is one list."""
    described = set(re.findall(r"PYTTRIBUTIONIO_[A-Z]+(?:_[A-Z]+)*", PAGE.read_text(encoding="utf-8")))
    assert described == {*KNOWN_VARIABLES}
    assert [*KNOWN_VARIABLES] == sorted(KNOWN_VARIABLES)


def test_names_that_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not their values."""
    (first,) = check_variables()
    assert first.level == "note"
    monkeypatch.setenv("PYTTRIBUTIONIO_API_SECRET", "s3cr3t-Value-9000")
    monkeypatch.setenv("PYTTRIBUTIONIO_API_KEY", "")
    first, empty = check_variables()
    assert (first.level, first.message) == ("ok", "set: PYTTRIBUTIONIO_API_SECRET")
    assert "PYTTRIBUTIONIO_API_KEY is set, and empty" in empty.message
    assert "s3cr3t" not in repr(first)


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("PYTTRIBUTIONIO_API_KYE", "PYTTRIBUTIONIO_API_KEY"),
        ("PYTRIBUTIONIO_API_KEY", "PYTTRIBUTIONIO_API_KEY"),
        ("PYTTRIBUTION_IO_API_SECRET", "PYTTRIBUTIONIO_API_SECRET"),
        ("ATTRIBUTIONIO_API_SECRET", "PYTTRIBUTIONIO_API_SECRET"),
        ("PYTTRIBUTIONIO_SECRET", "PYTTRIBUTIONIO_API_SECRET"),
        ("PYTTRIBUTIONIO_TRACKINGURL", "PYTTRIBUTIONIO_TRACKING_URL"),
    ],
)
def test_a_misspelt_name(name: str, right: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The nearest right one is named."""
    monkeypatch.setenv(name, "x")
    (finding,) = warnings()
    assert name in finding.message
    assert finding.advice == f"rename it to {right}"


@pytest.mark.skipif(os.name == "nt", reason="names are in upper case there")
def test_a_name_in_lower_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is another variable."""
    monkeypatch.setenv("pyttributionio_api_key", "x")
    (finding,) = warnings()
    assert finding.advice == "rename it to PYTTRIBUTIONIO_API_KEY"


def test_a_name_that_is_like_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """All are listed."""
    monkeypatch.setenv("PYTTRIBUTIONIO_WORKERS_OF_THE_SHOP", "4")
    (finding,) = warnings()
    assert "PYTTRIBUTIONIO_API_KEY" in finding.advice


@pytest.mark.parametrize("name", ["DISTRIBUTION", "CONTRIBUTION_API_KEY", "MY_API_KEY", "ATTRIBUTION_MODEL"])
def test_names_of_other_programs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are left alone."""
    monkeypatch.setenv(name, "x")
    assert warnings() == []


@pytest.mark.parametrize(("value", "warns"), [("1", True), ("TRUE", True), ("0", False), ("", False)])
def test_a_disabled_sdk_is_named(value: str, warns: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Staging has this variable; production must not."""
    monkeypatch.setenv("PYTTRIBUTIONIO_DISABLED", value)
    assert ["PYTTRIBUTIONIO_DISABLED is on" in each.message for each in warnings()] == [True] * warns
