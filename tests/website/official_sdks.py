"""What the tools' own packages evaluate from the flag files: a variant by slot, for each visitor's traits."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Its lock file pins flagd's core for Node; CI runs `npm ci` there.
NODE_PACKAGES = ROOT / "docs" / "demo"
Traits = dict[str, Any]
Shown = list[dict[str, Any]]


def node_or_skip() -> str:
    """Node with the packages of docs/demo; without them the test is skipped, except in CI."""
    node = shutil.which("node")
    missing = "node is not installed" if node is None else "run `npm ci` in docs/demo, as CI does"
    if node is None or not (NODE_PACKAGES / "node_modules").is_dir():
        assert "ICP_TESTS_NEED_NODE" not in os.environ, missing
        pytest.skip(missing)
    return node


def openfeature_python(folder: Path, visitors: Sequence[Traits]) -> Shown:
    """`openfeature-sdk` with flagd's provider, which reads the file and evaluates in this process."""
    from openfeature import api
    from openfeature.contrib.provider.flagd import FlagdProvider
    from openfeature.contrib.provider.flagd.config import ResolverType
    from openfeature.evaluation_context import EvaluationContext

    file = folder / "flags.flagd.json"
    slots = list(json.loads(file.read_text(encoding="utf-8"))["flags"])
    provider = FlagdProvider(resolver_type=ResolverType.FILE, offline_flag_source_path=str(file))
    api.set_provider_and_wait(provider)
    try:
        client = api.get_client()
        contexts = [EvaluationContext("visitor", traits) for traits in visitors]
        return [{slot: client.get_string_value(slot, "?", context) for slot in slots} for context in contexts]
    finally:
        api.shutdown()


def flagd_node(folder: Path, visitors: Sequence[Traits]) -> Shown:
    """`@openfeature/flagd-core` on Node; it also rejects a file that breaks flagd's schema."""
    node = node_or_skip()
    flags = (folder / "flags.flagd.json").read_text(encoding="utf-8")
    asked = json.dumps({"modules": str(NODE_PACKAGES), "flags": flags, "contexts": list(visitors)})
    script = Path(__file__).with_name("evaluate.mjs")
    ran = subprocess.run([node, script], input=asked, capture_output=True, text=True, encoding="utf-8", timeout=120)
    assert ran.returncode == 0, ran.stderr
    found: Shown = json.loads(ran.stdout)
    return found


def growthbook(folder: Path, visitors: Sequence[Traits]) -> Shown:
    """`growthbook` with the features from the file."""
    from growthbook import GrowthBook

    features = json.loads((folder / "growthbook.json").read_text(encoding="utf-8"))["features"]
    found = []
    for traits in visitors:
        # It empties its argument.
        evaluating = GrowthBook(attributes=dict(traits), features=features)
        found.append({slot: evaluating.get_feature_value(slot, "?") for slot in features})
        evaluating.destroy()
    return found


def posthog(folder: Path, visitors: Sequence[Traits]) -> Shown:
    """PostHog's local evaluation, with the definitions that it would fetch; no server is involved."""
    from posthog import Posthog

    told = json.loads((folder / "posthog_flags.json").read_text(encoding="utf-8"))
    client = Posthog("test", host="http://127.0.0.1:9", send=False, sync_mode=True)
    client.feature_flags = told["flags"]
    client.group_type_mapping, client.cohorts = told["group_type_mapping"], told["cohorts"]
    return [
        {
            flag["key"]: client.get_feature_flag(
                flag["key"],
                "visitor",
                groups={"company": "company"},
                group_properties={"company": traits},
                only_evaluate_locally=True,
                send_feature_flag_events=False,
            )
            for flag in told["flags"]
        }
        for traits in visitors
    ]


ALL = {each.__name__: each for each in (openfeature_python, flagd_node, growthbook, posthog)}
