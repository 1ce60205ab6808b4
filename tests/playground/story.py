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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SHOTS = ROOT / "var" / "playground"
BOT, CLIENT = 3978, 56150
#: Whom the test client takes its user for.
ALEX = "00000000-0000-0000-0000-0000000000020"
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


def tell(page: Page) -> None:
    story = Story(page)
    story.see("What Vejviser can do", "install")
    story.send("må jeg bruge ChatGPT?")
    story.see("Det kommer an på indholdet", "ask")
    story.press("Personoplysninger")
    story.see("Læg ikke personoplysninger ind i ChatGPT", "choice")
    story.send("og i KommuneGPT?")
    story.see("KommuneGPT", "follow-up")
    story.press("Det hjalp")
    story.see("Jeg har noteret", "feedback")
    story.send("status Gemini")
    story.see("Gemini is not on the positive list", "status")
    story.send("anmod Gemini")
    story.see("Ask for a tool", "request")
    page.get_by_placeholder("Describe the task").last.fill("udkast til notater")
    story.press("Send the wish")
    story.see("Your wish for Gemini has been sent", "requested")
    story.send("min side")
    story.see("My wishes", "own-page")
    story.send("spørg må jeg lade AI skrive en afgørelse?")
    story.see("Spørg et menneske", "ask-a-person")
    story.press("Spørg et menneske")
    story.see("Spørgsmålet sendes til jeres eksperter", "ask-a-person-form")
    story.press("Send spørgsmålet")
    story.see("Dit spørgsmål er sendt", "ask-a-person-sent")
    story.send("min side")
    page.wait_for_timeout(1500)
    story.press("Reject")
    story.see("Decide", "decide")
    page.get_by_placeholder("Everyone who asked").last.fill("der er et godkendt værktøj")
    story.press("Save the decision")
    story.see("will be told", "decided")
    story.go_to("Group Chat")
    story.mention("hvad er en grundmodel?", "Send Message")
    story.see("En grundmodel er den store", "group-chat")
    story.go_to("General")
    story.mention("hvad er hallucinationer?", "Post")
    story.see("Forkerte og opdigtede svar", "channel")


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
    with client(), sync_playwright() as playwright:  # type: ignore[attr-defined]  # context managers
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        page = browser.new_page(viewport={"width": 1500, "height": 1100})
        with bot():  # type: ignore[attr-defined]
            page.goto(f"http://127.0.0.1:{CLIENT}/")
            tell(page)
            Story(page).go_to("Personal Chat")
        with bot():  # type: ignore[attr-defined]
            subprocess.run(
                [sys.executable, __file__, "notify"], check=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
            )
            Story(page).see("Nyt på positivlisten", "proactive-after-restart")
        browser.close()


if __name__ == "__main__":
    if sys.argv[1:] == ["notify"]:
        asyncio.run(notify())
    else:
        main()
