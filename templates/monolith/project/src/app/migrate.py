"""`python -m app.migrate`: bring the database to the newest schema; safe to run several at once."""

import sys

from app import CONTEXTS
from kit.migrate import main

if __name__ == "__main__":
    sys.exit(main(CONTEXTS))
