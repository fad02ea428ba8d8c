"""An interview as YAML -> `lake.interview`: one row per statement, and no text beside the account it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import yaml

from icp_pipeline.catalog.kinds import KINDS
from icp_pipeline.duck import Connection
from icp_pipeline.errors import nearest
from icp_pipeline.sources.declared.cell_rules import NULL_WORDS, Rules, clean
from icp_pipeline.sources.refusal import Held, Ignored, Unusable
from icp_pipeline.sources.table.reading import FileFacts, Reading, reject_table
from icp_pipeline.sources.values.by_type import PARSERS
from icp_pipeline.sources.values.titles import role_of, seniority_of
from icp_pipeline.sources.vendors.voice import interview_shape as shape
from icp_pipeline.sources.vendors.voice.interview_shape import HEAD, NEEDED, SECTIONS, Key, Section
from icp_pipeline.sources.vendors.voice.interview_tree import documents
from icp_pipeline.sources.vendors.voice.said import account_of, account_words, domain_of
from icp_pipeline.sources.words.scrub import scrub

_BLANK = frozenset({"", "~", *NULL_WORDS})
_SECTIONS = {section.name: section for section in SECTIONS}
_LONGEST = 2_000
_LONGEST_NAME = 120

Rejected = tuple[int, str, str]
Row = dict[str, str | int | None]


def read_interview_file(con: Connection, path: Path, out: Path, name: str, facts: FileFacts) -> Reading | None:
    """Read a file of interviews; None if it is not YAML. Raises Held, and Ignored for files that are not read."""
    if "/transcripts/" in facts.path:
        raise Ignored("a call transcript: only its words are counted, in memory, while `language` is on in icp.yaml")
    if not name.casefold().endswith((".yaml", ".yml")):
        return None
    found = [_Interview(document, facts.attributes) for document in documents(path)]
    if not found:
        raise Ignored("an interview in which nothing is filled in")
    if not any(interview.is_one for interview in found):
        raise Held(_not_one(found))
    for interview in found:
        interview.read()
    rows = [row for interview in found for row in interview.in_order()]
    rejected = [reject for interview in found for reject in interview.rejected]
    cells = [reject for interview in found for reject in interview.cells]
    if not rows and not rejected:
        raise Ignored("an interview in which nothing is filled in")
    kind = KINDS["interview"]
    columns = {column: pa.array([row.get(column) for row in rows]) for column in (*kind.columns, "source_line")}
    columns["source_path"] = pa.array([facts.path] * len(rows), pa.string())
    table = pa.table({column: columns[column].cast(type_) for column, type_ in _types(kind.schema)}, kind.schema)
    rejects = reject_table(facts.path, rejected, cells)
    taken_for = f"an interview, by {', '.join(dict.fromkeys(key for one in found for key in one.known_keys))}"
    return Reading({kind.name: table}, rejects, len(rows) + len(rejected), len(rejected), taken_for=taken_for)


def _types(schema: pa.Schema) -> Iterator[tuple[str, pa.DataType]]:
    return ((column.name, column.type) for column in schema)


def _not_one(found: list[_Interview]) -> str:
    keys = [key for interview in found for key in interview.unknown_keys]
    hint = next((hint for key in keys if (hint := nearest(key, [*HEAD, *_SECTIONS]))), "")
    return (
        f"not an interview: none of its keys is one of {', '.join([*HEAD, *_SECTIONS])}.{hint} `icp interview --blank "
        "FILE` writes a form; remove the file from landing/voice if it is something else"
    )


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _text(node: yaml.Node) -> str:
    return clean(node.value) if isinstance(node, yaml.ScalarNode) else ""


def _is_blank(node: yaml.Node) -> bool:
    """Whether nothing is filled in, here and below."""
    if isinstance(node, yaml.ScalarNode):
        return _text(node).casefold() in _BLANK
    if isinstance(node, yaml.MappingNode):
        return all(_is_blank(value) for _, value in node.value)
    return all(map(_is_blank, node.value))


def _is_form(section: Section, entry: yaml.Node) -> bool:
    """Whether nothing is filled in beyond the form's defaults: yes or no, and what a phrase is about."""
    if not isinstance(entry, yaml.MappingNode):
        return False
    beside = {key.name for key in section.keys if key.reads in (shape.TRUTH, shape.ABOUT_WORD)}
    return all(_is_blank(value) or _text(key) in beside for key, value in entry.value)


