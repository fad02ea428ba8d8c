"""The commands. Each calls another room and prints the result."""

from __future__ import annotations

import atexit
import gc
import logging
import os
import shutil
import socket
import sys
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.text import Text

from icp_pipeline.errors import IcpError
from icp_pipeline.home import PROJECT, SQL, Home, enter_home, find_home
from icp_pipeline.terminal.command_options import (
    AcceptOption,
    AccountArgument,
    AsOfOption,
    BlankOption,
    ExplainRebuildOption,
    FromOption,
    HomeOption,
    IcpOption,
    IcpVersionArgument,
    JsonOption,
    OutOption,
    PreviewOption,
    ResultFileArgument,
    RunArgument,
    SampleHomeOption,
    ScoredFileArgument,
    ScoresOutOption,
    SqlOption,
    ToOption,
    VerboseOption,
)
from icp_pipeline.terminal.interrupts import EXIT_CODE, Interrupted, interrupts_raised, was_interrupted
from icp_pipeline.terminal.output_streams import is_terminal, open_streams

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    # Boxes show a flag as `<bool>`, as if it took a value, and break lines in log files.
    rich_markup_mode=None,
)
# A log file has no width; 120 columns keep the tables intact.
_WIDTH = None if is_terminal() else 120
out = Console(highlight=False, width=_WIDTH)
err = Console(stderr=True, highlight=False, width=_WIDTH)


def _print_version(wanted: bool) -> None:
    if wanted:
        import importlib.metadata  # and with it everything that can read e-mail

        out.print(f"icp {importlib.metadata.version('icp-pipeline')}")
        raise typer.Exit


