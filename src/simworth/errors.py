"""The errors simworth raises on purpose. Each message is one sentence: what, where, what to do."""

from __future__ import annotations


class SimworthError(Exception):
    """Base of every error raised on purpose; the command line prints it without a traceback."""

    exit_code = 1


class InputError(SimworthError):
    """Something the user gave (a file, a cell, a setting) cannot be used as it is."""

    exit_code = 2


class StudyError(InputError):
    """A study or campaign file asks for something impossible or unknown."""


class LeakageError(InputError):
    """Test materials stand in the source and the study asked to stop in that case."""


class MissingExtraError(InputError):
    """An optional part of simworth is not installed."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the package '{package}', which is not installed: pip install 'simworth[{extra}]'"
        )


class StaleRunError(InputError):
    """A run directory was made from other inputs than the ones given now."""


class TrialError(SimworthError):
    """Work in a worker ended abnormally; what was finished is kept."""
