"""Watches a page for what no page may do."""

import re
from typing import Final

from playwright.sync_api import ConsoleMessage, Dialog, Error, Page, Request

# Reports violations of the policy too, which browsers do not always write to the console.
_NOTE_VIOLATIONS: Final = """
addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy violated: ${event.violatedDirective} ${event.blockedURI}`);
});
"""


class Watch:
    """Collect a page's errors, dialogs, violations of its policy, and requests to other servers.

    Args:
        page: The page; everything that is opened in it is watched.
        *origins: The origins that it may send requests to.
    """

    def __init__(self, page: Page, *origins: str) -> None:
        self._page = page
        self._allowed = re.compile(rf"({'|'.join(map(re.escape, origins))})(/|$)|data:")
        self._notes: list[str] = []
        page.add_init_script(_NOTE_VIOLATIONS)
        page.on("console", self._note_message)
        page.on("pageerror", self._note_error)
        page.on("dialog", self._note_dialog)
        page.on("request", self._note_request)

    @property
    def problems(self) -> list[str]:
        """The problems so far."""
        # The messages of the page arrive before the answer of `evaluate`.
        if self._page.evaluate("typeof window.pwned") != "undefined":
            self._notes.append(f"a visitor's script ran on {self._page.url}")
        return [*self._notes]

    def _note_message(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._notes.append(f"{message.type}: {message.text}")

    def _note_error(self, error: Error) -> None:
        self._notes.append(f"uncaught: {error}")

    def _note_dialog(self, dialog: Dialog) -> None:
        self._notes.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _note_request(self, request: Request) -> None:
        if not self._allowed.match(request.url):
            self._notes.append(f"request: {request.url}")
