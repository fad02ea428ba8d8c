"""One reader of the soak: opens the live warehouse and exports again and again, as people's tools do.

`python -m bench.soak_reader HOME STOP OUT`: reads until the file STOP exists, then writes its counts to OUT as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import duckdb

from icp_pipeline.activation.manifest import verify
from icp_pipeline.errors import PublishError


def read_once(home: Path) -> str:
    """The run of the live warehouse; raises if either side is torn, missing, or from another run than it claims."""
    live = (home / "warehouse" / "icp.duckdb").resolve(strict=True)
    with duckdb.connect(str(live), read_only=True) as connection:
        run = live.stem.removeprefix("icp_")
        own = connection.execute("select count(*) from history.runs where run_id = ?", [run]).fetchone()
        accounts = connection.execute("select count(*), count(distinct account_id) from core.accounts").fetchone()
        tiers = connection.execute("select count(*) from icp.account_tiers where icp_id = 'primary'").fetchone()
    if own != (1,) or accounts is None or accounts[0] != accounts[1] or tiers != (accounts[0],):
        raise ValueError(f"{live.name}: {own} runs of its own, {accounts} accounts, {tiers} tiers")
    # The link is resolved once, so all files are of one export.
    verify((home / "exports" / "latest").resolve(strict=True))
    return run


def main() -> None:
    """Read until told to stop."""
    home, stop, out = (Path(argument) for argument in sys.argv[1:4])
    reads, failures, seen = 0, [], set()
    while not stop.exists():
        try:
            seen.add(read_once(home))
        except (duckdb.Error, OSError, PublishError, ValueError) as error:
            failures.append(f"{type(error).__name__}: {error}"[:300])
        reads += 1
        time.sleep(0.1)  # leaves the processors to the runs; the question is whether any read fails
    out.write_text(json.dumps({"reads": reads, "failed": len(failures), "why": failures[:3], "versions": len(seen)}))


if __name__ == "__main__":
    main()
