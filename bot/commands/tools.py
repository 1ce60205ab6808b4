"""``vejviser tools``: the positive list, its history, and what employees ask for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.common import console, settings_from_environment, unknown_id
from bot.model import Access, DataClass, Status, Tool, ToolId, Words
from bot.people import Person, PersonId
from bot.registering import RequestState

if TYPE_CHECKING:
    from bot.service.listing import PositiveList

_DAY = click.DateTime(formats=["%Y-%m-%d"])
_DATA = click.Choice([data.value for data in DataClass])
_by = click.option("--by", required=True, help="Who decides; stands in the history.")
_why = click.option("--why", required=True, help="Why; stands in the history.")


@click.group()
def tools() -> None:
    """Look after the positive list."""


@tools.command("list")
@click.option("--data", type=_DATA, help="Only tools that this data may go into today.")
def tools_list(data: str | None) -> None:
    """Show every tool."""
    from adapters.console.listing import print_tools
    from bot.positive_list import tools_for

    listed = _positive_list().tools()
    shown = tools_for(listed, {DataClass(data)}, date.today()) if data else listed  # noqa: DTZ011 the user's own day
    print_tools(shown, console())


@tools.command("show")
@click.argument("id_", metavar="ID")
@click.option("--at", type=_DAY, help="What held at the end of this day.")
def tools_show(id_: str, at: datetime | None) -> None:
    """Show one tool, with the decision that it rests on."""
    from adapters.console.listing import print_entry

    positive_list = _positive_list()
    tool = ToolId(id_)
    decided = positive_list.at(_end_of(at)).get(tool) if at else positive_list.current(tool)
    if decided is None:
        known = (str(listed.id) for listed in positive_list.tools())
        raise click.UsageError(f"'{id_}' was not on the list then" if at else unknown_id(id_, known))
    print_entry("tool", decided, console())


@tools.command("history")
@click.argument("id_", metavar="ID")
def tools_history(id_: str) -> None:
    """Show every decision on one tool, with who made it and why."""
    from adapters.console.listing import print_history

    positive_list = _positive_list()
    decisions = positive_list.history(ToolId(id_))
    if not decisions:
        raise click.UsageError(unknown_id(id_, (str(tool.id) for tool in positive_list.tools())))
    print_history(decisions, console())


@tools.command("set")
@click.argument("id_", metavar="ID")
@click.option("--name", help="The product's name; needed for a new tool.")
@click.option("--vendor")
@click.option("--product", help="What plans of one product share, such as chatgpt.")
@click.option("--plan", help="The plan or version, such as Enterprise.")
@click.option("--alias", "aliases", multiple=True, help="Another name; give it once for each.")
@click.option("--access", type=click.Choice([access.value for access in Access]))
@click.option("--status", type=click.Choice([status.value for status in Status]))
@click.option("--data", type=_DATA, multiple=True, help="What may go in; give it once for each.")
@click.option("--condition-da")
@click.option("--condition-en")
@click.option("--owner")
@click.option("--risk-assessed", type=_DAY)
@click.option("--review-by", type=_DAY)
@click.option("--revision", type=click.IntRange(0), help="The revision you saw; refused where a newer one holds.")
@_by
@_why
def tools_set(id_: str, revision: int | None, by: str, why: str, **given: object) -> None:
    """Decide on a tool; what is not given stays as it is."""
    positive_list = _positive_list()
    held = positive_list.current(ToolId(id_))
    if held is None and not given["name"]:
        near = unknown_id(id_, (str(tool.id) for tool in positive_list.tools()))
        raise click.UsageError(f"{near} A new tool needs --name")
    tool = _changed(held.tool if held else Tool(ToolId(id_), str(given["name"])), given)
    decided = positive_list.decide(_person(by), tool, why, revision=revision)
    click.echo(f"{tool.name}: {tool.status}, revision {decided.revision}.")


def _changed(tool: Tool, given: dict[str, object]) -> Tool:
    plain = {key: given[key] for key in ("name", "vendor", "product", "plan", "owner") if given[key] is not None}
    changed = replace(tool, **plain)  # type: ignore[arg-type]  # click has made them texts
    if given["aliases"]:
        changed = replace(changed, aliases=tuple(given["aliases"]))  # type: ignore[arg-type]  # as above
    if given["access"]:
        changed = replace(changed, access=Access(str(given["access"])))
    if given["status"]:
        changed = replace(changed, status=Status(str(given["status"])))
    if given["data"]:
        changed = replace(changed, data=frozenset(map(DataClass, given["data"])))  # type: ignore[call-overload]  # as above
    conditions = tool.conditions
    words = Words(str(given["condition_da"] or conditions.da), str(given["condition_en"] or conditions.en))
    return replace(
        changed,
        conditions=words,
        risk_assessed=_day(given["risk_assessed"], tool.risk_assessed),
        review_by=_day(given["review_by"], tool.review_by),
    )


def _day(given: object, before: date | None) -> date | None:
    return given.date() if isinstance(given, datetime) else before


@tools.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Apply without asking.")
@_by
@_why
def tools_import(file: Path, *, yes: bool, by: str, why: str) -> None:
    """Show what FILE would change, and apply all of it or nothing."""
    from adapters.console.listing import print_differences, progress
    from adapters.yaml_tools import read_tools

    positive_list = _positive_list()
    changes = positive_list.compare(read_tools(file))
    if not changes:
        click.echo("The list is the same already.")
        return
    print_differences(changes, positive_list.current, console())
    if not yes:
        click.confirm(f"Apply {len(changes)} changes?", abort=True)
    with progress(len(changes)) as told:
        count = positive_list.apply(_person(by), changes, why, told=told)
    click.echo(f"{count} tools changed.")


@tools.command("export")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of the terminal.")
def tools_export(out: Path | None) -> None:
    """Write the list as a file that can be imported again."""
    from adapters.yaml_tools import write_tools

    text = write_tools(_positive_list().tools())
    if out is None:
        click.echo(text, nl=False)
        return
    out.write_text(text, encoding="utf-8")
    click.echo(f"Written to {out}.")


@tools.command("request")
@click.argument("name")
@click.option("--purpose", required=True, help="What it is for; no personal data.")
@click.option("--data", type=_DATA, multiple=True, help="What should go in; give it once for each.")
@_by
def tools_request(name: str, purpose: str, data: tuple[str, ...], by: str) -> None:
    """Ask for a tool to be assessed."""
    from bot.bootstrap import Workshop

    workshop = Workshop(settings_from_environment())
    language = workshop.settings.language
    wanted = frozenset(map(DataClass, data))
    request = workshop.positive_list.request(_person(by), name, workshop.advisor.masked(purpose), wanted, language)
    click.echo(f"Request {request.id}: {request.name}, asked for by {len(request.wishes)}.")


@tools.command("queue")
def tools_queue() -> None:
    """Show the open requests, those that most people ask for first."""
    from adapters.console.listing import print_requests

    print_requests(_positive_list().requests(), console())


@tools.command("decide")
@click.argument("request", type=int)
@click.argument("state", type=click.Choice([state.value for state in RequestState if state is not RequestState.OPEN]))
@click.option("--data", type=_DATA, multiple=True, help="What may go in; give it once for each.")
@_by
@_why
def tools_decide(request: int, state: str, data: tuple[str, ...], by: str, why: str) -> None:
    """Decide on a request; everyone who asked is told."""
    closed = _positive_list().resolve(
        _person(by), request, RequestState(state), why, data=frozenset(map(DataClass, data))
    )
    click.echo(f"{closed.name}: {closed.state}; {len(closed.wishes)} will be told.")


def _positive_list() -> PositiveList:
    from bot.bootstrap import Workshop

    return Workshop(settings_from_environment()).positive_list


def _person(by: str) -> Person:
    if not by.strip():
        raise click.UsageError("--by is empty; say who decides")
    return Person(PersonId(f"cli:{by.strip()}"), by.strip())


def _end_of(day: datetime) -> datetime:
    return datetime.combine(day.date(), time.max).astimezone()
