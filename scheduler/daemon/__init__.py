"""The clock that wakes the acts: one process, APScheduler as its timetable."""
