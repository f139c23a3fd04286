"""API keys: from an environment variable or the system's keyring, and to a request's header alone."""

from __future__ import annotations

import importlib
import os

from simworth.errors import InputError
from simworth.ingest.transfer.policy import Secret

SERVICE = "simworth"


def find_key(source: str, variable: str) -> Secret:
    """The key of a source.

    Parameters
    ----------
    source : str
        Name of the source; the keyring's user name under the service ``simworth``.
    variable : str
        Environment variable that is looked at first.

    Raises
    ------
    InputError
        When there is no key, or it could not be sent as a header.
    """
    found = os.environ.get(variable, "").strip() or _from_keyring(source) or ""
    if not found:
        raise InputError(
            f"{source}: needs an API key; set the environment variable {variable}, or install the package keyring and "
            f"run: keyring set {SERVICE} {source}"
        )
    if not (found.isascii() and found.isprintable()) or " " in found:
        raise InputError(f"{source}: the API key holds blanks or characters that no key has; check {variable}")
    return Secret(found)


def _from_keyring(source: str) -> str | None:
    """The keyring's answer; None where the package or a keyring is missing."""
    try:
        keyring = importlib.import_module("keyring")
        errors = importlib.import_module("keyring.errors")
    except ImportError:
        return None
    try:
        found = keyring.get_password(SERVICE, source)
    except errors.KeyringError:
        return None
    return found.strip() if isinstance(found, str) else None
