"""What every section of `icp.yaml` has in common."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError


class Section(BaseModel):
    """Base of all sections: immutable, rejects unknown keys, and numbers are numbers.

    YAML reads yes and on as true, which would count as 1: `lost_after_days: yes` is not a number of days.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def yes_is_no_number(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse true and false in place of a number, by itself, in a list or as a mapping's value."""
        kinds = _kinds(cls.model_fields[str(info.field_name)].annotation)
        if kinds & {int, float, Decimal} and not kinds & {bool, str, object}:
            if isinstance(value, bool):
                raise PydanticCustomError("float_type", "a number")
            entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
            for key, entry in entries:
                if isinstance(entry, bool):
                    raise ValueError(f"{key}: expected a number, found {str(entry).lower()}")
        return value


def _kinds(annotation: Any) -> set[type]:
    """Types that a value may have; of a mapping those of what stands under its keys, and of a literal its own."""
    arguments = get_args(annotation)
    if get_origin(annotation) is None or not arguments:
        return {annotation} if isinstance(annotation, type) else {object} if annotation is Any else set()
    if isinstance(get_origin(annotation), type) and issubclass(get_origin(annotation), dict):
        arguments = arguments[1:]
    return set().union(*(_kinds(argument) if not _is_value(argument) else {type(argument)} for argument in arguments))


def _is_value(argument: Any) -> bool:
    """Whether it is what a literal lists."""
    return isinstance(argument, int | float | str)
