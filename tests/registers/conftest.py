"""The desk of tests/authoring, for this chapter too."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.authoring.desk import CHANNELS, Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A workspace with four channels and no campaign."""
    desk = Desk(tmp_path)
    desk.write("campaigns/channels.yaml", CHANNELS)
    return desk
