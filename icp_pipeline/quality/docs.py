"""Data Docs: what Great Expectations judged, as static pages, one per schema, with a page that links them."""

from __future__ import annotations

import html
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_SITE = "data_docs"
_INDEX = (
    "<!doctype html><meta charset='utf-8'><title>Data checks</title><h1>Data checks</h1>"
    "<p>The last result of each schema. Only counts of failing rows, never their values.</p><ul>{links}</ul>\n"
)


def write_docs(context: Any, suite_names: Iterable[str], docs_dir: Path) -> None:
    """Render the context's validations of these suites; older pages of them go, those of others stay."""
    for suite_name in suite_names:
        shutil.rmtree(docs_dir / "validations" / suite_name, ignore_errors=True)
    context.add_data_docs_site(site_name=_SITE, site_config=_site_config(docs_dir))
    # GX's own index knows only this context, which is gone before the next run.
    context.build_data_docs([_SITE], build_index=False)
    _write_index(docs_dir)


def _site_config(docs_dir: Path) -> dict[str, Any]:
    return {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(docs_dir.resolve())},
        "site_section_builders": {
            "expectations": "None",
            "profiling": "None",
            "validations": {
                "class_name": "DefaultSiteSectionBuilder",
                "source_store_name": "validation_results_store",
            },
        },
    }


def _write_index(docs_dir: Path) -> None:
    links = []
    for page in sorted((docs_dir / "validations").rglob("*.html")):
        place = page.relative_to(docs_dir).as_posix()
        links.append(f'<li><a href="{html.escape(place, quote=True)}">{html.escape(place.split("/")[1])}</a></li>')
    (docs_dir / "index.html").write_text(_INDEX.format(links="".join(links)), encoding="utf-8")
