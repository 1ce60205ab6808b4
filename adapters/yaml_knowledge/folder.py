"""The knowledge base as it stands in its folder right now; a changed file is picked up without a restart."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from adapters.yaml_knowledge.guide import with_quotes
from adapters.yaml_knowledge.loading import load
from bot.errors import Fault, KnowledgeError
from bot.knowledge import Knowledge

_SECONDS_BETWEEN_LOOKS = 1.0
_log = logging.getLogger(__name__)

Signature = tuple[tuple[str, int, int], ...]
_latest: dict[Signature, Knowledge] = {}


class KnowledgeFolder:
    """Satisfies ``bot.ports.KnowledgeSource``.

    A folder that breaks keeps the last good knowledge base working; ``faults`` says what is wrong.
    """

    def __init__(
        self,
        folder: Path,
        overlay: Path | None = None,
        timer: Callable[[], float] = time.monotonic,
        guide: Path | None = None,
    ) -> None:
        self._folder = folder
        self._overlay = overlay
        self._guide = guide
        self._timer = timer
        self._looked = timer()
        self._signature = self._sign()
        self._knowledge = self._load()
        self.faults: tuple[Fault, ...] = ()

    def current(self) -> Knowledge:
        """Return the newest knowledge base without faults; looks at the files once a second at most."""
        if self._timer() - self._looked >= _SECONDS_BETWEEN_LOOKS:
            self._looked = self._timer()
            signature = self._sign()
            if signature != self._signature:
                self._signature = signature
                self._reload()
        return self._knowledge

    def check(self) -> tuple[Fault, ...]:
        """Return every fault of the files as they stand."""
        # Imported here, because an answer that finds no fault does not need it.
        from adapters.yaml_knowledge.checking import check

        return tuple(check(self._folder, self._overlay))

    def _load(self) -> Knowledge:
        """Return the knowledge base; files that a process has read already, and that did not change, are not read."""
        if self._signature not in _latest:
            knowledge = self._read()
            _latest.clear()
            _latest[self._signature] = knowledge
        return _latest[self._signature]

    def _read(self) -> Knowledge:
        try:
            knowledge = load(self._folder, self._overlay)
        except KnowledgeError as error:
            raise KnowledgeError(self.check() or error.faults) from error
        return with_quotes(knowledge, self._guide) if self._guide else knowledge

    def _reload(self) -> None:
        try:
            knowledge = self._load()
            self.faults = self.check()
        except KnowledgeError as error:
            self.faults = error.faults
        if self.faults:
            _log.error("knowledge_kept_old faults=%s", KnowledgeError(self.faults))
            return
        self._knowledge = knowledge
        _log.info("knowledge_reloaded")

    def _sign(self) -> Signature:
        roots = [root for root in (self._folder, self._overlay) if root]
        stats = [(path, path.stat()) for root in roots for path in sorted(root.rglob("*.yaml"))]
        stats += [(self._guide, self._guide.stat())] if self._guide and self._guide.is_file() else []
        return tuple((str(path), stat.st_mtime_ns, stat.st_size) for path, stat in stats)
