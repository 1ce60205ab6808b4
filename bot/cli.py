"""The ``vejviser`` command."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from bot.errors import RequestError, VejviserError
from bot.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console

    from bot.model import Answer
    from bot.service import Advisor

_BAD_USAGE = 2
_FAULT_FOUND = 1
_INTERRUPTED = 130
#: More than any message may have, so a longer one is still refused for its length.
_MOST_BYTES = 100_000


def main() -> NoReturn:
    """Run the command and leave with its exit status; never with a traceback for a fault of the user's."""
    try:
        status = commands.main(prog_name="vejviser", standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except VejviserError as error:
        click.echo(str(error), err=True)
        status = _BAD_USAGE
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except OSError as error:
        click.echo(str(error), err=True)
        status = _FAULT_FOUND
    except (KeyboardInterrupt, click.Abort):
        status = _INTERRUPTED
    sys.exit(status)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """Ask what you may do with generative AI at work."""


@commands.command()
@click.argument("text", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--jsonl", is_flag=True, help='Answer {"id","text"} lines from standard input, one line each.')
@click.option("--explain", is_flag=True, help="Show which words were read as what, and which rule decided.")
def ask(text: str | None, *, as_json: bool, jsonl: bool, explain: bool) -> None:
    """Answer TEXT, or standard input where TEXT is "-"."""
    from adapters.console.lines import answer_lines, to_line, whole

    settings = _settings()
    if jsonl:
        if text is not None:
            raise click.UsageError("--jsonl reads questions from standard input; leave TEXT out")
        answer_lines(sys.stdin.buffer, sys.stdout.buffer, _advisor(settings), settings.language)
        return
    if text is None:
        raise click.UsageError('give a question, such as: vejviser ask "må jeg lægge en sag i ChatGPT?"')
    typed = sys.stdin.buffer.read(_MOST_BYTES).decode("utf-8", "replace") if text == "-" else whole(text)
    answer = _answer(_advisor(settings), typed, settings)
    if as_json:
        sys.stdout.buffer.write(to_line(answer))
        sys.stdout.buffer.flush()
        return
    from adapters.console.printing import print_answer, print_explanation

    console = _console()
    print_answer(answer, console)
    if explain:
        print_explanation(answer, _advisor(settings).knowledge(), console)


@commands.command()
def chat() -> None:
    """Have a conversation in the terminal, follow-up questions included."""
    from adapters.console.conversing import converse

    settings = _settings()
    converse(_advisor(settings), settings.language, _console())


@commands.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535))
def serve(host: str, port: int) -> None:
    """Serve the web chat, its API and the guide's sections on one port."""
    from adapters.registry import load

    settings = _settings()
    load("web")(_advisor(settings), settings, host, port)


@commands.group()
def knowledge() -> None:
    """Look after the knowledge base."""


@knowledge.command("check")
def knowledge_check() -> None:
    """Report every fault of the knowledge base, with file, line and remedy."""
    from adapters.yaml_knowledge.checking import check

    faults = check(_settings().knowledge)
    for fault in faults:
        click.echo(str(fault))
    if faults:
        raise click.exceptions.Exit(_BAD_USAGE)
    click.echo("The knowledge base has no faults.")


@knowledge.command("test")
def knowledge_test() -> None:
    """Run the examples that stand with each rule and topic, near misses included."""
    from adapters.yaml_knowledge.examples import run_examples

    count, failures = run_examples(_advisor(_settings()))
    for failure in failures:
        click.echo(failure)
    click.echo(f"{count - len(failures)} of {count} examples fit.")
    if failures:
        raise click.exceptions.Exit(_FAULT_FOUND)


@knowledge.command("import-guide")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def knowledge_import_guide(file: Path) -> None:
    """Attach the organisation's own copy of the guide, text or PDF, and say what no longer fits."""
    from adapters.yaml_knowledge.guide import attach

    settings = _settings()
    report = attach(file, _advisor(settings).knowledge(), settings.home)
    for missing in report.missing:
        click.echo(f"not found: {missing}")
    click.echo(f"{sum(map(len, report.quotes.values()))} passages attached, {len(report.missing)} not found.")


