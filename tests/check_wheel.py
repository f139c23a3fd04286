"""Check a built wheel: it holds every file of the package, and it works without the checkout.

Run as ``python tests/check_wheel.py dist``; not collected by pytest, since it needs a built wheel.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(folder: Path) -> None:
    """Exit with a sentence when the one wheel in ``folder`` lacks something."""
    (wheel,) = folder.glob("simworth-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
        source = ROOT / "src"
        expected = {
            path.relative_to(source).as_posix()
            for path in (source / "simworth").rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        if missing := sorted(expected - held):
            sys.exit(f"{wheel.name} lacks {missing}")
        with tempfile.TemporaryDirectory() as empty:
            archive.extractall(empty)
            code = "import simworth, sys; sys.exit(not simworth.__file__.startswith(sys.argv[1]))"
            subprocess.run(
                [sys.executable, "-c", code, os.path.realpath(empty)],
                cwd=empty,
                env={**os.environ, "PYTHONPATH": os.path.realpath(empty), "PYTHONDONTWRITEBYTECODE": "1"},
                check=True,
            )
    print(f"{wheel.name}: {len(expected)} files, {wheel.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
