"""Options and arguments of the commands, with their `--help` texts."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated

import typer


def _day(text: str) -> datetime.date:
    try:
        return datetime.datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise typer.BadParameter(f"'{text}' is not a calendar day: write it as 2026-11-21.") from None


HomeOption = Annotated[
    Path | None,
    typer.Option("--home", metavar="DIR", help="Home folder. Default: $ICP_HOME, else the project's data/."),
]
AsOfOption = Annotated[
    datetime.date | None,
    typer.Option(
        "--as-of",
        parser=_day,
        metavar="YYYY-MM-DD",
        help="The day to score for. Default: icp.yaml, else today (UTC, or schedule.timezone).",
    ),
]
VerboseOption = Annotated[bool, typer.Option("--verbose", help="Show the full traceback of an error.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
IcpOption = Annotated[
    str | None, typer.Option("--icp", metavar="NAME", help="Which ICP, if the settings define several.")
]
ExplainRebuildOption = Annotated[
    bool, typer.Option("--explain-rebuild", help="List the tables that were rebuilt, and why.")
]
AcceptOption = Annotated[
    str | None, typer.Option(metavar="REASON", help="Publish even if a guard blocks the run; give a reason.")
]
IcpVersionArgument = Annotated[
    str, typer.Argument(metavar="VERSION", help="An ICP version; `icp versions` lists them.")
]
ResultFileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="The result file that the CRM wrote after an import.")
]
ScoredFileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="A CSV with a domain, e-mail address or company facts in each row.")
]
ScoresOutOption = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="CSV file to write all rows to.")]
BlankOption = Annotated[
    Path | None, typer.Option("--blank", metavar="FILE", help="Write the questions as a YAML form.")
]
PreviewOption = Annotated[
    str | None, typer.Option("--preview", metavar="DOMAIN", help="Show what this company's visitors see, and why.")
]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Folder to write to. Default: docs/ of the home.")
]
SqlOption = Annotated[
    str | None,
    typer.Option(
        "--sql",
        metavar="ENGINE",
        help="Instead, write the models for spark, snowflake or bigquery to sql/ENGINE in that folder.",
    ),
]
AccountArgument = Annotated[
    str, typer.Argument(metavar="ACCOUNT", help="A domain, CRM id, account id or name, or part of one.")
]
FromOption = Annotated[str | None, typer.Option("--from", metavar="VERSION", help="An earlier run, or an ICP version.")]
ToOption = Annotated[
    str | None, typer.Option("--to", metavar="VERSION", help="A later run or ICP version. Default: the newest.")
]
RunArgument = Annotated[str, typer.Argument(metavar="VERSION", help="A published run; `icp versions` lists them.")]
SampleHomeOption = Annotated[
    Path, typer.Option("--home", metavar="DIR", help="Folder to write to; refused if it holds your own files.")
]
