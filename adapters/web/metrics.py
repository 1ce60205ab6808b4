"""What is counted for operators: how many answers of which kind and how fast, never what was asked."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from bot.model import Answer

_SECONDS = (0.0005, 0.001, 0.005, 0.02, 0.1, 0.5)


class Metrics:
    """The counters of one application; several may live in one process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._answers = Counter(
            "vejviser_answers", "Answers given", ["channel", "verdict", "language"], registry=self._registry
        )
        self._seconds = Histogram(
            "vejviser_answer_seconds", "Thinking time", ["channel"], registry=self._registry, buckets=_SECONDS
        )
        self._refused = Counter(
            "vejviser_refused", "Requests refused, by error code", ["code"], registry=self._registry
        )

    def answered(self, answer: Answer, *, channel: str, seconds: float) -> None:
        """Count one answer."""
        self._answers.labels(channel, answer.verdict.value, answer.lang.value).inc()
        self._seconds.labels(channel).observe(seconds)

    def refused(self, code: str) -> None:
        """Count one refusal."""
        self._refused.labels(code).inc()

    def exposition(self) -> bytes:
        """Return everything counted in Prometheus' text format."""
        return generate_latest(self._registry)
