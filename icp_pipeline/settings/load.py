"""Reads and validates `icp.yaml` and `content.yaml`; errors name the key, the line and what was expected."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from icp_pipeline.errors import SettingsError, nearest
from icp_pipeline.settings import website
from icp_pipeline.settings.fields import blank_carrier, field_parts, refuse_outcome_of_lead
from icp_pipeline.settings.filter_columns import filter_columns, filters_of
from icp_pipeline.settings.filter_terms import FilterError
from icp_pipeline.settings.plain_words import value_problem, yaml_problem
from icp_pipeline.settings.schema import Settings
from icp_pipeline.settings.website_check import content_problems

FILE_NAME = "icp.yaml"
File = TypeVar("File", bound=BaseModel)
_PLACE = re.compile(r"[a-z_]+(\.\w+)+")
_NAME = re.compile(r"^[a-z][a-z0-9_]{0,62}$")


def load_settings(home: Path) -> Settings:
    """The settings of a home folder: `icp.yaml`, all defaults without it, and `content.yaml` if there is one.

    Raises SettingsError for a file that is not YAML, an unknown key, a value out of range, a field that names no
    known file kind, or content that nobody could see.
    """
    icp, content = home / FILE_NAME, home / website.FILE_NAME
    return _settings(icp, _text(icp), content, _text(content))


@lru_cache(maxsize=4)
def _settings(icp: Path, icp_text: str | None, content: Path, content_text: str | None) -> Settings:
    """Settings from the texts of both files; cached, because assets, schedules and the run each ask for them."""
    settings = _load_icp(icp, icp_text)
    website_content = _load_content(content, content_text, settings)
    return settings.with_content(website_content) if website_content else settings


def _load_icp(path: Path, text: str | None) -> Settings:
    found = _read(path, text)
    if found is None:
        return Settings()
    settings, tree = _validated(path, Settings, *found)
    _check_names(path, settings)
    _check_files_of_fields(path, tree, settings)
    _check_blanks(path, tree, settings)
    _check_outcomes_of_leads(path, tree, settings)
    _check_filters(path, tree, settings)
    return settings


def _load_content(path: Path, text: str | None, settings: Settings) -> website.ContentSettings | None:
    found = _read(path, text)
    if found is None:
        return None
    content, tree = _validated(path, website.ContentSettings, *found)
    problems = [
        f"{path}:{_line_of(tree, place)}: {'.'.join(place)}: {problem}."
        for place, problem in content_problems(content, settings)
    ]
    if problems:
        raise SettingsError("\n".join(problems))
    return content


def _text(path: Path) -> str | None:
    """A file's text; None if it does not exist."""
    if not os.path.lexists(path):
        return None
    if not path.is_file():
        raise SettingsError(f"{path}: expected a file, found {_instead_of_file(path)}. Restore it, then run again.")
    try:
        return path.read_text(encoding="utf-8")
    except ValueError as error:  # not UTF-8
        raise _unreadable(path, error, "") from None
    except OSError as error:
        raise SettingsError(
            f"{path}: cannot be read ({error.strerror}). Fix its owner or mode, then run again."
        ) from error


def _read(path: Path, text: str | None) -> tuple[Any, yaml.Node | None] | None:
    """Content and YAML tree of a file's text; None if it does not exist or is empty."""
    if text is None:
        return None
    try:
        content = yaml.safe_load(text)
        tree = yaml.compose(text)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: an impossible date
        raise _unreadable(path, error, text) from None
    if content is None:
        return None
    _refuse_twice(path, tree)
    if not isinstance(content, dict):
        found = "a list" if isinstance(content, list) else "a single value"
        raise SettingsError(f"{path}: expected `key: value` lines at the top, found {found}.")
    return content, tree


def _unreadable(path: Path, error: Exception, text: str) -> SettingsError:
    line, problem = yaml_problem(error, text)
    where = f"{path}:{line}" if line else path
    return SettingsError(f"{where}: not readable as YAML: {problem}. Fix the file, then run again.")


def _instead_of_file(path: Path) -> str:
    """What a file that is not mounted leaves behind; read as no file at all, it would mean the default settings."""
    if path.is_dir():
        return "a folder, which a container makes if the file that it mounts does not exist"
    return f"a link to {path.readlink()}, which does not exist" if path.is_symlink() else "a pipe, socket or device"


def _validated(path: Path, model: type[File], content: Any, tree: yaml.Node | None) -> tuple[File, yaml.Node | None]:
    try:
        return model.model_validate(content), tree
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(path, model, tree, item) for item in error.errors())) from None


def _refuse_twice(path: Path, node: yaml.Node | None, where: str = "") -> None:
    """Refuse duplicate keys: YAML silently takes the last, so a section written twice would lose its first half."""
    children = [("", item) for item in node.value] if isinstance(node, yaml.SequenceNode) else []
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            line, name = key.start_mark.line + 1, str(key.value)
            if name in seen:
                raise SettingsError(
                    f"{path}:{line}: {where}{name}: stands here a second time, after line {seen[name]}: only one of "
                    "the two would count. Put them together."
                )
            seen[name] = line
            children.append((f"{where}{name}.", value))
    for inner, child in children:
        _refuse_twice(path, child, inner)


