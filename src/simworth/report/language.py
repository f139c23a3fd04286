"""A piece of text in English and in Japanese, and how both stand side by side on one page.

A page holds every sentence twice. The element that is not in the language of the reader is hidden by one rule of
style (``[data-language=en] [lang=ja]`` and the other way round), so a reader without scripts sees English and a
switch needs to change one attribute only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup, escape

from simworth.report.equations import set_equations

__all__ = ["Both", "join", "plain", "same"]


@dataclass(frozen=True)
class Both:
    """One text in both languages; neither holds markup.

    Attributes
    ----------
    en, ja : str
        The English and the Japanese text. An empty ``ja`` says that there is no Japanese for it: a page then shows
        the English in both languages, marked as English.
    """

    en: str
    ja: str

    def __str__(self) -> str:
        """Give the English, for a terminal or a file that has one language."""
        return self.en

    def __bool__(self) -> bool:
        """Say whether there is any text."""
        return bool(self.en)

    def __html__(self) -> str:
        """Give both as escaped markup, equations set; Jinja2 and markupsafe take this instead of escaping again."""
        if not self.en:
            return ""
        english, japanese = (set_equations(str(escape(text))) for text in (self.en, self.ja))
        if not self.ja:
            return f'<span class="only" lang="en">{english}</span>'
        if self.ja == self.en:
            return english
        return f'<span lang="en">{english}</span><span lang="ja">{japanese}</span>'

    def attribute(self, name: str) -> Markup:
        """Give ``name="English" data-ja-name="Japanese"``, escaped, for an attribute that a reader hears or sees.

        The page's script swaps the two when the language changes.
        """
        other = f' data-ja-{name}="{escape(self.ja)}"' if self.ja and self.ja != self.en else ""
        return Markup(f'{name}="{escape(self.en)}"{other}')

    def then(self, other: Both) -> Both:
        """Set another text behind this one; Japanese sentences stand without a blank between them."""
        return join([self, other])

    def pair(self) -> dict[str, str]:
        """Give ``{"en": …, "ja": …}``, for data that scripts read; without Japanese both are English."""
        return {"en": self.en, "ja": self.ja or self.en}

    def format(self, *values: object) -> Both:
        """Fill ``{}`` or ``{0}`` places with values; a value that is itself `Both` gives each language its own."""
        return Both(
            self.en.format(*(value.en if isinstance(value, Both) else value for value in values)),
            self.ja.format(*(_japanese(value) for value in values)) if self.ja else "",
        )


def _japanese(value: object) -> object:
    """Give what stands for a value in a Japanese sentence: its Japanese, or the English where there is none."""
    return (value.ja or value.en) if isinstance(value, Both) else value


def same(text: str) -> Both:
    """Give a text that is the same in both languages: a name, a number, a formula."""
    return Both(text, text)


def plain(text: str) -> Both:
    """Give an English text for which there is no Japanese; the page shows it, marked as English, to every reader."""
    return Both(text, "")


def join(parts: Iterable[Both], en: str = " ", ja: str = "") -> Both:
    """Set pieces one after another, with a separator for each language; empty pieces are left out.

    A piece without Japanese gives its English to both.
    """
    kept = [part for part in parts if part]
    return Both(en.join(part.en for part in kept), ja.join(part.ja or part.en for part in kept))
