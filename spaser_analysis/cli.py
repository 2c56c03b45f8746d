"""``spaser``: the command line.

Exit codes: 0 all done, 1 some reports failed, 2 usage, 3 unusable input, 4 verification failed, 5 environment.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import IntEnum, StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Column, Table

from spaser_analysis.period import WINDOWS, Quarter, span
from spaser_analysis.workbench import completion

if TYPE_CHECKING:
    from spaser_analysis.audit.steps import Audit
    from spaser_analysis.publishing.publish import Closed, Outcome


class Exit(IntEnum):
    """What the command tells the shell."""

    DONE = 0
    SOME_FAILED = 1
    USAGE = 2
    UNUSABLE_INPUT = 3
    VERIFICATION_FAILED = 4
    ENVIRONMENT = 5


class Format(StrEnum):
    """What ``explain`` prints."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


# Of what ``explain`` gives, the rows and columns that a screen has room for.
_SHOWN = 40
_COLUMNS_SHOWN = (
    *("uid", "indicator", "state", "rule", "amount_cents", "quantity", "day", "declared"),
    *("source_file", "source_record"),
)

app = typer.Typer(
    name="spaser",
    help="The evidence of responsible purchasing, quarter by quarter and territory by territory.\n\n"
    "First [bold]spaser ingest[/] your files, then [bold]spaser publish[/] a quarter; [bold]spaser census[/] gives back the "
    "needs to correct, [bold]spaser explain[/] the contracts behind a figure.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=True,
)
organisations = typer.Typer(help="The buyers, one folder each below data/organisations.", no_args_is_help=True)
app.add_typer(organisations, name="organisation")
keys = typer.Typer(help="The keys that sign editions.", no_args_is_help=True)
app.add_typer(keys, name="keys")
_people = Console(stderr=True)
_TOLD = 20  # findings of a step that failed: the audit report has all
_MARKS = {"ok": " ", "failed": "!", "unknown": "?"}

AsJson = Annotated[bool, typer.Option("--json", help="Print the outcome as JSON, for machines.")]
_QUARTER, _TERRITORY, _BUYER = map(completion, ("quarter", "territory", "organisation"))
_INDICATOR, _WINDOW = completion("indicator"), completion("window")
Buyer = Annotated[str, typer.Option(help="Folder below data/organisations.", autocompletion=_BUYER)]
PeriodName = Annotated[str, typer.Option(help=f"One of {', '.join(WINDOWS)}.", autocompletion=_WINDOW)]
Clean = Annotated[Path | None, typer.Option(help="Folder of the clean tables.", show_default="data/clean")]


@app.command()
def ingest(
    paths: Annotated[
        list[str],
        typer.Argument(
            help="Files, folders or .zip archives, whose formats are recognised by content; or a PostgreSQL database, as "
            "postgresql://HOST/NAME (docs/database.md)."
        ),
    ],
    clean: Clean = None,
    as_json: AsJson = False,
) -> None:
    """Read contracts, payments and lists in any accepted format, clean them, and write the clean tables and their ledger.

    The clean tables are rebuilt from exactly the files named: name them all. Nothing is written if one of them cannot
    be read. Formats: docs/formats.md. Example: spaser ingest data/raw
    """
    from spaser_analysis.ingest import UnusableInput
    from spaser_analysis.ingest import ingest as run
    from spaser_analysis.organisation import all_organisations

    with _failing({ValueError: Exit.USAGE}):
        all_organisations()  # a buyer's folder that is wrong is told before anything is read
    with _failing({UnusableInput: Exit.UNUSABLE_INPUT}), _reading() as told:
        done = run(paths, clean, told)
    if as_json:
        print(json.dumps(asdict(done), ensure_ascii=False, indent=1, sort_keys=True))
        return
    table = Table("file", "format", "snapshot", "read", "used", "rejected", "duplicates", box=None, pad_edge=False)
    for column in table.columns[3:]:
        column.justify = "right"
    for one in done.files:
        table.add_row(
            one.name,
            one.format,
            one.snapshot or "unknown",
            *(f"{n:,}" for n in (one.read, one.used, one.rejected, one.duplicates)),
        )
    totals = [sum(getattr(one, name) for one in done.files) for name in ("read", "used", "rejected", "duplicates")]
    table.add_row("all files", "", done.snapshot or "unknown", *(f"{n:,}" for n in totals), style="bold")
    out = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    out.print(table)
    out.print(
        "{:,} read = {:,} used + {:,} rejected + {:,} duplicates; each rejection and duplicate has its row in the ledger.".format(
            *totals
        )
    )
    out.print("Written: " + ", ".join(f"{name} {rows:,}" for name, rows in sorted(done.tables.items())), soft_wrap=True)
    if done.left_alone:
        out.print(f"Left alone (hidden, or no format of ours by its name): {', '.join(done.left_alone)}")


