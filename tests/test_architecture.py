"""The rules of the house that a reader can rely on, checked in the source text and in a fresh interpreter."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "simworth"
SOURCES = sorted(PACKAGE.rglob("*.py"))
MAX_LINES = 350

LAYERS = (
    {
        "errors",
        "units",
        "formulas",
        "chains",
        "identity",
        "spellings",
        "digest",
        "seeds",
        "files",
        "workers",
        "documents",
        "notebook",
        "mistakes",
    },
    {"laws"},
    {"curves", "inference"},
    {"planning"},
    {"tables", "store"},
    {"ingest", "features", "learners", "simulate"},
    {"sweep", "campaign"},
    {"report", "figures", "model", "examples", "shotgun", "starting", "doctor"},
    {"study", "serve", "cli", "testing", "__init__", "__main__"},
)
LAYER_OF = {name: layer for layer, names in enumerate(LAYERS) for name in names}
SIDEWAYS = {
    ("inference", "curves"),
    ("store", "tables"),
    ("figures", "report"),
    ("model", "report"),
    ("cli", "study"),
    ("cli", "serve"),
    ("__init__", "study"),
    ("__main__", "cli"),
}
"""The only imports within a layer; layer 0, the shared words, is free within itself."""

HEAVY = {
    "adbc_driver_manager",
    "ase",
    "chemicals",
    "chemprop",
    "crepes",
    "dftd4",
    "duckdb",
    "fastapi",
    "jax",
    "keyring",
    "lmdb",
    "urllib3",
    "matplotlib",
    "optax",
    "pandas",
    "periodictable",
    "pint",
    "rdkit",
    "rich",
    "sklearn",
    "tabicl",
    "tabpfn",
    "tblite",
    "typer",
    "uvicorn",
}


def part_of(path: Path) -> str:
    """The top-level package or module that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def where(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def imported_parts(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Every import of the package's own parts, also inside functions and under TYPE_CHECKING."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            words = name.split(".")
            if words[0] == "simworth":
                yield node, words[1] if len(words) > 1 and words[1] in LAYER_OF else "__init__"


def allowed(importer: str, imported: str) -> bool:
    if importer == imported:
        return True
    above, below = LAYER_OF[importer], LAYER_OF[imported]
    return below < above or (above == below and (above == 0 or (importer, imported) in SIDEWAYS))


def public_functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Functions of the module and methods of its public classes, without a leading underscore."""
    for node in tree.body:
        inner = node.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_") else [node]
        for item in inner:
            if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) and not item.name.startswith("_"):
                yield item


def is_overload(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any("overload" in ast.unparse(d) for d in node.decorator_list)


def test_every_part_has_a_layer() -> None:
    unknown = {part_of(p) for p in SOURCES} - LAYER_OF.keys()
    assert not unknown, f"give {sorted(unknown)} a layer in LAYERS (and in CONTRIBUTING.md)"


def test_imports_point_down() -> None:
    wrong = [
        f"{where(path, node)}: {part_of(path)} imports {part}"
        for path in SOURCES
        for node, part in imported_parts(parsed(path))
        if part_of(path) in LAYER_OF and not allowed(part_of(path), part)
    ]
    assert not wrong, "\n".join(wrong)


def test_the_layer_rule_itself() -> None:
    assert allowed("planning", "laws")
    assert allowed("digest", "errors")
    assert not allowed("laws", "planning")
    assert not allowed("learners", "ingest")
    assert not allowed("tables", "__init__")


def test_contributing_shows_the_same_layers() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and line[2].isdigit()]
    assert len(rows) == len(LAYERS)
    for layer, (row, names) in enumerate(zip(rows, LAYERS, strict=True)):
        assert row.startswith(f"| {layer} |")
        missing = [n for n in names if f"`{n}`" not in row]
        assert not missing, f"CONTRIBUTING.md, layer {layer}: {missing}"


def test_files_are_small() -> None:
    long = {str(p.relative_to(ROOT)): n for p in SOURCES if (n := len(p.read_bytes().splitlines())) > MAX_LINES}
    assert not long, f"more than {MAX_LINES} lines: {long}"


def test_no_keyword_catch_all_in_public_functions() -> None:
    wrong = [where(p, f) for p in SOURCES for f in public_functions(parsed(p)) if f.args.kwarg]
    assert not wrong, f"**{'kwargs'} in {wrong}"


def test_no_broad_except() -> None:
    broad = {"Exception", "BaseException"}
    wrong = []
    for path in SOURCES:
        for node in ast.walk(parsed(path)):
            if not isinstance(node, ast.ExceptHandler):
                continue
            caught = {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)} if node.type else broad
            cleans_up = any(isinstance(n, ast.Raise) and n.exc is None for n in ast.walk(node))
            if caught & broad and not cleans_up:
                wrong.append(where(path, node))
    assert not wrong, f"broad except that does not re-raise: {wrong}"


def test_only_the_command_line_prints() -> None:
    wrong = [
        where(path, node)
        for path in SOURCES
        if part_of(path) != "cli"
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert not wrong, wrong


def test_public_things_have_docstrings() -> None:
    wrong = []
    for path in SOURCES:
        tree = parsed(path)
        if tree.body and not ast.get_docstring(tree):
            wrong.append(where(path, tree))
        classes = [n for n in tree.body if isinstance(n, ast.ClassDef) and not n.name.startswith("_")]
        functions = [f for f in public_functions(tree) if not is_overload(f)]
        wrong += [where(path, n) for n in (*classes, *functions) if not ast.get_docstring(n)]
    assert not wrong, f"no docstring: {wrong}"


def run_python(code: str, folder: Path) -> str:
    """Standard output of a fresh interpreter whose home and working directory are ``folder``."""
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith(("COV_", "COVERAGE_", "XDG_"))},
        "HOME": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_import_is_light(tmp_path: Path) -> None:
    code = "import sys, simworth; print(*{m.split('.')[0] for m in sys.modules})"
    loaded = run_python(code, tmp_path).split()
    assert not HEAVY & set(loaded), f"import simworth loads {sorted(HEAVY & set(loaded))}"


def test_import_has_no_side_effects(tmp_path: Path) -> None:
    code = """
import logging, os, signal, warnings
def state():
    handlers = list(logging.root.handlers), signal.getsignal(signal.SIGINT)
    return dict(os.environ), list(warnings.filters), handlers
import numpy, msgspec
before = state()
import simworth
assert state() == before
"""
    assert run_python(code, tmp_path) == ""
    assert list(tmp_path.rglob("*")) == []


def own_text() -> Iterator[tuple[str, str]]:
    """Path and text of every file of the project that git tracks or would track."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode != 0:
        pytest.skip("not a git checkout")
    for name in filter(None, listing.stdout.split("\0")):
        path = ROOT / name
        if path.is_file() and b"\0" not in (content := path.read_bytes()):
            yield name, content.decode("utf-8")


FOREIGN = ("/wo" + "rk/", "sub" + "agent", "this ses" + "sion", "issue " + "#", "CONTR" + "ACT.md")
"""Words of the places where the project was written; it speaks of itself alone."""


def test_text_speaks_of_the_project_alone() -> None:
    wrong = [f"{name}: {word}" for name, text in own_text() for word in FOREIGN if word in text]
    assert not wrong, "\n".join(wrong)
