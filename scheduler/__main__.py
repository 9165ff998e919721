"""`python -m scheduler` is `loa`."""

from scheduler.cli.main import main

main()
