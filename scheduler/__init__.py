"""Loa: a public body's campaigns are text files; a daemon says each message once, on time, on every official channel.

The map of the house, in reading order. A chapter imports only from chapters above it.

    errors          everything that can go wrong, named after what to do next
    text            Vietnamese text: NFC, folding, counting, sorting; and the two languages Loa speaks to people
    clock           what time it is; the only call to the system clock
    settings        the environment (.env): database, folders, secrets
    registers/      what the office knows: a YAML file whose values know their lines (source), units
    authoring/      what an author writes: campaign, channels_file, recurrence, and the loader that finds every problem
    channels/       one account of ours on one network: the contract, HTTP answers as our errors, one file a network
    composing/      a message in the words of one channel: render (Jinja2 sandbox), compose, fit
    ledger/         the memory: delivery (states and arrows), tables, moves, turn (the hot way), plans, looks, orders, counts
    planning/       what the campaigns want against what the ledger holds: check, plan, diff, apply
    posting/        the acts: accounts, dispatch, reconcile, withdraw; pace, retry
    daemon/         the clock that wakes the acts: embedded (APScheduler as the timetable)
    reporting/      where we stand: status
    cli/            one file a command; screen (colours, tables), office (what a command starts from)
    starter/        what `loa init` puts into a new workspace

The way of a message: authoring reads it, composing makes posts of it, planning writes deliveries into the ledger,
posting sends each when it is due, the ledger remembers. Read `ledger/delivery.py` and `posting/dispatch.py` first.
"""
