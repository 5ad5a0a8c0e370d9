"""What a clinic starts from: empty tables, a small filled example, and what every column means."""

from importlib.resources import files
from pathlib import Path

from lumbar.synth import calibration
from lumbar.synth.folder import new_folder
from lumbar.tables.clinical import CLINICAL_TABLES, SCALES
from lumbar.tables.dictionary import dictionary_markdown

_README = """\
# Your records as tables

1. `example/` is a filled clinic of ten invented patients. Try it first:

       lumbar check {folder}/example --from tables
       lumbar evaluate {folder}/example --from tables --out {folder}/result --year {year} --as-of {as_of}

   `EXAMPLE.md` says what each patient shows; `lumbar explain {folder}/result ex-02@<date>` shows why.

2. `empty/` has one file a table with only its header. Fill at least `patient.csv`, `procedure.csv` and `score.csv`
   and delete the tables you do not have. `DICTIONARY.md` says what every column holds.
3. `lumbar check {folder}/empty --from tables` then says what would be read, what would be rejected, and why, before any result.

The files are UTF-8 with commas. Write dates as `YYYY-MM-DD`. A spreadsheet program drops leading zeros and turns
dates round unless its columns are set to text first.
"""

_EXAMPLE = """\
# The example: ten invented patients

Seen on {as_of}, for performance year {year}.

| patient | what it shows |
|---|---|
| ex-01 | a discectomy that meets all three targets at three months; the codes sent already agree |
| ex-02 | a fusion, back pain 8 before, 6 at three months and at one year: not met, though the code sent says met |
| ex-03 | millimetres; both legs asked: the worse counts; leg pain met by an improvement of exactly 5.0 |
| ex-04 | nobody asked again: not assessed, which counts as not met. Asked not to be contacted |
| ex-05 | an infection of the disc: excluded, the scores still shown. Two payers |
| ex-06 | a fusion whose one-year window is still open |
| ex-07 | a second, staged operation inside the first one's window |
| ex-08 | no score before: judged on the score after alone; the refuted diagnosis excludes nobody |
| ex-09 | a score from the recovery room is no baseline; centimetres before, numeric after; Oswestry points |
| ex-10 | died in the window: stays counted, is never called. The knee operation starts nothing |
"""


def template(folder: Path) -> None:
    """Write `empty/`, `example/`, `DICTIONARY.md` and `README.md` into a new folder.

    Raises InputError when the folder exists and is not empty, or cannot be written.
    """
    seen = {"year": calibration.YEAR, "as_of": calibration.AS_OF}
    with new_folder(folder) as aside:
        for part in ("empty", "example"):
            (aside / part).mkdir()
        for table in CLINICAL_TABLES:
            header = ",".join(column.name for column in table.user_columns)
            (aside / "empty" / f"{table.name}.csv").write_text(f"{header}\n", encoding="utf-8")
            filled = (files("lumbar.synth") / "example" / f"{table.name}.csv").read_bytes()
            (aside / "example" / f"{table.name}.csv").write_bytes(filled)
        (aside / "README.md").write_text(_README.format(folder=folder.name, **seen), encoding="utf-8")
        (aside / "EXAMPLE.md").write_text(_EXAMPLE.format(**seen), encoding="utf-8")
        (aside / "DICTIONARY.md").write_text(_dictionary(), encoding="utf-8")


def _dictionary() -> str:
    scales = ["## Scales", "", "| scale | instruments | highest | meaning |", "|---|---|---|---|"]
    for scale in SCALES:
        instruments = ", ".join(f"`{name}`" for name in scale.instruments)
        scales.append(f"| `{scale.name}` | {instruments} | {scale.highest} | {scale.meaning} |")
    tables = dictionary_markdown(CLINICAL_TABLES, brought_by_user=True)
    return "\n".join(["# Data dictionary", "", tables, *scales, ""])
