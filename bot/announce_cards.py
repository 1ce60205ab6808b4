"""The cards and forms with which announcements are written and followed up, worded from the knowledge base."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.announcing import (
    COUNTED,
    EVERYONE,
    LONGEST_BODY,
    LONGEST_TITLE,
    MEMBERS,
    OUT,
    Announcement,
    Draft,
    DraftFault,
    Report,
    RoundReport,
    Stage,
    plain,
)
from bot.interaction import Button, Card, Fact, Field, Form, Kind, Option, Tone
from bot.model import DataClass, Language, Tool, Words
from bot.positive_list import status_on
from bot.sending import State
from bot.wording import Wording

_CHANNEL = re.compile(r"slack:[CG]|teams:19:")
_SHOWN_AT_ONCE = 5


class AnnounceCards(Wording):
    """Words what managers see while they announce, and what readers see on their page."""

    def form(self, language: Language, draft: Draft | None = None, *, state: str = "", is_out: bool = False) -> Form:
        """Return the form in which an announcement is written; ``draft`` fills it in beforehand.

        Of one that ``is_out``, the time and the recipients are no longer asked for.
        """
        filled = draft or Draft(Words(), Words(), ())
        body = self.text("announce-form-out" if is_out else "announce-form-body", language)
        title = self.text("announce-edit-title" if state else "announce-title", language)
        audience = () if is_out else self._audience(filled, language)
        options = (each for each in self._options(filled, language) if not is_out or each.id != "send_at")
        fields = (*self._texts(filled, language), *audience, *options)
        return Form(
            "announce",
            title,
            self.text("announce-form-save" if is_out else "announce-next", language),
            fields,
            body,
            state,
            "announce-new",
        )

    def _texts(self, draft: Draft, language: Language) -> Iterable[Field]:
        for one in (language, *(each for each in Language if each is not language)):
            title, body = (self.text(f"announce-field-{part}_{one}", language) for part in ("title", "body"))
            values = getattr(draft.title, one), getattr(draft.body, one)
            yield Field(f"title_{one}", title, Kind.LINE, value=values[0], is_required=False, longest=LONGEST_TITLE)
            yield Field(f"body_{one}", body, Kind.PARAGRAPH, self.text("announce-hint-body", language),
                        value=values[1], is_required=False, longest=LONGEST_BODY)  # fmt: skip

    def _audience(self, draft: Draft, language: Language) -> Iterable[Field]:
        channels, reach, others = _taken_apart(draft.audience)
        options = tuple(
            Option(self.text(f"announce-reach-{value}", language), value) for value in ("everyone", "members")
        )
        yield self._field("channels", Kind.CHANNELS, language, "\n".join(channels))
        label = self.text("announce-field-reach", language)
        yield Field("reach", label, Kind.SOME_OF, options=options, value="\n".join(reach), is_required=False)
        yield self._field("groups", Kind.PARAGRAPH, language, "\n".join(others))

    def _options(self, draft: Draft, language: Language) -> Iterable[Field]:
        label = self.text("announce-field-acknowledge", language)
        yield self._field("send_at", Kind.MOMENT, language, draft.send_at.isoformat() if draft.send_at else "")
        yield Field("acknowledge", label, Kind.SWITCH, value="1" if draft.acknowledge else "", is_required=False)
        yield self._field("remind_after", Kind.LINE, language, str(draft.remind_after or ""))

    def _field(self, id_: str, kind: Kind, language: Language, value: str) -> Field:
        label, hint = (self.text(f"announce-{part}-{id_}", language) for part in ("field", "hint"))
        return Field(id_, label, kind, hint, value=value, is_required=False)

    def faults(self, faults: Iterable[DraftFault], draft: Draft, language: Language) -> dict[str, str]:
        """Return what is wrong with ``draft`` in words, by the field of the form that it stands in."""
        written = "en" if draft.title.en or draft.body.en else "da"
        one = written if not (draft.title.da or draft.body.da) else "da"
        places = {"title": f"title_{one}", "body": f"body_{one}", "audience": "channels"}
        told: dict[str, str] = {}
        for fault in faults:
            problem, remedy = (self.text(id_, language, **fault.filled) for id_ in (fault.code, f"{fault.code}-remedy"))
            place = places.get(fault.field, fault.field)
            told[place] = f"{told[place]} · {problem}: {remedy}" if place in told else f"{problem}: {remedy}"
        return told

    def managed(self, announcement: Announcement, preview: Card, language: Language) -> Card:
        """Return the announcement as recipients will see it, and after its own button what can be done about it."""
        note = self.text("announce-preview-note", language, id=announcement.id)
        facts = tuple(self._facts(announcement, language))
        buttons = (*preview.buttons, *self._unsent_buttons(announcement, language))
        return replace(preview, facts=facts, buttons=buttons, footnote=f"{preview.footnote} · {note}")

    def to_approve(self, announcement: Announcement, preview: Card, language: Language) -> Card:
        """Return what the other managers see of an announcement to everyone."""
        note = self.text("announce-approve-note", language, who=announcement.author)
        buttons = (
            self._button("approve", announcement.id, language, Tone.PRIMARY),
            self._button("cancel", announcement.id, language, Tone.DANGER),
        )
        return replace(
            preview,
            text=f"{note}\n{preview.text}",
            facts=tuple(self._facts(announcement, language)),
            buttons=buttons,
            footnote=note,
        )

    def _facts(self, announcement: Announcement, language: Language) -> Iterable[Fact]:
        draft = announcement.draft
        yield self._fact("state", self.text(f"stage-{announcement.stage}", language), language)
        yield self._fact("audience", ", ".join(self._reached(entry, language) for entry in draft.audience), language)
        yield self._fact("time", self.moment(draft.send_at, language), language)
        if draft.acknowledge:
            yield self._fact("acknowledge", self.text("announce-yes", language), language)
        if draft.remind_after:
            hours = self.text("announce-fact-hours", language, hours=str(draft.remind_after))
            yield self._fact("reminder", hours, language)

    def _fact(self, id_: str, value: str, language: Language) -> Fact:
        return Fact(self.text(f"announce-fact-{id_}", language), value)

    def _reached(self, entry: str, language: Language) -> str:
        if entry == EVERYONE:
            return self.text("announce-everyone", language)
        if entry.startswith(MEMBERS):
            return self.text("announce-members-of", language, place=entry.removeprefix(MEMBERS))
        return entry

    def moment(self, moment: datetime | None, language: Language) -> str:
        """Return a moment with its time zone."""
        return f"{moment.astimezone():%Y-%m-%d %H:%M %Z}" if moment else self.text("announce-fact-at-once", language)

    def _unsent_buttons(self, announcement: Announcement, language: Language) -> Iterable[Button]:
        id_, stage = announcement.id, announcement.stage
        if stage in {Stage.DRAFT, Stage.REFUSED}:
            label = self.text(f"announce-button-{'schedule' if announcement.draft.send_at else 'send'}", language)
            yield Button(label, "announce-send", id_, Tone.PRIMARY)
        yield self._button("try", id_, language)
        yield self._button("edit", id_, language, opens_form=True)
        yield self._button("duplicate", id_, language)
        yield self._button("cancel", id_, language, Tone.DANGER)

    def report(self, report: Report, reasons: Sequence[tuple[str, int]], language: Language, link: str = "") -> Card:
        """Return how an announcement stands; ``reasons`` are the codes of failed deliveries with their counts."""
        announcement = report.announcement
        title = self.text("report-title", language, title=announcement.title)
        facts = [self._fact("state", self.text(f"stage-{announcement.stage}", language), language)]
        counts = [(id_, report.count(*states)) for id_, states in COUNTED]
        facts += [Fact(self.text(id_, language), str(count)) for id_, count in counts if count or id_ == COUNTED[0][0]]
        if announcement.draft.acknowledge:
            facts.append(Fact(self.text("report-acknowledged", language), str(report.acknowledged)))
        facts += [Fact(self.text(each.label, language), self._done(each, language)) for each in report.afterwards]
        known = self._knowledge().messages
        why = [
            f"- {self.text(code if code in known else 'delivery-failed', language)} ({count})"
            for code, count in reasons
        ]
        body = "\n".join([*why, "", self.text("report-meaning", language)]).strip()
        text = "\n".join([title, *(f"{fact.label}: {fact.value}" for fact in facts), plain(body)])
        return Card(title, text, body, tuple(facts), tuple(self._out_buttons(report, language, link)), announcement.id)

    def _done(self, round_: RoundReport, language: Language) -> str:
        done, failed = (str(round_.counts.get(state, 0)) for state in (State.DELIVERED, State.FAILED))
        id_ = "report-of" if failed == "0" else "report-of-failed"
        return self.text(id_, language, done=done, total=str(round_.total), failed=failed)

    def _out_buttons(self, report: Report, language: Language, link: str) -> Iterable[Button]:
        announcement = report.announcement
        id_, is_out = announcement.id, announcement.stage in OUT
        yield self._button("status", id_, language)
        if report.count(State.FAILED) and is_out:
            yield self._button("retry", id_, language)
        if announcement.draft.acknowledge and is_out:
            yield self._button("remind", id_, language)
        if announcement.stage is Stage.SENDING:
            yield self._button("cancel", id_, language, Tone.DANGER)
        if is_out:
            yield self._button("edit", id_, language, opens_form=True)
            yield self._button("recall", id_, language, Tone.DANGER, opens_form=True)
        yield self._button("duplicate", id_, language)
        if link:
            yield Button(self.text("announce-button-page", language), "announce-page", id_, url=link)

    def recall_form(self, id_: str, language: Language) -> Form:
        """Return the form that asks how copies are taken back."""
        options = tuple(Option(self.text(f"announce-recall-{how}", language), how) for how in ("delete", "word"))
        how = self.text("announce-recall-how", language)
        title, body = (self.text(f"announce-recall-{part}", language) for part in ("title", "body"))
        field = Field("how", how, Kind.ONE_OF, options=options, value="delete")
        return Form("announce-recall", title, self.text("announce-button-recall", language), (field,), body, id_)

    def found(self, announcements: Sequence[Announcement], language: Language) -> Card:
        """Return the announcements that a search found, each with a button that opens it."""
        if not announcements:
            return self.note("announce-none-found", language)
        shown = announcements[:_SHOWN_AT_ONCE]
        buttons = tuple(
            Button(_short(each.draft.title.in_language(language)), "announce-status", each.id) for each in shown
        )
        return self._listed("announce-list-title", shown, language, buttons)

    def latest(self, announcements: Sequence[Announcement], language: Language, *, is_manager: bool) -> Card:
        """Return the newest announcements as they stand on a person's page."""
        new = (self._button("new", "", language, opens_form=True),) if is_manager else ()
        if not announcements:
            return replace(
                Card(self.text("announcement-latest", language), self.text("announcement-none", language)),
                body=self.text("announcement-none", language),
                buttons=new,
            )
        return self._listed("announcement-latest", announcements, language, new)

    def _listed(
        self, id_: str, announcements: Sequence[Announcement], language: Language, buttons: tuple[Button, ...]
    ) -> Card:
        lines = [f"- {self._line(each, language)}" for each in announcements]
        title = self.text(id_, language)
        return Card(title, "\n".join([title, *map(plain, lines)]), "\n".join(lines), buttons=buttons)

    def _line(self, announcement: Announcement, language: Language) -> str:
        when = announcement.draft.send_at or announcement.changed_at
        state = self.text(f"stage-{announcement.stage}", language)
        title = announcement.draft.title.in_language(language)
        return self.text("announce-line", language, title=title, state=state, time=self.moment(when, language))

    def of_tool(self, tool: Tool, why: str, today: datetime) -> Draft:
        """Return a ready draft that tells what was decided on ``tool``."""
        title, body = ({}, {})  # type: tuple[dict[str, str], dict[str, str]]
        for language in Language:
            state = self.text(f"state-{status_on(tool, today.date())}", language)
            names = [self.text(f"data-{item}", language) for item in DataClass if item in tool.data]
            data = self.text("announce-tool-data", language, data=", ".join(names)) if names else ""
            title[language] = self.text("announce-tool-title", language, tool=tool.name, state=state)
            body[language] = self.text(
                "announce-tool-body", language, tool=tool.name, state=state, data=data, reason=why
            ).strip()
        return Draft(Words(**title), Words(**body), (EVERYONE,))

    def offer(self, tool: str, language: Language) -> Button:
        """Return the button that offers such a draft."""
        return Button(self.text("announce-offer", language), "announce-tool", tool, opens_form=True)

    def _button(
        self, id_: str, value: str, language: Language, tone: Tone = Tone.PLAIN, *, opens_form: bool = False
    ) -> Button:
        label = self.text(f"announce-button-{id_}", language)
        return Button(label, f"announce-{id_}", value, tone, opens_form=opens_form)


