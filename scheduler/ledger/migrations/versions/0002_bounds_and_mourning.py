"""Hard bounds and tags of a delivery, and the times of national mourning."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

INDEXES = (
    ("delivery_mourned", ["due_us"], "held_for IN ('mourning', 'mourning, approval')"),
    ("delivery_expiring", ["not_after_us"], "state = 'held' AND not_after_us IS NOT NULL"),
    ("delivery_tagged", ["due_us"], "state = 'scheduled' AND tags <> ''"),
    ("delivery_urgent", ["next_us", "id"], "state = 'scheduled' AND kind = 'emergency'"),
)


def upgrade() -> None:
    op.add_column("delivery", sa.Column("tags", sa.Text(), server_default="", nullable=False))
    for name in ("not_before_us", "not_after_us", "at_once_us"):
        op.add_column("delivery", sa.Column(name, sa.BigInteger(), nullable=True))
    for name, columns, where in INDEXES:
        condition = sa.text(where)
        op.create_index(name, "delivery", columns, sqlite_where=condition, postgresql_where=condition)
    op.create_table(
        "mourning",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("since_us", sa.BigInteger(), nullable=False),
        sa.Column("until_us", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.Text(), server_default="", nullable=False),
        sa.Column("basis", sa.Text(), server_default="", nullable=False),
        sa.Column("by", sa.Text(), server_default="", nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("ended_us", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.Text(), server_default="", nullable=False),
        sa.Column("ended_why", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    op.drop_table("mourning")
    for name, _, _ in reversed(INDEXES):
        op.drop_index(name, table_name="delivery")
    for name in ("at_once_us", "not_after_us", "not_before_us", "tags"):
        op.drop_column("delivery", name)
