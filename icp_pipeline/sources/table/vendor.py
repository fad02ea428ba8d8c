"""What a folder of landing/ holds: the files of one vendor, and what is special about them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from icp_pipeline.duck import Connection
from icp_pipeline.sources.declared.plan import FileFormat
from icp_pipeline.sources.table.reading import FileFacts, Reading
from icp_pipeline.sources.table.recognition import Layout, Match, recognise
from icp_pipeline.sources.text.file_parts import FilePart

Recognise = Callable[[Path, FileFormat, Sequence[Layout], Sequence[str]], Match]
ReadOther = Callable[[Connection, Path, Path, str, FileFacts], Reading | None]
SplitOther = Callable[[Path, str], Sequence[FilePart] | None]


def by_header(path: Path, declared: FileFormat, layouts: Sequence[Layout], header: Sequence[str]) -> Match:
    """Most files are recognised by their header alone; raises Held."""
    return recognise(layouts, header)


@dataclass(frozen=True)
class Vendor:
    """One module of `sources/vendors/`, as `VENDOR`; its name is that of the folder."""

    layouts: tuple[Layout, ...]
    # Rows carry the vendor's name, because their ids are unique only with it.
    is_named: bool = False
    # Which of the layouts a file has; raises Held or Ignored.
    recognise: Recognise = by_header
    # What a file's name, or a list beside it, says about the file.
    note_for: Callable[[Path], dict[str, str]] | None = None
    # Reads a file that is not a table of text into the given folder, by its plain name; None if it is one.
    read_other: ReadOther | None = None
    # The parts in which `read_other` can read such a file; None if it is a table of text.
    split_other: SplitOther | None = None
    # YAML files are data here, elsewhere they are notes; the attributes in the settings limit what may be in them.
    reads_yaml: bool = False
