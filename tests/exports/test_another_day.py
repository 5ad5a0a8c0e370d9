"""The same result gives the same bytes on another day: each command as a process of its own, once per clock.

The clock is changed for all Python code, of libraries too: `time` and `datetime`, and what they are asked without a
moment. The clock that code in C asks by itself (DuckDB, Arrow, OpenSSL, ssh-keygen) and the times of files on the
disk stay those of the machine.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import lumbar
from command_line import listing, plain_environment
from export_kinds import KINDS

SOURCES = str(Path(lumbar.__file__).parents[1])
DAYS = ("1999-12-31", "2031-07-04")

# Run before anything of ours or of a library is imported. The types stay the same: their methods are exchanged.
CLOCK = """
import ctypes, datetime, gc, time

def exchange(cls, name, method):
    gc.get_referents(cls.__dict__)[0][name] = classmethod(method)
    ctypes.pythonapi.PyType_Modified(ctypes.py_object(cls))

true_time, true_time_ns, true_strftime = time.time, time.time_ns, time.strftime
shift = datetime.datetime.fromisoformat("{day}T11:00:00+00:00").timestamp() - true_time()
time.time = lambda: true_time() + shift
time.time_ns = lambda: true_time_ns() + int(shift * 1e9)
for name in ("localtime", "gmtime", "ctime"):
    setattr(time, name, lambda seconds=None, asked=getattr(time, name): asked(time.time() if seconds is None else seconds))
time.strftime = lambda form, moment=None: true_strftime(form, moment or time.localtime())
exchange(datetime.date, "today", lambda cls: cls.fromtimestamp(time.time()))
exchange(datetime.datetime, "today", lambda cls: cls.fromtimestamp(time.time()))
exchange(datetime.datetime, "now", lambda cls, tz=None: cls.fromtimestamp(time.time(), tz))
exchange(datetime.datetime, "utcnow", lambda cls: cls.fromtimestamp(time.time(), datetime.UTC).replace(tzinfo=None))
"""
COMMAND = "from lumbar.cli import main; main()"
ASKED = """
from datetime import UTC, date, datetime
import time
days = (date.today(), datetime.today(), datetime.now(), datetime.now(UTC), datetime.utcnow(),
        date.fromtimestamp(time.time()), date.fromtimestamp(time.time_ns() / 1e9))
for day in days:
    print(day.strftime("%Y-%m-%d"))
for moment in (time.localtime(), time.gmtime()):
    print(f"{moment.tm_year}-{moment.tm_mon:02}-{moment.tm_mday:02}")
print(time.strftime("%Y-%m-%d"))
"""
# A fault: the facts of a file say when it was written.
PLANTED = """
from datetime import date
from lumbar.exports.outcomes import writing
honest = writing.facts_of
writing.facts_of = lambda *of: {**honest(*of), "written": date.today().isoformat()}
"""


def python(day, code, *words):
    """What Python prints that runs the code as a process of its own on that day."""
    clock = CLOCK.replace("{day}", day)
    done = subprocess.run(
        [sys.executable, "-c", f"exec({clock!r}, {{}})\n{code}", *map(str, words)],
        env={**plain_environment(), "PYTHONPATH": SOURCES, "TZ": "UTC"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def on_each_day(tmp_path, name, *words, code=COMMAND):
    """What a command leaves behind on each day, in a folder of its own."""
    found = []
    for day in DAYS:
        (tmp_path / day).mkdir()
        python(day, code, *words, "--out", tmp_path / day / name)
        found.append(listing(tmp_path / day))
        assert found[-1]
    return found


@pytest.fixture(scope="module")
def copied(closed, tmp_path_factory):
    """A result folder that notes releases, so that the shared one stays as it is."""
    return shutil.copytree(closed, tmp_path_factory.mktemp("another-day") / "result")


@pytest.mark.parametrize("day", DAYS)
def test_wherever_python_asks_the_clock_it_is_the_other_day(day):
    assert python(day, ASKED).split() == [day] * 10


def test_a_file_that_told_when_it_was_written_would_be_noticed(copied, tmp_path):
    words = ("export", "outcomes", copied, "--measure", "461")
    one, two = on_each_day(tmp_path, "o.parquet", *words, code=PLANTED + COMMAND)
    assert one != two


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_export_has_the_same_bytes(kind, copied, tmp_path):
    words, name, _ = KINDS[kind]
    group = ("--group",) if kind == "qpp" else ()
    one, two = on_each_day(tmp_path, name, "export", *words, *group, copied, "--measure", "461")
    assert one == two


@pytest.mark.parametrize("form", ["parquet", "xlsx"])
def test_outcomes_have_the_same_bytes_in_every_form(form, copied, tmp_path):
    one, two = on_each_day(tmp_path, f"o.{form}", "export", "outcomes", copied, "--measure", "461")
    assert one == two


def test_a_bundle_has_the_same_bytes(closed, released, signing_key, tmp_path):
    one, two = on_each_day(tmp_path, "b.zip", "bundle", closed, "--export", released, "--key", signing_key)
    assert one == two


def test_an_audit_pack_has_the_same_bytes(closed, records, tmp_path):
    words = ("audit-pack", closed, "--sample", 20, "--seed", 7, "--source", records)
    one, two = on_each_day(tmp_path, "pack", *words)
    assert one == two
