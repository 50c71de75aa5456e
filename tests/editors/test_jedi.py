"""What an editor shows that asks jedi: Spyder, python-lsp-server, JupyterLab, Vim's jedi.

Jedi reads Literal, `include`'s overloads and aliases less well than a type checker does. What it does
there is pinned too, each with its reason: none of it is an error to the user, only less help.
"""

from pathlib import Path

import jedi
import pytest

from editors._program import CUSTOMER_FIELDS, LEGACY, LEGACY_METHODS, PYDANTIC_1, SHOP, own, public
from pyttributionio import CustomerWithEvents

COLLECTIONS = {"pageviews", "touchpoints", "events", "identities"}


class Editor:
    """An open file; jedi looks for packages where this Python does."""

    def __init__(self, folder: Path) -> None:
        self._project = jedi.Project(folder)
        self._environment = jedi.InterpreterEnvironment()

    def complete(self, text: str) -> list[str]:
        """Return the names listed at the cursor, in their order."""
        script, line, column = self._open(text)
        return [each.name for each in script.complete(line, column)]

    def hover(self, text: str) -> list[str]:
        """Return the documentation of what stands at the cursor."""
        script, line, column = self._open(text)
        return [each.docstring() for each in script.help(line, column)]

    def infer(self, text: str) -> list[str]:
        """Return the classes of what stands at the cursor."""
        script, line, column = self._open(text)
        return [each.name for each in script.infer(line, column)]

    def _open(self, text: str) -> tuple[jedi.Script, int, int]:
        before, _, after = text.partition("|")
        script = jedi.Script(before + after, project=self._project, environment=self._environment)
        return script, before.count("\n") + 1, len(before) - before.rfind("\n") - 1


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Editor:
    """Open a file in a folder of its own; what jedi has parsed serves all tests."""
    jedi.settings.cache_directory = str(tmp_path_factory.mktemp("jedi"))  # not the developer's own
    return Editor(tmp_path_factory.mktemp("shop"))


def test_client_completes_to_its_public_names(editor: Editor) -> None:
    """Before all private ones."""
    names = editor.complete(SHOP + "client.|")
    known = ["close", "customers", "get", "post", "tracking", "with_options", "with_raw_response"]
    assert public(names) == names[: len(known)] == known


def test_customers_complete_to_get_and_raw_responses(editor: Editor) -> None:
    """Before all private ones."""
    names = editor.complete(SHOP + "client.customers.|")
    assert public(names) == names[:2] == ["get", "with_raw_response"]


def test_customer_completes_to_its_fields_and_all_collections(editor: Editor) -> None:
    """Weaker: jedi takes CustomerWithAll for every `include`; it does not match Literals in a list."""
    assert editor.infer(SHOP + "custo|mer") == ["CustomerWithAll"]
    assert own(editor.complete(SHOP + "customer.|")) == sorted(CUSTOMER_FIELDS | COLLECTIONS)


def test_annotated_customer_completes_to_its_own_collections(editor: Editor) -> None:
    """The way out: an annotation says what the call can't."""
    text = "from pyttributionio import CustomerWithEvents\n\ndef show(customer: CustomerWithEvents):\n    customer.|"
    assert own(editor.complete(text)) == sorted(CUSTOMER_FIELDS | {"events"})


def test_items_of_a_collection_are_known(editor: Editor) -> None:
    """The fields of a touchpoint, taken from the list."""
    assert {"campaign", "channel", "landing_page"} <= set(editor.complete(SHOP + "customer.touchpoints[0].|"))


def test_names_to_include_are_not_completed(editor: Editor) -> None:
    """Weaker: jedi completes no Literal; the docstring names the collections."""
    assert editor.complete(SHOP + 'client.customers.get("ada", include=["|"])') == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("client_|id", "The person's id, as given in an identity call."),
        ("touch|points", "The marketing contacts that led the person here."),
    ],
)
def test_hover_of_a_field_shows_its_docstring(editor: Editor, name: str, shown: str) -> None:
    """The schema's description, where the field is used."""
    assert editor.hover(f"{SHOP}customer.{name}") == [shown]


def test_hover_of_get_shows_every_overload_and_the_docstring(editor: Editor) -> None:
    """Weaker: all seventeen, the matching one among them."""
    (shown,) = editor.hover(SHOP + 'client.customers.g|et("ada", include=["events"])')
    assert shown.count("-> Customer") == 17
    assert 'include: Names[Literal["events"]]) -> CustomerWithEvents\n' in shown
    assert "Read one customer by the id given in an earlier identity call." in shown


def test_legacy_methods_are_completed_and_not_struck_through(editor: Editor) -> None:
    """Weaker: jedi knows no deprecation; the methods are there, not struck through."""
    assert set(editor.complete(LEGACY + "old.|")) >= LEGACY_METHODS


def test_pydantic_1_stands_in_every_list(editor: Editor) -> None:
    """It can't be helped: jedi reads pydantic's source, where a subclass takes nothing away."""
    assert set(editor.complete(SHOP + "customer.|")) >= PYDANTIC_1


def test_live_customer_completes_from_dir(editor: Editor) -> None:
    """On the object that is there, as in a notebook, only what a reader of an answer needs is listed."""
    customer = CustomerWithEvents.model_validate_json('{"utm_id": 1}')
    names = [each.name for each in jedi.Interpreter("customer.", [{"customer": customer}]).complete()]
    assert own(names) == sorted(CUSTOMER_FIELDS | {"events", "utm_id"})
    assert not PYDANTIC_1 & set(names)