@knowledge.command("show")
@click.argument("id_", metavar="ID")
def knowledge_show(id_: str) -> None:
    """Show the entries called ID."""
    from adapters.console.listing import find_entries, known_ids, print_entry

    known = _advisor(_settings()).knowledge()
    entries = find_entries(known, id_)
    if not entries:
        raise click.UsageError(_unknown(id_, known_ids(known)))
    for kind, entry in entries:
        print_entry(kind, entry, _console())


@commands.group()
def tools() -> None:
    """Look at the positive list."""


@tools.command("list")
def tools_list() -> None:
    """Show every tool."""
    from adapters.console.listing import print_tools
    from adapters.yaml_tools import read_tools

    print_tools(read_tools(_positive_list(_settings())), _console())


@tools.command("show")
@click.argument("id_", metavar="ID")
def tools_show(id_: str) -> None:
    """Show one tool."""
    from adapters.console.listing import print_entry
    from adapters.yaml_tools import read_tools

    listed = {str(tool.id): tool for tool in read_tools(_positive_list(_settings()))}
    if id_ not in listed:
        raise click.UsageError(_unknown(id_, listed))
    print_entry("tool", listed[id_], _console())


@commands.command()
def doctor() -> None:
    """Check settings, knowledge and positive list, and say what to do about each fault."""
    from adapters.console.examining import Check, print_report

    console = _console()
    if not print_report([Check("settings", _settings_in_words)], console):
        raise click.exceptions.Exit(_FAULT_FOUND)
    settings = _settings()
    checks = (
        Check("knowledge", lambda: _sound(settings)),
        Check("positive list", lambda: _listed(settings)),
        Check("store", lambda: _writable(settings.home)),
    )
    if not print_report(checks, console):
        raise click.exceptions.Exit(_FAULT_FOUND)


def _settings() -> Settings:
    return Settings.from_env(os.environ)


def _advisor(settings: Settings) -> Advisor:
    from bot.bootstrap import build_advisor

    return build_advisor(settings)


def _answer(advisor: Advisor, text: str, settings: Settings) -> Answer:
    from adapters.console.wording import message
    from bot.model import Question

    try:
        return advisor.ask(Question(text))
    except RequestError as error:
        raise click.UsageError(message(advisor.knowledge(), error.code, settings.language)) from error


def _console() -> Console:
    from rich.console import Console

    return Console()


def _positive_list(settings: Settings) -> Path:
    return settings.knowledge / "tools.yaml"


def _settings_in_words() -> str:
    settings = _settings()
    parts = {"Slack": settings.slack, "Teams": settings.teams, "overlay": settings.overlay, "roles": settings.roles}
    return ", ".join(f"{name} {'set' if value else 'not set'}" for name, value in parts.items())


def _sound(settings: Settings) -> str:
    from adapters.yaml_knowledge.checking import check
    from bot.errors import KnowledgeError

    faults = check(settings.knowledge)
    if faults:
        raise KnowledgeError(faults)
    known = _advisor(settings).knowledge()
    counts = f"{len(known.rules)} rules, {len(known.topics)} topics, {len(known.concepts)} concepts"
    return f"{counts} in {settings.knowledge}"


def _listed(settings: Settings) -> str:
    from adapters.yaml_tools import read_tools

    return f"{len(read_tools(_positive_list(settings)))} tools in {_positive_list(settings)}"


def _writable(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK):
        raise PermissionError(f"{folder} cannot be written to; change its owner or set VEJVISER_HOME")
    return str(folder)


def _unknown(id_: str, known: Iterable[str]) -> str:
    from rapidfuzz.process import extract

    near = ", ".join(name for name, _, _ in extract(id_, list(known), limit=3))
    return f"there is no '{id_}'; did you mean {near}?"
