"""What to cite: references in words, and everything as BibTeX, the tables of the runs too."""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Sequence

from simworth.report.folder import RunFolder
from simworth.report.language import Both

CITATIONS = (
    (
        "Minami et al., Scaling law of Sim2Real transfer learning in expanding computational materials databases "
        "for real-world predictions, npj Comput. Mater. 11, 146 (2025)",
        "https://doi.org/10.1038/s41524-025-01606-5",
        Both(
            "the law, its uses, and the equivalent sample size",
            "スケーリング則とその使い方、等価サンプルサイズ",
        ),
    ),
    (
        "Mikami et al., arXiv 2108.11018",
        "https://arxiv.org/abs/2108.11018",
        Both("the law's theory, in both sample sizes", "両方のサンプルサイズについての則の理論"),
    ),
)
"""(reference, address, what for)."""

PAPERS = """\
@article{minami2025,
  author  = {Minami, Shunya and Hayashi, Yoshihiro and Wu, Stephen and Fukumizu, Kenji and Sugisawa, Hiroki and
             Ishii, Masashi and Kuwajima, Isao and Shiratori, Kazuya and Yoshida, Ryo},
  title   = {Scaling law of {Sim2Real} transfer learning in expanding computational materials databases for
             real-world predictions},
  journal = {npj Computational Materials},
  volume  = {11},
  pages   = {146},
  year    = {2025},
  doi     = {10.1038/s41524-025-01606-5}
}

@misc{mikami2021,
  author        = {Mikami, Hiroaki and Fukumizu, Kenji and Murai, Shogo and Suzuki, Shuji and Kikuchi, Yuta and
                   Suzuki, Taiji and Maeda, Shin-ichi and Hayashi, Kohei},
  title         = {A scaling law for synthetic-to-real transfer: How much is your pre-training effective?},
  year          = {2021},
  eprint        = {2108.11018},
  archiveprefix = {arXiv}
}"""

DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>{}\\,;]+")
SPECIAL = {c: f"\\{c}" for c in "&%$#_"} | {
    "\\": r"\textbackslash{}",
    "{": "(",
    "}": ")",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
"""Characters that mean something to BibTeX or LaTeX; braces would have to balance, so they become parentheses."""


def bibtex(runs: Sequence[RunFolder]) -> str:
    """The method's papers, this software, and every table of the runs that names a citation."""
    entries = [PAPERS, _software()]
    seen: set[str] = set()
    for run in runs:
        for kept in run.tables:
            cited = kept.about.provenance.citation.strip()
            if cited and cited not in seen:
                seen.add(cited)
                entries.append(_table(f"table{len(seen)}", kept.about.name, cited, kept.about.provenance.licence))
    return "\n\n".join(entries)


def _software() -> str:
    version = importlib.metadata.version("simworth")
    return (
        "@software{simworth,\n  author  = {{The simworth developers}},\n  title   = {simworth},\n"
        f"  version = {{{version}}}\n}}"
    )


def _table(key: str, name: str, cited: str, licence: str) -> str:
    doi = DOI.search(cited)
    lines = [
        f"  title = {{{_safe(name)}}}",
        f"  note  = {{{_safe(cited)}{f'. Licence: {_safe(licence)}' * bool(licence)}}}",
    ]
    if doi:
        lines.append(f"  doi   = {{{doi[0].rstrip('.)')}}}")
    return f"@misc{{{key},\n" + ",\n".join(lines) + "\n}"


def _safe(text: str) -> str:
    return "".join(SPECIAL.get(c, c) for c in " ".join(text.split()))
