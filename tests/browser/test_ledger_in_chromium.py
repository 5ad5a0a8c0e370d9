"""The ledger's page in a real browser: laid out under its own policy, on a phone and on a screen, light and dark."""

import json
import re
import shutil
import subprocess
from datetime import date, timedelta
from html import escape
from pathlib import Path
from typing import Any

import pytest

from arrow_tables import arrow_clinic, arrow_table
from engines import reference
from lumbar.followup.ledger import ledger
from lumbar.measures.policy import Policy
from lumbar.report.ledger_page import ledger_page
from lumbar.tables.clinical import CLINICAL_TABLES
from lumbar.tables.results import OUTCOME
from report_page import INDEX, RULES, RUN, Clinic

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")

HOSTILE = "</style><img src=x onerror=alert(1)>"
AS_OF = INDEX + timedelta(days=141)
FLAGS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --virtual-time-budget=10000 --dump-dom --window-size=1400,900"
)
DARK = "--blink-settings=preferredColorScheme=0"


def page(by: str | None) -> str:
    clinic = Clinic()
    for n in range(30):
        index = INDEX + timedelta(days=4 * (n % 20))
        clinic.operated(f"p{n}", "8", "2" if n % 3 else None, index=index, code="63030" if n % 2 else "22612")
        clinic.tables["patient"][-1]["language"] = HOSTILE if n % 4 else None
    outcome = arrow_table(OUTCOME, reference(clinic.tables, RULES, Policy(), AS_OF).outcome)
    tables = arrow_clinic({table.name: clinic.tables.get(table.name, []) for table in CLINICAL_TABLES})
    told = ledger(outcome, tables.__getitem__, RULES, Policy(), AS_OF, by)
    return ledger_page(told, RULES, {**RUN, "as_of": date.isoformat(AS_OF)})


def asked(html: str, width: int, folder: Path, *flags: str) -> dict[str, Any]:
    """What the page looks like in a frame so wide, for no window of this browser is as narrow as a phone."""
    script = """
        const frame = document.querySelector('iframe');
        frame.onload = () => {
          const inside = frame.contentDocument, style = (e) => frame.contentWindow.getComputedStyle(e);
          document.title = 'answer:' + JSON.stringify({
            over: inside.documentElement.scrollWidth - inside.documentElement.clientWidth,
            met: style(inside.querySelector('.locked-met')).fill,
            ground: style(inside.body).backgroundColor,
            images: inside.querySelectorAll('img').length,
            bars: inside.querySelectorAll('.bars svg').length,
          });
        };
    """
    path = folder / "page.html"
    frame = f'<iframe width="{width}" height="800" srcdoc="{escape(html)}"></iframe>'
    path.write_text(f'<!doctype html><meta charset="utf-8"><title>x</title><body><script>setTimeout(() => {{}}, 0)</script>'
                    f"{frame}<script>{script}</script></body>", encoding="utf-8")  # fmt: skip
    assert CHROMIUM is not None
    command = [CHROMIUM, *FLAGS.split(), *flags, f"--user-data-dir={folder / 'profile'}", path.as_uri()]
    dumped = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    found = re.search(r"<title>answer:(.*?)</title>", dumped, re.DOTALL)
    assert found, dumped[:2000]
    answer: dict[str, Any] = json.loads(found[1].replace("&quot;", '"').replace("&amp;", "&"))
    return answer


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("by", [None, "language"])
def test_the_page_fits_a_phone_and_a_screen_light_and_dark(by, width, tmp_path):
    light = asked(page(by), width, tmp_path)
    dark = asked(page(by), width, tmp_path, DARK)
    for answer in (light, dark):
        assert answer["over"] == 0
        assert answer["images"] == 0
        assert answer["bars"] == (9 if by is None else 6)
    assert light["ground"] != dark["ground"]
    assert light["met"] != dark["met"]
    assert light["met"] == "rgb(0, 114, 178)", "the style sheet is admitted by the page's policy"
