"""A description may call things what the code around them is called."""

import re
from pathlib import Path

from blueprint_cli.templates.described.imports import STANDARD
from blueprint_cli.templates.marks import NAMES, marked, told_apart
from blueprint_cli.templates.shadowing import unshadowed

TEMPLATES = Path(__file__).parents[2] / "templates" / "described"
# Folders whose modules name no class of a description.
PLAIN = {"black_box", "chaos", "dev", "examples", "kit"}
HOLE = re.compile(r"\[%.*?%\]|\[=.*?=\]", re.DOTALL)
IMPORTED = re.compile(r"^ *from [\w.@]+ import (?:\(([^)]*)\)|(.*))$", re.MULTILINE)
MADE = re.compile(r"^class ([A-Z]\w*)\b(?!@)|^ *([A-Z][a-z]\w*)(?:: TypeAlias)? =", re.MULTILINE)


def test_the_code_around_takes_another_name() -> None:
    order = marked("Order")
    source = (
        f"from orders.domain.order import New{order}, {order}\n"
        "from kit.listing import (\n    Order,\n    Position,\n)\n\n\n"
        f"def order(one: {order}, new: New{order}) -> Order:\n"
        '    """An Order."""\n'
        "    return kit.Order(Order(one.Order))\n"
    )

    assert told_apart(source) == (
        "from orders.domain.order import NewOrder, Order\n"
        "from kit.listing import (\n    Order as KitOrder,\n    Position,\n)\n\n\n"
        "def order(one: Order, new: NewOrder) -> KitOrder:\n"
        '    """An Order."""\n'
        "    return kit.Order(KitOrder(one.Order))\n"
    )


def test_a_name_that_nothing_else_has_stays() -> None:
    assert marked("Appointment") == "Appointment"
    assert told_apart(f"class {marked('Table')}:\n    pass\n") == "class Table:\n    pass\n"


def test_a_field_hides_its_type_from_nothing() -> None:
    source = (
        "from datetime import date\n\n\n"
        "class Visit:\n"
        "    date: date | None = None\n"
        "    until: date\n"
        "    int: list[int]\n\n"
        "    def move(self, day: date, by: int) -> date:\n"
        "        return date.today()\n"
    )

    assert unshadowed(source) == (
        "import builtins\nimport datetime as dt\nfrom datetime import date\n\n\n"
        "class Visit:\n"
        "    date: dt.date | None = None\n"
        "    until: dt.date\n"
        "    int: list[builtins.int]\n\n"
        "    def move(self, day: dt.date, by: builtins.int) -> dt.date:\n"
        "        return date.today()\n"
    )


def test_what_hides_nothing_stays_as_it_is() -> None:
    source = "class Visit:\n    day: date\n\n\ndate: int = 1\n"

    assert unshadowed(source) == source


def test_where_the_module_made_the_other_one_the_descriptions_takes_another_name() -> None:
    clock, error = marked("Clock"), marked("Exception")
    source = (
        f"from clocks.domain.clock import {clock}\n"
        f"from clocks.domain.exception import {error}\n\n"
        "Clock: TypeAlias = Callable[[], datetime]\n\n\n"
        f"def set_to(one: {clock}, now: Clock) -> {error} | Exception:\n"
        "    pass\n"
    )

    assert told_apart(source) == (
        "import builtins\n"
        "from clocks.domain.clock import Clock as TheClock\n"
        "from clocks.domain.exception import Exception\n\n"
        "Clock: TypeAlias = Callable[[], datetime]\n\n\n"
        "def set_to(one: TheClock, now: Clock) -> Exception | builtins.Exception:\n"
        "    pass\n"
    )


def test_every_name_around_a_description_is_known() -> None:
    found = set(re.findall(r"\b[A-Z]\w*", STANDARD))
    for path in TEMPLATES.rglob("*.py*"):
        if not PLAIN & set(path.parts):
            text = HOLE.sub("@", path.read_text())
            found |= {
                name
                for many, one in IMPORTED.findall(text)
                for name in re.findall(r"(?<![\w@.])[A-Z]\w*(?!\w*@)", many or one)
            }
            found |= {name for names in MADE.findall(text) for name in names if name}

    assert {name for name in found if not name.isupper()} <= NAMES
