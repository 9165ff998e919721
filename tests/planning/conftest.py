"""A desk with a ledger on each database in turn."""

from __future__ import annotations

from pathlib import Path

import pytest

from scheduler.ledger.database import Database
from tests.planning.desk import Desk


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    return Desk(tmp_path / "workspace", database)
