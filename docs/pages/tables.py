"""The data dictionary: what a clinic brings, what the engine sees, what comes out."""

from lumbar.tables.clinical import CLINICAL_TABLES, SCALES
from lumbar.tables.dictionary import dictionary_markdown
from lumbar.tables.results import RESULT_TABLES
from pages.markdown import code, page, plain, table


def pages() -> dict[str, str]:
    """The three pages of the data dictionary."""
    scales = [(code(s.name), ", ".join(map(code, s.instruments)), s.highest, s.meaning) for s in SCALES]
    return {
        "tables-to-bring.md": page(
            "# Tables to bring",
            "",
            "What `--from tables` reads: `<table>*.csv` or `<table>*.parquet` in one folder, several files a table. "
            "`lumbar template my-tables` writes these headers with a filled example. Where your dates are not written "
            "`YYYY-MM-DD`, name their `date_format` in the [site mapping](mapping.md).",
            "",
            plain(dictionary_markdown(CLINICAL_TABLES, brought_by_user=True)),
            "## Scales",
            "",
            *table(("scale", "instruments", "highest", "meaning"), scales),
        ),
        "clinical-tables.md": page(
            "# Clinical tables",
            "",
            "What every reader delivers and all the engine ever sees. A result folder keeps these rows of the patients "
            "with an episode in `clinical/<table>.parquet`.",
            "",
            plain(dictionary_markdown(CLINICAL_TABLES)),
        ),
        "result-tables.md": page(
            "# Result tables",
            "",
            "What the engine delivers and all that reports and exports ever see: `outcome.parquet`, `rate.parquet` and "
            "`rejected.parquet` in a result folder. Scores are decimals in points of the instrument's own scale "
            "(pain 0-10, ODI 0-100); rates are fractions 0-1.",
            "",
            plain(dictionary_markdown(RESULT_TABLES)),
        ),
    }
