"""The command line: each command parses, calls one function, prints."""

from __future__ import annotations

from simworth.cli.app import main

__all__ = ["main"]
