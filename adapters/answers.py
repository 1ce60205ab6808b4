"""An answer as JSON: the one shape that the command line and the web give."""

from __future__ import annotations

from bot.model import Answer


def to_json(answer: Answer) -> dict[str, object]:
    """Return the fields that docs/api.md describes, ready for ``json.dumps``."""
    return {
        "id": answer.id or None,
        "lang": str(answer.lang),
        "verdict": str(answer.verdict),
        "text": answer.text,
        "headline": answer.headline,
        "reason": answer.reason,
        "warning": answer.warning,
        "conditions": list(answer.conditions),
        "instead": list(answer.instead),
        "rule": answer.rule,
        "topic": answer.topic,
        "citations": [
            {
                "section": citation.section,
                "title": citation.title,
                "path": citation.path,
                "paragraph": citation.paragraph,
                "find": citation.find,
                "url": citation.url,
                "quote": citation.quote,
            }
            for citation in answer.citations
        ],
        "law": [{"ref": law.ref, "title": law.title, "url": law.url} for law in answer.law],
        "data": list(answer.data),
        "tools": list(answer.tools),
        "alternatives": list(answer.alternatives),
        "choices": [{"label": choice.label, "say": choice.say} for choice in answer.choices],
        "suggestions": list(answer.suggestions),
        "contact": answer.contact,
        "personal_data_found": list(answer.personal_data_found),
        "confidence": answer.confidence,
    }
