"""The months of the moon from November 2025 to January 2030 as PyEphem has them (UTC+7): an oracle of its own.

New moons and solar terms were taken from PyEphem 4.2, the months named by the rule of the winter solstice; `n` is a
leap month.
"""

from __future__ import annotations

from datetime import date

_BEGIN = """
2025-11-20 10, 2025-12-20 11, 2026-01-19 12, 2026-02-17 1, 2026-03-19 2, 2026-04-17 3
2026-05-17 4, 2026-06-15 5, 2026-07-14 6, 2026-08-13 7, 2026-09-11 8, 2026-10-10 9
2026-11-09 10, 2026-12-09 11, 2027-01-08 12, 2027-02-06 1, 2027-03-08 2, 2027-04-07 3
2027-05-06 4, 2027-06-05 5, 2027-07-04 6, 2027-08-02 7, 2027-09-01 8, 2027-09-30 9
2027-10-29 10, 2027-11-28 11, 2027-12-28 12, 2028-01-26 1, 2028-02-25 2, 2028-03-26 3
2028-04-25 4, 2028-05-24 5, 2028-06-23 5n, 2028-07-22 6, 2028-08-20 7, 2028-09-19 8
2028-10-18 9, 2028-11-16 10, 2028-12-16 11, 2029-01-15 12, 2029-02-13 1, 2029-03-15 2
2029-04-14 3, 2029-05-13 4, 2029-06-12 5, 2029-07-11 6, 2029-08-10 7, 2029-09-08 8
2029-10-08 9, 2029-11-06 10, 2029-12-05 11, 2030-01-04 12
"""
MONTHS = [
    (date.fromisoformat(words[0]), words[1])
    for row in _BEGIN.replace("\n", ",").split(",")
    if len(words := row.split()) == 2
]


def moon(day: date) -> tuple[int, str, bool]:
    """Return the lunar day, the month (`5`, `5n`) and whether it is the last day of that month."""
    at = max(i for i, (first, _) in enumerate(MONTHS) if first <= day)
    first, month = MONTHS[at]
    last = at + 1 < len(MONTHS) and (MONTHS[at + 1][0] - day).days == 1
    return (day - first).days + 1, month, last
