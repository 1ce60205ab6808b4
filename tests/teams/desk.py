"""A desk that does what its table says, and keeps what it was told."""

from __future__ import annotations

from collections.abc import Callable

from bot.interaction import Button, Card, Command, Home, Option, Outcome, Press, Submission
from bot.model import Language
from bot.people import Person

#: What was done, by its name.
Table = dict[str, Callable[..., Outcome]]


class TableDesk:
    def __init__(self, table: Table | None = None) -> None:
        self.table: Table = table or {}
        self.commands: list[Command] = []
        self.presses: list[Press] = []
        self.submissions: list[Submission] = []

    def reset(self) -> None:
        self.table.clear()
        for told in (self.commands, self.presses, self.submissions):
            told.clear()

    def run(self, command: Command) -> Outcome:
        self.commands.append(command)
        return self._look_up(command.name, command, Outcome(show=Card(f"{command.name}: {command.text}", "kort")))

    def press(self, press: Press) -> Outcome:
        self.presses.append(press)
        return self._look_up(press.act, press, Outcome())

    def submit(self, submission: Submission) -> Outcome:
        self.submissions.append(submission)
        return self._look_up(submission.form, submission, Outcome(show=Card("modtaget", "modtaget")))

    def home(self, person: Person, language: Language) -> Home:
        return Home("Min side", (Card("Mine anmodninger", "ingen"),))

    def suggest(self, source: str, typed: str, person: Person) -> tuple[Option, ...]:
        return (Option(f"{typed}, fra {source}", f"{typed},1"),)

    def _look_up(self, name: str, told: object, usual: Outcome) -> Outcome:
        act = self.table.get(name)
        return act(told) if act else usual


def offers(_: object, *, is_private: bool = False) -> tuple[Button, ...]:
    usual = (Button("Hjalp det?", "helpful", "rule"), Button("Det hjalp ikke", "unhelpful", "rule"))
    return (*usual, Button("Vis de andre", "share")) if is_private else usual
