"""Texts about data that came from outside."""

from pyttributionio._shared.text import preview


def test_preview_names_what_json_has_no_type_for() -> None:
    """Values in models that a user made by hand."""
    assert preview(object(), str) == "object"
