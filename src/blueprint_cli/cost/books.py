"""Price books: dated data files, each price with its source."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, cast, get_args

from blueprint_cli.recommendation.data_file import read_data_file

if TYPE_CHECKING:
    from blueprint_cli.recommendation.data_file import Table

FOLDER: Final = Path(__file__).with_name("books")
BUILT_IN: Final = (FOLDER / "list_prices.toml", FOLDER / "article.toml")
FORMAT: Final = 1
Kind = Literal["functions", "containers", "kubernetes"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
MARKS: Final = ("V", "V-r", "S", "M")
VERIFIED: Final = ("V", "V-r")
MARK_WORDS: Final = {
    "V": "read on the provider's page",
    "V-r": "read in the provider's repository",
    "S": "from a secondary source, unverified",
    "M": "from memory, unverified",
}
SHARED: Final = (
    "database_hour",
    "database_gb_month",
    "broker_hour",
    "broker_gb_month",
    "balancer_hour",
    "gateway_million",
    "egress_gb",
)
NEEDED: Final[dict[Kind, tuple[str, ...]]] = {
    "functions": ("million_calls", "gb_second"),
    "containers": ("vcpu_hour", "gb_hour"),
    "kubernetes": ("cluster_hour", "node_hour"),
}
POSSIBLE: Final[dict[Kind, tuple[str, ...]]] = {
    "functions": ("call_all_in", "million_calls", "gb_second", "ghz_second", "vcpu_second"),
    "containers": NEEDED["containers"],
    "kubernetes": NEEDED["kubernetes"],
}


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for one unit; the unit stands in the price's name."""

    name: str
    usd: float
    what: str
    source: str
    date: str
    mark: str
    free_millions: float = 0.0
    count: int = 0

    @property
    def verified(self) -> bool:
        """Whether it was read where the provider itself publishes it."""
        return self.mark in VERIFIED


@dataclass(frozen=True, slots=True)
class PricedPlatform:
    """Where a project can run, with every price that is known for it.

    A ``vcpu_second`` of functions is of an instance that serves many requests at once: its time is
    billed once, while there is any.
    """

    book: str
    name: str
    title: str
    kind: Kind
    prices: dict[str, Price]
    free_calls: float = 0.0
    free_gb_seconds: float = 0.0
    free_ghz_seconds: float = 0.0
    free_vcpu_seconds: float = 0.0
    free_egress_gb: float = 0.0
    node_vcpu: float = 0.0
    node_gb: float = 0.0
    balanced: bool = False
    ghz_of_memory: tuple[tuple[float, float], ...] = ()

    @property
    def all_in(self) -> bool:
        """Whether a call's price contains everything."""
        return "call_all_in" in self.prices

    @property
    def key(self) -> str:
        """What tells it from the same platform in another book."""
        return f"{self.name} ({self.book})" if self.all_in else self.name


@dataclass(frozen=True, slots=True)
class Book:
    name: str
    date: str
    stale_after_days: int
    platforms: tuple[PricedPlatform, ...]
    file: str = ""
    prices: tuple[Price, ...] = field(default=())

    def stale(self, today: dt.date) -> bool:
        """Whether it is older than it says it may become."""
        return (today - dt.date.fromisoformat(self.date)).days > self.stale_after_days


def load_books(paths: tuple[Path, ...] = ()) -> tuple[Book, ...]:
    """Read the built-in books, or a team's own instead.

    Raises:
        DataFileInvalid: with everything that is wrong in a file, each with its line.
    """
    return tuple(parse_book(read_data_file(path), str(path)) for path in paths or BUILT_IN)


def parse_book(file: Table, name: str) -> Book:
    """Turn a data file into a price book.

    Raises:
        DataFileInvalid: with everything that is wrong in it.
    """
    if not file.same("format", FORMAT):
        file.found.raise_if_any()
    title = file.text("name")
    date = file.text("date")
    try:
        dt.date.fromisoformat(date or "2000-01-01")
    except ValueError:
        file.wrong("date", f"is {date!r}", "a date such as 2026-11-22")
    stale = round(file.number("stale_after_days", 180, least=1, most=10_000))
    providers = {
        key: _provider(entry) for key, entry in file.table("providers", needed=False).each()
    }
    platforms = tuple(_platform(entry, title, providers) for entry in file.tables("platforms"))
    if not platforms:
        file.wrong("platforms", "is empty", "[[platforms]], one or more")
    file.end()
    file.found.raise_if_any()
    prices = {price: None for platform in platforms for price in platform.prices.values()}
    return Book(title, date, stale, platforms, name, tuple(prices))


def _provider(table: Table) -> tuple[dict[str, Price], float]:
    prices = {key: _price(table.table(key), key) for key in SHARED if table.has(key)}
    free = table.number("free_egress_gb", 0, least=0)
    table.end()
    return prices, free


def _platform(
    table: Table, book: str, providers: dict[str, tuple[dict[str, Price], float]]
) -> PricedPlatform:
    kind = cast("Kind", table.choice("kind", KINDS))
    provider = table.text("provider", "")
    if provider and provider not in providers:
        table.wrong("provider", f"there is no [providers.{provider}]", ", ".join(providers))
    shared, free_egress = providers.get(provider, ({}, 0.0))
    prices = {key: _price(table.table(key), key) for key in POSSIBLE[kind] if table.has(key)}
    if "call_all_in" not in prices:
        for key in NEEDED[kind]:
            if key not in prices:
                table.wrong(
                    key, "is missing", "{usd = …, what = …, source = …, date = …, mark = …}"
                )
    kubernetes = kind == "kubernetes"
    platform = PricedPlatform(
        book=book,
        name=table.text("name"),
        title=table.text("title"),
        kind=kind,
        prices={**shared, **prices},
        free_calls=table.number("free_calls", 0, least=0),
        free_gb_seconds=table.number("free_gb_seconds", 0, least=0),
        free_ghz_seconds=table.number("free_ghz_seconds", 0, least=0),
        free_vcpu_seconds=table.number("free_vcpu_seconds", 0, least=0),
        free_egress_gb=free_egress,
        node_vcpu=table.number("node_vcpu", None if kubernetes else 0, least=0, most=10_000),
        node_gb=table.number("node_gb", None if kubernetes else 0, least=0, most=100_000),
        balanced=table.raw("balanced") is True,
        ghz_of_memory=_steps(table),
    )
    table.end()
    return platform


def _steps(table: Table) -> tuple[tuple[float, float], ...]:
    value = table.raw("ghz_of_memory")
    if value is None:
        return ()
    steps = []
    for pair in value if isinstance(value, list) else [None]:
        numbers = pair if isinstance(pair, list) else []
        if len(numbers) != 2 or not all(isinstance(one, int | float) for one in numbers):  # noqa: PLR2004 - a pair
            table.wrong("ghz_of_memory", "is not a list of pairs", "[[MB, GHz], …]")
            return ()
        steps.append((float(numbers[0]), float(numbers[1])))
    return tuple(sorted(steps))


def _price(table: Table, name: str) -> Price:
    price = Price(
        name=name,
        usd=table.number("usd", least=0, most=1e6),
        what=table.text("what"),
        source=table.text("source"),
        date=table.text("date"),
        mark=table.choice("mark", MARKS),
        free_millions=table.number("free_millions", 0, least=0),
        count=round(table.number("count", 0, least=0, most=1000)),
    )
    table.end()
    return price
