"""The command in this process."""

from .._in_process import command

__all__ = ["command"]
