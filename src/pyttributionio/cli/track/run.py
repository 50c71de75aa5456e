"""`pyttributionio track`: send a call, store it in the outbox, or print what would be sent."""

import secrets
import shlex
from dataclasses import replace
from typing import Final

import typer

from pyttributionio import APIError, APIStatusError, Client
from pyttributionio.cli.credentials.options import Account
from pyttributionio.cli.display import print_json, print_note, print_text
from pyttributionio.cli.exit_codes import ExitCode, code_of
from pyttributionio.cli.outbox.display import NO_DIRECTORY, one_line_errors, refuse_empty
from pyttributionio.cli.output import fail, print_error
from pyttributionio.cli.track.arguments import option_names
from pyttributionio.cli.track.calls import IdentityCall, TrackingCall
from pyttributionio.cli.track.dry_run import print_request, recorded
from pyttributionio.cli.track.options import Target
from pyttributionio.outbox import Outbox

_REFUSED: Final = range(300, 500)
"""The statuses with which a server says that it did not accept a request."""


def run(account: Account, call: TrackingCall, target: Target, *, as_json: bool) -> None:
    """Do what the options ask for.

    Raises:
        Exit: It was not done, or only a part; the reason is on stderr.
    """
    refuse_empty(target.directory)
    if target.directory is not None and not target.outbox:
        fail("--directory has no effect without --outbox", ExitCode.USAGE)
    if target.dry_run:
        _print_requests(account, call, target, as_json=as_json)
    elif target.outbox:
        _store(account, call, target.directory, as_json=as_json)
    else:
        _send(account, _with_ids(call), as_json=as_json)


def _print_requests(account: Account, call: TrackingCall, target: Target, *, as_json: bool) -> None:
    requests = recorded(account, call, is_stored=target.outbox)
    print_note(
        "Dry run: nothing is stored. The outbox would deliver:"
        if target.outbox
        else "Dry run: nothing is sent. Without --dry-run, this is sent:"
    )
    for request in requests:
        print_request(request, as_json=as_json)


def _with_ids(call: TrackingCall) -> TrackingCall:
    """Return the call with random ids in the place of missing ones, so that they are known if an answer is lost."""
    if isinstance(call, IdentityCall):
        return call
    return replace(
        call,
        client_id=secrets.token_hex(12) if call.client_id is None else call.client_id,
        transaction_id=secrets.token_hex(16) if call.transaction_id is None else call.transaction_id,
    )


def _send(account: Account, call: TrackingCall, *, as_json: bool) -> None:
    requests = recorded(account, call, is_stored=False)  # it refuses wrong arguments before anything is announced
    url = requests[0].url.rpartition("/")[0]
    print_note(f"Sending {call.name} of visitor {call.visitor_id} to {' and '.join(each.url for each in requests)}")
    with account.client(needs_secret=False) as client:
        try:
            call.send(client)
        except APIError as error:
            print_error(str(error))
            if error.accepted_transaction_id is not None:  # the event was accepted, and only its identity was not
                _print_sent(call, url, identity=False, as_json=as_json)
            _print_advice(call, error)
            raise typer.Exit(code_of(error)) from None
    _print_sent(call, url, identity=call.identify, as_json=as_json)


def _print_sent(call: TrackingCall, url: str, *, identity: bool, as_json: bool) -> None:
    if as_json:
        print_json(_line(call, "sent", call.client_id, call.transaction_id, identity=identity, to=url))
        return
    of = "" if call.transaction_id is None else f", transaction id {call.transaction_id}"
    print_text(f"Accepted: {call.name} of client {call.client_id}{of}.")


def _print_advice(call: TrackingCall, error: APIError) -> None:
    """Say on stderr what was done, and how to do the rest."""
    visitor, client = shlex.quote(call.visitor_id), shlex.quote(call.client_id or "")
    if error.accepted_transaction_id is not None:
        print_note(
            "The event was accepted, and its identity was not. Do not send the event again; post the identity with: "
            f"pyttributionio track identity --visitor {visitor} -- {client}"
        )
    elif call.transaction_id is not None and not (isinstance(error, APIStatusError) and error.status_code in _REFUSED):
        print_note(
            "It is not known if the event arrived. To send the same event again, add: "
            f"--client-id {client} --transaction-id {shlex.quote(call.transaction_id)}"
        )


def _store(account: Account, call: TrackingCall, directory: str | None, *, as_json: bool) -> None:
    with account.client(needs_secret=False) as client, one_line_errors():
        outbox = _outbox(client, directory)
        folder = str(outbox.folder)
        try:
            with option_names():
                receipt = call.store(outbox)
        finally:
            outbox.close()
    result = "duplicate" if receipt.duplicate else "stored"
    if as_json:
        ids = receipt.client_id, receipt.transaction_id
        print_json(_line(call, result, *ids, identity=call.identify, to=folder))
        return
    if receipt.duplicate:
        print_text(f"Not stored: an event with the transaction id {receipt.transaction_id} waits in {folder} already.")
        return
    print_text(
        f"Stored: {call.name} of client {receipt.client_id}, transaction id {receipt.transaction_id}, in {folder}."
    )
    print_note(
        "A running process with this outbox delivers it, or `pyttributionio outbox drain`. "
        f"`pyttributionio outbox show {receipt.transaction_id}` shows it."
    )


def _outbox(client: Client, directory: str | None) -> Outbox:
    try:
        return Outbox(client, directory, manual=True)  # it sends nothing here: the command ends at once
    except ValueError:
        fail(NO_DIRECTORY, ExitCode.USAGE)


def _line(
    call: TrackingCall, result: str, client_id: str | None, transaction_id: str | None, *, identity: bool, to: str
) -> dict[str, object]:
    """Return the line for programs; each key is always there."""
    return {
        "result": result,
        "kind": call.kind,
        "event_key": call.event_key,
        "visitor_id": call.visitor_id,
        "client_id": client_id,
        "transaction_id": transaction_id,
        "identity": identity,
        "to": to,
    }
