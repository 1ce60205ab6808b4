"""Walks through the whole story in Microsoft's own test client, in a real browser; run by ``make playground``.

What can be looked at lies in ``var/playground`` afterwards.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Page, expect, sync_playwright

if TYPE_CHECKING:
    from bot.model import Answer

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SHOTS = ROOT / "var" / "playground"
BOT, CLIENT = 3978, 56150
#: Whom the test client takes its user for.
ALEX = "00000000-0000-0000-0000-0000000000020"
MINUTES = "kan nogen skrive referat af patientens journal? cpr 010190-1234"
#: A question that nobody can answer before one more thing is known.
UNCLEAR = "må jeg lægge teksten i ChatGPT?"
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"]  # fmt: skip


@contextmanager
def running(command: list[str], port: int, **environment: str) -> Iterator[None]:
    process = subprocess.Popen(command, env={**os.environ, **environment}, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        for _ in range(150):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1)
                break
            except OSError:
                time.sleep(0.2)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(15)


def bot() -> object:
    home = SHOTS / "home"
    roles = SHOTS / "roles.yaml"
    roles.write_text(f'curators: ["teams:{ALEX}"]\nexperts: ["teams:{ALEX}"]\n', encoding="utf-8")
    command = [sys.executable, "-m", "bot", "serve", "--port", str(BOT)]
    return running(command, BOT, VEJVISER_TEAMS_LOCAL="1", VEJVISER_HOME=str(home), VEJVISER_ROLES=str(roles),
                   VEJVISER_DATABASE_URL=f"sqlite:///{home / 'vejviser.db'}")  # fmt: skip


def client() -> object:
    program = HERE / "node_modules" / "@microsoft" / "m365agentsplayground" / "cli.js"
    command = ["node", str(program), "start", "-e", f"http://127.0.0.1:{BOT}/api/messages", "-c", "msteams", "--dt",
               "-p", str(CLIENT)]  # fmt: skip
    quiet = {"APPLICATION_INSIGHTS_NO_STATSBEAT": "1", "TEAMSAPPTESTER_BROWSER": "none"}
    return running(command, CLIENT, **quiet)


class Story:
    """Somebody at the test client."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.number = 0

    def send(self, text: str) -> None:
        self.page.locator("[contenteditable=true]").first.click()
        self.page.keyboard.type(text)
        self.page.get_by_label("Send Message").click()

    def mention(self, text: str, button: str) -> None:
        """Mention the bot, as a group chat and a channel want it."""
        self.page.locator("[contenteditable=true]").first.click()
        self.page.keyboard.type("@", delay=100)
        self.page.wait_for_timeout(1500)  # the menu's entries look like any other text
        self.page.get_by_text("Test Bot", exact=True).last.click(timeout=10_000)
        self.page.keyboard.type(text)
        self.page.get_by_role("button", name=button, exact=True).first.click()

    def go_to(self, place: str) -> None:
        self.page.get_by_text(place, exact=True).last.click(timeout=10_000)
        self.page.wait_for_timeout(1000)

    def see(self, text: str, name: str) -> None:
        expect(self.page.get_by_text(text).last).to_be_visible(timeout=10_000)
        self.number += 1
        self.page.screenshot(path=SHOTS / f"{self.number:02}-{name}.png")
        sys.stdout.write(f"seen: {name}\n")

    def press(self, label: str) -> None:
        self.page.get_by_role("button", name=label, exact=True).last.click(timeout=10_000)


def told() -> Callable[[str], Answer]:
    """Return what asks the advisor of this very checkout: the client has to show the same as the terminal."""
    from bot.bootstrap import build_advisor
    from bot.model import Question
    from bot.settings import Settings

    advisor = build_advisor(Settings.from_env({"VEJVISER_HOME": str(SHOTS / "home")}))
    return lambda text: advisor.ask(Question(text, "the story"))


def tell(story: Story) -> None:
    story.see("What Vejviser can do", "install")
    _ask(story)
    _look_up(story)
    _request(story)
    _ask_a_person(story)
    _decide(story)
    _among_others(story)


def _ask(story: Story) -> None:
    ask = told()
    story.send(UNCLEAR)
    story.see(ask(UNCLEAR).headline, "ask")
    story.press("Personoplysninger")
    story.see("Du valgte: Der er personoplysninger i", "choice")
    answer = ask("Der er personoplysninger i")
    story.see(answer.headline, "choice-answered")
    story.press(answer.suggestions[0])
    story.see(ask(answer.suggestions[0]).headline, "next-question")
    story.send("og i KommuneGPT?")
    story.see(ask("og i KommuneGPT?").headline, "follow-up")
    story.press("Det hjalp")
    story.see("Jeg har noteret", "feedback")


