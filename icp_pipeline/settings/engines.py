"""Where models are built: all in DuckDB, or those that read usage (or all) on Spark."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, model_validator

from icp_pipeline.errors import nearest
from icp_pipeline.settings.section import Section

_ENGINES = ("duckdb", "spark")
_REMOTE = re.compile(r"sc://(\[[0-9a-f:]+\]|[^\s/:]+)(:\d{1,5})?(/.*)?")
_LAST_PORT = 65_535
_BUCKET = re.compile(r"(s3a?|gs|abfss?)://[^/]+(/.*)?")
_MASTER = re.compile(r"local(\[(\*|\d+)(,\d+)?\])?|local-cluster\[\d+,\d+,\d+\]|spark://\S+:\d+|yarn|k8s://\S+")


def _connect_address(text: str) -> str:
    found = _REMOTE.fullmatch(text)
    if not found or int((found[2] or ":0")[1:]) > _LAST_PORT:
        # A token may follow the semicolon.
        raise ValueError(
            f"'{text.partition(';')[0]}' is not the address of a Spark Connect server; expected such as sc://host:15002"
        )
    return text


def _spark_master(text: str) -> str:
    if not _MASTER.fullmatch(text):
        raise ValueError(f"'{text}' is not a Spark master; expected such as local[*] or spark://host:7077")
    return text


def _place(text: str) -> str:
    if "://" not in text:
        if not text.startswith("/"):
            raise ValueError(
                f"'{text}' is neither a full path nor an address; expected such as /mnt/icp or s3://bucket/icp"
            )
        return text
    scheme, _, place = text.partition("://")
    owner, at, _ = place.partition("@")
    # Azure has its container there.
    if "?" in place or "#" in place or (at and (not scheme.startswith("abfs") or ":" in owner)):
        raise ValueError(
            "an address has no room for keys or options; expected such as s3://bucket/icp: keys, region and endpoint "
            "come from the environment, such as AWS_PROFILE and AWS_ENDPOINT_URL"
        )
    if not _BUCKET.fullmatch(text):
        raise ValueError(
            f"'{text}' is not a bucket; expected s3, s3a, gs, abfs or abfss, such as s3://bucket/icp, or a folder "
            "such as /mnt/icp"
        )
    return text.rstrip("/")


class SparkSettings(Section):
    """A Spark started by the run (`master`) or a Spark Connect server (`remote`), and which models it builds.

    `tables` is where files are exchanged: a folder with the same path on this machine and on Spark's workers, by
    default in the home, or a bucket.
    `landing`: who reads landed files, this machine or the workers, which then need the home and icp-pipeline, too.
    """

    master: Annotated[str, AfterValidator(_spark_master)] | None = None
    remote: Annotated[str, AfterValidator(_connect_address)] | None = None
    tables: Annotated[str, AfterValidator(_place)] | None = None
    models: Literal["usage", "all"] = "usage"
    landing: Literal["here", "workers"] = "here"

    @model_validator(mode="after")
    def one_spark(self) -> SparkSettings:
        """Require exactly one of `master` and `remote`."""
        if (self.master is None) == (self.remote is None):
            found = "both" if self.master else "neither"
            raise ValueError(
                "expected either `master`, such as local[*], or `remote`, such as sc://host:15002; found " + found
            )
        return self

    @property
    def bucket(self) -> str | None:
        """Address of the bucket, if `tables` is one."""
        return self.tables if self.tables and "://" in self.tables else None

    @property
    def address(self) -> str:
        """Address of Spark, for messages."""
        return (self.remote or self.master or "").partition("/;")[0]  # a token may follow


class EngineSettings(Section):
    """The engine in addition to DuckDB; none by default."""

    spark: SparkSettings | None = None


def _by_name(value: object) -> object:
    """Read `engine: duckdb` as no other engine."""
    if value == "duckdb":
        return {}
    if value == "spark":
        raise ValueError("expected which Spark, such as `engine: {spark: {master: \"local[*]\"}}`, found 'spark'")
    if isinstance(value, str):
        raise ValueError(f"'{value}' is not an engine.{nearest(value, _ENGINES)} Known: {', '.join(_ENGINES)}")
    return value


Engine = Annotated[EngineSettings, BeforeValidator(_by_name)]
