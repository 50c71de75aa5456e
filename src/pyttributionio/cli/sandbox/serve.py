"""Serve the sandbox and its shop in the foreground until Ctrl-C or SIGTERM."""

import contextlib
import logging
import signal
import socket
import sqlite3
import ssl
import sys
from collections.abc import Generator
from contextlib import ExitStack

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from pyttributionio import Client
from pyttributionio.cli.exit_codes import ExitCode
from pyttributionio.cli.output import console, fail
from pyttributionio.cli.sandbox.greeting import Greeting
from pyttributionio.cli.sandbox.options import Options
from pyttributionio.outbox import Outbox
from pyttributionio.sandbox import Sandbox
from pyttributionio.sandbox.api.account import DEFAULT_API_KEY, DEFAULT_API_SECRET
from pyttributionio.sandbox.api.fault_redaction import hidden_rule
from pyttributionio.sandbox.api.redaction import Redaction
from pyttributionio.sandbox.faults.text import parse_fault
from pyttributionio.sandbox.page.app import SHOP_PATH
from pyttributionio.shop import create_shop

_ENDING = (signal.SIGINT, signal.SIGTERM)


def serve(options: Options) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Raises:
        Exit: The sandbox cannot be started as asked; the reason is on stderr.
    """
    with _signal_numbers() as numbers, contextlib.suppress(KeyboardInterrupt), ExitStack() as running:
        # Both are set explicitly: a shell that starts this in the background ignores SIGINT.
        for number in _ENDING:
            signal.signal(number, signal.default_int_handler)
        try:
            sandbox = _start(options, running)
            faults = tuple(str(hidden_rule(rule, _redaction(options, sandbox))) for rule in sandbox.faults.active)
            shop_url = f"{sandbox.tracking_url}{SHOP_PATH}/"
            greeting = Greeting(sandbox, host=options.host, shop_url=shop_url, faults=faults)
            greeting.warn()
            greeting.print(as_json=options.as_json)
            while numbers.recv(1)[0] not in _ENDING:
                pass  # a signal with another handler
        finally:
            # A second Ctrl-C would interrupt closing, before the write-ahead log is closed.
            for number in _ENDING:
                signal.signal(number, signal.SIG_IGN)


@contextlib.contextmanager
def _signal_numbers() -> Generator[socket.socket, None, None]:
    """Yield a socket from which the numbers of arriving signals can be read, one byte each.

    Waiting for their exceptions alone could last for ever: a signal just before a sleep does not end the sleep, and
    an exception in a finalizer is lost.
    """
    read, write = socket.socketpair()
    with read, write:
        write.setblocking(False)
        before = signal.set_wakeup_fd(write.fileno(), warn_on_full_buffer=False)
        try:
            yield read
        finally:
            signal.set_wakeup_fd(before)


def _start(options: Options, running: ExitStack) -> Sandbox:
    try:
        sandbox = _configure(options)
        # The shop closes after the sandbox, which may still serve the shop's last visitors.
        shop = running.enter_context(ExitStack())
        running.callback(sandbox.close)
        sandbox.start()
        _mount_shop(sandbox, shop)
        _seed(sandbox, options)
    except OSError as error:
        fail(f"cannot listen on {options.host}, port {options.port}: {error.strerror or error}")
    except sqlite3.Error as error:
        fail(f"cannot use {options.database or 'the database'}: {error}")
    except ValueError as error:
        fail(str(error), ExitCode.USAGE)
    return sandbox


def _configure(options: Options) -> Sandbox:
    sandbox = Sandbox(
        host=options.host,
        port=options.port,
        database=options.database,
        api_key=DEFAULT_API_KEY if options.api_key is None else options.api_key,
        api_secret=DEFAULT_API_SECRET if options.api_secret is None else options.api_secret,
        event_keys=options.event_keys or None,
    )
    for account in options.accounts:
        sandbox.add_account(account.api_key, account.api_secret or DEFAULT_API_SECRET)
    for fault in options.faults:
        try:
            sandbox.faults.add(parse_fault(fault))
        except ValueError as error:
            raise ValueError(_redaction(options, sandbox).text(f"--fault {fault}: {error}")) from None
    return sandbox


def _redaction(options: Options, sandbox: Sandbox) -> Redaction:
    """Return the redaction that hides the secrets of all accounts on the command line."""
    secrets = frozenset([sandbox.api_secret, *(each.api_secret for each in options.accounts if each.api_secret)])
    return Redaction(secrets, [sandbox.api_key, *(each.api_key for each in options.accounts)])


def _mount_shop(sandbox: Sandbox, running: ExitStack) -> None:
    # Its own transport without the environment's proxies, which cannot reach this machine by its loopback address.
    transport = httpx.HTTPTransport(trust_env=False, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    running.callback(transport.close)
    client = Client(
        sandbox.api_key,
        # Tracking needs no secret; but without one, the client would read a real account's secret from the environment.
        sandbox.api_secret,
        base_url=sandbox.base_url,
        tracking_url=sandbox.tracking_url,
        http_client=transport,
        allow_insecure_http=True,
    )
    running.callback(client.close)
    outbox = running.enter_context(Outbox(client, durability="memory", drain_on_exit=0))
    sandbox.mount(SHOP_PATH, create_shop(outbox, api_key=sandbox.api_key))
    # The shop's log is for its developer; uvicorn's log is unchanged.
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("shop: %(message)s"))
    logger = logging.getLogger("pyttributionio.shop")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)  # including events that are not counted because of the visitor


def _seed(sandbox: Sandbox, options: Options) -> None:
    screen, wanted = console(sys.stderr), options.customers
    with_bar = wanted > 0 and screen.is_terminal
    generated = _seed_with_bar(sandbox, options, screen) if with_bar else _seed_silently(sandbox, options)
    if generated < wanted:
        there = f"these {wanted:,}" if generated == 0 else f"{wanted - generated:,} of these {wanted:,}"
        screen.print(f"The example account already has {there} customers: they are kept.", soft_wrap=True)


def _seed_silently(sandbox: Sandbox, options: Options) -> int:
    return sandbox.seed(options.customers, seed=options.random_seed)


def _seed_with_bar(sandbox: Sandbox, options: Options, screen: Console) -> int:
    columns = (TextColumn("Generating customers"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True) as progress:
        task = progress.add_task("", total=options.customers)
        return sandbox.seed(
            options.customers,
            seed=options.random_seed,
            on_progress=lambda done: progress.update(task, completed=done),
        )
