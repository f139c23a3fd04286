"""Reference pages that cannot go stale: the keys of a file from its msgspec struct, the commands from the command line.

``keys`` makes a table of a struct's fields. What a key means is its docstring, the text under the field; for a field
without one the directive's content says it, in lines ``key: meaning``. A key that nobody explains, and a line about a
key that there is not, are warnings, which the build treats as errors. ``:own:`` leaves out inherited fields.

``commands`` makes one section a command of simworth.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import re
import types
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.pycode import ModuleAnalyzer
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from simworth.learners.settings import Options

if TYPE_CHECKING:
    from sphinx.application import Sphinx

LOG = logging.getLogger(__name__)
WORDS = {str: "text", int: "whole number", float: "number", bool: "`true` or `false`", Options: "a table of its own"}


def say_type(kind: Any) -> str:
    """A Python type as a reader of TOML would say it."""
    if kind in WORDS:
        return WORDS[kind]
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Literal and len(parts) == 1:
        return WORDS[type(parts[0])]
    if origin is Literal:
        return " or ".join(f"`{json.dumps(p)}`" for p in parts)
    if origin in (Union, types.UnionType):
        return " or ".join(say_type(p) for p in parts if p is not type(None))
    if origin is tuple and parts[1:] == (...,):
        if isinstance(parts[0], type) and issubclass(parts[0], msgspec.Struct):
            return "list of tables"
        return f"list of {say_type(parts[0])}" + ("s" if parts[0] in (int, float, str) else "")
    if origin is tuple:
        return f"`[{', '.join(say_type(p) for p in parts)}]`"
    if origin is dict:
        return f"table: column = {say_type(parts[1])}"
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return "a table of its own"
    raise TypeError(f"no words for the type {kind}")


def say_default(field: Any) -> str:
    """The default of a field as TOML, or that it must be given."""
    if field.required:
        return "**needed**"
    value = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
    if value is None or value == {} or isinstance(value, msgspec.Struct):
        return "optional"
    return f"default `{json.dumps(value)}`"


def meanings(struct: type) -> dict[str, str]:
    """Docstrings under the fields of a struct and of those it inherits from."""
    found: dict[str, str] = {}
    for cls in reversed(struct.__mro__):
        if cls.__module__.startswith("simworth"):
            notes = ModuleAnalyzer.for_module(cls.__module__).find_attr_docs()
            found |= {key: " ".join(text).strip() for (name, key), text in notes.items() if name == cls.__name__}
    return found


def sentence(text: str) -> str:
    """Text with a capital and a full stop."""
    return f"{text[:1].upper()}{text[1:].removesuffix('.')}."


class Keys(SphinxDirective):
    """A table of the keys of a struct."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {"own": directives.flag}

    def run(self) -> list[nodes.Node]:
        """Make the table as Markdown and let the page's parser read it."""
        module, _, name = self.arguments[0].rpartition(".")
        struct = getattr(importlib.import_module(module), name)
        said = dict(line.split(": ", 1) for line in self.content if line.strip())
        texts = meanings(struct) | said
        own = struct.__annotations__ if "own" in self.options else None
        fields = [f for f in msgspec.structs.fields(struct) if own is None or f.encode_name in own]
        for key in sorted(said.keys() - {f.encode_name for f in fields}):
            LOG.warning("%s has no key %s", name, key, location=self.get_location())
        hints = get_type_hints(struct)
        lines = ["| key | value | meaning |", "|---|---|---|"]
        for f in fields:
            key = f.encode_name
            if not texts.get(key):
                LOG.warning("%s: nothing says what the key %s means", name, key, location=self.get_location())
            cells = (f"`{key}`", f"{say_type(hints[f.name])}; {say_default(f)}", sentence(texts.get(key, "")))
            lines.append("| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |")
        return parsed(self, lines)


class Commands(SphinxDirective):
    """A section for every command."""

    def run(self) -> list[nodes.Node]:
        """Ask typer for the commands as the user's shell would."""
        import typer

        from simworth.cli.app import app

        group: Any = typer.main.get_command(app)
        return [self._section(name, command) for name, command in group.commands.items()]

    def _section(self, name: str, command: Any) -> nodes.section:
        text, _, example = (part.strip() for part in command.help.partition("Example: "))
        arguments = [p for p in command.params if p.param_type_name == "argument"]
        options = [p for p in command.params if p.param_type_name == "option"]
        usage = " ".join(["simworth", name, *(a.metavar or a.name.upper() for a in arguments)])
        lines = ["```text", f"{usage}{' [OPTIONS]' if options else ''}", "```", "", *text.splitlines(), ""]
        if command.params:
            lines += ["| | |", "|---|---|", *(self._row(p) for p in (*arguments, *options)), ""]
        if example:
            lines += ["Example:", "", "```sh", example, "```"]
        section = nodes.section(ids=[f"simworth-{name}"], names=[f"simworth-{name}"])
        section += nodes.title("", "", nodes.literal("", f"simworth {name}"))
        section += parsed(self, lines)
        return section

    def _row(self, p: Any) -> str:
        if p.param_type_name == "argument":
            left = f"`{(p.metavar or p.name.upper()).strip('[]')}`"
        else:
            left = ", ".join(f"`{o}`" for o in p.opts) + (f" `{p.metavar}`" if p.metavar else "")
        default = f"; default `{p.default}`" if p.default not in (None, "", ...) else ""
        needed = "; **needed**" if p.required else ""
        return f"| {left} | {p.help}{needed}{default} |"


