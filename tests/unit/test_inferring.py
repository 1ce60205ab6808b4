"""What follows from concepts: things are added, things are dropped, and the order of the lines counts."""

from __future__ import annotations

from bot.inferring import Table, infer
from bot.knowledge import Condition, Inference

ASSURED = Inference("assured", Condition(all=("record", "nobody"), none=("somebody",)), drops=("record",))
GUARDED = Inference("guarded", Condition(all=("record",)), gives=("protected",))


def drawn(concepts: set[str], *inferences: Inference) -> list[str]:
    return [each.id for each in infer(Table(tuple((each.when, each) for each in inferences)), concepts)]


def test_what_is_given_is_added() -> None:
    concepts = {"record"}

    drawn(concepts, GUARDED)

    assert concepts == {"record", "protected"}


def test_what_is_dropped_no_longer_counts_for_the_lines_below() -> None:
    concepts = {"record", "nobody"}

    assert drawn(concepts, ASSURED, GUARDED) == ["assured"]
    assert concepts == {"nobody"}


def test_a_line_above_is_not_undone_by_a_drop() -> None:
    concepts = {"record", "nobody"}

    assert drawn(concepts, GUARDED, ASSURED) == ["guarded", "assured"]
    assert "protected" in concepts


def test_a_drop_is_held_back_by_its_condition() -> None:
    concepts = {"record", "nobody", "somebody"}

    assert drawn(concepts, ASSURED, GUARDED) == ["guarded"]


def test_an_inference_that_changes_nothing_is_not_drawn() -> None:
    assert drawn({"record", "protected"}, GUARDED) == []