def _look_up(story: Story) -> None:
    """Use the message extension: search and insert, and look at a message of somebody's."""
    page = story.page
    page.get_by_label("Trigger Message Extension App").click()
    page.get_by_text("Search Command").last.click()
    page.get_by_text("Specify Command ID or Parameter").click()
    page.get_by_placeholder("Command ID").fill("search")
    page.get_by_placeholder("Parameter name").fill("query")
    page.get_by_placeholder("Enter a search term").fill("copilot")
    story.see("Microsoft 365 Copilot", "search")
    page.get_by_text("Microsoft 365 Copilot", exact=True).last.click()
    story.see("Microsoft 365 Copilot is approved", "search-inserted")
    page.get_by_label("Send Message").click()
    story.see("cannot read cards", "card-unread")
    story.send(MINUTES)
    story.see("CPR-nummer", "masked")
    page.get_by_text(MINUTES).last.scroll_into_view_if_needed()
    page.get_by_label("Show more information").nth(-2).click()
    page.get_by_text("Action Command").last.click()
    page.get_by_placeholder("Input command id").fill("check")
    page.get_by_role("button", name="Create", exact=True).click()
    story.see("May I use this with AI?", "message-action")
    page.get_by_role("dialog").get_by_role("button").first.click()


def _request(story: Story) -> None:
    story.send("status Gemini")
    story.see("Gemini is not on the positive list", "status")
    story.send("anmod Gemini")
    story.see("Ask for a tool", "request")
    story.page.get_by_placeholder("Describe the task").last.fill("udkast til notater")
    story.press("Send the wish")
    story.see("Your wish for Gemini has been sent", "requested")
    story.send("min side")
    story.see("My wishes", "own-page")


def _ask_a_person(story: Story) -> None:
    story.send("spørg må jeg lade AI skrive en afgørelse?")
    story.see("Spørg et menneske", "ask-a-person")
    story.press("Spørg et menneske")
    story.see("Spørgsmålet sendes til jeres eksperter", "ask-a-person-form")
    story.press("Send spørgsmålet")
    story.see("Dit spørgsmål er sendt", "ask-a-person-sent")


def _decide(story: Story) -> None:
    story.send("min side")
    story.page.wait_for_timeout(1500)
    story.press("Reject")
    story.see("Decide", "decide")
    story.page.get_by_placeholder("Everyone who asked").last.fill("der er et godkendt værktøj")
    story.press("Save the decision")
    story.see("will be told", "decided")


def _among_others(story: Story) -> None:
    ask = told()
    story.go_to("Group Chat")
    story.mention("hvad er en grundmodel?", "Send Message")
    story.see(ask("hvad er en grundmodel?").headline, "group-chat")
    story.go_to("General")
    story.mention("hvad er hallucinationer?", "Post")
    story.see(ask("hvad er hallucinationer?").headline, "channel")


async def notify() -> None:
    """Send a message of the bot's own accord from this process, which has met nobody."""
    from adapters.sql.engine import open_engine
    from adapters.sql.references import SqlReferences
    from adapters.teams.cards import Cards
    from adapters.teams.messenger import TeamsMessenger
    from adapters.teams.part import Line
    from adapters.yaml_knowledge.loading import load
    from bot.bootstrap import now
    from bot.delivering import Address, Outgoing
    from bot.interaction import Card
    from bot.model import Language
    from bot.settings import SHIPPED_KNOWLEDGE, TeamsSettings

    references = SqlReferences(open_engine(f"sqlite:///{SHOTS / 'home' / 'vejviser.db'}"), now)
    knowledge = load(SHIPPED_KNOWLEDGE)
    line = Line.open(TeamsSettings())
    messenger = TeamsMessenger(line.connector, references, Cards(lambda: knowledge), TeamsSettings(), Language.DANISH)
    card = Card("Nyt på positivlisten", "KommuneGPT er godkendt til interne oplysninger.")
    personal = next(place for place in references.open() if place.scope == "personal")
    await messenger.post(Address(personal.address), Outgoing("news", card))
    await line.session.close()


def main() -> None:
    shutil.rmtree(SHOTS, ignore_errors=True)
    (SHOTS / "home").mkdir(parents=True)
    sys.path.insert(0, str(ROOT))
    with client(), sync_playwright() as playwright:  # type: ignore[attr-defined]  # context managers
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_page(viewport={"width": 1500, "height": 1100})
        with bot():  # type: ignore[attr-defined]
            page.goto(f"http://127.0.0.1:{CLIENT}/")
            story = Story(page)
            tell(story)
            story.go_to("Personal Chat")
        with bot():  # type: ignore[attr-defined]
            subprocess.run(
                [sys.executable, __file__, "notify"], check=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
            )
            story.see("Nyt på positivlisten", "proactive-after-restart")
        browser.close()


if __name__ == "__main__":
    if sys.argv[1:] == ["notify"]:
        asyncio.run(notify())
    else:
        main()
