"""The account's key and secret: how they look, and what one read of an id that cannot exist is answered."""

import re
import secrets
from collections.abc import Iterator
from typing import Final

from pyttributionio import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    Client,
    InternalServerError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ResponseValidationError,
)
from pyttributionio._core.settings import BASE_URL, checked_key, checked_secret
from pyttributionio.diagnostics.findings import Cause, Finding
from pyttributionio.diagnostics.servers import Target, has_usual_path
from pyttributionio.diagnostics.subject import Subject

_SAYS_SECRET: Final = re.compile(r"(?i)(^|[^a-z])(sk|secret|private)([^a-z]|$)")
_SAYS_PUBLIC: Final = re.compile(r"(?i)(^|[^a-z])(pk|key|public)([^a-z]|$)")


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
    if (problem := _malformed(subject)) is not None:
        yield problem
        return
    if base is None:
        message = "the key and the secret are not checked, because the server of reads does not answer"
        yield Finding("credentials", "note", message, target="base_url")
        return
    with Client(
        subject.api_key,
        subject.secret(),
        base_url=subject.base_url,
        tracking_url=base.server.origin,  # nothing is posted, and a wrong one is another finding
        timeout=subject.timeout,
        deadline=subject.timeout,
        max_retries=0,
        allow_insecure_http=subject.allow_insecure_http,
        disabled=False,  # the check needs an answer
    ) as client:
        yield _of_read(client, base, is_swapped=finding is not None)


def _malformed(subject: Subject) -> Finding | None:
    """Return a finding if the key or the secret has characters that a client refuses, without its value."""
    try:
        checked_key(subject.api_key)
    except ValueError:
        name, source = "public key", subject.key_source
    else:
        try:
            checked_secret(subject.secret())
        except ValueError:
            name, source = "secret", subject.secret_source
        else:
            return None
    message = f"the {name} from {source} has white space or other characters that none has (it is not shown here)"
    return _problem(message, "copy it again from the vendor's settings page", "credentials")


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
    # The errors' own messages have the URL, and so the public key, which is the secret if the two are swapped.
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
    except APITimeoutError:
        message = f"{base.server} did not answer the read in time"
        return _problem(message, "try again later, or with a longer --timeout", "unavailable")
    except APIConnectionError:
        message = f"the connection to {base.server} was lost before the answer to the read"
        return _problem(message, "try again later", "unavailable")
    except APIStatusError as error:
        message = f"{base.server} answers {error.status_code}, as a wrong address does"
        return _problem(message, f"check base_url: the vendor's is {BASE_URL}", "settings")
    except ResponseValidationError as error:
        message = f"the answer of {base.server} is not one of the API: it has no {error.expected}"
        return _problem(message, f"check base_url: the vendor's is {BASE_URL}", "settings")
    return _problem(
        f"{base.server} has a customer with an id that was generated now, so it is not the API",
        f"check base_url: the vendor's is {BASE_URL}",
        "settings",
    )


def _problem(message: str, advice: str, cause: Cause) -> Finding:
    return Finding("credentials", "error", message, advice, cause, "base_url")
