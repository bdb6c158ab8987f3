"""Import lines: everything that a kind of module may need, of which the linter keeps what it uses.

So a template says what it does, and not twice what it needs for that.
"""

from __future__ import annotations

from typing import Final

STANDARD: Final = """\
import asyncio
import builtins
import datetime as dt
from collections.abc import Callable, Collection, Container, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Protocol, Self, TypeAlias, TypedDict
from uuid import UUID
"""


def imported(module: str, names: list[str]) -> str:
    """Return a line that imports names; empty where there are none."""
    return f"from {module} import {', '.join(names)}" if names else ""
