"""The outbox and the tracker of a process, made when they are needed, from the project's settings."""

import os
import threading
from logging import ERROR, WARNING

from django.core.signals import setting_changed

from pyttributionio import Client
from pyttributionio._http import door
from pyttributionio.django._servers import missing_threads
from pyttributionio.django._settings import NAME, Options, read_options
from pyttributionio.django._tracker import DjangoTracker
from pyttributionio.outbox import Outbox
from pyttributionio.web._log import log

_lock = threading.Lock()


class _Shared:
    """The state of this process."""

    def __init__(self) -> None:
        self.tracker: DjangoTracker | None = None
        self.is_made = False
        self.started_in = 0
        """The id of the process in which delivery was started: a forked worker starts its own."""


_shared = _Shared()


def find_outbox(options: Options) -> Outbox:
    """Return the outbox of the settings. It opens no file and starts no thread before its first use.

    Raises:
        ValueError: There is no key or no directory, or one of them is malformed.
        TypeError: The option OUTBOX is a function that does not return an Outbox.
    """
    given = options.outbox
    if isinstance(given, Outbox):
        return given
    if given is not None:
        made = given()
        if not isinstance(made, Outbox):
            raise TypeError(f'{NAME}["OUTBOX"] returned {type(made).__name__}; it has to return an Outbox.')
        return made
    client = Client(options.api_key, tracking_url=options.tracking_url, disabled=options.disabled)
    return Outbox(client, options.outbox_directory)


def find_tracker() -> DjangoTracker | None:
    """Return the tracker of this process; None if the settings cannot be used, which is logged once."""
    if not _shared.is_made:
        with _lock:
            if not _shared.is_made:
                _shared.tracker = _made()
                _shared.is_made = True
    return _shared.tracker


def tracker_of(options: Options) -> DjangoTracker:
    """Return a tracker with the options.

    Raises:
        ValueError: There is no key or no directory, or an option is malformed.
        TypeError: An option has the wrong type.
    """
    return DjangoTracker(find_outbox(options), **options.of_the_tracker())


def _made() -> DjangoTracker | None:
    try:
        options = read_options()
        for problem in options.problems:
            log(ERROR, "%s %s", problem.text, problem.hint)
        return tracker_of(options)
    except Exception as error:  # the functions of the project can raise anything
        log(ERROR, "Nothing is tracked, because %s cannot be used: %s: %s", NAME, type(error).__name__, error)
        return None


def start_delivery() -> None:
    """Start to deliver what earlier processes left, once in each process, without waiting.

    The first request does this, because a master process, such as that of gunicorn's preload, must not open the outbox.
    """
    if _shared.started_in == os.getpid() or _is_test():
        return
    _shared.started_in = os.getpid()
    tracker = find_tracker()
    if tracker is None:
        return
    if reason := missing_threads():
        log(WARNING, "%s Set `enable-threads = true` in the configuration of uWSGI.", reason)
    # Opening checks the file, which takes some time if it is large.
    threading.Thread(target=_start, args=(tracker.outbox,), name="attributionio-start", daemon=True).start()


def _is_test() -> bool:
    """Return whether a test runs. What waits on this machine must not be delivered in it."""
    return door.active is not None or os.environ.get(door.VARIABLE) == "loopback"


def _start(outbox: Outbox) -> None:
    try:
        outbox.start()
    except Exception as error:  # an OutboxError, or no key: the events of this process meet it too
        log(ERROR, "The outbox could not be opened: %s", error)


def _forget(*, setting: str, **_: object) -> None:
    """Read the settings again: a test has changed them."""
    if setting in {NAME, "DEBUG"}:
        _shared.tracker, _shared.is_made, _shared.started_in = None, False, 0


setting_changed.connect(_forget)