def _texts(node: yaml.Node) -> Iterator[yaml.Node]:
    """One text, or several if there is a list in its place."""
    yield from (node.value if isinstance(node, yaml.SequenceNode) else [node])


@dataclass
class _Interview:
    """One document: its head, its rows, and what cannot be used (`cells`: the row is kept without them)."""

    document: yaml.Node
    attributes: tuple[str, ...]
    rows: list[Row] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    cells: list[Rejected] = field(default_factory=list)

    @property
    def _pairs(self) -> list[tuple[yaml.Node, yaml.Node]]:
        return self.document.value if isinstance(self.document, yaml.MappingNode) else []

    @cached_property
    def _names(self) -> frozenset[str]:
        """What the accounts of this interview may be called in any of its texts."""
        found: set[str] = set()
        for name, value in self._pairs:
            section = _SECTIONS.get(_text(name))
            for entry in _texts(value) if section and section.has_account else ():
                given = entry.value if isinstance(entry, yaml.MappingNode) else [(None, entry)]
                for key, account in given:
                    if (_text(key) if key else section.plain if section else None) == "account":
                        found |= {word for text in _texts(account) for word in account_words(_text(text))}
        return frozenset(found)

    @property
    def known_keys(self) -> list[str]:
        return [_text(key) for key, _ in self._pairs if _text(key) in (*HEAD, *_SECTIONS)]

    @property
    def unknown_keys(self) -> list[str]:
        return [_text(key) for key, _ in self._pairs if _text(key) not in (*HEAD, *_SECTIONS)]

    @property
    def is_one(self) -> bool:
        return bool(self.known_keys)

    def in_order(self) -> Iterable[Row]:
        """Rows with an account as they are; texts that were beside one in alphabetical order."""
        return sorted(self.rows, key=lambda row: (row["source_line"], str(row["topic"]), str(row["item"])))

    def read(self) -> None:
        """Fill `rows`, `rejected` and `cells`."""
        for key, value in self._pairs:
            name = _text(key)
            if name in _SECTIONS and not _is_blank(value):
                self._read_section(_SECTIONS[name], value)
            elif name not in (*HEAD, *_SECTIONS) and not _is_blank(value):
                reason = f"not a key of an interview.{nearest(name, [*HEAD, *_SECTIONS])} Known: {', '.join(_SECTIONS)}"
                self.rejected.append((_line(key), _shown(name), reason))
        if not self.is_one and not self._pairs:
            self.rejected.append((_line(self.document), "", "not an interview: expected lines of `key: value`"))
        self._add_head()

    def _add_head(self) -> None:
        """Respondent and date go with every row; without them, or with a name in their place, no row can be used."""
        if not self.rows:
            return
        head = {_text(key): value for key, value in self._pairs if _text(key) in HEAD}
        said: Row = {}
        for key, column in (("date", "held_on"), ("respondent", "respondent")):
            try:
                said[column] = _parsed(head.get(key), key)
            except Unusable as unusable:
                where = f"line {_line(head[key])}, {key}" if key in head else key
                reason = f"the interview cannot be used ({where}: {unusable})"
                self.rejected += [(int(row["source_line"] or 0), key, reason) for row in self.rows]
                self.rows.clear()
                return
        if "role" in head and not _is_blank(head["role"]):
            try:
                said["role"] = _role(_text(head["role"]))
            except Unusable as unusable:
                self.cells.append((_line(head["role"]), "role", str(unusable)))
        self.rows = [row | said for row in self.rows]

    def _read_section(self, section: Section, value: yaml.Node) -> None:
        entries = value.value if isinstance(value, yaml.SequenceNode) else [value]
        for entry in entries:
            if not _is_blank(entry) and not _is_form(section, entry):
                self._read_entry(section, entry)

    def _read_entry(self, section: Section, entry: yaml.Node) -> None:
        """One entry of a section: the keys of one topic make one row; a list in place of a text makes several."""
        by_name = {key.name: key for key in section.keys}
        if not isinstance(entry, yaml.MappingNode):
            if section.plain is None or not isinstance(entry, yaml.ScalarNode):
                reason = f"expected `key: value` with {', '.join(by_name)}"
                self.rejected.append((_line(entry), section.name, reason))
                return
            given = {section.plain: entry}
        else:
            given = {_text(key): value for key, value in entry.value if not _is_blank(value)}
            for name in sorted(set(given) - set(by_name)):
                reason = f"not a key of {section.name}.{nearest(name, by_name)} Known: {', '.join(by_name)}"
                self.cells.append((_line(given.pop(name)), f"{section.name}.{_shown(name)}", reason))
            if not given:
                self.rejected.append((_line(entry), section.name, "none of its keys is known"))
                return
        for topic in dict.fromkeys(key.topic for key in section.keys if key.topic and key.name in given):
            keys = {key: given[key.name] for key in section.keys if key.topic == topic and key.name in given}
            self._read_topic(section, topic, keys, entry)

    def _read_topic(self, section: Section, topic: str, keys: Mapping[Key, yaml.Node], entry: yaml.Node) -> None:
        row: Row = {"topic": topic, "about": section.name if topic == "reason" else None}
        several: list[str] = []
        for key, value in keys.items():
            where = f"{section.name}.{key.name}" if section.name != key.name else section.name
            # A row is useful without details, but not without what it is about.
            is_needed = key.column in (*NEEDED.get(topic, ("item",)), "account_key")
            read = list(self._read_values(key, value, where, self.rejected if is_needed else self.cells))
            if not read and is_needed:
                return
            if key.column == "item":
                several = read
            elif read:
                row[key.column] = read[0]
                if key.column == "account_key":
                    row["domain"] = domain_of(read[0])
        self._add(section, topic, row, several, entry)

    def _read_values(self, key: Key, value: yaml.Node, where: str, refused: list[Rejected]) -> Iterator[str]:
        """What is kept of a value, or of each of several; the rest is reported in `refused`."""
        for text in _texts(value):
            if not _is_blank(text):
                try:
                    yield read_value(key, text, self._names, self.attributes)
                except Unusable as unusable:
                    refused.append((_line(text), where, str(unusable)))

    def _add(self, section: Section, topic: str, row: Row, items: list[str], entry: yaml.Node) -> None:
        if topic == "claim" and (problem := self._claim_problem(row)):
            self.rejected.append((_line(entry), *problem))
            return
        for column in NEEDED.get(topic, ()):
            is_there = bool(items) if column == "item" else column in row
            if not is_there and not (column == "segment" and row.get("is_not_recorded") == "true"):
                key = next(key.name for key in section.keys if key.column == column and key.topic == topic)
                self.rejected.append((_line(entry), f"{section.name}.{key}", "required, but empty"))
                return
        # A text that was beside an account has the line of the whole interview: its own line would lead back to it.
        line = _line(entry) if row.get("account_key") or not section.has_account else _line(self.document)
        self.rows += [row | {"item": item, "source_line": line} for item in items or (None,)]

    def _claim_problem(self, row: Row) -> tuple[str, str] | None:
        """Reports a claim that cannot be tested because its trait is unknown, unless the interview says so itself."""
        attribute = str(row.get("attribute") or "")
        is_known = attribute in self.attributes or not self.attributes
        if is_known and attribute:
            row["is_not_recorded"] = None
        elif attribute and row.get("is_not_recorded") != "true":
            hint = nearest(attribute, self.attributes)
            return "claims.attribute", (
                f"no attribute has this name.{hint} If no data source records it, add `not_recorded: true`; if a field "
                "does, name it under `attributes:` in icp.yaml"
            )
        return None


