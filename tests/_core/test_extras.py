"""Checks of the paths that a caller gives: each encoded id is one, and none leads out of its base."""

from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyttributionio import Client
from pyttributionio._core.extras import checked_path
from wire._both import SECRET


@given(st.text(min_size=1))
def test_an_encoded_id_is_a_path_that_stays_below_its_base(text: str) -> None:
    """Each id that `quote` encodes is accepted and stays one segment, but for those that decode to dot segments."""
    encoded = quote(text, safe="", errors="replace")
    decoded = encoded
    while (plain := unquote(decoded)) != decoded:
        decoded = plain
    settings = Client("KEY", SECRET)._settings
    if {".", ".."} & set(decoded.replace("\\", "/").split("/")):
        with pytest.raises(ValueError, match="leads out of the base URL"):
            checked_path(settings, f"customers/{encoded}")
    else:
        assert checked_path(settings, f"customers/{encoded}") == f"customers/{encoded}"
