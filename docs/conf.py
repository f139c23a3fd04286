"""Sphinx configuration. The built pages fetch no font, script or style from elsewhere."""

from __future__ import annotations

import sys
from importlib.metadata import version as installed_version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "simworth"
author = "The simworth developers"
project_copyright = "2026, The simworth developers"
version = release = installed_version("simworth")

extensions = [
    "mathml",
    "myst_parser",
    "reference",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
]
exclude_patterns = ["_ext", "tutorial/demo/*"]
myst_enable_extensions = ["deflist", "dollarmath"]
myst_heading_anchors = 3
html_math_renderer = "mathml"
default_role = "literal"

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
autodoc_type_aliases = {name: name for name in ("ArrayLike", "ArrowStream", "Document", "FloatArray", "IntArray")}
autodoc_type_aliases["Array"] = autodoc_type_aliases["Float64"] = "FloatArray"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_attr_annotations = False

html_theme = "furo"
html_title = f"simworth {release}"
html_static_path = ["_static"]
html_css_files = ["simworth.css"]
html_copy_source = False
html_show_sphinx = False
