"""A cloud on this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cloud import Cloud


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud() as cloud:
        yield cloud