@app.command()
def publish(
    context: typer.Context,
    quarter: Annotated[str | None, typer.Option(help="Quarter, as 2022-T3.", autocompletion=_QUARTER)] = None,
    first: Annotated[str | None, typer.Option("--from", help="First of several.", autocompletion=_QUARTER)] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last of several.", autocompletion=_QUARTER)] = None,
    territory: Annotated[
        list[str] | None,
        typer.Option(help="Code, as CT2; repeat it for several.", show_default="all", autocompletion=_TERRITORY),
    ] = None,
    clean: Annotated[
        str | None,
        typer.Option(help="Folder of the clean tables, or an address (s3://, sftp://).", show_default="data/clean"),
    ] = None,
    reports: Annotated[
        str | None, typer.Option(help="Folder of the editions, or an address.", show_default="reports")
    ] = None,
    organisation: Buyer = "amp",
    workers: Annotated[
        int | None, typer.Option(min=1, help="Reports made at the same time.", show_default="one a core")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="A dask cluster that makes them instead, as tcp://HOST:8786 (docs/cluster.md).")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Make again what has not changed.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; say what would run, and why.")] = False,
    why: Annotated[str, typer.Option(help="Why editions are published again, for their erratum.")] = "",
    timeout: Annotated[float, typer.Option(min=1, help="Seconds that a cell of a report may take.")] = 600,
    memory: Annotated[int, typer.Option(min=64, help="Megabytes that a report may take.")] = 4096,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print each outcome as it comes, then the sums: one JSON object a line.")
    ] = False,
) -> None:
    """Run the report of each quarter and territory, check it, and move it whole into its place.

    Each report is a folder reports/QUARTER/TERRITORY with report.html, report.ipynb and indicateurs.csv, and for a
    territory preuves.html, what each figure is made of. One is made again only where its rows, its notebook, the library,
    the reference data or the lock have changed; a batch that was stopped goes on where it was. What a report that fails
    has left is in the folder failed, beside the editions.

    Once all its reports are there the edition is closed, with its manifest: sign it (spaser sign). One that is published
    again becomes a revision, with its erratum; the former one is kept in reports/revisions.

    Example: spaser publish --from 2021-T4 --to 2025-T4 --workers 2
    """
    from spaser_analysis.publishing.processes import warm_up

    awaited = Path(context.with_resource(TemporaryDirectory(prefix="spaser-")), "snapshot")
    if not (dry_run or scheduler):
        warm_up(awaited)  # it imports while this process does, and waits for the file
    from spaser_analysis.publishing.job import Limits
    from spaser_analysis.publishing.publish import NothingToPublish
    from spaser_analysis.publishing.publish import publish as run
    from spaser_analysis.tables import NoCleanTables

    kinds: dict[type[Exception], Exit] = {
        NoCleanTables: Exit.UNUSABLE_INPUT, NothingToPublish: Exit.UNUSABLE_INPUT, ValueError: Exit.USAGE,
    }  # fmt: skip
    editions: list[Closed] = []
    with _failing(kinds):
        quarters = _quarters(quarter, first, last)
        with _publishing(as_json, reports) as (told, say):
            outcomes = run(
                quarters, territory, clean, reports, organisation, told,
                say=say, workers=workers, scheduler=scheduler, force=force, dry_run=dry_run, limits=Limits(timeout, memory),
                awaited=awaited, why=why, closed=editions.append,
            )  # fmt: skip
    counts = {
        status: sum(one.status == status for one in outcomes) for status in dict.fromkeys(o.status for o in outcomes)
    }
    if as_json:
        print(json.dumps({"event": "end", "reports": len(outcomes), **counts}))
    else:
        for one in outcomes:
            if one.status != "failed":
                because = f" ({one.cause})" if one.cause else ""
                print(f"{one.status}: {_place(one, reports)}/report.html{because}")
        for edition in editions:
            print(f"edition {edition.period}: {f'left open: {edition.cause}' if edition.cause else 'closed'}")
        print(f"{len(outcomes)} reports: {', '.join(f'{count} {status}' for status, count in counts.items())}")
    is_built = dry_run or _with_portal(Path(reports) if reports else None, organisation, as_json)
    for one in outcomes:
        if one.status == "failed":
            left = f" [left in {_relative(one.left)}]" if one.left else ""
            _people.print(
                f"failed: {one.period} {one.slug}: {one.cause}{left}",
                style="red", highlight=False, markup=False, soft_wrap=True,
            )  # fmt: skip
    if counts.get("failed") or not is_built:
        raise typer.Exit(Exit.SOME_FAILED)


