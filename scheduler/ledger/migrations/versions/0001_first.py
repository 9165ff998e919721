"""The first ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "approval",
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), server_default="", nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint"),
    )
    op.create_table(
        "attempt",
        sa.Column("delivery", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("started_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ended_us", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("delivery", "started_us"),
    )
    op.create_table(
        "beat",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "channel",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), server_default="", nullable=False),
        sa.Column("limits", sa.Text(), server_default="{}", nullable=False),
        sa.Column("checked_us", sa.BigInteger(), nullable=True),
        sa.Column("paused_until_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("channel"),
    )
    op.create_table(
        "counter",
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("campaign", "message", "state"),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), server_default="", nullable=False),
        sa.Column("message", sa.Text(), server_default="", nullable=False),
        sa.Column("occurrence", sa.Text(), server_default="", nullable=False),
        sa.Column("channel", sa.Text(), server_default="", nullable=False),
        sa.Column("unit", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="", nullable=False),
        sa.Column("held_for", sa.Text(), server_default="", nullable=False),
        sa.Column("due_us", sa.BigInteger(), nullable=False),
        sa.Column("late_us", sa.BigInteger(), nullable=False),
        sa.Column("next_us", sa.BigInteger(), nullable=True),
        sa.Column("digest", sa.Text(), server_default="", nullable=False),
        sa.Column("rev", sa.Integer(), server_default="0", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("looks", sa.Integer(), server_default="0", nullable=False),
        sa.Column("resends", sa.Integer(), server_default="0", nullable=False),
        sa.Column("look_first", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("started_us", sa.BigInteger(), nullable=True),
        sa.Column("published_us", sa.BigInteger(), nullable=True),
        sa.Column("remote_id", sa.Text(), server_default="", nullable=False),
        sa.Column("url", sa.Text(), server_default="", nullable=False),
        sa.Column("checkpoint", sa.Text(), server_default="", nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index(
        "delivery_late",
        "delivery",
        ["late_us"],
        unique=False,
        sqlite_where=sa.text("state = 'scheduled'"),
        postgresql_where=sa.text("state = 'scheduled'"),
    )
    op.create_index(
        "delivery_look",
        "delivery",
        ["next_us", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'unconfirmed'"),
        postgresql_where=sa.text("state = 'unconfirmed'"),
    )
    op.create_index("delivery_message", "delivery", ["campaign", "message"], unique=False)
    op.create_index(
        "delivery_next",
        "delivery",
        ["next_us", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'scheduled'"),
        postgresql_where=sa.text("state = 'scheduled'"),
    )
    op.create_index(
        "delivery_person",
        "delivery",
        ["state", "due_us"],
        unique=False,
        sqlite_where=sa.text("state IN ('failed', 'missed')"),
        postgresql_where=sa.text("state IN ('failed', 'missed')"),
    )
    op.create_index(
        "delivery_restored",
        "delivery",
        ["channel"],
        unique=False,
        sqlite_where=sa.text("held_for = 'restore'"),
        postgresql_where=sa.text("held_for = 'restore'"),
    )
    op.create_index(
        "delivery_sending",
        "delivery",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 'sending'"),
        postgresql_where=sa.text("state = 'sending'"),
    )
    op.create_index("delivery_started", "delivery", ["channel", "started_us"], unique=False)
    op.create_table(
        "event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("delivery", sa.BigInteger(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), server_default="", nullable=False),
        sa.Column("before", sa.Text(), server_default="", nullable=False),
        sa.Column("after", sa.Text(), server_default="", nullable=False),
        sa.Column("by", sa.Text(), server_default="", nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_event_delivery"), "event", ["delivery"], unique=False)
    op.create_table(
        "hold",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), server_default="", nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "value"),
    )
    op.create_table(
        "post",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )


def downgrade() -> None:
    op.drop_table("post")
    op.drop_table("hold")
    op.drop_index(op.f("ix_event_delivery"), table_name="event")
    op.drop_table("event")
    op.drop_index("delivery_started", table_name="delivery")
    op.drop_index(
        "delivery_sending",
        table_name="delivery",
        sqlite_where=sa.text("state = 'sending'"),
        postgresql_where=sa.text("state = 'sending'"),
    )
    op.drop_index(
        "delivery_restored",
        table_name="delivery",
        sqlite_where=sa.text("held_for = 'restore'"),
        postgresql_where=sa.text("held_for = 'restore'"),
    )
    op.drop_index(
        "delivery_person",
        table_name="delivery",
        sqlite_where=sa.text("state IN ('failed', 'missed')"),
        postgresql_where=sa.text("state IN ('failed', 'missed')"),
    )
    op.drop_index(
        "delivery_next",
        table_name="delivery",
        sqlite_where=sa.text("state = 'scheduled'"),
        postgresql_where=sa.text("state = 'scheduled'"),
    )
    op.drop_index("delivery_message", table_name="delivery")
    op.drop_index(
        "delivery_look",
        table_name="delivery",
        sqlite_where=sa.text("state = 'unconfirmed'"),
        postgresql_where=sa.text("state = 'unconfirmed'"),
    )
    op.drop_index(
        "delivery_late",
        table_name="delivery",
        sqlite_where=sa.text("state = 'scheduled'"),
        postgresql_where=sa.text("state = 'scheduled'"),
    )
    op.drop_table("delivery")
    op.drop_table("counter")
    op.drop_table("channel")
    op.drop_table("beat")
    op.drop_table("attempt")
    op.drop_table("approval")
