"""Whether a visitor gave consent, and whether a visitor is a bot: by functions of the program, which may fail."""

from collections.abc import Callable, Collection
from inspect import iscoroutine
from logging import ERROR
from typing import Generic, cast

from pyttributionio._core.validation import checked_filled_text, checked_function
from pyttributionio.web._log import log
from pyttributionio.web._visit import Consent, Request_contra


class ConsentCheck(Generic[Request_contra]):
    """Call the program's function for consent. Everything but a clear yes is a no.

    Args:
        consent: The function; None if each visitor may be tracked.
        category: The category that must be among those that it returns.
    """

    def __init__(self, consent: Consent[Request_contra] | None, category: str | None) -> None:
        checked_function("consent", consent)
        if category is not None:
            checked_filled_text("consent_category", category)
            if consent is None:
                raise ValueError("consent_category has no use here: pass consent=..., which returns the categories")
        self._consent = consent
        self._category = category

    def is_given(self, request: Request_contra) -> bool:
        """Return whether the visitor of a request gave consent. A failure is logged, and is a no."""
        if self._consent is None:
            return True
        try:
            granted = cast("object", self._consent(request))
            if isinstance(granted, bool):
                return granted
            if isinstance(granted, Collection) and not isinstance(granted, str | bytes):
                if self._category is not None:
                    return self._category in granted
                problem = "returned categories, and the tracker has no consent_category"
            elif iscoroutine(granted):  # closed, or Python warns that it was never awaited
                granted.close()
                problem = "is async; it has to be an ordinary function"
            else:
                problem = f"returned {type(granted).__name__}; it has to return a bool or a collection of categories"
        except Exception as error:
            problem = f"raised {type(error).__name__}"
        log(ERROR, "The function for consent %s. The visitor is not tracked.", problem)
        return False


class BotCheck:
    """Call the program's function that recognises bots.

    Args:
        skip_bots: The function; None if no bot is recognised.
    """

    def __init__(self, skip_bots: Callable[[str], bool] | None) -> None:
        checked_function("skip_bots", skip_bots)
        self._skip_bots = skip_bots

    def is_bot(self, user_agent: str) -> bool:
        """Return whether a user agent is a bot's. A failure is logged, and is a no."""
        if self._skip_bots is None:
            return False
        try:
            return bool(self._skip_bots(user_agent))
        except Exception as error:
            log(ERROR, "skip_bots raised %s. The visitor counts as a person.", type(error).__name__)
            return False
