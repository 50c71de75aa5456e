"""`event` and `identity` of the outbox, generated: with the arguments and the flow of `client.tracking`.

Only the parts of the docstrings that differ are written here. An argument that the client's call gets, the outbox's
call has too.
"""

import re

from tasks.resources import Method, Resource

_RAISES = """
        Returns:
            The receipt: the {kind} is stored.

        Raises:
            OutboxFullError: There is no room for it; nothing was stored.
            OutboxError: It could not be stored, because the disk fails or the outbox is closed.
            OutboxCorruptError: The outbox's file is damaged, and could not be repaired.
            ValueError: An argument is empty or malformed, such as a time without a zone; nothing was stored.
            TypeError: An argument has the wrong type; nothing was stored.
        \"\"\""""
_HEAD = '''from abc import ABC, abstractmethod
{imports}
from pyttributionio._shared.habits import AnswersHabits
from pyttributionio.outbox._config import OutboxConfig
from pyttributionio.outbox._events import Accepted
from pyttributionio.outbox._requests import event_entry, identity_entry
from pyttributionio.outbox.storage.entries import NewEntry


class OutboxCalls(AnswersHabits, ABC):
    """The calls that store an entry, with the arguments of `client.tracking`."""

    _config: OutboxConfig

    @abstractmethod
    def _accept(self, entry: NewEntry, client_id: str) -> Accepted:
        """Store an entry; return its receipt."""
'''


_HEADS = {
    "event": """Store one event of a visitor, and the identity that is delivered after it.

        Both have the same client id. Every attempt sends the same bytes. An entry whose answer was lost is sent again,
        and whether the vendor removes duplicates is documented nowhere: see `retry_posts`.""",
    "identity": "Store one identity: it connects a person's id to a visitor id.",
}
_ARGUMENTS = {
    (
        "event",
        "transaction_id",
    ): """An id that no other event has, such as an order's number; a UUID of version 7 if left
                out. While an event waits, another one of the same id and event key is not stored.""",
    ("event", "identify"): "Whether to deliver the identity too.",
}
"""The descriptions of arguments that differ, by method and argument."""


def outbox_source(tracking: Resource) -> str:
    """Return the module, made from the source of `client.tracking`.

    Raises:
        ValueError: An argument whose description differs is not described there; the message names it.
    """
    methods = (
        f"\n    def {each.name}({each.parameters}) -> Accepted:\n        {_doc(each)}\n        return {_flow(each)}\n"
        for each in tracking.methods
    )
    return "".join([_HEAD.format(imports=tracking.imports), *methods])


def _doc(method: Method) -> str:
    arguments = "        Args:\n" + method.doc.partition("        Args:\n")[2].partition("\n        Returns:\n")[0]
    for (call, name), text in _ARGUMENTS.items():
        if call == method.name:
            described = re.compile(rf"(?<=^ {{12}}{name}: ).*\n(?: {{16}}.*\n)*", re.MULTILINE)
            arguments, found = described.subn(f"{text}\n", arguments)
            if not found:
                raise ValueError(f"{call} of scripts/resources/tracking.py does not describe {name}")
    return f'"""{_HEADS[method.name]}\n\n{arguments}{_RAISES.format(kind=method.name)}'


def _flow(method: Method) -> str:
    entry = re.sub(r"^post_(\w+)\(self\._settings", r"\1_entry(self._config.settings", method.flow)
    return f"self._accept(*{entry})"
