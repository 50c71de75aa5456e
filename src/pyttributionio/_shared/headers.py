"""An answer's headers, independent of any HTTP library."""

from collections.abc import Iterable, Iterator, Mapping

from pyttributionio._shared.naming import set_public_module

__all__ = ["Headers"]


class Headers(Mapping[str, str]):
    """The headers of an answer. Upper and lower case in names are the same (RFC 9110, section 5.1).

    The values of a header that came several times are joined with a comma and a space (RFC 9110, section 5.3).
    """

    __slots__ = ("_values",)

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        values: dict[str, str] = {}
        for name, value in pairs:
            key = name.lower()
            values[key] = f"{values[key]}, {value}" if key in values else value
        self._values = values

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __reduce__(self) -> tuple[type["Headers"], tuple[tuple[tuple[str, str], ...]]]:
        # A class with slots needs pickle protocol 2 or newer by default. Errors with headers must pickle with all.
        return Headers, (tuple(self._values.items()),)

    def __repr__(self) -> str:
        return f"Headers({self._values!r})"


set_public_module(Headers)
