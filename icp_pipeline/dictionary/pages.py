"""The dictionary as one HTML page that needs no server or network, and as Markdown for a wiki or a terminal."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from icp_pipeline.dictionary.entries import SCHEMAS, TableEntry
from icp_pipeline.dictionary.examples import Example

_TEMPLATES = Path(__file__).with_name("templates")
NAMES = ("tables.html", "tables.md")


def write_pages(pages: dict[str, list[TableEntry]], examples: list[Example], out: Path) -> list[Path]:
    """Write both files into a folder, which is made if need be; returns their paths."""
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for name in NAMES:
        # Not `autoescape` by name alone: Markdown is no HTML, and every word of a page comes from text files.
        environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=name.endswith(".html"),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        counts = {
            "tables": sum(len(tables) for tables in pages.values()),
            "columns": sum(len(table.columns) for tables in pages.values() for table in tables),
            "checks": sum(len(c.checks) for tables in pages.values() for table in tables for c in table.columns),
        }
        template = environment.get_template(f"{name}.j2")
        text = template.render(pages=pages, schemas=SCHEMAS, examples=examples, counts=counts)
        (out / name).write_text(text, encoding="utf-8")
        written.append(out / name)
    return written
