"""Runs the migrations on the connection that the ledger has opened."""

from alembic import context
from sqlmodel import SQLModel

import scheduler.ledger.tables  # noqa: F401

context.configure(connection=context.config.attributes["connection"], target_metadata=SQLModel.metadata)
with context.begin_transaction():
    context.run_migrations()
