"""Slack's limits as they are documented, written down a second time and apart from the drawings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MOST_BLOCKS = {"message": 50, "home": 100, "modal": 100}
LONGEST = {
    ("section", "text"): 3000,
    ("header", "text"): 150,
    ("button", "text"): 75,
    ("input", "label"): 2000,
    ("input", "hint"): 2000,
}
MOST = {("section", "fields"): 10, ("actions", "elements"): 25, ("context", "elements"): 10}
LONGEST_ID = 255


def faults(blocks: Sequence[Mapping[str, Any]], surface: str = "message") -> list[str]:
    """Return every limit that ``blocks`` break."""
    found = [] if 0 < len(blocks) <= MOST_BLOCKS[surface] else [f"{len(blocks)} blocks"]
    if surface == "message" and len(json.dumps(blocks, ensure_ascii=False)) > 13_200:
        found.append("more than 13,200 characters")
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    actions = [node["action_id"] for node in nodes(blocks) if "action_id" in node]
    found += [f"{name} twice" for name, all_ids in (("block_id", ids), ("action_id", actions)) if twice(all_ids)]
    for node in nodes(blocks):
        found += faults_of(node)
    return found


def nodes(tree: Any) -> Iterator[Mapping[str, Any]]:
    """Yield every object in ``tree``."""
    if isinstance(tree, Mapping):
        yield tree
        for part in tree.values():
            yield from nodes(part)
    elif isinstance(tree, list | tuple):
        for part in tree:
            yield from nodes(part)


def faults_of(node: Mapping[str, Any]) -> list[str]:
    kind = str(node.get("type", ""))
    found = []
    if kind in {"mrkdwn", "plain_text"} and not 0 < units(node["text"]) <= 3000:
        found.append("a text that is empty or too long")
    for (of, key), longest in LONGEST.items():
        if of == kind and isinstance(node.get(key), Mapping) and units(node[key]["text"]) > longest:
            found.append(f"{kind} {key} of {units(node[key]['text'])}")
    for (of, key), most in MOST.items():
        if of == kind and len(node.get(key, ())) > most:
            found.append(f"{len(node[key])} {key} in a {kind}")
    if units(str(node.get("value", ""))) > 2000 or units(str(node.get("url", ""))) > 3000:
        found.append("a value or url too long")
    if any(len(str(node.get(key, ""))) > LONGEST_ID for key in ("block_id", "action_id", "callback_id")):
        found.append("an id too long")
    found += [f"a field of {units(f['text'])}" for f in node.get("fields", ()) if units(f["text"]) > 2000]
    return found + faults_of_options(node)


def faults_of_options(node: Mapping[str, Any]) -> list[str]:
    options = node.get("options", ())
    found = ["more than 100 options"] if len(options) > 100 else []
    if "options" in node and not options:
        found.append("no options")
    too_long = (units(option["text"]["text"]) > 75 or units(option["value"]) > 150 for option in options)
    return [*found, "an option too long"] if any(too_long) else found


def units(text: str) -> int:
    """Return the length as a browser counts it."""
    return len(text.encode("utf-16-le")) // 2


def twice(ids: Sequence[str]) -> bool:
    return len(set(ids)) < len(ids)
