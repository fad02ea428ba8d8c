"""Version of the code that decides tiers: the release, and a fingerprint of everything involved.

A release that scores differently moves accounts although nothing happened to them. So the guard has a lower limit
after such a change, and history records which code made each run.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import version

from icp_pipeline.code_digest import code_digest
from icp_pipeline.home import PACKAGE
from icp_pipeline.models.graph import ModelGraph

# Rooms involved in deciding a tier; how a file is written or a page looks is not part of it.
_DECIDING = ("catalog", "sources", "settings", "learning")


def code_version(graph: ModelGraph) -> str:
    """Version such as `0.1.0+3f2a9c1b`: release, and digest of the models and the code around them."""
    digest = hashlib.sha256()
    for room in _DECIDING:
        digest.update(code_digest(PACKAGE / room, (".py", ".txt")))
    for model in graph.in_order():
        digest.update(f"{model.name}\n{model.sql}\n".encode())
    return f"{version('icp-pipeline')}+{digest.hexdigest()[:8]}"
