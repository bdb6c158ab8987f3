"""One notification per order and kind, for the order's owner."""

from collections import Counter

from tests.blackbox.shop import Shop, eventually

LIST = ("GET", "/v1/notifications")


def kinds(user: Shop) -> Counter[tuple[str, str]]:
    """How often each (order, kind) was notified."""
    items = [item for page in user.pages(LIST[1], limit=100) for item in page]
    return Counter((item["about"], item["kind"]) for item in items)


def test_each_change_is_notified_once(admin: Shop, visitor: Shop) -> None:
    user = visitor.newcomer()
    assert user.pages(LIST[1]) == [[]]
    product = admin.create_product(stock=1)
    confirmed = user.settled(user.place((product["id"], 1))["id"])["id"]
    rejected = user.settled(user.place((product["id"], 1))["id"])["id"]
    user.cancel(confirmed)
    user.cancel(confirmed)
    expected = {
        (confirmed, "order_confirmed"): 1,
        (rejected, "order_rejected"): 1,
        (confirmed, "order_cancelled"): 1,
    }
    assert eventually(lambda: kinds(user), lambda found: len(found) == 3) == expected

    pages = user.pages(LIST[1], limit=2)
    assert [len(page) for page in pages] == [2, 1]
    items = [item for page in pages for item in page]
    times = [item["created_at"] for item in items]
    assert times == sorted(times, reverse=True)
    assert all(item["subject"] for item in items)
    assert kinds(user) == expected
    assert kinds(visitor.newcomer()) == {}


def test_they_are_for_their_owner(visitor: Shop, user: Shop) -> None:
    visitor.refused(*LIST, 401, "token_missing")
    user.refused(*LIST, 422, "invalid_cursor", params={"cursor": "nonsense"})
    user.refused(*LIST, 422, "validation_failed", params={"limit": "0"})