@app.callback()
def icp(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Learns a company's Ideal Customer Profile from how its customers turned out, and writes tiers for its CRM."""


@app.command()
def run(
    home: HomeOption = None,
    as_of: AsOfOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would change; publish nothing.")] = False,
    accept: AcceptOption = None,
    explain_rebuild: ExplainRebuildOption = False,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """The main job: land, build, check, score, publish, export."""
    if dry_run and accept:
        raise typer.BadParameter("--dry-run publishes nothing, so there is nothing to --accept: use one or the other.")
    if dry_run:
        from icp_pipeline.run.dry_run import rehearse
        from icp_pipeline.terminal.dry_run_view import show_rehearsal
        from icp_pipeline.terminal.style import print_json

        _set_up(verbose)
        answer = rehearse(_existing(find_home(home)), as_of)
        print_json(answer, out) if as_json else show_rehearsal(answer, out)
        return
    summary = _run_job("icp_refresh", _enter(home, verbose), as_json, as_of=as_of, accept=accept)
    _show(summary, as_json)
    if explain_rebuild and not as_json:
        from icp_pipeline.terminal.run_summary_view import show_rebuilds

        show_rebuilds(summary["rebuilds"], out)


@app.command()
def refit(
    home: HomeOption = None, as_of: AsOfOption = None, as_json: JsonOption = False, verbose: VerboseOption = False
) -> None:
    """Learn the ICP again. The new version goes live if it is not worse than the live one."""
    from icp_pipeline.terminal.refit import read_refit, show_refit

    chosen = _enter(home, verbose)
    summary = _run_job("icp_refit", chosen, as_json, as_of=as_of, refit=True)
    learned = read_refit(chosen)
    _show({**summary, "learned": learned}, as_json)
    if not as_json:
        show_refit(learned, out)


@app.command()
def promote(
    version: IcpVersionArgument,
    home: HomeOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Make a learned ICP version live. Every account is scored with it."""
    from icp_pipeline.run.icp_versions import check_promotable

    reason = f"promotion of {version}"
    chosen = _enter(home, verbose)
    check_promotable(chosen, version)
    _job("icp_refresh", chosen, as_json, as_of=as_of, promote=version, accept=reason)


@app.command()
def ack(
    file: ResultFileArgument,
    home: HomeOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Read a CRM's import result file. Failed records go out again, the others do not."""
    from icp_pipeline.run.acknowledge import acknowledge

    out.print(acknowledge(_enter(home, verbose), file), soft_wrap=True, markup=False)


@app.command()
def check(home: HomeOption = None, verbose: VerboseOption = False) -> None:
    """Validate `sql/` and the settings, without data."""
    from icp_pipeline.run.check_sql import check_sql
    from icp_pipeline.run.content_segments import segments_of_nobody
    from icp_pipeline.run.read_plan import read_plan
    from icp_pipeline.settings.load import load_settings
    from icp_pipeline.sources.tasks import tasks_for, unread_folders

    chosen = _reader(home, verbose)
    # Mappings in `sources:` are checked too; there is nothing to read yet.
    settings = load_settings(chosen.root)
    plan = read_plan(settings)
    tasks_for([], plan)
    if settings.engine.spark:
        from icp_pipeline.spark.spark_needs import refuse_missing_spark

        refuse_missing_spark(settings.engine.spark)
    checked = check_sql(SQL)
    unseen = segments_of_nobody(chosen, settings)
    findings: list[object] = [*unread_folders(chosen.landing, plan), *unseen, *checked.findings]
    for finding in findings:
        # Not as markup: a message may contain brackets.
        err.print(Text(str(finding), style="red"), soft_wrap=True)
    if findings:
        raise typer.Exit(1)
    # It does not say that the checks hold: there was no data to check.
    out.print(
        f"{checked.models} models with {checked.columns:,} columns and {checked.tags:,} checks pass every rule and "
        f"transpile to spark, snowflake and bigquery. The settings of {chosen.root} are valid.",
        soft_wrap=True,
        markup=False,
    )


@app.command()
def docs(
    home: HomeOption = None,
    to: OutOption = None,
    sql: SqlOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Write the data dictionary. Every table and column with meaning, checks and lineage, without data."""
    from icp_pipeline.dictionary.entries import read_dictionary
    from icp_pipeline.dictionary.examples import read_examples
    from icp_pipeline.dictionary.pages import write_pages
    from icp_pipeline.models.graph import load_models
    from icp_pipeline.models.portable import TARGETS
    from icp_pipeline.models.portable_files import write_models
    from icp_pipeline.sources.known_vendors import landed_headers
    from icp_pipeline.warehouse.bind import column_types

    if sql is not None and sql not in TARGETS:
        raise typer.BadParameter(f"'{sql}' is not one of {', '.join(TARGETS)}.", param_hint="--sql")
    folder = to.expanduser() if to else _enter(home, verbose).root / "docs"
    graph = load_models(SQL)
    types = column_types(graph)
    if sql is not None:
        written = write_models(graph, sql, types, folder / "sql" / sql)
        out.print(f"Wrote {len(written)} files to {folder / 'sql' / sql}", soft_wrap=True, markup=False)
        return
    examples = read_examples(PROJECT / "docs" / "queries.sql")
    pages = read_dictionary(graph, types, landed_headers(), examples)
    for path in write_pages(pages, examples, folder):
        out.print(f"Wrote {path}", soft_wrap=True, markup=False)


@app.command()
def explain(
    account: AccountArgument,
    home: HomeOption = None,
    icp: IcpOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """One account's scorecard, by domain, id or name.

    Takes a CRM id, an account id, a domain, a name, or part of a domain or name.
    """
    from icp_pipeline.terminal.find import find_accounts
    from icp_pipeline.terminal.live import chosen_icp, live
    from icp_pipeline.terminal.scorecard import read_scorecard
    from icp_pipeline.terminal.scorecard_view import show_matches, show_scorecard
    from icp_pipeline.terminal.style import print_json

    with live(_reader(home, verbose)) as connection:
        chosen = chosen_icp(connection, icp)
        matches = find_accounts(connection, account, chosen)
        # A program cannot decide which of several was meant.
        card = read_scorecard(connection, matches[0]["account_id"], chosen) if len(matches) == 1 else None
    if as_json:
        print_json({"wanted": account, "matches": matches, "scorecard": card}, out)
    elif card is None:
        show_matches(matches, account, out)
    else:
        show_scorecard(card, out)


@app.command()
def score(
    file: ScoredFileArgument,
    home: HomeOption = None,
    icp: IcpOption = None,
    to: ScoresOutOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Score the rows of any CSV right away. With the live ICP: tier, reasons, what is unknown, and the route."""
    from icp_pipeline.run.score_file import score_file
    from icp_pipeline.terminal.score_view import show_scores
    from icp_pipeline.terminal.style import print_json

    scores = score_file(_reader(home, verbose), file, icp or "primary")
    if to:
        scores.write(to)
    print_json(scores.answer(), out) if as_json else show_scores(scores.answer(), out)


@app.command()
def content(
    suggest: Annotated[
        bool, typer.Option("--suggest", help="Write a first content.yaml from the live ICP; never overwrites one.")
    ] = False,
    preview: PreviewOption = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Who sees what on the website. Suggest a first content.yaml, or preview what a company's visitors see."""
    from icp_pipeline.run.content_preview import preview as preview_of
    from icp_pipeline.run.content_suggestion import suggest as write_suggestion
    from icp_pipeline.terminal.content_view import show_preview
    from icp_pipeline.terminal.style import print_json

    if suggest == (preview is not None):
        raise typer.BadParameter("use either --suggest or --preview DOMAIN.")
    chosen = _reader(home, verbose)
    if preview is not None:
        answer = preview_of(chosen, preview)
        print_json(answer, out) if as_json else show_preview(answer, out)
        return
    path = write_suggestion(chosen)
    if as_json:
        print_json({"wrote": str(path)}, out)
        return
    out.print(path.read_text(encoding="utf-8"), soft_wrap=True, markup=False, end="")
    out.print(f"Wrote {path}. Next: icp content --preview DOMAIN", soft_wrap=True, markup=False)


@app.command()
def diff(
    home: HomeOption = None,
    icp: IcpOption = None,
    start: FromOption = None,
    end: ToOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """What the last run changed, and why. Or what changed between two runs or ICP versions."""
    from icp_pipeline.terminal.diff import read_diff
    from icp_pipeline.terminal.diff_view import show_diff
    from icp_pipeline.terminal.style import print_json

    answer = read_diff(_reader(home, verbose), icp, start, end)
    print_json(answer, out) if as_json else show_diff(answer, out)


@app.command()
def versions(
    home: HomeOption = None,
    disk: Annotated[bool, typer.Option("--disk", help="Also show the disk space of each part of the home.")] = False,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """List published versions and ICP versions. Newest first."""
    from icp_pipeline.terminal.disk_use import read_disk, show_disk
    from icp_pipeline.terminal.style import print_json
    from icp_pipeline.terminal.version_list import read_versions, show_versions

    chosen = _reader(home, verbose)
    answer = read_versions(chosen)
    parts = read_disk(chosen) if disk else []
    if as_json:
        print_json(answer | ({"disk": parts} if disk else {}), out)
        return
    show_versions(answer, out)
    if disk:
        show_disk(parts, out)


@app.command()
def rollback(
    version: RunArgument,
    home: HomeOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Go back (or forward) to a published version. Warehouse and exports move together."""
    from icp_pipeline.run.live_version import roll_back

    out.print(roll_back(_enter(home, verbose), version), soft_wrap=True, markup=False)


@app.command()
def sample(
    home: SampleHomeOption,
    accounts: Annotated[int, typer.Option(min=20, metavar="N", help="Number of companies.")] = 1200,
    events: Annotated[int, typer.Option(min=0, metavar="N", help="Number of usage events.")] = 30_000,
    seed: Annotated[int, typer.Option(metavar="N", help="The same seed writes the same files.")] = 7,
    verbose: VerboseOption = False,
) -> None:
    """Write a made-up company's exports. In the vendors' real formats, with planted_truth.json next to them."""
    from icp_pipeline.sample.write import write_sample

    _set_up(verbose)
    root = find_home(home).root
    if (root / "landing").exists() and not (root / "planted_truth.json").exists():
        raise IcpError(
            f"{root / 'landing'} holds files that are not a sample: nothing was written. Name another folder."
        )
    root.mkdir(parents=True, exist_ok=True)
    with out.status("writing the sample"):
        write_sample(root, accounts=accounts, events=events, seed=seed)
    if not (root / "icp.yaml").exists():
        shutil.copy(PROJECT / "data" / "icp.yaml", root)
    out.print(
        f"Wrote {accounts:,} accounts and {events:,} events to {root}.\nNext: icp run --home {root}",
        soft_wrap=True,
        markup=False,
    )


@app.command()
def interview(
    new: Annotated[bool, typer.Option("--new", help="Ask at the prompt; resumes an interrupted interview.")] = False,
    blank: BlankOption = None,
    home: HomeOption = None,
    verbose: VerboseOption = False,
) -> None:
    """Interview somebody about customers. Takes about 30 minutes; outcomes then test the claims."""
    from icp_pipeline.interview.interview_form import write_blank
    from icp_pipeline.interview.known import read_known
    from icp_pipeline.run.read_plan import read_plan
    from icp_pipeline.settings.load import load_settings

    if new == (blank is not None):
        raise typer.BadParameter("use either --new (ask at the prompt) or --blank FILE (write a form to fill in).")
    if new and not (is_terminal() and sys.stdin.isatty()):
        raise IcpError(
            "--new asks questions and needs a terminal: use `icp interview --blank FILE` to write a form instead."
        )
    chosen = _reader(home, verbose)
    known = read_known(chosen, read_plan(load_settings(chosen.root)).attributes)
    if blank:
        write_blank(blank.expanduser(), known)
        folder = chosen.landing / "voice" / "interviews"
        out.print(f"Wrote {blank}. Fill it in and put it into {folder}.", soft_wrap=True, markup=False)
        return
    from icp_pipeline.interview.conversation import DRAFT, Conversation, Stopped

    try:
        path = Conversation(known, chosen.state / DRAFT, chosen.landing).hold()
    except Stopped as stopped:
        out.print(str(stopped), soft_wrap=True, markup=False)
        raise typer.Exit(130) from None
    out.print(f"Wrote {path}. The next `icp run` reads it.", soft_wrap=True, markup=False)


@app.command()
def dev(
    home: HomeOption = None,
    port: Annotated[int, typer.Option(min=1, max=65_535, metavar="N", help="Port on 127.0.0.1.")] = 3000,
    verbose: VerboseOption = False,
) -> None:
    """Open Dagster's UI and daemon on loopback."""
    chosen = _enter(home, verbose)
    _refuse_taken(port)
    dagster = Path(sys.executable).with_name("dagster")
    out.print(f"Dagster on http://127.0.0.1:{port} for {chosen.root}. Stop with Ctrl-C.", soft_wrap=True, markup=False)
    arguments = ["dev", "--workspace", str(PROJECT / "workspace.yaml"), "--host", "127.0.0.1", "--port", str(port)]
    if not verbose:
        # Dagster prints a deprecation warning for its own command between the address and the first line of its log.
        os.environ.setdefault("PYTHONWARNINGS", "ignore")
    os.execv(dagster, [str(dagster), *arguments])


def main() -> NoReturn:
    """Entry point: an expected error is one line on stderr and exit code 1."""
    code = run_command()
    # Everything is written, and every thread and file was closed where it was opened. Freeing a million objects would
    # take a second before the system reclaims their memory anyway.
    atexit._run_exitfuncs()
    os._exit(code)


def run_command() -> int:
    """What the command line asks for, and the exit code of the process."""
    # A run keeps most of what it allocates. Python's default garbage collection takes a tenth of the start of a run and
    # finds next to nothing. At five times this threshold a run of 8,000 accounts would need a hundred megabytes more.
    gc.set_threshold(200_000, 20, 20)
    # Tables, report and checks have their own threads: between two statements each waits for the interpreter.
    sys.setswitchinterval(0.001)
    before = sys.stdout, sys.stderr
    try:
        stdout, stderr = open_streams()
        with interrupts_raised():
            code = _exit_code()
        stdout.flush()
        # For a run the exit code says whether it published; for a command that reads, its output is all there is.
        if stdout.was_lost and not code and not _published:
            _tell(f"the output could not be written: {stdout.refused}")
            code = 1
        stderr.flush()
    finally:
        sys.stdout, sys.stderr = before
    return code


# Whether this process has published: then it ends with 0, whether or not the output can be written.
_published: list[str] = []


def _exit_code() -> int:
    """The result of the command; an expected error is reported in one line."""
    _published.clear()
    try:
        app()
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except IcpError as error:
        if "--verbose" in sys.argv:
            raise
        if _published:
            note = f"note: the run was published, but its summary could not be printed ({error}): `icp versions`"
            err.print(note, soft_wrap=True, markup=False)
            return 0
        _tell(str(error))
        return 1
    except (Interrupted, RuntimeError) as error:
        if not was_interrupted(error):
            raise
        return _told_of_interrupt()
    return 0


def _told_of_interrupt() -> int:
    if _published:
        err.print("note: interrupted after the run was published, so only its summary is missing: `icp versions`")
        return 0
    if "rollback" in sys.argv:
        _tell("interrupted. `icp versions` shows what is live; the next run finishes the rollback.")
    else:
        _tell("interrupted. Nothing was published, and the last version stays live.")
    return EXIT_CODE


def _tell(error: str) -> None:
    err.print("error:", style="bold red", end=" ")
    # A message may contain brackets that are not markup.
    err.print(error, soft_wrap=True, markup=False)


def _job(job: str, home: Home, as_json: bool, **asked: Any) -> None:
    """Run a job and print the result."""
    _show(_run_job(job, home, as_json, **asked), as_json)


def _run_job(job: str, home: Home, as_json: bool, **asked: Any) -> dict[str, Any]:
    """Run a job; returns the result. With JSON, progress goes to stderr so that stdout can be parsed."""
    from icp_pipeline.quality.gx_process import start_before_first

    with suppress(OSError):  # told where it is asked to judge
        start_before_first(home.state / "data_docs")  # and while it starts, the rest is imported
    from icp_pipeline.orchestration.execute import execute_job
    from icp_pipeline.terminal.run_summary import read_summary

    seconds = execute_job(job, err if as_json else out, **asked)
    _published.append(job)
    return read_summary(home, seconds)


def _show(summary: dict[str, Any], as_json: bool) -> None:
    from icp_pipeline.terminal.run_summary_view import show_summary
    from icp_pipeline.terminal.style import print_json

    print_json(summary, out) if as_json else show_summary(summary, out)


def _enter(option: Path | None, verbose: bool) -> Home:
    _set_up(verbose)
    home = _existing(find_home(option))
    enter_home(home)
    return home


def _reader(option: Path | None, verbose: bool) -> Home:
    """The home for a read-only command: it creates no folder, and needs no write access."""
    from icp_pipeline.warehouse.mending import link_trouble

    _set_up(verbose)
    home = _existing(find_home(option))
    trouble = link_trouble(home.root)
    if trouble:
        err.print(f"note: {trouble} The next run or rollback fixes it.", soft_wrap=True, markup=False)
    return home


def _existing(home: Home) -> Home:
    if not home.root.is_dir():
        if home.root.exists():
            raise IcpError(f"{home.root} is a file: expected the folder that holds landing/.")
        raise IcpError(
            f"{home.root} is not a folder: create it, or make a sample with `icp sample --home {home.root}`."
        )
    _leave_folder_that_is_gone()
    return home


def _leave_folder_that_is_gone() -> None:
    """DuckDB asks for the working directory, which may have been deleted since the command started."""
    try:
        Path.cwd()
    except FileNotFoundError:
        # Not the home, because a dry run would write there, which it must not.
        os.chdir("/")


def _refuse_taken(port: int) -> None:
    """Dagster notices half a minute later, and says so among a hundred lines."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as error:
            raise IcpError(
                f"port {port} on 127.0.0.1 cannot be used ({error.strerror}): is another `icp dev` open? Stop it, "
                f"or use another port: `icp dev --port {port % 65_535 + 1}`."
            ) from error


def _say_nothing(*_: object, **__: object) -> None:
    """A warning that is not shown."""


def _set_up(verbose: bool) -> None:
    """Quiet libraries: their logs are in Dagster's history, not on the terminal."""
    if not verbose:
        warnings.filterwarnings("ignore")
        # Filters can be lost: libraries set them and put back the old ones, in several threads at once.
        warnings.showwarning = _say_nothing
        logging.disable(logging.WARNING)
