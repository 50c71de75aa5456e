"""The account's key and secret: how they look, and what one read of an id that cannot exist is answered."""

import re
import secrets
from collections.abc import Iterator
from typing import Final

from pyttributionio import (
    APIConnectionError,
    APIStatusError,
    AuthenticationError,
    Client,
    InternalServerError,
    NotFoundError,
    PermissionDeniedError,
    PyttributionioError,
    RateLimitError,
)
from pyttributionio.diagnostics.findings import Cause, Finding
from pyttributionio.diagnostics.servers import Target, has_usual_path
from pyttributionio.diagnostics.subject import Subject

_SAYS_SECRET: Final = re.compile(r"(?i)(^|[^a-z])(sk|secret|private)([^a-z]|$)")
_SAYS_PUBLIC: Final = re.compile(r"(?i)(^|[^a-z])(pk|key|public)([^a-z]|$)")
_MOVED: Final = range(300, 400)
_NO_METHOD: Final = 405


def check_settings(subject: Subject) -> Iterator[Finding]:
    """Yield findings about the key and the secret, without their values."""
    if subject.api_key is None:
        yield Finding(
            "credentials",
            "error",
            "there is no public key",
            "set PYTTRIBUTIONIO_API_KEY, or run `pyttributionio auth set`",
            "credentials",
        )
        return
    yield Finding("credentials", "ok", f"the public key comes from {subject.key_source}")
    if subject.secret() is None:
        yield Finding(
            "credentials",
            "warning",
            "there is no secret: events and identities can be posted, and customers can't be read",
            "set PYTTRIBUTIONIO_API_SECRET, or run `pyttributionio auth set`, to read customers",
        )
        return
    yield Finding("credentials", "ok", f"the secret comes from {subject.secret_source}")


def check_read(subject: Subject, base: Target | None) -> Iterator[Finding]:
    """Yield findings of one read, or of the settings that make it impossible. `base` is None if it does not answer."""
    if subject.api_key is None or subject.secret() is None:
        return
    if (finding := _of_values(subject)) is not None:
        yield finding
    try:
        client = Client(
            subject.api_key,
            subject.secret(),
            base_url=subject.base_url,
            tracking_url=subject.tracking_url,
            timeout=subject.timeout,
            deadline=subject.timeout,
            max_retries=0,
            allow_insecure_http=subject.allow_insecure_http,
        )
    except ValueError as error:
        # A finding about a URL is there already: then `base` is None, and the message is the URL's.
        if base is not None:
            advice = "copy it again from the vendor's settings page"
            yield Finding("credentials", "error", str(error), advice, "credentials", "base_url")
        return
    if base is None:
        message = "the key and the secret are not checked, because the server of reads does not answer"
        yield Finding("credentials", "note", message, target="base_url")
        return
    with client:
        yield _of_read(client, base, is_swapped=finding is not None)


def _of_values(subject: Subject) -> Finding | None:
    """Return a finding if key and secret look swapped. The values are compared inline, and never shown."""
    key = subject.api_key or ""
    if key == subject.secret():
        message = "the public key and the secret have the same value: one of them is wrong"
    elif subject.secret() in subject.known_keys and key not in subject.known_keys:
        message = "the secret is the public key of one of your profiles: key and secret are probably swapped"
    elif (
        _SAYS_SECRET.search(key)
        and not _SAYS_PUBLIC.search(key)
        and _SAYS_PUBLIC.search(subject.secret() or "")
        and not _SAYS_SECRET.search(subject.secret() or "")
    ):
        message = "the public key looks like a secret, and the secret like a public key: they are probably swapped"
    else:
        return None
    return Finding("credentials", "error", message, f"exchange them in {_sources(subject)}", "credentials")


def _sources(subject: Subject) -> str:
    return f"{subject.key_source} and {subject.secret_source}"


def _of_read(client: Client, base: Target, *, is_swapped: bool) -> Finding:
    try:
        client.customers.get(f"pyttributionio-doctor-{secrets.token_hex(16)}")
    except NotFoundError:
        if has_usual_path(base.server):
            message = f"{base.server} accepts the public key and the secret"
            return Finding("credentials", "ok", message, target="base_url")
        return _problem(
            f"{base.server} answered 404, which a wrong path does too: the API's path is /api/v1",
            "end base_url in /api/v1",
            "settings",
        )
    except AuthenticationError as error:
        hint = str(error).partition("probably swapped")[1]
        if hint and not is_swapped:
            return _problem(
                "the server refuses the public key and the secret (401), which are probably swapped",
                "exchange them: the public key is the one in the snippet of your pages",
                "credentials",
            )
        return _problem(
            "the server refuses the public key or the secret (401)",
            "copy both again from the vendor's settings page, and do not swap them: the public key is the one in the "
            "snippet of your pages",
            "credentials",
        )
    except PermissionDeniedError:
        return _problem(
            "the server knows the credentials, and the account is disabled (403)",
            "check the payment status of the account, or contact the vendor",
            "credentials",
        )
    except (RateLimitError, InternalServerError) as error:
        return _problem(f"the server of reads answers {error.status_code}", "try again later", "unavailable")
    except APIConnectionError as error:
        return _problem(str(error), "try again later, or with a longer --timeout", "unavailable")
    except APIStatusError as error:
        if error.status_code in _MOVED or error.status_code == _NO_METHOD:
            message = f"{base.server} answers {error.status_code}, as a wrong address does"
            return _problem(message, "check base_url: the vendor's is https://attribution.io/api/v1", "settings")
        return _problem(str(error), "check base_url", "settings")
    except PyttributionioError as error:
        return _problem(f"the answer is not one of the API: {error}", "check base_url", "settings")
    return _problem(
        f"{base.server} has a customer with an id that was generated now, so it is not the API",
        "check base_url: the vendor's is https://attribution.io/api/v1",
        "settings",
    )


def _problem(message: str, advice: str, cause: Cause) -> Finding:
    return Finding("credentials", "error", message, advice, cause, "base_url")
