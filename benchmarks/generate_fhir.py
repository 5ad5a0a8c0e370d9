"""Write a FHIR R4 bulk-export folder (NDJSON) to measure against: about 34 KB and 31 lines a patient.

    python benchmarks/generate_fhir.py OUT --patients 100000 --seed 7

Every patient has one lumbar operation in or around the identification periods of 2026, five to
eight pain and disability scores among about twenty vital signs and laboratory results, and the
diagnoses, coverage and other procedures that an export carries along. About one row in a thousand
is bad. The same patients and seed give the same bytes, whatever the number of processes.

An unreadable line is always followed by an Observation of no concern: DuckDB's reader, told to
ignore errors, also loses the line after a bad one, and the yardstick may not pay for that.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from random import Random

from fhir_lines import (
    BACK_NUMERIC,
    BACK_VISUAL,
    BACKGROUND,
    COVERAGE,
    DIAGNOSIS,
    DISABILITY,
    ENTERED_IN_ERROR,
    IMAGING,
    INCHES,
    LEFT_RIGHT,
    LEG_NUMERIC,
    NO_BODY_SITE,
    NOT_DONE,
    OPERATION,
    PATIENT,
    TERMINOLOGY,
    concept,
)

SHARDS = 8  # files of each large type
BLOCK = 1000  # patients written, and their observations shuffled, together
PRACTITIONERS = 200
PRACTITIONER_ID = b"staff-%04d"

FIRST_INDEX_DATE = date(2024, 7, 1)
INDEX_DATE_SPAN = 850  # days: up to the end of October 2026
AS_OF = date(2026, 11, 21)
FIRST_DAY = date(2022, 1, 1)
DAYS = [(FIRST_DAY + timedelta(days=n)).isoformat().encode() for n in range(2000)]
LAST_DAY = (AS_OF - FIRST_DAY).days
TIMES = [
    b"T%02d:%02d:%02d%b" % (hour, minute, (7 * minute) % 60, offset)
    for hour in range(8, 18)
    for minute in (0, 5, 15, 20, 30, 40, 50)
    for offset in (b"-05:00", b"-06:00")
]

DISCECTOMY = (b"63030", b"63030", b"63047", b"63047", b"63042", b"63005")
FUSION = (b"22633", b"22612", b"22630", b"22558")
ADD_ON = (b"63048", b"22614", b"63035")
EXCLUDING = (b"C41.2", b"M46.26", b"G06.1", b"M41.06")
COMMON = (b"M51.26", b"M48.061", b"M54.16", b"I10", b"E11.9", b"E78.5", b"F32.9", b"M43.16")
PAYERS = (
    "Aetna Open Choice",
    "Blue Cross Blue Shield of the North",
    "Cigna Open Access",
    "UnitedHealthcare Choice",
    "Medicare Part B",
    "Medicare Advantage Gold",
    "State Medicaid",
    "Workers Compensation Fund",
)


def mean_of(random: Random, centre: float, spread: float, top: float) -> float:
    """A value around the centre, cut off at 0 and at the top."""
    return min(top, max(0.0, random.gauss(centre, spread)))


def visits(random: Random, index: int) -> Iterator[tuple[int, float, float]]:
    """The visits with scores, as day number, mean pain and mean disability."""
    after = 1.0 if random.random() < 0.72 else 2.2
    for share, first, last, pain, disability in (
        (0.93, -80, 0, 7.0, 46.0),
        (0.78, 45, 138, 2.7 * after, 20.0 * after),
        (0.68, 280, 440, 2.9 * after, 21.0 * after),
        (0.25, 5, 700, 3.0 * after, 24.0 * after),
    ):
        day = index + first + int(random.random() * (last - first + 1))
        if random.random() < share and day <= LAST_DAY:
            yield day, pain, disability


def scores(random: Random, number: int, patient: bytes, index: int) -> list[bytes]:
    """The score lines of one patient: back pain, leg pain and ODI at each visit."""
    lines: list[bytes] = []

    def add(line: bytes, day: bytes, time: bytes, value: bytes) -> None:
        lines.append(line % (b"pro-%d-%d" % (number, len(lines)), patient, day, time, value))

    for day_number, pain, disability in visits(random, index):
        day = DAYS[day_number]
        time = b"T07:%02d:00-05:00" % int(random.random() * 60)  # before any operation of that day
        back, leg = (mean_of(random, mean, 2.1, 10.0) for mean in (pain, pain - 0.3))
        style = random.random()
        if style < 0.2:
            add(BACK_VISUAL, day, time, b"%d" % round(10 * back))
        elif style < 0.96:
            add(BACK_NUMERIC[style < 0.6], day, time, b"%d" % round(back))
        if style > 0.93:
            add(LEFT_RIGHT[0], day, time, b"%d" % round(leg))
            add(LEFT_RIGHT[1], day, time, b"%d" % round(leg / 2))
        elif style > 0.2:
            add(LEG_NUMERIC[style < 0.7], day, time, b"%d" % round(leg))
        if random.random() < 0.8:
            add(DISABILITY, day, time, b"%d" % (2 * round(mean_of(random, disability, 17.0, 100.0) / 2)))
        if random.random() < 0.008:
            bad = int(random.random() * 5)
            add(
                (ENTERED_IN_ERROR, NO_BODY_SITE, INCHES, BACK_NUMERIC[0], BACK_NUMERIC[1])[bad],
                b"2025-03" if bad == 4 else day,
                b"" if bad == 4 else time,
                b"47" if bad == 3 else b"2",
            )
    return lines


class Shard:
    """The lines of one shard's patients, collected by resource type and written block by block."""

    def __init__(self, folder: Path, shard: int, n_shards: int, seed: int) -> None:
        self.random = Random(seed * 1000 + shard)
        self.lines: dict[str, list[bytes]] = {
            name: [] for name in ("Patient", "Observation", "Procedure", "Condition", "Coverage")
        }
        self.paths = {name: folder / f"{name}.{shard:02d}.ndjson" for name in self.lines}
        self.width = n_shards

    def flush(self) -> None:
        self.random.shuffle(self.lines["Observation"])
        for name, lines in self.lines.items():
            with self.paths[name].open("ab") as stream:
                stream.write(b"\n".join(lines) + b"\n" if lines else b"")
            lines.clear()

    def staff(self) -> bytes:
        return PRACTITIONER_ID % int(self.random.random() * PRACTITIONERS)

    def background(self, number: int, n: int, patient: bytes, last_day: int) -> bytes:
        """One Observation of no concern."""
        random = self.random.random
        line, values = BACKGROUND[int(random() * len(BACKGROUND))]
        key = b"obs-%d-%d" % (number, n)
        day, time = DAYS[int(random() * last_day)], TIMES[int(random() * len(TIMES))]
        value = values[int(random() * len(values))]
        encounter = b"enc-%d-%d" % (number, n // 4)
        return line % (key, key, patient, encounter, day, time, value, self.staff())

    def add_patient(self, number: int) -> None:
        random = self.random.random
        patient = b"pt-%07d" % ((number + 1) * 7919 % 9999991)
        index = (FIRST_INDEX_DATE - FIRST_DAY).days + int(random() * INDEX_DATE_SPAN)
        birth = b"%d-%02d-%02d" % (1938 + int(random() * 65), 1 + int(random() * 12), 1 + int(random() * 28))
        if random() < 0.001:
            birth = birth[:4]
        staff = self.staff()
        gender = b"female" if random() < 0.52 else b"male"
        self.lines["Patient"].append(
            PATIENT % (patient, b"%07d" % number, b"Q%d" % (number % 97), gender, birth, staff)
        )

        observations = scores(self.random, number, patient, index)
        n_background = 15 + int(random() * 12)
        observations += [self.background(number, n, patient, LAST_DAY) for n in range(n_background)]
        if random() < 0.005:
            bad, innocent = observations[0], self.background(number, n_background, patient, LAST_DAY)
            observations.append(bad[: len(bad) * 2 // 3] + b"\n" + innocent)
        if random() < 0.01:
            orphan = BACK_NUMERIC[1] % (b"orphan-%d" % number, b"pt-nobody", DAYS[index], TIMES[0], b"5")
            observations.append(orphan)
        self.lines["Observation"] += observations

        self.add_procedures(number, patient, index)
        self.add_diagnoses(number, patient, index)
        payer = b"%d" % int(random() * len(PAYERS))
        member = b"M%08d" % (number * 31 % 99999989)
        self.lines["Coverage"].append(COVERAGE % (b"cov-%d" % number, member, patient, patient, payer))

    def add_procedures(self, number: int, patient: bytes, index: int) -> None:
        random = self.random.random
        codes = DISCECTOMY if random() < 0.55 else FUSION
        surgery = [(OPERATION, codes[int(random() * len(codes))], index)]
        if random() < 0.2:
            surgery.append((OPERATION, ADD_ON[int(random() * len(ADD_ON))], index))
        if random() < 0.04:
            surgery.append((OPERATION, FUSION[0], index + 30 + int(random() * 400)))
        if random() < 0.002:
            surgery.append((NOT_DONE, FUSION[1], max(0, index - 20)))
        surgery += [(IMAGING, b"72148", max(0, index - 40))] * (random() < 0.8)
        for n, (line, code, day_number) in enumerate(surgery):
            day, time = DAYS[min(day_number, LAST_DAY)], TIMES[int(random() * len(TIMES))]
            key = b"proc-%d-%d" % (number, n)
            self.lines["Procedure"].append(
                line % (key, key, code, patient, b"enc-%d-op" % number, day, time, self.staff(), day, time)
            )

    def add_diagnoses(self, number: int, patient: bytes, index: int) -> None:
        random = self.random.random
        codes = [COMMON[int(random() * len(COMMON))] for _ in range(1 + (random() < 0.5))]
        if random() < 0.03:
            codes.append(EXCLUDING[int(random() * len(EXCLUDING))])
        for n, code in enumerate(codes):
            key = b"cond-%d-%d" % (number, n)
            onset = DAYS[int(random() * index)]
            self.lines["Condition"].append(DIAGNOSIS % (key, key, code, patient, onset, self.staff()))


def write_shard(folder: Path, shard: int, patients: int, seed: int) -> None:
    """Every eighth patient, into that shard's files."""
    work = Shard(folder, shard, SHARDS, seed)
    for n, number in enumerate(range(shard, patients, SHARDS), start=1):
        work.add_patient(number)
        if n % BLOCK == 0:
            work.flush()
    work.flush()


def write_shared(folder: Path) -> None:
    """The practitioners with their NPI and the payers' organizations."""
    practitioners = (
        {
            "resourceType": "Practitioner",
            "id": (PRACTITIONER_ID % n).decode(),
            "active": True,
            "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": f"1{n:09d}"}],
            "name": [{"family": "Clinician", "given": [f"C{n}"], "prefix": ["Dr."]}],
        }
        for n in range(PRACTITIONERS)
    )
    organizations = (
        {
            "resourceType": "Organization",
            "id": f"payer-{n}",
            "active": True,
            "type": [concept(TERMINOLOGY + "organization-type", "pay", "Payer")],
            "name": name,
        }
        for n, name in enumerate(PAYERS)
    )
    for name, resources in (("Practitioner", practitioners), ("Organization", organizations)):
        lines = "".join(json.dumps(resource) + "\n" for resource in resources)
        (folder / f"{name}.ndjson").write_text(lines, encoding="utf-8")


def write_export(folder: Path, patients: int, seed: int, processes: int = 2) -> None:
    """The whole export; an older one in that folder is replaced."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    write_shared(folder)
    with ProcessPoolExecutor(processes) as pool:
        for job in [pool.submit(write_shard, folder, shard, patients, seed) for shard in range(SHARDS)]:
            job.result()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--patients", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    write_export(given.folder, given.patients, given.seed, given.processes)
    size = sum(path.stat().st_size for path in given.folder.iterdir())
    print(f"{given.patients} patients, {size / 1e6:.0f} MB, {size / given.patients / 1e3:.1f} kB a patient")
    return 0


if __name__ == "__main__":
    sys.exit(main())
