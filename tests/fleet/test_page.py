"""The page of a fleet in a real browser: filters without a script, and whether all can read it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page

from blueprint_cli.__main__ import main
from tests.browser import launched
from tests.fleet.test_standing import ALL

TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as one:
        yield one


@pytest.fixture
def page(
    browser: Browser, fleet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Iterator[Page]:
    """The page of all projects; whatever the browser complains about is an error."""
    place = tmp_path / "fleet.html"
    main(["fleet", *ALL, str(fleet / "<b>"), "--html", str(place)])
    capsys.readouterr()
    complaints: list[str] = []
    # axe has to run inside the page, whose policy forbids every script.
    context = browser.new_context(viewport={"width": 1000, "height": 800}, bypass_csp=True)
    shown = context.new_page()
    shown.on("console", lambda message: complaints.append(message.text))
    shown.on("request", lambda request: complaints.append(request.url))
    shown.goto(place.as_uri())
    assert [one for one in complaints if not one.startswith("data:")] == [place.as_uri()]
    complaints.clear()
    yield shown
    context.close()
    assert complaints == []


def shown(page: Page) -> list[str]:
    rows = page.locator("tr.project").all()
    return [row.locator("th").inner_text() for row in rows if row.is_visible()]


def choose(page: Page, name: str, choice: str) -> None:
    select = page.get_by_label(name, exact=True)
    labels = select.locator("option").all_text_contents()
    (label,) = (each for each in labels if each.startswith(f"{choice} ("))
    select.select_option(label=label)


def test_filters_leave_what_has_all_that_was_chosen(page: Page) -> None:
    everyone = shown(page)
    assert len(everyone) == len(ALL) + 1
    choose(page, "condition", "behind")
    assert shown(page) == ["behind", "changed", "one", "two"]
    choose(page, "owner", "@acme/team-behind")
    assert shown(page) == ["behind"]
    page.get_by_role("button", name="Show all").click()
    assert shown(page) == everyone
    choose(page, "condition", "cannot be read")
    assert shown(page) == ["damaged", "nothing", "<b>"]
    headings = page.locator("article h3").all()
    assert [one.inner_text() for one in headings if one.is_visible()] == shown(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_it(page: Page, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    page.set_viewport_size({"width": 340, "height": 700})
    assert page.evaluate(TOO_WIDE) == 0


def test_it_needs_no_script_and_forbids_them(page: Page) -> None:
    assert page.locator("script").count() == 0
    policy = page.locator('meta[http-equiv="Content-Security-Policy"]').get_attribute("content")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
