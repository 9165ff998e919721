"""Which processes share the ledger, and who of them speaks on which channel."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
contract = True  # an older daemon takes for granted that it is alone


def upgrade() -> None:
    op.create_table(
        "worker",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("place", sa.Text(), server_default="", nullable=False),
        sa.Column("queues", sa.Text(), server_default="", nullable=False),
        sa.Column("since_us", sa.BigInteger(), nullable=False),
        sa.Column("beat_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "pump",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("worker", sa.BigInteger(), nullable=False),
        sa.Column("since_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel"),
    )


def downgrade() -> None:
    op.drop_table("pump")
    op.drop_table("worker")
