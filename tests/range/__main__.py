"""`python -m tests.range`: everything, short and slow, and one table at the end."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.exit(pytest.main([str(Path(__file__).parent), "-q", "-s", *sys.argv[1:]]))
