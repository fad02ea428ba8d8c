"""Free-text columns of a landed file, read straight from the landing folder: none of it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from icp_pipeline.sources.declared.plan import ReadPlan
from icp_pipeline.sources.known_vendors import known_vendors
from icp_pipeline.sources.refusal import Held
from icp_pipeline.sources.table.recognition import fold
from icp_pipeline.sources.text.blocks import read_batches
from icp_pipeline.sources.text.delimited import read_header
from icp_pipeline.sources.text.file_format import format_found
from icp_pipeline.sources.text.file_notes import FileNotes
from icp_pipeline.sources.text.packed import compression_of
from icp_pipeline.sources.vendor_files import is_known


class UnreadText(Exception):
    """Why a file's text cannot be read; never contains any of it."""


@dataclass(frozen=True)
class TextRows:
    """Some rows of a file: the line each starts on, as in the lake, and its cells by name."""

    lines: np.ndarray
    cells: dict[str, pa.Array]


def text_columns(landing: Path, name: str, plan: ReadPlan, wanted: Mapping[str, Sequence[str]]) -> Iterator[TextRows]:
    """The columns of a vendor's file whose header is one of the spellings in `wanted`, in parts.

    A column that the file does not have is in no part; a file with none of them gives nothing. Raises UnreadText for a
    compressed file: it would have to be unpacked to disk.
    """
    path, folder = landing / name, name.split("/")[0]
    try:
        if compression_of(path) is not None:
            raise UnreadText("it is compressed; land it unpacked, so that its words can be counted")
        vendor = known_vendors()[folder]
        fits = partial(is_known, vendor)
        declared = format_found(path, plan.format_of(folder, name), fits, f"under vendors.{folder}", FileNotes())
        folded = [fold(header) for header in read_header(path, declared)]
        at = {
            column: next((folded.index(fold(spelling)) for spelling in names if fold(spelling) in folded), None)
            for column, names in wanted.items()
        }
        places = {column: place for column, place in at.items() if place is not None}
        if places:
            for part in read_batches(path, declared, sorted(set(places.values()))):
                yield TextRows(part.lines, {column: part.columns[place] for column, place in places.items()})
    except Held as held:
        # Its messages name headers and lines, never a cell.
        raise UnreadText(str(held)) from None
