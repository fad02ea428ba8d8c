"""Data Docs: Great Expectations' results as static pages, one per schema, with an index."""

from __future__ import annotations

import contextlib
import html
import json
import shutil
from pathlib import Path
from typing import Any

_SITE = "data_docs"
_JUDGED = "judged.json"
_INDEX = (
    "<!doctype html><meta charset='utf-8'><title>Data checks</title><h1>Data checks</h1>"
    "<p>The last result of each schema. Only counts of failing rows, never their values. Each run counts again; where "
    "no rule's count has changed, a result stands.</p><ul>{links}</ul>\n"
)


def write_docs(context: Any, docs_dir: Path) -> None:
    """Render the context's validations; pages of other suites are kept."""
    context.add_data_docs_site(site_name=_SITE, site_config=_site_config(docs_dir))
    # GX's own index knows only this context, which is gone before the next run.
    context.build_data_docs([_SITE], build_index=False)


def forget_page(docs_dir: Path, suite: str) -> None:
    """Remove a suite's page and the note of when it was checked."""
    shutil.rmtree(docs_dir / "validations" / suite, ignore_errors=True)


def has_page(docs_dir: Path, suite: str) -> bool:
    """Whether a suite has a page."""
    return next((docs_dir / "validations" / suite).rglob("*.html"), None) is not None


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


def keep_judged(docs_dir: Path, suite: str, judged: str | None, run_id: str) -> None:
    """Note next to a suite's page which run checked what; None if it must not be reused by another run."""
    about = json.dumps({"judged": judged, "run": run_id})
    (docs_dir / "validations" / suite / _JUDGED).write_text(about, encoding="utf-8")


def read_judged(docs_dir: Path, suite: str) -> tuple[str | None, str]:
    """What was checked, and by which run; None and no run if unknown."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        about = json.loads((docs_dir / "validations" / suite / _JUDGED).read_text(encoding="utf-8"))
        return about["judged"], str(about["run"])
    return None, ""


def has_judged(docs_dir: Path) -> bool:
    """Whether any suite was checked before."""
    return any(docs_dir.glob(f"validations/*/{_JUDGED}"))


def write_index(docs_dir: Path) -> None:
    """Write the index of all suites' pages, with the run that checked each."""
    links = []
    for page in sorted((docs_dir / "validations").rglob("*.html")):
        place = page.relative_to(docs_dir).as_posix()
        suite = place.split("/")[1]
        _, run_id = read_judged(docs_dir, suite)
        said = f", judged in run {html.escape(run_id)}" if run_id else ""
        links.append(f'<li><a href="{html.escape(place, quote=True)}">{html.escape(suite)}</a>{said}</li>')
    (docs_dir / "index.html").write_text(_INDEX.format(links="".join(links)), encoding="utf-8")
