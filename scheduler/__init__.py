"""Loa: a public body's campaigns are text files; a daemon says each message once, on time, on every official channel.

The map of the house, in reading order. A chapter imports only from chapters above it.

    errors          everything that can go wrong, named after what to do next
    text            Vietnamese text: NFC, folding, counting, sorting; and the two languages Loa speaks to people
    clock           what time it is; the only call to the system clock
    settings        the environment (.env): database, folders, secrets
    registers/      what the office knows: a YAML file whose values know their lines (source); entry, moments,
                    identifier; units, laws (and the rule that judges a citation),
                    days (named days, the moon, quiet hours), hotlines, allowed, programmes (with basis and target)
    authoring/      what an author writes: campaign, card, model, channels_file, rule, recurrence, rotation,
                    timetable; loader and salvage find every problem; replicas and deviation (a model in
                    every unit, and where a unit deviates); spreadsheet (with cells, headings, plan_table,
                    spoken_time, old_letters) reads a plan in Excel, model_file a model, write_yaml writes; schema for editors
    channels/       one account of ours on one network: the contract (with limits and post), HTTP answers as our errors, one file
                    a network (what belongs to one alone begins with its name); graph, insights, take_down, meta_login (Meta's networks),
                    contained and containers (what Instagram and Threads publish), upload (films from the disk, piece by piece), media
                    (where networks fetch our pictures; public_name, probe), spans (what of a text is bold, or leads
                    somewhere), whole (a file is written whole or not at all), consent (a person agrees that we may speak)
    composing/      a message in the words of one channel: sandbox and render (Jinja2), office, cite, markup (the tags of
                    a formatted text), compose, fit; press (cards, with typesetting and palettes), darkroom (pictures as
                    each network takes them: negative, metadata, frame, develop), cutting_room (films: footage, boxes,
                    screening), cover (what is seen before a post is opened), page (pages to look at), looks (of each
                    network); examine: citations, and lint/ (what a post must not say), held against a finished text
    ledger/         the memory: delivery (states and arrows), tables, moves, turn (the hot way), plans, looks, orders,
                    counts, waits (what a delivery waits for besides its time), mourning, declaration, unlawful, amiss,
                    pictures, metrics, achieved, answerable; guard (one daemon a place, one
                    leader a ledger), workers and pumps (who of many has which channel), witness (a ledger put back from a copy);
                    vault and seal (tokens that are renewed); schema (migrations, and what a daemon's role may do), carry
                    (a whole ledger to PostgreSQL), copy (a backup); chain (what was done, hash upon hash), audit (is it whole)
    planning/       what the campaigns want against what the ledger holds: check (times, caps, quiet_hours, waivers,
                    mourning, sending_on), plan, diff, forecast, apply; correction; calendar, preview;
                    programmes (what a campaign stands on), accountable (who answers)
    posting/        the acts: accounts, arm, beforehand and uploads (what takes minutes), dispatch (with queue: what
                    waits and what may go; senders; outcome: what an answer leads to), reconcile, withdraw and
                    correct (both in_public), renew, login, measure, prune, notary (links what was done into the chain);
                    pace, budget, breaker, retry, follow (a post that is sent on), lawful (a citation judged once more
                    at the claim), lease (the right of one of many workers to send), routes (which channels it takes)
    daemon/         the clock that wakes the acts, which are made in one place (acts): embedded (one daemon, APScheduler as its
                    timetable) or distributed (one of many on PostgreSQL; engine: Procrastinate, a pump a channel); timetable, alarm,
                    memory, page (/health, /ready, /metrics; gallery: /media)
    reporting/      where we stand: status, trouble (what needs a person), report (what was achieved, who answers),
                    prometheus
    cli/            one file a command; screen (colours, tables), office (what a command starts from)
    starter/        what `loa init` puts into a new workspace

The way of a message: authoring reads it, composing makes posts of it, planning writes deliveries into the ledger,
posting sends each when it is due, the ledger remembers. Read `ledger/delivery.py` and `posting/dispatch.py` first.
"""
