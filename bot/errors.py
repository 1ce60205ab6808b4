"""Every error Vejviser raises on purpose.

::

    VejviserError
    ├── KnowledgeError        the knowledge base cannot be used; carries every fault found
    ├── SettingsError         an environment value or file path is wrong
    ├── PositiveListError     the positive list file or a change to it is wrong
    ├── RolesError            the roles file is wrong
    ├── AnnouncementError     the announcement file is wrong
    ├── StoreError            the database cannot be used
    ├── ChangeError           a change to the positive list is not made
    │   ├── NotAllowed        the person may not decide
    │   ├── ChangedMeanwhile  somebody else decided first
    │   └── ChangeFaulty      a value is wrong
    └── RequestError          a question cannot be taken
        ├── MessageTooLong
        ├── MessageEmpty
        └── TooManyRequests
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class VejviserError(Exception):
    """The root of every error raised on purpose; its text says what to do."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a file, with where it stands and how to mend it.

    ``line`` counts from 1; 0 means the file as a whole.
    """

    file: str
    line: int
    entry: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        subject = f"{self.entry}: " if self.entry else ""
        return f"{place}: {subject}{self.problem}; {self.remedy}"


class _FaultyFileError(VejviserError):
    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class KnowledgeError(_FaultyFileError):
    """The knowledge base has faults; all of them are in ``faults``."""


class PositiveListError(_FaultyFileError):
    """The positive list file has faults; all of them are in ``faults``."""


class RolesError(_FaultyFileError):
    """The roles file has faults; all of them are in ``faults``."""


class AnnouncementError(_FaultyFileError):
    """The announcement file has faults; all of them are in ``faults``."""


class SettingsError(VejviserError):
    """A setting is wrong; the text names it and says what it should be."""


class StoreError(VejviserError):
    """The database cannot be used; the text says why and what to do, and holds no value from it."""


class ChangeError(VejviserError):
    """A change to the positive list is not made; ``code`` names the message to show in knowledge/messages."""

    code = "change-faulty"


class NotAllowed(ChangeError):  # noqa: N818 named by what is wrong
    """The person may not do it; ``holders`` are the ids of those who may."""

    code = "not-allowed"

    def __init__(self, holders: Sequence[str]) -> None:
        self.holders = tuple(holders)
        super().__init__(f"only {', '.join(self.holders) or 'the command line'} may do this")


class ChangedMeanwhile(ChangeError):  # noqa: N818 named by what is wrong
    """Somebody else changed the same tool first; look at it and decide again."""

    code = "changed-meanwhile"


class RemindedJustNow(ChangeError):  # noqa: N818 named by what is wrong
    """A reminder is on its way or has just gone out; nobody wants two."""

    code = "announce-reminded-just-now"


class ChangeFaulty(ChangeError):  # noqa: N818 named by what is wrong
    """A value of the change is wrong; the text says which and what it should be."""


class RequestError(VejviserError):
    """A question cannot be taken; ``code`` names the message to show in knowledge/messages."""

    code = "request-faulty"


class MessageTooLong(RequestError):  # noqa: N818 named by what is wrong
    """The message is longer than the advisor reads."""

    code = "message-too-long"


class MessageEmpty(RequestError):  # noqa: N818 named by what is wrong
    """There is no text in the message."""

    code = "message-empty"


class TooManyRequests(RequestError):  # noqa: N818 named by what is wrong
    """One asker has asked too often; ``retry_after`` is in seconds."""

    code = "too-many-requests"

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__(f"too many requests; try again in {retry_after} s")
