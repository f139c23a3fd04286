"""The databases: one small file each, behind one protocol."""

from __future__ import annotations