def draft_from(values: Mapping[str, str]) -> tuple[Draft, tuple[DraftFault, ...]]:
    """Return what was filled in, and what of it cannot be read."""
    faults: list[DraftFault] = []
    reach = set(values.get("reach", "").split("\n"))
    front = MEMBERS if "members" in reach else ""
    channels = [f"{front}{line}" for line in _lines(values.get("channels", ""))]
    everyone = [EVERYONE] if EVERYONE in reach else []
    draft = Draft(
        title=Words(values.get("title_da", "").strip(), values.get("title_en", "").strip()),
        body=Words(values.get("body_da", "").strip(), values.get("body_en", "").strip()),
        audience=tuple(dict.fromkeys([*everyone, *channels, *_lines(values.get("groups", ""))])),
        acknowledge=bool(values.get("acknowledge", "").strip()),
        send_at=_moment(values.get("send_at", "").strip(), faults),
        remind_after=_hours(values.get("remind_after", "").strip(), faults),
    )
    return draft, tuple(faults)


def _moment(text: str, faults: list[DraftFault]) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or "T" not in text:
        faults.append(DraftFault("send_at", "announce-fault-moment"))
        return None
    return moment


def _hours(text: str, faults: list[DraftFault]) -> int | None:
    if not text:
        return None
    if text.isdecimal() and len(text) < 6:
        return int(text)
    faults.append(DraftFault("remind_after", "announce-fault-hours", {"most": "720"}))
    return None


def _taken_apart(audience: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """Return the channels, whom else it reaches, and all other entries, as the form shows them."""
    everyone = [EVERYONE] if EVERYONE in audience else []
    rest = [entry for entry in audience if entry != EVERYONE]
    channels = [entry for entry in rest if _CHANNEL.match(entry.removeprefix(MEMBERS))]
    if channels and all(entry.startswith(MEMBERS) for entry in channels):
        others = [entry for entry in rest if entry not in channels]
        return [entry.removeprefix(MEMBERS) for entry in channels], [*everyone, "members"], others
    plainly = [entry for entry in channels if not entry.startswith(MEMBERS)]
    return plainly, everyone, [entry for entry in rest if entry not in plainly]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _short(title: str) -> str:
    return title if len(title) <= 70 else f"{title[:69]}…"
