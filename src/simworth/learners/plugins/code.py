"""Code that a study file names: found, called with the options given there, and its version.

Names come from the table ``[learner]`` of a study file, never from data. Importing a module runs it.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from simworth.digest import digest_file
from simworth.errors import StudyError


def split_name(text: str, key: str) -> tuple[str, str]:
    """Module and name in it, from ``"package.module:Name"`` or ``"package.module.Name"``.

    Raises
    ------
    StudyError
        When ``text`` has neither form; ``key`` says which setting of the learner it is.
    """
    module, _, name = text.partition(":") if ":" in text else text.rpartition(".")
    if not name.isidentifier() or not all(part.isidentifier() for part in module.split(".")):
        raise StudyError(f"learner.{key} is {text!r}; write it as 'package.module:Name'")
    return module, name


def load(text: str, key: str) -> Any:
    """The thing that ``text`` names.

    Raises
    ------
    StudyError
        When the module cannot be imported, or has no such name.
    """
    module, name = split_name(text, key)
    try:
        loaded = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name and module.split(".")[: error.name.count(".") + 1] == error.name.split("."):
            raise StudyError(
                f"learner.{key}: there is no module {error.name!r} to import for {text!r}; install its package, or put "
                "its folder on PYTHONPATH"
            ) from None
        raise StudyError(f"learner.{key}: {module!r} needs the module {error.name!r}; install its package") from None
    if not hasattr(loaded, name):
        raise StudyError(f"learner.{key}: the module {module!r} has nothing called {name!r}")
    found = getattr(loaded, name)
    if not callable(found):
        raise StudyError(f"learner.{key}: {text!r} is no class or function")
    return found


def check_options(factory: Any, given: int, options: Mapping[str, Any], text: str) -> None:
    """Refuse options that ``factory`` does not take besides its first ``given`` arguments.

    Raises
    ------
    StudyError
        With what does not fit.
    """
    try:
        signature = inspect.signature(factory)
    except ValueError:
        return  # Some compiled callables have none; they refuse for themselves when called.
    try:
        signature.bind(*range(given), **options)
    except TypeError as error:
        raise StudyError(f"learner.options do not fit {text!r}: {error}") from None


def package_versions(module: str) -> dict[str, str]:
    """Version of the installed package that ``module`` is part of; nothing for a module that is no package's."""
    found = importlib.metadata.packages_distributions().get(module.partition(".")[0], [])
    return {name: importlib.metadata.version(name) for name in sorted(set(found))}


def source_version(module: str) -> dict[str, str]:
    """Digest of the file that ``module`` was imported from: a user's own code changes without a new version."""
    path = getattr(importlib.import_module(module), "__file__", None)
    return {module: f"file {digest_file(Path(path))}"} if path else {}