@app.command()
def portal(
    reports: Annotated[Path | None, typer.Option(help="Folder of the editions.", show_default="reports")] = None,
    organisation: Buyer = "amp",
    pdf: Annotated[bool, typer.Option(help="Print each report that has no PDF of its present page.")] = True,
    as_json: AsJson = False,
) -> None:
    """Make the portal again (reports/index.html) from the editions that are there, and print each report as PDF.

    spaser publish and spaser sign make its pages themselves; the PDF files need a Chromium on this machine.
    Example: spaser portal --no-pdf
    """
    from spaser_analysis.organisation import load_organisation
    from spaser_analysis.portal.build import build
    from spaser_analysis.publishing.pdf import NoBrowser, NotPrinted
    from spaser_analysis.workspace import reports as usual

    folder = reports or usual()
    with _failing(
        {
            ValueError: Exit.USAGE,
            FileNotFoundError: Exit.USAGE,
            NoBrowser: Exit.ENVIRONMENT,
            NotPrinted: Exit.SOME_FAILED,
        }
    ):
        buyer = load_organisation(organisation)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=_people, transient=True, disable=as_json) as bar:
            task = bar.add_task("reading", total=None)
            made = build(
                folder, buyer, prints=pdf,
                progress=lambda what, done, of: bar.update(task, description=what, completed=done, total=of or None),
            )  # fmt: skip
    if as_json:
        print(json.dumps({**asdict(made), "index": str(made.index)}, indent=1))
        return
    print(f"{_relative(made.index)}: {made.files} files, {made.written} written, {made.printed} reports printed")


@app.command()
def census(
    to: Annotated[Path | None, typer.Option(help="Folder to write.", show_default="recensement-a-corriger")] = None,
    clean: Clean = None,
    as_json: AsJson = False,
) -> None:
    """Give each directorate back the lines of its census that must be corrected or completed, with the cause beside each.

    One workbook a directorate, with the columns of the template: correct it in place, put it beside the census without
    the lines it replaces, and ingest again. Example: spaser census --to a-corriger
    """
    from spaser_analysis.census import give_back
    from spaser_analysis.tables import NoCleanTables

    with _failing({NoCleanTables: Exit.UNUSABLE_INPUT}):
        given = give_back(clean, to)
    if as_json:
        print(json.dumps([{**asdict(one), "file": str(one.file)} for one in given], ensure_ascii=False, indent=1))
        return
    for one in given:
        print(f"{one.directorate}: {one.lines} {'lines' if one.lines > 1 else 'line'} in {_relative(one.file)}")
    print("Nothing to correct." if not given else f"{sum(one.lines for one in given)} lines to correct in all.")


@app.command("compare-buyers")
def compare(
    family: Annotated[str | None, typer.Option(help="Purchase family, as voirie.", show_default="all together")] = None,
    indicator: Annotated[
        str, typer.Option(help="A share of contracts.", autocompletion=_INDICATOR)
    ] = "environmental_share",
    quarter: Annotated[
        str | None,
        typer.Option(help="Quarter, as 2025-T4.", show_default="the last one that is over", autocompletion=_QUARTER),
    ] = None,
    window: PeriodName = "year",
    clean: Clean = None,
    organisation: Buyer = "amp",
    out: Annotated[Path | None, typer.Option(help="Folder to write.", show_default="reports/comparaison")] = None,
    as_json: AsJson = False,
) -> None:
    """Compute an indicator for every buyer of the clean tables, and say where one stands among its peers.

    Peers: same kind by the first digits of the SIREN, and from a third to three times as many contracts. Writes
    comparaison.csv (every buyer) and comparaison.html. Example: spaser compare-buyers --family voirie
    """
    from spaser_analysis.buyers import compare_buyers, write_comparison
    from spaser_analysis.tables import NoCleanTables
    from spaser_analysis.views import peers
    from spaser_analysis.workspace import comparison

    with _failing({NoCleanTables: Exit.UNUSABLE_INPUT, ValueError: Exit.USAGE}):
        found = compare_buyers(family, indicator, quarter, window, organisation, clean)
        files = write_comparison(found, out or comparison())
    if as_json:
        print(json.dumps(peers.summary(found) | {"files": list(map(str, files))}, ensure_ascii=False, indent=1))
        return
    print(peers.lead(found))
    shown = peers.neighbours(found)
    headings = (Column(one.label, justify="right" if one.is_number else "left") for one in shown.columns)
    _show(headings, shown.rows)
    print("\n".join(f"Written: {_relative(file)}" for file in files))


