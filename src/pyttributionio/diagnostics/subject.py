"""The settings that are examined."""

from collections.abc import Callable
from pathlib import Path

from pyttributionio._core.secret import hidden_from_tracebacks
from pyttributionio._core.settings import environment


class Subject:
    """The settings of a client and of its outbox. A setting that is None comes from the environment, as in a client.

    Args:
        api_key: The account's public key.
        api_secret: The account's secret.
        base_url: The server of reads.
        tracking_url: The server of events and identities.
        outbox_directory: The outbox's directory.
        key_source: Where the public key comes from, to be named in findings.
        secret_source: Where the secret comes from.
        timeout: Seconds for each server to answer, and for the read.
        allow_insecure_http: Whether http:// addresses of other machines are allowed.
        known_keys: Other public keys of the user, such as those of profiles. A secret with the value of one of them is
            not a secret.
        use_environment: Whether a key or a secret that is None comes from the environment. If not, there is none.

    Attributes:
        secret: Returns the secret, or None.
    """

    def __init__(
        self,
        *,
        api_key: str | None = None,
        api_secret: str | None = None,
        base_url: str | None = None,
        tracking_url: str | None = None,
        outbox_directory: str | Path | None = None,
        key_source: str | None = None,
        secret_source: str | None = None,
        timeout: float = 10.0,
        allow_insecure_http: bool = False,
        known_keys: tuple[str, ...] = (),
        use_environment: bool = True,
    ) -> None:
        named = (api_key is not None, api_secret is not None)
        self.secret: Callable[[], str | None] = hidden_from_tracebacks(
            api_secret or (environment("API_SECRET") if use_environment else None)
        )
        del api_secret  # a traceback with locals would show it
        self.api_key: str | None = api_key or (environment("API_KEY") if use_environment else None)
        self.base_url = base_url
        self.tracking_url = tracking_url
        self.outbox_directory = outbox_directory
        self.key_source: str = key_source or ("api_key" if named[0] else "the variable PYTTRIBUTIONIO_API_KEY")
        self.secret_source: str = secret_source or (
            "api_secret" if named[1] else "the variable PYTTRIBUTIONIO_API_SECRET"
        )
        self.timeout = timeout
        self.allow_insecure_http = allow_insecure_http
        self.known_keys = known_keys
