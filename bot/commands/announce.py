"""``vejviser announce``: write, send, follow up and take back announcements. ``vejviser worker``: send them."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.common import console, settings_from_environment
from bot.errors import SettingsError
from bot.people import Person, PersonId

if TYPE_CHECKING:
    from bot.announcing import Announcement, Draft
    from bot.bootstrap import Workshop

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_by = click.option("--by", default="operator", show_default=True, help="Who acts; stands in the audit log.")


@click.group()
def announce() -> None:
    """Write, send, follow up and take back announcements."""


@announce.command("create")
@click.argument("file", type=_FILE)
@_by
@_as_json
def announce_create(file: Path, by: str, *, as_json: bool) -> None:
    """Keep the announcement in FILE as a draft."""
    workshop = _workshop()
    _told(workshop.announcing.draft(_person(by), _read(workshop, file)), as_json=as_json)


@announce.command("edit")
@click.argument("id_", metavar="ID")
@click.argument("file", type=_FILE)
@_by
@_as_json
def announce_edit(id_: str, file: Path, by: str, *, as_json: bool) -> None:
    """Put FILE in the place of ID; one that is out is changed in every copy."""
    workshop = _workshop()
    _told(workshop.announcing.edit(_person(by), id_, _read(workshop, file)), as_json=as_json)


@announce.command("duplicate")
@click.argument("id_", metavar="ID")
@_by
@_as_json
def announce_duplicate(id_: str, by: str, *, as_json: bool) -> None:
    """Keep a copy of ID as a new draft, without its time."""
    _told(_workshop().announcing.duplicate(_person(by), id_), as_json=as_json)


@announce.command("preview")
@click.argument("id_", metavar="ID")
@_as_json
def announce_preview(id_: str, *, as_json: bool) -> None:
    """Show what recipients will see."""
    from dataclasses import asdict

    announcing = _workshop().announcing
    card = announcing.preview(announcing.one(id_))
    if as_json:
        _print_json(asdict(card))
        return
    from rich.markdown import Markdown

    terminal = console()
    terminal.print(card.title, style="bold", markup=False)
    terminal.print(Markdown(card.body))
    for button in card.buttons:
        terminal.print(f"[{button.label}]", markup=False)
    terminal.print(card.footnote, style="dim", markup=False)


@announce.command("try")
@click.argument("id_", metavar="ID")
@click.option("--to", required=True, help="An address such as slack:U0123 or teams:<Entra object id>.")
@_by
def announce_try(id_: str, to: str, by: str) -> None:
    """Send ID to one address alone, without its button."""
    from bot.delivering import Address

    _workshop().announcing.send_to_self(_person(by), id_, Address(to))
    click.echo(f"{id_} goes to {to}.")


@announce.command("send")
@click.argument("id_", metavar="ID")
@_by
@_as_json
def announce_send(id_: str, by: str, *, as_json: bool) -> None:
    """Send ID at its time, or at once where it has none."""
    workshop = _workshop()
    _told(workshop.announcing.send(_person(by), id_), as_json=as_json)
    _warn_without_worker(workshop)


@announce.command("approve")
@click.argument("id_", metavar="ID")
@_by
@_as_json
def announce_approve(id_: str, by: str, *, as_json: bool) -> None:
    """Let ID go to everyone, where a second manager is asked for."""
    workshop = _workshop()
    _told(workshop.announcing.approve(_person(by), id_), as_json=as_json)
    _warn_without_worker(workshop)


@announce.command("status")
@click.argument("id_", metavar="ID")
@_as_json
def announce_status(id_: str, *, as_json: bool) -> None:
    """Show who got ID, who did not and why, and who has read it."""
    from adapters.announcement_reports import as_json as report_as_json
    from adapters.console.announcing import print_report

    workshop = _workshop()
    announcing, knowledge = workshop.announcing, workshop.advisor.knowledge()
    report = announcing.report(id_)
    if as_json:
        for piece in report_as_json(report, announcing.copies(id_), knowledge):
            sys.stdout.write(piece)
        return
    print_report(report, announcing.copies(id_), knowledge, console())
    if workshop.settings.public_url:
        click.echo(workshop.report_links.link(id_))


@announce.command("list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@_as_json
def announce_list(limit: int, *, as_json: bool) -> None:
    """Show the announcements, the newest first."""
    _list(_workshop().announcing.search("", limit=limit), as_json=as_json)


@announce.command("search")
@click.argument("words", nargs=-1, required=True)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@_as_json
def announce_search(words: tuple[str, ...], limit: int, *, as_json: bool) -> None:
    """Show the announcements that hold every one of WORDS."""
    _list(_workshop().announcing.search(" ".join(words), limit=limit), as_json=as_json)


@announce.command("cancel")
@click.argument("id_", metavar="ID")
@_by
@_as_json
def announce_cancel(id_: str, by: str, *, as_json: bool) -> None:
    """Call ID off; of one that is being sent, whatever has not gone yet."""
    _told(_workshop().announcing.cancel(_person(by), id_), as_json=as_json)


@announce.command("recall")
@click.argument("id_", metavar="ID")
@click.option("--leave-word", is_flag=True, help="Say in each place that it was withdrawn, instead of deleting.")
@_by
@_as_json
def announce_recall(id_: str, by: str, *, leave_word: bool, as_json: bool) -> None:
    """Delete every copy of ID."""
    workshop = _workshop()
    _told(workshop.announcing.recall(_person(by), id_, leave_word=leave_word), as_json=as_json)
    _warn_without_worker(workshop)


@announce.command("retry")
@click.argument("id_", metavar="ID")
@_by
@_as_json
def announce_retry(id_: str, by: str, *, as_json: bool) -> None:
    """Try every failed recipient of ID again."""
    count = _workshop().announcing.retry(_person(by), id_)
    if as_json:
        _print_json({"id": id_, "retried": count})
        return
    click.echo(f"{count} are tried again.")


@announce.command("remind")
@click.argument("id_", metavar="ID")
@_by
@_as_json
def announce_remind(id_: str, by: str, *, as_json: bool) -> None:
    """Remind those who have not said that they read ID."""
    workshop = _workshop()
    _told(workshop.announcing.remind(_person(by), id_), as_json=as_json)
    _warn_without_worker(workshop)


@click.command()
def worker() -> None:
    """Send announcements and notices until it is ended; several may share one PostgreSQL database."""
    from adapters.sending.part import work

    workshop = _workshop()
    if not workshop.platforms:
        raise SettingsError("no chat platform is set up, so there is nobody to send to; see docs/install.md")
    click.echo(f"Sending to {', '.join(workshop.platforms)}. Ctrl+C ends it.")
    work(workshop.worker, workshop.finish, log_level=workshop.settings.log_level)


def _workshop() -> Workshop:
    from bot.bootstrap import Workshop

    return Workshop(settings_from_environment())


def _person(by: str) -> Person:
    if not by.strip():
        raise click.UsageError("--by is empty; say who acts")
    return Person(PersonId(f"cli:{by.strip()}"), by.strip())


def _read(workshop: Workshop, file: Path) -> Draft:
    from adapters.yaml_announcements import read_announcement

    advisor = workshop.advisor
    now = datetime.now().astimezone()
    return read_announcement(file, knowledge=advisor.knowledge(), now=now, personal=advisor.personal)


def _told(announcement: Announcement, *, as_json: bool) -> None:
    if as_json:
        from adapters.announcement_reports import announcement_as_json

        _print_json(announcement_as_json(announcement))
        return
    sent = announcement.draft.send_at
    when = f", {sent.astimezone():%Y-%m-%d %H:%M %Z}" if sent else ""
    click.echo(f"{announcement.id}: {announcement.stage}{when}")


def _list(found: tuple[Announcement, ...], *, as_json: bool) -> None:
    from adapters.announcement_reports import announcement_as_json

    if as_json:
        _print_json({"announcements": [announcement_as_json(each) for each in found]})
        return
    from adapters.console.announcing import print_announcements

    print_announcements(found, console())


def _warn_without_worker(workshop: Workshop) -> None:
    from adapters.sql.sending import SendingStore

    if not SendingStore(workshop.engine).alive(30):
        click.echo("No worker is running; it goes out once 'vejviser serve' or 'vejviser worker' does.", err=True)


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False))
