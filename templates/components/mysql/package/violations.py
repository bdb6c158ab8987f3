"""What the database refused: the name of the constraint, for whoever knows what it means."""

import re
from typing import Final

from sqlalchemy.exc import DBAPIError

# "Duplicate entry '…' for key 'uq_doctors_account'", before which MySQL says the table, and
# "… a foreign key constraint fails (…, CONSTRAINT `fk_appointments_doctor` FOREIGN KEY …". What was
# entered stands before the name and may look like one.
_NAMED: Final = (
    re.compile(r" for key '(?:[^'.]*\.)?([^'.]+)'$"),
    re.compile(r", CONSTRAINT `([^`]+)` FOREIGN KEY"),
)


def violated(error: DBAPIError) -> str:
    """The violated constraint's name; empty where it was none."""
    said = str(error.orig.args[-1]) if error.orig is not None and error.orig.args else ""
    for pattern in _NAMED:
        if found := pattern.search(said):
            return found[1]
    return ""
