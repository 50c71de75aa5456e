"""Find out why this machine, this environment or this account can't use Attribution.io. It sends no event.

`pyttributionio doctor` prints the findings. Programs get them from `run`, which needs no extra.
"""

from pyttributionio.diagnostics.findings import Cause, Finding, Level
from pyttributionio.diagnostics.run import run
from pyttributionio.diagnostics.subject import Subject
from pyttributionio.diagnostics.variables import KNOWN_VARIABLES

__all__ = ["KNOWN_VARIABLES", "Cause", "Finding", "Level", "Subject", "run"]
