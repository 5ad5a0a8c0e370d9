"""The report in a real browser: its script runs under its own policy, finds, filters and unfolds."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from report_page import Clinic

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")

HOSTILE = "it's <img src=x onerror=alert(1)>"
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --virtual-time-budget=10000 --dump-dom"
)


@pytest.fixture(scope="module")
def page() -> str:
    clinic = Clinic().operated("Anna", "8", "3").operated("Berta", "8", "6", payer="cigna", npi=None)
    clinic.operated("Carl", "4", "9", code="22612").operated(HOSTILE, "8", "2")
    for n in range(60):
        clinic.operated(f"other-{n:02}", "7", index=date(2025, 2, 2))
    return clinic.page()


def opened(html: str, folder: Path, script: str = "", *flags: str) -> str:
    """The page's elements after its own script, and after `script`, whose hash is added to the page's policy."""
    if script:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        html = html.replace("script-src 'sha256-", f"script-src 'sha256-{digest}' 'sha256-", 1)
        html = html.replace("</body>", f"<script>{script}</script></body>")
    path = folder / "page.html"
    path.write_text(html, encoding="utf-8")
    assert CHROMIUM is not None
    command = [CHROMIUM, *FLAGS.split(), *flags, f"--user-data-dir={folder / 'profile'}", path.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


def asked(html: str, folder: Path, expression: str, *flags: str) -> Any:
    """What a JavaScript expression, awaited, gives on the page."""
    script = (
        "const set = (id, value) => { document.getElementById('filter-' + id).value = value; "
        "document.getElementById('filters').dispatchEvent(new Event('submit', {cancelable: true})); };"
        "const names = () => [...document.querySelectorAll('.who')].map((e) => e.textContent);"
        "const found = () => document.getElementById('found').textContent;"
        "const soon = (ms) => new Promise((done) => setTimeout(done, ms));"
        f"(async () => {{ const answer = await (async () => {{ {expression} }})();"
        "document.title = 'answer:' + JSON.stringify(answer); })();"
    )
    dumped = opened(html, folder, script, *flags)
    title = read_title(dumped)
    assert title.startswith("answer:"), "the script on the page failed"
    return json.loads(title.removeprefix("answer:"))


def read_title(html: str) -> str:
    match = re.search(r"<title>(.*?)</title>", html, flags=re.DOTALL)
    assert match
    return match.group(1).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def test_the_untouched_page_lists_its_episodes_under_its_own_policy(page: str, tmp_path: Path) -> None:
    dumped = opened(page, tmp_path)
    assert "64 of 64 episodes match, the first 50 shown." in dumped
    assert "<img src=x" not in dumped
    assert "it's &lt;img src=x onerror=alert(1)&gt;" in dumped


def test_search_and_filters_narrow_the_list(page: str, tmp_path: Path) -> None:
    answer = asked(
        page,
        tmp_path,
        """
        set('text', 'ANNA discectomy'); const byText = [names(), found()];
        set('text', ''); set('payer', 'cigna'); const byPayer = names();
        set('payer', ''); set('surgeon', '-'); const bySurgeon = names();
        set('surgeon', ''); set('flag', 'worse'); const byFlag = names();
        set('flag', ''); set('status', 'met'); set('measure', '459'); const byStatus = names().sort();
        set('timepoint', 'one_year'); const atOneYear = [names(), found()];
        return {byText, byPayer, bySurgeon, byFlag, byStatus, atOneYear};
        """,
    )
    assert answer["byText"] == [["Anna"], "1 of 64 episodes match."]
    assert answer["byPayer"] == answer["bySurgeon"] == ["Berta"]
    assert answer["byFlag"] == ["Carl"]
    assert answer["byStatus"] == sorted(["Anna", HOSTILE])
    assert answer["atOneYear"] == [[], "None of 64 episodes matches."]


def test_show_more_goes_on_and_takes_the_focus_along(page: str, tmp_path: Path) -> None:
    answer = asked(
        page,
        tmp_path,
        """
        document.getElementById('more').click();
        const focus = document.activeElement.querySelector('.who').textContent;
        return [names().length, names()[50] === focus, document.getElementById('more').hidden];
        """,
    )
    assert answer == [64, True, True]


def test_an_episode_unfolds_its_proof(page: str, tmp_path: Path) -> None:
    answer = asked(
        page,
        tmp_path,
        """
        set('text', 'anna'); document.querySelector('.episode').open = true; await soon(1500);
        const body = document.querySelector('.episode .body');
        return [body.textContent, [...body.querySelectorAll('details.proof')].map((e) => e.open)];
        """,
    )
    text, unfolded = answer
    assert "8.0 − 3.0 = 5.0; 5.0 or more meets the target" in text
    assert "G2136" in text
    assert "✓ chosen" in text
    assert unfolded == [True, False] * 3  # the timepoint of a discectomy is three months


def test_an_episode_without_proof_names_a_command_that_is_safe_to_paste(tmp_path: Path) -> None:
    html = Clinic().operated(HOSTILE, "8", "2").page(proofs=False)
    text = asked(
        html,
        tmp_path,
        "document.querySelector('.episode').open = true; await soon(500);"
        "return document.querySelector('.body code').textContent;",
    )
    assert text == "lumbar explain DIR 'it'\\''s <img src=x onerror=alert(1)>@2025-03-03'"


def test_the_theme_goes_from_the_system_to_light_to_dark_and_back(page: str, tmp_path: Path) -> None:
    answer = asked(
        page,
        tmp_path,
        """
        const grounds = [];
        for (let n = 0; n < 3; n++) {
          document.getElementById('theme').click();
          grounds.push([document.getElementById('theme').textContent, getComputedStyle(document.body).backgroundColor]);
        }
        return grounds;
        """,
    )
    assert [label for label, _ in answer] == ["Theme: light", "Theme: dark", "Theme: as the system"]
    assert answer[0][1] == "rgb(246, 247, 248)"
    assert answer[1][1] == "rgb(18, 23, 28)"


def test_paper_shows_the_folded_tables_and_folds_them_again(page: str, tmp_path: Path) -> None:
    answer = asked(
        page,
        tmp_path,
        """
        const folded = () => document.querySelectorAll('details.paper:not([open])').length;
        const before = folded(); dispatchEvent(new Event('beforeprint')); const printing = folded();
        dispatchEvent(new Event('afterprint')); return [before, printing, folded()];
        """,
    )
    before, printing, after = answer
    assert before == after > 0
    assert printing == 0


def test_at_1280_pixels_no_column_of_flags_is_cut_off(tmp_path: Path) -> None:
    """The widest rows: a long patient id, flags of several words, a surgeon, an ODI of two digits and one decimal."""
    clinic = Clinic().operated("60846aca-3237-4b98-b931-337a955194af", "0.6", "2.7", mode="phone")
    clinic.operated("pt-7-000043", "44.4", "66.5", instrument="odi", mode="phone")
    answer = asked(
        clinic.page(),
        tmp_path,
        """
        document.querySelectorAll('.episode').forEach((e) => { e.open = true; }); await soon(3000);
        const flags = [...document.querySelectorAll('td.flags')].filter((e) => e.textContent.includes(','));
        const over = (e) => { const frame = e.closest('.scroll'); return frame.scrollWidth - frame.clientWidth; };
        return [flags.length > 2, Math.max(...flags.map(over))];
        """,
        "--window-size=1280,900",
    )
    assert answer == [True, 0]


def test_at_1280_pixels_the_table_of_rates_is_not_cut_off(page: str, tmp_path: Path) -> None:
    """With the figures of a large clinic: thousands of episodes, rates with one decimal."""
    answer = asked(
        page,
        tmp_path,
        """
        const table = document.getElementById('rate-table');
        table.querySelectorAll('tbody td.num').forEach((cell) => {
          const text = cell.textContent;
          cell.textContent = text.includes('–') ? '88.8–88.8 %' : text.includes('%') ? '88.8 %' : '8,888';
        });
        const frame = table.closest('.scroll');
        return [table.querySelectorAll('tbody td.num').length > 50, frame.scrollWidth - frame.clientWidth];
        """,
        "--window-size=1280,900",
    )
    assert answer == [True, 0]


def test_nothing_but_a_table_is_wider_than_a_phone(page: str, tmp_path: Path) -> None:
    """At 500 pixels, the narrowest window the browser makes, the layout is that of a phone; tables scroll in their frame."""
    answer = asked(
        page,
        tmp_path,
        """
        document.querySelectorAll('details').forEach((e) => { e.open = true; }); await soon(3000);
        const whole = document.documentElement;
        return [innerWidth, whole.scrollWidth - whole.clientWidth, getComputedStyle(document.getElementById('theme')).position];
        """,
        "--window-size=500,900",
    )
    assert answer == [500, 0, "static"]
