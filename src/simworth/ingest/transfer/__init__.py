"""Bringing pages from a server to disk, whole and unchanged, over a bad network."""

from __future__ import annotations
