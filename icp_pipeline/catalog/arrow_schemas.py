"""SQL types of the catalog as Arrow schemas."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

_TYPES = {
    "varchar": pa.string(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "decimal(18,8)": pa.decimal128(18, 8),
}


def arrow_schema(types: Mapping[str, str]) -> pa.Schema:
    """The schema of columns with these SQL types."""
    return pa.schema([(name, _TYPES[type_]) for name, type_ in types.items()])
