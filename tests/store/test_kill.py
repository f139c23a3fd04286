"""A process that is killed at any point leaves no version or a whole one, and nothing that stays."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import functools, os, signal, sys
from pathlib import Path

import pyarrow as pa

from simworth.store import Column, Recipe, build_stored, catalogue, open_stored, spill
from simworth.store import build as building
from simworth.store import writer

building.Spill = functools.partial(spill.Spill, held_rows=100)
spill.BITS = 2
writer.GROUP_ROWS = 64
writer.PART_GROUPS = 2
store, earlier = Path(sys.argv[1]), sys.argv[2] == "earlier"
recipe = Recipe(name="t", kind="features", columns=(Column("y", "eV"),))
EVENTS = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "shutil.rmtree")


def build(shift):
    values = [i + shift for i in range(500)]
    batch = pa.RecordBatch.from_pydict({"material": [f"m{i}" for i in range(500)], "y": values})
    return build_stored(store, recipe, [batch.slice(0, 250), batch.slice(250)])


def killed_at(point):
    '''Build in a child that kills itself before its n-th change of the disk; False when it came to its end.'''
    child = os.fork()
    if child == 0:
        count = 0

        def hook(event, _):
            nonlocal count
            if event in EVENTS:
                count += 1
                if count == point:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        build(0.5)
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


wanted, store = store, store / "warm"  # imports open files too, and need no kill
build(9.5)
store = wanted / "store"
first = build(100.5) if earlier else None
point, seen = 0, set()
while True:
    point += 1
    killed = killed_at(point)
    found = catalogue(store)
    assert not found.problems, found.problems
    versions = {c.version for c in found.cards}
    seen.add(len(versions))
    for version in versions:
        table = open_stored(store, f"t@{version}").load()
        assert len(table) == 500
        shift = 100.5 if first and version == first.card.version else 0.5
        assert table.values("y").tolist() == [int(m[1:]) + shift for m in table.materials]
    if first:
        assert first.card.version in versions
    if not killed:
        break
    if len(versions) > (first is not None):  # whole, though killed: begin again without it
        import shutil

        [late] = [v for v in versions if not first or v != first.card.version]
        shutil.rmtree(store / "t" / late)
final = build(0.5)
left = sorted(p.name for p in (store / "t").iterdir())
assert left == sorted([".lock", final.card.version, *([first.card.version] if first else [])]), left
print(point, sorted(seen))
"""


@pytest.mark.parametrize("before", ["none", "earlier"])
def test_a_kill_at_every_change_of_the_disk(tmp_path: Path, before: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path), before], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    points, seen = done.stdout.split(maxsplit=1)
    assert int(points) > 20
    assert seen.strip() == ("[0, 1]" if before == "none" else "[1, 2]")