def read_value(key: Key, node: yaml.Node, names: frozenset[str] = frozenset(), attributes: tuple[str, ...] = ()) -> str:
    """What is kept of one value; raises Unusable with the reason if nothing can be."""
    if not isinstance(node, yaml.ScalarNode):
        raise Unusable("expected a text, found lines of `key: value`")
    text = _text(node)
    if key.reads == shape.ATTRIBUTE:
        return _attribute(text, names, attributes)
    if key.reads == shape.SEGMENT:
        return _segment(node, names)
    return _READERS[key.reads](text, names)


def read_head(key: str, text: str) -> str:
    """What is kept of `date`, `role` or `respondent`; raises Unusable."""
    return _role(text) if key == "role" else _parsed(yaml.ScalarNode("tag:yaml.org,2002:str", text), key)


def _shown(name: str) -> str:
    """An unknown key: kept if it is one word, never if it is a sentence."""
    return name if name.replace("_", "").replace("-", "").isalpha() and len(name) <= 40 else "an unknown key"


def _parsed(node: yaml.Node | None, key: str) -> str:
    if node is None or _is_blank(node):
        raise Unusable("required, but empty")
    found = PARSERS[key](_text(node), Rules())
    if found is None:
        raise Unusable("required, but not usable")
    return found


def _role(text: str) -> str:
    """A job title; a word that is in no known title could be a name."""
    if role_of(text) is None and seniority_of(text) is None:
        raise Unusable("not a known job title: expected one such as account executive, never a name")
    return scrub(text).casefold()