def _check_names(path: Path, settings: Settings) -> None:
    """Check that names used in tables and files are plain words, and that every field can be found."""
    for section in ("attributes", "sources", "icps", "audiences"):
        for name in getattr(settings, section):
            if not _NAME.match(name):
                raise SettingsError(f"{path}: {section}.{name}: expected a name of lower-case letters, digits and _.")
    fields: list[tuple[str, str | None]] = [
        (f"attributes.{name}", field) for name, item in settings.attributes.items() for field in item.fields
    ]
    fields += [(f"outcomes.metrics.{name}", item.field) for name, item in settings.outcomes.metrics.items()]
    for name in ("since", "churned_at"):
        item = getattr(settings.customer, name)
        fields.append((f"customer.{name}", item.field if item else None))
    for where, field in fields:
        if field is not None:
            try:
                field_parts(field, settings.sources)
            except SettingsError as error:
                raise SettingsError(f"{path}: {where}: {error}") from None


def _check_files_of_fields(path: Path, tree: yaml.Node | None, settings: Settings) -> None:
    """Check that an attribute reads one column per kind of file."""
    for name, item in settings.attributes.items():
        kinds = [field_parts(field, settings.sources)[0] for field in item.fields]
        if len(set(kinds)) < len(kinds):
            line = _line_of(tree, ("attributes", name, "field"))
            raise SettingsError(
                f"{path}:{line}: attributes.{name}.field: two columns of one kind of file, but only one can be "
                "read. Keep one, or make the other its own attribute."
            )


def _check_blanks(path: Path, tree: yaml.Node | None, settings: Settings) -> None:
    """Check that `blank` is used only if it is known which record a blank cell belongs to."""
    for name, item in settings.attributes.items():
        if item.blank is not None:
            try:
                blank_carrier(item.fields, settings)
            except SettingsError as error:
                line = _line_of(tree, ("attributes", name, "blank"))
                raise SettingsError(f"{path}:{line}: attributes.{name}.blank: {error}") from None


def _check_outcomes_of_leads(path: Path, tree: yaml.Node | None, settings: Settings) -> None:
    """Check that no attribute is a lead's outcome."""
    for name, item in settings.attributes.items():
        for field in item.fields if item.enabled else ():
            try:
                refuse_outcome_of_lead(field, settings)
            except SettingsError as error:
                line = _line_of(tree, ("attributes", name, "field"))
                raise SettingsError(f"{path}:{line}: attributes.{name}.field: {error}") from None


def _check_filters(path: Path, tree: yaml.Node | None, settings: Settings) -> None:
    """Check that every `where` is one condition that can be evaluated; the message names its line."""
    filters = filters_of(settings)
    if not filters:
        return
    from icp_pipeline.settings.filters import filter_clauses  # sqlglot, which most settings do not need

    columns = filter_columns(settings)
    for (section, name), where in filters.items():
        try:
            filter_clauses(where, columns)
        except FilterError as error:
            line = _line_of(tree, (section, name, "where"))
            raise SettingsError(f"{path}:{line}: {section}.{name}.where: {error}.") from None


def _explain(path: Path, file: type[BaseModel], tree: yaml.Node | None, item: Any) -> str:
    """One line for one validation error, with the line of the file and the nearest known key."""
    location = tuple(str(part) for part in item["loc"])
    # An error about several settings starts with their place.
    named = _PLACE.match(value_problem(item)) if not location else None
    line = _line_of(tree, tuple(named[0].split(".")) if named else location)
    if named:
        return f"{path}:{line}: {value_problem(item)}."
    where = f"{path}:{line}: {'.'.join(location) or 'the file'}"
    if item["type"] == "extra_forbidden":
        known = _known_keys(file, location[:-1])
        return f"{where}: unknown setting.{nearest(location[-1], known)} Known here: {', '.join(sorted(known))}."
    hint = nearest(str(item["input"]), re.findall(r"'(.*?)'", item["msg"])) if item["type"] == "literal_error" else ""
    return f"{where}: {value_problem(item)}.{hint}"


def _known_keys(file: type[BaseModel], location: tuple[str, ...]) -> list[str]:
    """The known keys of a section; sections that map free names to settings are skipped over."""
    model: Any = file
    for part in location:
        if isinstance(model, type) and issubclass(model, BaseModel):
            model = model.model_fields[part].annotation
        arguments = [argument for argument in getattr(model, "__args__", ()) if isinstance(argument, type)]
        models = [argument for argument in arguments if issubclass(argument, BaseModel)]
        if models and part not in file.model_fields:
            model = models[0]
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        models = [a for a in getattr(model, "__args__", ()) if isinstance(a, type) and issubclass(a, BaseModel)]
        model = models[0] if models else file
    return list(model.model_fields)


def line_in(path: Path, location: tuple[str, ...]) -> int:
    """The 1-based line of a key in a file that was read without an error, or of its nearest parent."""
    return _line_of(yaml.compose(path.read_text(encoding="utf-8")), location)


def _line_of(node: yaml.Node | None, location: tuple[str, ...]) -> int:
    """The 1-based line of a key in the YAML tree, or of its nearest parent."""
    line = node.start_mark.line + 1 if node else 1
    for part in location:
        if not isinstance(node, yaml.MappingNode):
            break
        for key, value in node.value:
            if key.value == part:
                line, node = key.start_mark.line + 1, value
                break
        else:
            break
    return line
