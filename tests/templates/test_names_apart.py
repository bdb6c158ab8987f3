"""A description may call things what the code around them is called."""

from blueprint_cli.templates.marks import marked, told_apart
from blueprint_cli.templates.shadowing import unshadowed


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
