"""When a network said that a channel's token runs out."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("channel", sa.Column("expires_us", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("channel", "expires_us")
