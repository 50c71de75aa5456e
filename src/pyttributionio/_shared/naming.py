"""Public module names. Tracebacks, reprs and pickles show the name that users import, not the private module."""


def set_public_module(*classes: type) -> None:
    """Set the module of classes to the package's name.

    Not for models: pydantic looks up their annotations in that module.
    """
    for each in classes:
        each.__module__ = "pyttributionio"