class Databases(SphinxDirective):
    """A section for every database: licence, citation, how to choose entries, fields with units."""

    def run(self) -> list[nodes.Node]:
        """Ask the sources themselves; those behind OPTIMADE say their fields only over the network."""
        from simworth.ingest.from_file import FILES
        from simworth.ingest.sources.files import CsvSource
        from simworth.ingest.sources.omat import TERMS, Omat
        from simworth.ingest.sources.registry import SOURCES

        made = []
        for source in SOURCES:
            fixed = not source.name.startswith("optimade")
            known = source.catalogue(source.base or "", lambda url, check: b"") if fixed else None
            if known is None and source.name != "optimade":
                continue
            key = f"Needs a key, in the environment variable `{source.key}` or the keyring." if source.key else ""
            made.append(self._section(source, known and known.licence, known and known.citation, known, key))
        for file in FILES:
            if isinstance(file, CsvSource):
                layout = file.shape(file.usual)
                made.append(self._section(file, file.licence, file.citation, layout, ""))
            elif isinstance(file, Omat):
                made.append(self._section(file, TERMS.licence, TERMS.citation, TERMS, "Needs the extra `lmdb`."))
        return made

    def _section(self, source: Any, licence: str | None, citation: str | None, known: Any, more: str) -> nodes.section:
        lines = [f"{source.title}. {more}", ""]
        lines += [f"Licence: {licence}. Citation: {citation}.", ""] if licence else []
        words, _, example = source.where.partition("such as: ")
        lines += [f"`--where`: {words}such as `{example}`", ""]
        if known is not None:
            lines += ["| field | unit | meaning |", "|---|---|---|"]
            lines += [f"| `{f.name}` | {self._unit(f)} | {f.meaning}{self._mark(f)} |" for f in known.fields.values()]
        section = nodes.section(ids=[f"database-{source.name}"], names=[f"database-{source.name}"])
        section += nodes.title("", "", nodes.literal("", source.name))
        section += parsed(self, lines)
        return section

    def _unit(self, field: Any) -> str:
        return f"`{field.unit}`" if field.unit else "to be said" if field.holds == "number" else field.holds

    def _mark(self, field: Any) -> str:
        return " (estimated by a model)" if field.predicted else ""


def parsed(directive: SphinxDirective, lines: list[str]) -> list[nodes.Node]:
    """What the page's own parser makes of some lines."""
    box = nodes.container()
    directive.state.nested_parse(StringList(lines, source=directive.get_source_info()[0]), 0, box)
    return list(box.children)


def prose(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Move a sentence that stands where NumPy style expects a type ("n : sizes, (sizes,).") under its parameter."""
    out: list[str] = []
    moved = False
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        head, colon, rest = line.partition(" : ")
        item = bool(colon) and all(word.isidentifier() for word in head.split(", "))
        if item and (rest.endswith(".") or ". " in rest or following.strip()[:1].islower()):
            moved = True
            out += [head, f"    {rest}"]
            continue
        moved = moved and line.startswith(" ")
        out.append(f"    {line.strip()}" if moved else line)
    if what in ("property", "attribute") and ": " in out[0]:
        # napoleon would take what stands before the colon for a type
        before, _, after = out[0].partition(": ")
        out[:1] = [f"{before}:", after]
    lines[:] = out


def signature(
    app: Any, what: str, name: str, obj: Any, options: Any, given: str | None, returned: str | None
) -> tuple[str | None, str | None]:
    """Types by their short names; none for results, which a reader is given and does not make."""
    if what == "class" and dataclasses.is_dataclass(obj):
        return "", None
    shorter = [None if t is None else re.sub(r"TypeAliasForwardRef\('(\w+)'\)", r"\1", t) for t in (given, returned)]
    return shorter[0], shorter[1]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives, and the reading of docstrings before napoleon's."""
    app.setup_extension("sphinx.ext.autodoc")
    app.add_directive("keys", Keys)
    app.add_directive("commands", Commands)
    app.add_directive("databases", Databases)
    app.connect("autodoc-process-docstring", prose, priority=400)
    app.connect("autodoc-process-signature", signature)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
