"""What stands in the HTML page, read as text: escapes, gaps and rules of every kind."""

import datetime as dt
import re
from html.parser import HTMLParser

import pytest

from blueprint_cli.cost.books import load_books
from blueprint_cli.cost.cost import cost
from blueprint_cli.cost.targets import targets
from blueprint_cli.patterns import PATTERNS
from blueprint_cli.recommendation.data_file import parse_data
from blueprint_cli.recommendation.recommend import Recommendation, recommend
from blueprint_cli.recommendation.rules import BUILT_IN, Value, load_rules, parse_rules
from blueprint_cli.reports.html import as_html

HOSTILE = "<script>alert('x')</script> & <b onclick='y'>"
TEXTS = re.compile(r'\b(name|label|why|lifted_by|message|measure|how|unit|source) = "(?!")')


def recommended(text: str) -> Recommendation:
    rules = parse_rules(parse_data(text, "rules"), "rules")
    answers: dict[str, Value] = {
        "teams": 9,
        "developers": 4,
        "ops_maturity": "low",
        "consistency": "strong",
    }
    return recommend(answers, rules, {"simulated_requests": 100.0})


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_markup_in_any_text_of_the_rules_is_shown_and_not_obeyed() -> None:
    text = TEXTS.sub(lambda found: f"{found[0]}{HOSTILE}", BUILT_IN.read_text(encoding="utf-8"))
    page = as_html(recommended(text))
    tags = Tags()
    tags.feed(page)
    assert page.count("&lt;script&gt;alert") > 50
    assert not {"script", "b"} & tags.names
    assert "onclick" not in tags.attributes


def test_rules_that_give_no_points_still_give_a_page() -> None:
    text = BUILT_IN.read_text(encoding="utf-8")
    first, last = text.index("[[criteria]]"), text.index("[[gates]]")
    only = '[[criteria]]\nname = "p"\nkey = "polyglot"\nwhy = "w"\nsource = "s"\n'
    only += "points = [{is = true, monolith = 1.0}]\n"
    page = as_html(recommended(text[:first] + only + text[last:]))
    assert "The scale goes from +0.0 to +0.0 points." in page


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_bill_with_a_gap_says_so(pattern: str) -> None:
    rules, books = load_rules(), load_books()
    result = recommend({}, rules, {"simulated_requests": 100.0})
    chosen = next(one for one in PATTERNS if one == pattern)
    bills = cost(chosen, {}, rules, books, today=dt.date(2026, 11, 23))
    page = as_html(result, bills, targets=targets(chosen, {}, rules, books))
    assert "Where it would run" in page
    assert f"What {pattern} costs a month" in page
    assert "* a price is missing" in page
    assert page.count("<polyline") == len(result.estimates) + page.count('<svg viewBox="0 0 30 8"')
