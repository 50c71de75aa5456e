"""Where users find a class: tracebacks, reprs and pickles name what they import, not the file it is written in."""


def set_public_module(*classes: type) -> None:
    """Let classes say that they are the package's own.

    Models do without: pydantic looks their annotations up in the module they name.
    """
    for each in classes:
        each.__module__ = "pyttributionio"
