"""What networks tell of public posts, and which posts are still to be measured."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

UNMEASURED = "state = 'published' AND measured < 4"


def upgrade() -> None:
    op.add_column("delivery", sa.Column("measured", sa.Integer(), server_default="0", nullable=False))
    condition = sa.text(UNMEASURED)
    op.create_index(
        "delivery_unmeasured",
        "delivery",
        ["measured", "published_us"],
        sqlite_where=condition,
        postgresql_where=condition,
    )
    op.create_table(
        "metric",
        sa.Column("delivery", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("age", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("delivery", "age", "name"),
    )


def downgrade() -> None:
    op.drop_table("metric")
    op.drop_index("delivery_unmeasured", table_name="delivery")
    op.drop_column("delivery", "measured")
