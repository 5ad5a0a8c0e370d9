"""What a clinic starts from: empty tables, a small filled example, and what every column means."""

from importlib.resources import files
from pathlib import Path

from lumbar.synth.folder import new_folder
from lumbar.tables.clinical import CLINICAL_TABLES, SCALES
from lumbar.tables.dictionary import dictionary_markdown


def template(folder: Path) -> None:
    """Write `empty/`, `example/`, `EXAMPLE.md`, `DICTIONARY.md` and `README.md` into a new folder.

    Raises InputError when the folder exists and is not empty, or cannot be written.
    """
    package = files("lumbar.synth")
    readme = (package / "template_readme.md").read_text(encoding="utf-8")
    with new_folder(folder) as aside:
        for part in ("empty", "example"):
            (aside / part).mkdir()
        for table in CLINICAL_TABLES:
            header = ",".join(column.name for column in table.user_columns)
            (aside / "empty" / f"{table.name}.csv").write_text(f"{header}\n", encoding="utf-8", newline="\n")
            (aside / "example" / f"{table.name}.csv").write_bytes(
                (package / "example" / f"{table.name}.csv").read_bytes()
            )
        (aside / "README.md").write_text(readme.format(folder=folder), encoding="utf-8", newline="\n")
        (aside / "EXAMPLE.md").write_bytes((package / "template_example.md").read_bytes())
        (aside / "DICTIONARY.md").write_text(_dictionary(), encoding="utf-8", newline="\n")


def _dictionary() -> str:
    lines = ["# Data dictionary", "", dictionary_markdown(CLINICAL_TABLES, brought_by_user=True)]
    lines += ["## Scales", "", "| scale | instruments | highest | meaning |", "|---|---|---|---|"]
    for scale in SCALES:
        instruments = ", ".join(f"`{name}`" for name in scale.instruments)
        lines.append(f"| `{scale.name}` | {instruments} | {scale.highest} | {scale.meaning} |")
    return "\n".join([*lines, ""])
