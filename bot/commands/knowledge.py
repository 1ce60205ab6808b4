"""``vejviser knowledge``: look after the knowledge base."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from bot.commands.common import BAD_USAGE, FAULT_FOUND, advisor_for, console, settings_from_environment, unknown_id


@click.group()
def knowledge() -> None:
    """Look after the knowledge base."""


@knowledge.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each fault.")
def knowledge_check(*, as_json: bool) -> None:
    """Report every fault of the knowledge base and your overlay, with file, line and remedy."""
    from adapters.yaml_knowledge.checking import check

    settings = settings_from_environment()
    faults = check(settings.knowledge, settings.overlay, settings.home)
    for fault in faults:
        click.echo(json.dumps(asdict(fault), ensure_ascii=False) if as_json else str(fault))
    if faults:
        raise click.exceptions.Exit(BAD_USAGE)
    if not as_json:
        click.echo("The knowledge base has no faults.")


@knowledge.command("test")
def knowledge_test() -> None:
    """Run the examples that stand with each rule and topic, near misses included."""
    from adapters.yaml_knowledge.examples import run_examples

    count, failures = run_examples(advisor_for(settings_from_environment()))
    for failure in failures:
        click.echo(failure)
    click.echo(f"{count - len(failures)} of {count} examples fit.")
    if failures:
        raise click.exceptions.Exit(FAULT_FOUND)


@knowledge.command("import-guide")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def knowledge_import_guide(file: Path) -> None:
    """Attach the organisation's own copy of the guide, text or PDF, and say what no longer fits."""
    from adapters.yaml_knowledge.guide import attach

    settings = settings_from_environment()
    report = attach(file, advisor_for(settings).knowledge(), settings.home)
    for missing in report.missing:
        click.echo(f"not found: {missing}")
    click.echo(f"{sum(map(len, report.quotes.values()))} passages attached, {len(report.missing)} not found.")


@knowledge.command("show")
@click.argument("id_", metavar="ID")
def knowledge_show(id_: str) -> None:
    """Show the entries called ID."""
    from adapters.console.listing import find_entries, known_ids, print_entry

    known = advisor_for(settings_from_environment()).knowledge()
    entries = find_entries(known, id_)
    if not entries:
        raise click.UsageError(unknown_id(id_, known_ids(known)))
    for kind, entry in entries:
        print_entry(kind, entry, console())


@knowledge.command("candidates")
@click.option("--accept", type=int, metavar="ID", help="Mark one as taken into the knowledge base.")
@click.option("--dismiss", type=int, metavar="ID", help="Mark one as not to be taken in.")
def knowledge_candidates(accept: int | None, dismiss: int | None) -> None:
    """Show experts' answers that may become part of the knowledge base."""
    from adapters.sql.people import SqlEscalations
    from bot.bootstrap import Workshop
    from bot.escalating import Kept

    escalations = SqlEscalations(Workshop(settings_from_environment()).engine)
    for id_, kept in ((accept, Kept.ACCEPTED), (dismiss, Kept.DISMISSED)):
        if id_ is not None:
            click.echo(f"{id_}: {escalations.keep(id_, kept).kept}")
    if accept is None and dismiss is None:
        for escalation in escalations.all():
            if escalation.kept is Kept.CANDIDATE:
                click.echo(f"{escalation.id}  {escalation.question}\n    {escalation.answer}")
