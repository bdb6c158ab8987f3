"""${message}"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}
% if config.attributes["destructive"]:

# The lowest number whose code works with this, which
% for each in config.attributes["destructive"]:
# - ${each}
% endfor
# Lower it to the revision from whose release on nothing needs that any more: see docs/migrations.md.
oldest_code = ${repr(up_revision)}
% endif


def upgrade() -> None:
    """Apply."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Take back."""
    ${downgrades if downgrades else "pass"}