@app.command("compare")
def compare_editions(
    one: Annotated[Path, typer.Argument(help="An edition, the folder of a report, or a notebook.")],
    other: Annotated[Path, typer.Argument(help="Another one.")],
    clean: Annotated[
        Path | None,
        typer.Option(
            help="Clean tables behind the second, to count the contracts published late.", show_default="none"
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare two editions, two reports or two notebooks: figure by figure with what caused each change, then all they say.

    Objectives first, then the largest changes. Exit code 0 where nothing differs, 1 where something does.
    Example: spaser compare reports/revisions/2022-T3-r1 reports/2022-T3
    """
    from spaser_analysis.audit.compare import compare as run
    from spaser_analysis.tables import NoCleanTables

    with _failing({NoCleanTables: Exit.UNUSABLE_INPUT, ValueError: Exit.USAGE}):
        found = run(one, other, clean)
    if as_json:
        print(json.dumps(asdict(found), ensure_ascii=False, indent=1))
    else:
        print("\n".join(found.told()))
    if not found.is_same:
        raise typer.Exit(Exit.SOME_FAILED)


@app.command()
def explain(
    quarter: Annotated[str, typer.Option(help="Quarter, as 2022-T3.", autocompletion=_QUARTER)],
    indicator: Annotated[
        str | None,
        typer.Argument(help="Code, as in indicateurs.csv.", show_default="with --uid, none", autocompletion=_INDICATOR),
    ] = None,
    territory: Annotated[
        str | None, typer.Option(help="Territory code, as CT2.", show_default="the whole", autocompletion=_TERRITORY)
    ] = None,
    window: PeriodName = "year_to_date",
    scope: Annotated[str, typer.Option(help="all, or what is left out, as without_frameworks.")] = "all",
    measure: Annotated[
        str | None, typer.Option(help="number or value, as the indicator has.", show_default="its first one")
    ] = None,
    uid: Annotated[str | None, typer.Option(help="A contract: every indicator that it counts in.")] = None,
    clean: Clean = None,
    organisation: Buyer = "amp",
    form: Annotated[Format, typer.Option("--format", help="What to print.")] = Format.TABLE,
    as_json: AsJson = False,
) -> None:
    """From a figure to the contracts behind it: which count yes, no or unknown, which are excluded by which rule, and where
    each comes from (source file and record, what it declared, what cleaning did). And back, from a contract to the figures.

    Examples: spaser explain environmental_share --quarter 2022-T3 --territory CT2 --format csv > marches.csv,
    and spaser explain --uid 20005480700017Z221095F00 --quarter 2022-T3
    """
    from spaser_analysis import explain as made
    from spaser_analysis.report import open_report
    from spaser_analysis.tables import NoCleanTables
    from spaser_analysis.views.elements import harmless

    with _failing({NoCleanTables: Exit.UNUSABLE_INPUT, ValueError: Exit.USAGE}):
        if (indicator is None) == (uid is None):
            raise ValueError("give either an indicator, or a contract with --uid")
        report = open_report(quarter, territory, organisation, clean)
        if uid is not None:
            of_contract = made.explain_contract(report, uid, window)
            told, rows = made.contract_told(of_contract), of_contract.indicators
            lead = made.contract_lead(of_contract)
        else:
            found = made.explain(report, str(indicator), window, scope, measure)
            told, rows, lead = made.told(found), found.rows, made.lead(found)
    if as_json or form is Format.JSON:
        print(json.dumps(told, ensure_ascii=False, indent=1))
        return
    if form is Format.CSV:
        print(harmless(rows).to_csv(index=False, lineterminator="\n"), end="")
        return
    print("\n".join(lead))
    shown = rows.head(_SHOWN)[[one for one in _COLUMNS_SHOWN if one in rows]].astype("object")
    _show(shown.columns, shown.where(shown.notna(), "").to_numpy().tolist())
    if len(rows) > _SHOWN:
        print(f"{_SHOWN} of {len(rows)} rows; all of them, with every column: --format csv")


@organisations.command("new")
def new(
    siren: Annotated[str, typer.Option(help="Nine digits.")],
    name: Annotated[str, typer.Option(help="As a reader of the reports sees it.")],
    slug: Annotated[str | None, typer.Option(help="Name of the folder.", show_default="from the name")] = None,
    as_json: AsJson = False,
) -> None:
    """Write the commented folder of another buyer, to be completed in an hour; it loads as it is.

    Example: spaser organisation new --siren 123456782 --name "Ville d’Exemple" --slug exemple
    """
    from spaser_analysis.new_organisation import new_organisation

    with _failing({ValueError: Exit.USAGE}):
        folder = new_organisation(siren, name, slug)
    files = sorted(path.name for path in folder.iterdir())
    if as_json:
        print(json.dumps({"slug": folder.name, "folder": str(folder), "files": files}, ensure_ascii=False, indent=1))
        return
    print(f"Written: {_relative(folder)} ({', '.join(files)})")
    print(
        "Next: complete organisation.toml, then targets.toml; fiches.toml, territories.csv and communes.csv if they apply."
    )
    print(f"Then: spaser ingest FILES, and spaser publish --quarter YYYY-TN --organisation {folder.name}")


@keys.command("new")
def new_key(
    organisation: Buyer = "amp",
    key: Annotated[
        Path | None, typer.Option(help="Private key to write.", show_default="~/.config/spaser-analysis")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make the Ed25519 key that signs the editions of an organisation: once, on the machine that publishes.

    The private key stays on this machine, readable by you alone: keep a copy in a safe place. The public one is added to
    data/allowed_signers: publish that line where auditors will look for it. Example: spaser keys new
    """
    from spaser_analysis.organisation import load_organisation
    from spaser_analysis.publishing.signing import new_key as make
    from spaser_analysis.workspace import allowed_signers, signing_key

    private, allowed = key or signing_key(organisation), allowed_signers()
    with _failing({ValueError: Exit.USAGE, FileExistsError: Exit.USAGE}):
        line = make(load_organisation(organisation).slug, private, allowed)
    if as_json:
        print(json.dumps({"private": str(private), "allowed_signers": str(allowed), "line": line}, indent=1))
        return
    print(f"Written: {private} (private: never publish it)\nAdded to {_relative(allowed)}:\n{line}")


@app.command()
def sign(
    editions: Annotated[list[Path], typer.Argument(help="Folders of editions, as reports/2022-T3.")],
    key: Annotated[Path | None, typer.Option(help="Private key.", show_default="~/.config/spaser-analysis")] = None,
    as_json: AsJson = False,
) -> None:
    """Sign editions that are closed, and the list of editions beside them.

    Signatures are OpenSSH's: ssh-keygen -Y verify checks them too (docs/audit.md). Example: spaser sign reports/2022-T3
    """
    from spaser_analysis.publishing.manifest import NoEdition, read_edition
    from spaser_analysis.publishing.seal import reports_of, sign_edition

    with _failing({NoEdition: Exit.UNUSABLE_INPUT, ValueError: Exit.USAGE, FileNotFoundError: Exit.USAGE}):
        written = list(dict.fromkeys(file for folder in editions for file in sign_edition(folder, key)))
        told = {reports_of(folder): read_edition(folder).organisation for folder in editions}
    is_built = [_with_portal(reports, organisation, as_json) for reports, organisation in told.items()]
    if as_json:
        print(json.dumps([str(one) for one in written], indent=1))
    else:
        print("\n".join(f"Signed: {_relative(one)}" for one in written))
    if not all(is_built):
        raise typer.Exit(Exit.SOME_FAILED)


class Steps(StrEnum):
    """What an audit does."""

    ALL = "all"
    VERIFY = "verify"
    REPRODUCE = "reproduce"
    RECOMPUTE = "recompute"
    BALANCE = "balance"


@app.command("audit")
def audit_editions(
    step: Annotated[Steps, typer.Argument(help="All steps, or one of them.")],
    editions: Annotated[list[Path], typer.Argument(help="Folders of editions, as reports/2022-T3.")],
    inputs: Annotated[
        list[Path] | None,
        typer.Option(help="Raw input files or folders; repeat it for several.", show_default="data/raw, or the sample"),
    ] = None,
    signers: Annotated[
        Path | None,
        typer.Option(
            help="Who may sign, known from elsewhere.", show_default="data/allowed_signers", exists=True, dir_okay=False
        ),
    ] = None,
    head: Annotated[
        str, typer.Option(help="sha256 of a manifest that the list of editions must hold, noted at an earlier audit.")
    ] = "",
    clean: Annotated[
        Path | None,
        typer.Option(help="Clean tables for recompute and balance.", show_default="made again of the inputs"),
    ] = None,
    trust_code: Annotated[
        bool,
        typer.Option("--trust-code", help="Run the edition's notebooks even where their code is not the templates'."),
    ] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Reports made at the same time.", show_default="one a core")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the audit reports.", show_default="audit")] = None,
    as_json: AsJson = False,
) -> None:
    """Whether an edition is what was published, and whether anyone finds the same figures again (docs/audit.md).

    [bold]verify[/]: signature, list of editions and every hash; what was changed is named, file, cell, figure or input.

    [bold]reproduce[/]: made again from the raw inputs in a fresh environment, compared cell by cell; its notebooks are run again
    without network, and only where their code is that of the templates.

    [bold]recompute[/]: every figure again by another path, SQL on the clean tables.

    [bold]balance[/]: what must add up does.

    Exit code 4 where something is wrong; audit/EDITION.html and .json tell all of it.

    Example: spaser audit all reports/2022-T3 reports/2022
    """
    from spaser_analysis.audit.findings import STEPS
    from spaser_analysis.audit.steps import audit, write_audit
    from spaser_analysis.sources.errors import UnreadableFile
    from spaser_analysis.workspace import audits

    steps = STEPS if step is Steps.ALL else tuple(one for one in STEPS if one == step.value)
    done, count = [], workers or len(os.sched_getaffinity(0))
    with _failing({UnreadableFile: Exit.UNUSABLE_INPUT, ValueError: Exit.USAGE}):
        for folder in editions:
            if not folder.is_dir():
                raise ValueError(f"{folder}: no such folder")
            with _waiting(folder.name, as_json) as say:
                done.append(
                    audit(
                        folder, steps, inputs or (), clean, signers=signers, head=head, trust_code=trust_code, workers=count,
                        say=say,
                    )
                )  # fmt: skip
        pages = [write_audit(one, out or audits()) for one in done]
    if as_json:
        print(json.dumps([one.told() for one in done], ensure_ascii=False, indent=1))
    else:
        for one, page in zip(done, pages, strict=True):
            _tell(one, page)
    if any(one.is_failed for one in done):
        raise typer.Exit(Exit.VERIFICATION_FAILED)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lab(context: typer.Context) -> None:
    """Open JupyterLab, in French, on the exploration notebook, with the kernel of this environment.

    All that follows goes to jupyter lab. Example: spaser lab --no-browser --port 8890
    """
    from spaser_analysis.workbench import NotReady
    from spaser_analysis.workbench import lab as open_lab

    with _failing({NotReady: Exit.ENVIRONMENT}):
        open_lab(context.args)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Whether everything is here, in which version, and the command that adds what is missing.

    Exit code 0 where all that is necessary is here, 5 otherwise.
    """
    from spaser_analysis.workbench import doctor as examine

    found = tuple(examine())
    if as_json:
        print(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=1))
    else:
        _show(("what", "state", "found", "command"), ((one.name, one.state, one.said, one.fix) for one in found))
    if any(one.state == "missing" for one in found):
        raise typer.Exit(Exit.ENVIRONMENT)


def _tell(one: Audit, page: Path) -> None:
    for step in one.steps:
        found = one.of(step)
        wrong = [finding for finding in found if finding.state == "failed"]
        print(f"{step}: {f'{len(wrong)} failed' if wrong else 'passed'}")
        for finding in [*wrong[:_TOLD], *found[len(wrong) :]]:
            kind = f"{finding.kind}: " if finding.state == "failed" else ""
            print(f"  {_MARKS[finding.state]} {kind}{finding.name}: {finding.detail}")
        if len(wrong) > _TOLD:
            print(f"  ... and {len(wrong) - _TOLD} more, in the audit report")
    print(f"{_relative(page)}\n{one.name} : {one.verdict}")


def _show(headings: Iterable[Column | str], rows: Iterable[Iterable[object]]) -> None:
    table = Table(*headings, box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(escape(str(cell)) for cell in row))
    Console(width=None if sys.stdout.isatty() else 160, highlight=False).print(table)


@contextmanager
def _waiting(name: str, quiet: bool) -> Iterator[Callable[[str], None]]:
    """A spinner that says what is being done."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=_people, transient=True, disable=quiet) as bar:
        task = bar.add_task(name, total=None)
        yield lambda words: bar.update(task, description=f"{name}: {words}")


def _with_portal(reports: Path | None, organisation: str, quiet: bool) -> bool:
    """The pages of the portal after what was done in a folder of editions; what prevents them is told."""
    from spaser_analysis.organisation import load_organisation
    from spaser_analysis.portal.build import build
    from spaser_analysis.workspace import reports as usual

    folder = reports or usual()
    if not folder.is_dir():  # an address: its editions are elsewhere
        return True
    try:
        with _waiting("building the portal", quiet):
            made = build(folder, load_organisation(organisation))
    except (OSError, ValueError) as error:
        _people.print(f"the portal was not built: {error}", style="red", highlight=False, markup=False, soft_wrap=True)
        return False
    if not quiet:
        print(f"portal: {_relative(made.index)}")
    return True


def _quarters(quarter: str | None, first: str | None, last: str | None) -> list[str]:
    if (quarter is None) == (first is None) or (first is None) != (last is None):
        raise ValueError("give either --quarter, or both --from and --to")
    if quarter is not None:
        return [str(Quarter.parse(quarter))]
    found = [str(one) for one in span(Quarter.parse(str(first)), Quarter.parse(str(last)))]
    if not found:
        raise ValueError(f"--to {last} comes before --from {first}")
    return found


def _relative(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


@contextmanager
def _failing(kinds: dict[type[Exception], Exit]) -> Iterator[None]:
    """Errors as one line each and an exit code; a full or forbidden disk is the environment's."""
    try:
        yield
    except tuple(kinds) + (OSError,) as error:  # noqa: RUF005
        for line in str(error).splitlines() or [type(error).__name__]:
            _people.print(f"spaser: {line}", style="red", highlight=False, markup=False, soft_wrap=True)
        code = next((code for kind, code in kinds.items() if isinstance(error, kind)), Exit.ENVIRONMENT)
        raise typer.Exit(code) from None
    except KeyboardInterrupt:
        _people.print("spaser: interrupted, nothing half written", style="red")
        raise typer.Exit(130) from None


@contextmanager
def _reading() -> Iterator[Callable[[str, int], None]]:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        TextColumn("{task.completed:,.0f} records"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=_people, transient=True) as bar:
        task = bar.add_task("reading", total=None)

        def told(what: str, records: int) -> None:
            bar.update(task, description=what, completed=records or None)

        yield told


def _place(outcome: Outcome, reports: str | None, whole: bool = False) -> str:
    """Where an edition is: its folder, or its address."""
    if reports and "://" in reports:
        return f"{reports.rstrip('/')}/{outcome.period}/{outcome.slug}"
    return str(outcome.folder) if whole else _relative(outcome.folder)


@contextmanager
def _publishing(
    as_json: bool, reports: str | None
) -> Iterator[tuple[Callable[[Outcome, int], None], Callable[[str], None]]]:
    columns = (
        *(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()),
        *(TextColumn("{task.fields[rate]}"), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn()),
    )
    with Progress(*columns, console=_people, transient=True, disable=as_json) as bar:
        task = bar.add_task("reading", total=None, rate="")

        def told(outcome: Outcome, total: int) -> None:
            if as_json:
                left = str(outcome.left) if outcome.left else ""
                places = {"folder": _place(outcome, reports, whole=True), "left": left}
                print(
                    json.dumps({"event": "report", **asdict(outcome), **places, "of": total}, ensure_ascii=False),
                    flush=True,
                )
            speed = bar.tasks[task].speed
            rate = f"{speed * 60:.0f} a minute" if speed else ""
            bar.update(task, advance=1, total=total, description=f"{outcome.period} {outcome.slug}", rate=rate)

        yield told, lambda words: bar.update(task, description=words)


def main() -> None:
    """Entry point of the ``spaser`` command; asked to stop, it stops as at Ctrl-C, leaving nothing half written."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    app()
