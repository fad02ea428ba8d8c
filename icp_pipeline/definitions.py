"""What Dagster loads (`workspace.yaml`), under the name that its history knows."""

from icp_pipeline.orchestration.assembly import defs

__all__ = ["defs"]