def _account(text: str, names: frozenset[str]) -> str:
    found = account_of(text)
    if not found:
        raise Unusable("not an account: expected its CRM id or its domain")
    return found


def _said(text: str, names: frozenset[str]) -> str:
    if len(text) > _LONGEST:
        raise Unusable(f"longer than {_LONGEST:,} characters: say it in a few sentences")
    found = scrub(text, names)
    if not any(char.isalpha() for char in found):
        raise Unusable("nothing is left after removing addresses, numbers and names")
    return found


def _name(text: str, names: frozenset[str]) -> str:
    """A short name such as `new_executive`: it is stored beside an account, where no sentence may be."""
    words = scrub(text.replace("_", " "), names).casefold().split()
    if not 0 < len(words) <= 5 or len(text) > _LONGEST_NAME:
        raise Unusable("expected a name of one to five words such as new_executive; a sentence goes under `note`")
    return "_".join(words)


def _about(text: str, names: frozenset[str]) -> str:
    word = text.casefold()
    if word not in shape.ABOUT:
        raise Unusable(f"not a known word: expected {', '.join(shape.ABOUT)}.{nearest(word, shape.ABOUT)}")
    return word


def _attribute(text: str, names: frozenset[str], known: tuple[str, ...]) -> str:
    """The name of a trait; for an unknown one the text, scrubbed."""
    name = "_".join(text.casefold().replace("-", " ").split())
    return name if name in known else _said(text, names)[:_LONGEST_NAME]


def _segment(node: yaml.Node, names: frozenset[str]) -> str:
    """A value of a trait as the data have it: `true` for YAML's yes. It may contain numbers, so it must be short."""
    text = _text(node)
    if node.tag == "tag:yaml.org,2002:bool":
        return str(PARSERS["boolean"](text, Rules()))
    if "@" in text or len(text) > _LONGEST_NAME:
        raise Unusable("not a value of a trait: expected one such as Financial Services, 200-499 or true")
    return text


_READERS: dict[str, Callable[[str, frozenset[str]], str]] = {
    shape.ACCOUNT: _account,
    shape.SAID: _said,
    shape.NAME: _name,
    shape.ABOUT_WORD: _about,
    shape.TRUTH: lambda text, names: PARSERS["boolean"](text, Rules()) or "",
    shape.SAYS: lambda text, names: PARSERS["says"](text, Rules()) or "",
}
