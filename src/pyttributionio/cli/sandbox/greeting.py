"""The greeting of `pyttributionio sandbox`, once it serves."""

import json
import shlex
import sys
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

from rich.panel import Panel
from rich.text import Text

from pyttributionio.cli.output import console, printable
from pyttributionio.sandbox import Sandbox
from pyttributionio.sandbox.api.account import DEFAULT_API_SECRET


@dataclass(frozen=True)
class Greeting:
    """The addresses of a running sandbox, and the variables that make programs use it.

    The default secret is public and may be shown; any other secret is not.
    """

    sandbox: Sandbox
    host: str
    """The address on which it listens; 0.0.0.0 covers more addresses than the one in its URLs."""
    shop_url: str
    faults: tuple[str, ...]
    """The faults as text, without secrets."""

    @property
    def snippet(self) -> str:
        """The tag for the pages of a site."""
        source, key = escape(f"{self.sandbox.tracking_url}/snippet.js"), escape(self.sandbox.api_key)
        return f'<script src="{source}" data-key="{key}" async></script>'

    @property
    def environment(self) -> dict[str, str | None]:
        """The variables that a client reads; None for a secret that is not shown."""
        known = self.sandbox.api_secret == DEFAULT_API_SECRET
        return {
            "PYTTRIBUTIONIO_API_KEY": self.sandbox.api_key,
            "PYTTRIBUTIONIO_API_SECRET": DEFAULT_API_SECRET if known else None,
            "PYTTRIBUTIONIO_BASE_URL": self.sandbox.base_url,
            "PYTTRIBUTIONIO_TRACKING_URL": self.sandbox.tracking_url,
        }

    def print(self, *, as_json: bool) -> None:
        """Write the greeting to stdout, for people or for programs."""
        if as_json:
            print(self._json(), flush=True)
        else:
            # Not wrapped, because lines are copied into shells and pages.
            console(sys.stdout).print(self._text(), soft_wrap=True)
            sys.stdout.flush()

    def warn(self) -> None:
        """Warn on stderr if other machines can reach the sandbox."""
        if self.sandbox.is_loopback:
            return
        port = urlsplit(self.sandbox.tracking_url).port
        text = (
            f"The sandbox listens on {self.host}, port {port}. Everyone who can reach this machine over the network "
            "can open its page, read all data in it, add data, and make calls fail, without a password.\n\n"
            "Leave --host out, unless you want this."
        )
        console(sys.stderr).print(Panel(text, title="OPEN TO THE NETWORK", style="bold red", title_align="left"))

    def _json(self) -> str:
        return json.dumps(
            {
                "tracking_url": self.sandbox.tracking_url,
                "base_url": self.sandbox.base_url,
                "page_url": self.sandbox.page_url,
                "shop_url": self.shop_url,
                "snippet": self.snippet,
                "environment": {name: value for name, value in self.environment.items() if value is not None},
            }
        )

    def _text(self) -> Text:
        text = Text()
        text.append(f"Sandbox of Attribution.io at {self.sandbox.tracking_url}", "bold")
        text.append(" (Ctrl-C ends it)\n\n", "dim")
        for name, url in (("Requests and customers", self.sandbox.page_url), ("Example shop", self.shop_url)):
            text.append(f"{name + ':':<24}").append(f"{url}\n", "cyan")
        text.append("\nFor programs that use the SDK:\n", "dim")
        for name, value in self.environment.items():
            shown = "'<the secret you gave>'" if value is None else shlex.quote(value)
            text.append(f"export {name}={shown}\n")
        text.append("\nFor the pages of a site:\n", "dim")
        text.append(self.snippet)
        if self.faults:
            text.append("\n")
        for fault in self.faults:
            text.append("\nFault: ", "bold yellow").append(printable(fault))
        return text
