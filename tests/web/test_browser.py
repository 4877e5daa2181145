"""The console in Chromium: keyboard only, without JavaScript, narrow and dark, and nothing that leaves the origin."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.consoles import PASSWORD, RunningConsole
from tests.web.test_hostile_text import attacked_paths

pytestmark = [pytest.mark.service]
CHROMIUM = os.environ.get("TUNEWRIGHT_CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright, of the dev group")
    if not Path(CHROMIUM).exists():
        pytest.skip("needs Chromium: apt-get install chromium, or set TUNEWRIGHT_CHROMIUM")
    with sync_api.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield started
        started.close()


class Watched:
    """A page of a fresh context, with everything it asked for and everything it complained about."""

    def __init__(self, browser: Any, console: RunningConsole, **options: Any) -> None:
        self.context = browser.new_context(base_url=console.url, **options)
        self.console = console
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page = self.context.new_page()
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", self._complain)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "dialog", lambda dialog: (self.complaints.append(f"dialog {dialog.message}"), dialog.dismiss())
        )

    def _complain(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def sign_in(self, name: str) -> None:
        self.page.bring_to_front()
        self.page.goto("/sign-in")
        self.page.wait_for_selector("#name:focus")  # the field has the focus by itself
        self.page.keyboard.type(name)
        self.page.keyboard.press("Tab")
        self.page.keyboard.type(PASSWORD)
        self.press("Enter")
        assert self.page.url == f"{self.console.url}/"

    def press(self, key: str) -> None:
        """A key that leads to another page."""
        with self.page.expect_navigation():
            self.page.keyboard.press(key)

    def close(self) -> None:
        self.context.close()
        outside = [url for url in self.requests if not url.startswith(self.console.url + "/")]
        assert not outside
        assert not self.complaints
        assert self.requests


@pytest.fixture
def watched(browser: Any, console: RunningConsole) -> Iterator[Watched]:
    page = Watched(browser, console)
    yield page
    page.close()


def votes_of(console: RunningConsole) -> list[tuple[str, str, int]]:
    return [
        (event.actor, event.body["decision"], event.body.get("findings", 1))
        for event in console.events("review.decide")
    ]


def test_five_findings_an_undo_and_a_cluster_with_the_keyboard_only(
    watched: Watched, console: RunningConsole
) -> None:
    page = watched.page
    watched.sign_in("all")
    page.goto("/review?kind=phone")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    focused = page.evaluate("document.activeElement.getAttribute('href')")
    assert focused == page.locator("[data-row]").first.get_attribute("href")
    watched.press("Enter")
    seen = []
    for key in "cdccd":
        seen.append(page.url.rpartition("/")[2].partition("?")[0])
        assert page.locator("mark.this").count() == 1
        watched.press(key)
        assert "kind=phone" in page.url
    assert len(set(seen)) == 5
    assert [vote[:2] for vote in votes_of(console)] == [
        ("all", decision) for decision in ("confirmed", "dismissed", "confirmed", "confirmed", "dismissed")
    ]

    watched.press("u")
    assert page.url.rpartition("/")[2].partition("?")[0] == seen[-1]
    assert page.locator("text=took it back").count() == 1
    assert [event.actor for event in console.events("review.undo")] == ["all"]

    page.keyboard.press("n")
    page.keyboard.type("cud? not keys while I write")
    page.keyboard.press("Escape")
    watched.press("c")
    page.goto("/review?order=cluster")
    page.keyboard.press("j")
    watched.press("Enter")
    many = page.locator("label.check", has_text="of the cluster that wait")
    count = int("".join(c for c in many.inner_text() if c.isdigit()))
    assert count > 1
    page.keyboard.press("a")
    assert page.locator("input[name=scope]").is_checked()
    watched.press("d")
    assert votes_of(console)[-1] == ("all", "dismissed", count)

    page.goto("/audit?action=review.decide")
    rows = page.locator("tbody tr")
    assert rows.count() == 7
    assert {rows.nth(at).locator("td").nth(2).inner_text() for at in range(7)} == {"all"}
    page.keyboard.press("j")
    watched.press("Enter")
    assert page.locator("text=Signed and unchanged.").count() == 1


def test_a_held_key_decides_once(watched: Watched, console: RunningConsole) -> None:
    watched.sign_in("reviewer")
    watched.page.goto("/review")
    watched.page.keyboard.press("j")
    watched.press("Enter")
    before = watched.page.url
    with watched.page.expect_navigation():
        watched.page.evaluate(
            "for (let n = 0; n < 5; n++) document.dispatchEvent(new KeyboardEvent('keydown', {key: 'c', repeat: n > 0}))"
        )
    watched.page.wait_for_load_state()
    assert watched.page.url != before
    assert len(votes_of(console)) == 1


def test_the_list_of_keys_opens_and_closes(watched: Watched) -> None:
    watched.sign_in("reviewer")
    dialog = watched.page.locator("dialog#keys")
    assert not dialog.is_visible()
    watched.page.keyboard.press("?")
    assert dialog.is_visible()
    watched.page.keyboard.press("Escape")
    assert not dialog.is_visible()


def test_everything_works_without_javascript(browser: Any, console: RunningConsole) -> None:
    watched = Watched(browser, console, java_script_enabled=False)
    watched.sign_in("all")
    page = watched.page
    page.goto("/review")
    page.locator("[data-row]").first.click()
    page.locator("input[name=scope]").check()
    page.fill("#note", "by mouse")
    page.click("button[value=confirmed]")
    assert votes_of(console)[0][:2] == ("all", "confirmed")
    page.click("text=Undo")
    assert len(console.events("review.undo")) == 1
    page.goto("/examples")
    page.locator("a.row").first.click()
    page.check("input[name=rating][value='5']")
    page.click("button[value=approved]")
    assert console.events("review.example")[0].body["rating"] == 5
    page.goto("/audit")
    page.click("text=Verify the whole log")
    assert page.locator("text=The log is whole.").count() == 1
    page.click("text=Sign out")
    assert page.url.endswith("/sign-in")
    watched.close()


def test_an_expert_rates_corrects_and_samples_with_the_keyboard(
    watched: Watched, console: RunningConsole
) -> None:
    page = watched.page
    watched.sign_in("expert")
    page.goto("/examples")
    page.keyboard.press("j")
    watched.press("Enter")
    page.keyboard.press("4")
    watched.press("c")
    page.keyboard.press("e")
    page.keyboard.press("Control+A")
    page.keyboard.type("It costs nothing.")
    page.keyboard.press("Escape")
    watched.press("s")
    watched.press("d")
    bodies = [(event.body["verdict"], event.body["rating"]) for event in console.events("review.example")]
    assert bodies == [("approved", 4), ("corrected", None), ("rejected", None)]
    page.goto("/sampling")
    page.fill("#size", "4")
    with page.expect_navigation():
        page.click("text=Draw a sample")
    for _ in range(page.locator("text=Nothing is wrong").count() and 30):
        if not page.locator("text=Nothing is wrong").count():
            break
        watched.press("c")
    assert page.locator("text=The estimate").count() == 1


def test_hostile_text_stays_text(watched: Watched, console: RunningConsole) -> None:
    paths = attacked_paths(console)
    watched.sign_in("all")
    for path in paths:
        watched.page.goto(path)
        assert "owned" not in watched.page.title()
        assert (
            watched.page.locator("img, iframe, script:not([src]), [onload], [onerror], style").count() == 0
        ), path
    assert len(paths) > 20
    # What a page did not find is a complaint of the browser about the address, not about us.
    watched.complaints = [text for text in watched.complaints if "404" not in text]


# Every text against what lies behind it, by WCAG 2.1's formula; 4.5, or 3 for large text.
CONTRAST = """() => {
  const rgba = (text) => { const n = text.match(/[\\d.]+/g).map(Number); return n.length > 3 ? n : [...n, 1]; };
  const over = (top, below) => top.slice(0, 3).map((c, i) => c * top[3] + below[i] * (1 - top[3]));
  const behind = (element) => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) layers.push(rgba(getComputedStyle(e).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const poor = [];
  let looked = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.closest("svg, dialog:not([open]), script, .skip") || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    let alpha = 1;
    for (let e = element; e; e = e.parentElement) alpha *= Number(getComputedStyle(e).opacity);
    const back = behind(element);
    const ink = rgba(style.color);
    ink[3] *= alpha;
    const [a, b] = [light(over(ink, back)), light(back)].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const ratio = (a + 0.05) / (b + 0.05);
    looked += 1;
    if (ratio < (large ? 3 : 4.5)) poor.push(`${ratio.toFixed(2)} ${element.tagName}.${element.className} ${walker.currentNode.data.trim().slice(0, 30)}`);
  }
  return { poor, looked };
}"""

UNLABELLED = """() => [...document.querySelectorAll("input:not([type=hidden]), select, textarea")]
  .filter((field) => !field.labels.length && !field.getAttribute("aria-label")).map((field) => field.outerHTML)"""


def every_page(console: RunningConsole) -> list[str]:
    client = console.sign_in("all")
    items = client.json("/review?order=cluster")["page"]["items"]
    example = client.json("/examples?state=all")["page"]["items"][0]["id"]
    key = items[0]["finding"]["key"]
    return [
        "/", "/review", f"/review/{key}", "/examples", f"/examples/{example}", "/sampling", "/snapshots", "/snapshots/1",
        "/snapshots/1/report", "/snapshots/1/diff", "/audit", "/audit/events/2", "/people", "/account", "/help", "/lineage",
        f"/lineage/example.{example}", f"/examples/life?id={example}", f"/examples/life?id={items[0]['finding']['example']}", "/why-not?row=x%23R3",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)]
)
def test_every_page_can_be_read(browser: Any, console: RunningConsole, scheme: str, width: int) -> None:
    """Contrast AA, every field labelled, one heading, nothing wider than the screen, focus that shows."""
    watched = Watched(browser, console, color_scheme=scheme, viewport={"width": width, "height": 844})
    page = watched.page
    page.goto("/sign-in")
    assert page.evaluate(CONTRAST)["poor"] == []
    assert page.evaluate(UNLABELLED) == []
    watched.sign_in("all")
    for path in every_page(console):
        page.goto(path)
        measured = page.evaluate(CONTRAST)
        assert measured["poor"] == [], path
        assert measured["looked"] > 10
        assert page.evaluate(UNLABELLED) == [], path
        assert page.locator("main h1").count() == 1, path
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, path
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid", path
    watched.complaints = [text for text in watched.complaints if "404" not in text]
    watched.close()


def test_two_browsers_see_each_other(browser: Any, console: RunningConsole) -> None:
    one, two = Watched(browser, console), Watched(browser, console)
    one.sign_in("reviewer")
    two.sign_in("reviewer2")
    one.page.goto("/review")
    one.page.keyboard.press("j")
    one.press("Enter")
    two.page.goto(one.page.url)
    assert two.page.locator("text=reviewer is looking at this finding too").count() == 1
    one.press("c")
    two.press("d")
    assert two.page.locator("[role=alert]", has_text="reviewer confirmed it at").count() == 1
    assert len(votes_of(console)) == 1
    two.complaints = [text for text in two.complaints if "409" not in text]
    one.close()
    two.close()
