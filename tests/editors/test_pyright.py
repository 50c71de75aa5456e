"""What an editor shows that asks pyright: VS Code, Neovim, Zed and others do, or a close relative of it."""

import sys
from collections.abc import Iterator

import pytest

from editors._program import CUSTOMER_FIELDS, LEGACY, LEGACY_METHODS, PYDANTIC_1, SHOP, TOUCHPOINT_FIELDS, own, public
from editors._server import LanguageServer

DEPRECATED = 2
"""The diagnostic tag that makes an editor strike a name through."""


def settings(section: str) -> object:
    """Answer what an editor knows: which interpreter runs the user's file."""
    return {"pythonPath": sys.executable} if section == "python" else None


@pytest.fixture(scope="module")
def pyright(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    """Start pyright once, in a folder that has nothing but the user's file."""
    command = [sys.executable, "-m", "pyright.langserver", "--stdio"]
    with LanguageServer(command, tmp_path_factory.mktemp("shop"), settings) as server:
        yield server


def labels(server: LanguageServer, text: str) -> list[str]:
    """Return the names an editor lists at the cursor, in their order."""
    return [item["label"] for item in server.complete(text)]


# Completion


def test_client_completes_to_its_public_names(pyright: LanguageServer) -> None:
    """Private ones come after them all: pyright leaves it to the reader to stop there."""
    names = labels(pyright, SHOP + "client.|")
    assert names[:4] == ["close", "customers", "tracking", "with_options"]
    assert {*public(names)[4:]} == {"get", "post", "with_raw_response"}


def test_customers_complete_to_get_and_raw_responses(pyright: LanguageServer) -> None:
    """Before all private ones."""
    names = labels(pyright, SHOP + "client.customers.|")
    assert names[:2] == public(names) == ["get", "with_raw_response"]


def test_tracking_completes_to_its_calls_first(pyright: LanguageServer) -> None:
    """What client.tracking offers."""
    assert labels(pyright, SHOP + "client.tracking.|")[:3] == ["event", "identity", "with_raw_response"]


def test_customer_completes_to_the_collections_asked_for(pyright: LanguageServer) -> None:
    """Those two are there, the other two are not, and the fields come before all that pydantic adds."""
    names = labels(pyright, SHOP + "customer.|")
    assert own(names) == names[:9] == sorted(CUSTOMER_FIELDS | {"touchpoints", "events"})


def test_collection_completes_to_its_items_fields_first(pyright: LanguageServer) -> None:
    """Before all that pydantic adds."""
    names = labels(pyright, SHOP + "customer.touchpoints[0].|")
    assert names[: len(TOUCHPOINT_FIELDS)] == sorted(TOUCHPOINT_FIELDS)


def test_names_to_include_complete_between_the_quotes(pyright: LanguageServer) -> None:
    """The four, and "all", which pyright takes from the other forms of the argument."""
    names = labels(pyright, SHOP + 'client.customers.get("ada", include=["|"])')
    assert names == ['"all"', '"events"', '"identities"', '"pageviews"', '"touchpoints"']


def test_package_completes_to_what_it_exports(pyright: LanguageServer) -> None:
    """A name that is not exported is not offered, but for the package's own private helpers."""
    import pyttributionio

    exported = {name for name in pyttributionio.__all__ if not name.startswith("_")}
    assert set(public(labels(pyright, "import pyttributionio\npyttributionio.|"))) == exported


# What can't be helped: if one of these fails, the part on editors in docs/models-and-types.md has become too modest


def test_pydantic_1_stands_in_every_list(pyright: LanguageServer) -> None:
    """Editors read pydantic's source, where a subclass can't take anything away."""
    assert set(labels(pyright, SHOP + "customer.|")) >= PYDANTIC_1


# Hover


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("client_|id", "The person's id, as given in an identity call."),
        ("touch|points", "The marketing contacts that led the person here."),
        ("touchpoints[0].cam|paign", "The campaign's name (utm_campaign)."),
    ],
)
def test_hover_of_a_field_shows_its_docstring(pyright: LanguageServer, name: str, shown: str) -> None:
    """The schema's description, where the field is used."""
    assert shown in pyright.hover(f"{SHOP}customer.{name}").replace("\\", "")  # Markdown's escapes


def test_hover_of_get_shows_the_one_overload_that_fits(pyright: LanguageServer) -> None:
    """And the docstring, with what it raises; not the other sixteen."""
    shown = pyright.hover(SHOP + 'client.customers.g|et("ada", include=["pageviews", "events"])')
    assert shown.count("-> Customer") == 1
    assert "-> CustomerWithPageviewsAndEvents\n" in shown
    assert "Read one customer by the id given in an earlier identity call." in shown
    assert "NotFoundError: No identity call has named this id." in shown


def test_hover_of_a_result_names_its_class(pyright: LanguageServer) -> None:
    """The class says what was included."""
    assert "customer: CustomerWithTouchpointsAndEvents" in pyright.hover(SHOP + "custo|mer")


# Strike-through


def test_legacy_methods_are_struck_through_where_they_are_called(pyright: LanguageServer) -> None:
    """All eight, each with what replaces it; the class is not, and neither is its constructor."""
    calls = "".join(f"old.{name}()\n" for name in sorted(LEGACY_METHODS))
    struck = [each for each in pyright.diagnose(LEGACY + calls) if DEPRECATED in each.get("tags", ())]
    lines = [each["range"]["start"]["line"] - LEGACY.count("\n") for each in struck]
    assert lines == list(range(len(LEGACY_METHODS)))
    assert all("Use Client(...)." in each["message"] for each in struck)


def test_pydantic_1_is_struck_through_where_it_is_called(pyright: LanguageServer) -> None:
    """Who picks one from the list sees at once that it is the wrong one."""
    calls = "".join(f"customer.{name}\n" for name in sorted(PYDANTIC_1))
    struck = [each for each in pyright.diagnose(SHOP + calls) if DEPRECATED in each.get("tags", ())]
    assert len(struck) == len(PYDANTIC_1)


def test_sound_file_has_nothing_underlined(pyright: LanguageServer) -> None:
    """So the server has found the package, and what the tests above see are not its guesses."""
    assert pyright.diagnose(SHOP + "print(customer.touchpoints, customer.events)\n") == []
