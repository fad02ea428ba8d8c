"""What every section of `icp.yaml` has in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Base of all sections: immutable, and strict about keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)
