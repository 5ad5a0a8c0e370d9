"""The yardstick for Spark: measures 459, 461 and 471 of 2026 by hand, in PySpark, over the same Parquet files.

    python benchmarks/handwritten_pyspark.py FOLDER --out RESULT

The query of handwritten_tables.py as an analyst writes it for Spark: one SQL text a step, the small rule
table broadcast, what is read twice kept, everything else left to the planner. What it leaves out is the same.
"""

import argparse
import csv
import os
import sys
from pathlib import Path

from pyspark.sql import SparkSession

CODE_LISTS = Path(__file__).parents[1] / "src" / "lumbar" / "codelists" / "py2026"

RULES = """
select /*+ broadcast(rule) */ * from values
  ('back_pain', '459', 'three_month', 'discectomy', 3.0, 5.0, 'G2136', 'G2137', 'G9943', 'G9945'),
  ('back_pain', '459', 'one_year', 'fusion', 3.0, 5.0, 'G2138', 'G2139', 'G9946', 'G9945'),
  ('leg_pain', '461', 'three_month', 'discectomy', 3.0, 5.0, 'G2140', 'G2141', 'G9949', 'M1051'),
  ('leg_pain', '461', 'one_year', 'fusion', 3.0, 5.0, 'G2146', 'G2147', 'M1052', 'M1051'),
  ('odi', '471', 'three_month', 'discectomy', 22.0, 30.0, 'G2144', 'G2145', 'M1049', 'M1041'),
  ('odi', '471', 'one_year', 'fusion', 22.0, 30.0, 'G2142', 'G2143', 'M1043', 'M1041')
  as rule(instrument, measure_id, timepoint, own_kind, at_most, improved_by, met, not_met, not_assessed, excluded)
"""

EPISODE = """
with operation as (
  select patient_id, performed_on as index_date,
    code in ('22533', '22558', '22586', '22612', '22630', '22633') as is_fusion
  from procedure
  where system = 'cpt' and performed_on <= date '{as_of}'
    and code in ('22533', '22558', '22586', '22612', '22630', '22633',
      '62380', '63005', '63012', '63017', '63030', '63042', '63047')
    and not arrays_overlap(split(coalesce(modifiers, ''), ' '),
      array('AS', '80', '81', '82', 'AA', 'AD', 'QK', 'QX', 'QY', 'QZ', '23', '53', '73', '74', '55', '56'))
)
select patient_id, index_date, any_value(birth_date) as birth_date,
  if(bool_or(is_fusion), 'fusion', 'discectomy') as kind,
  add_months(index_date, -3) as before_opens,
  date_add(index_date, 42) as three_month_opens, date_add(index_date, 140) as three_month_closes,
  add_months(index_date, 9) as one_year_opens, add_months(index_date, 15) as one_year_closes
from operation join patient using (patient_id)
group by patient_id, index_date
"""

EXCLUDED = """
select distinct patient_id, index_date
from condition join excluding_code using (code) join episode using (patient_id)
where coalesce(abated_on >= index_date, true)
  and case when is_fracture then onset_on between date_sub(index_date, 90) and index_date
    else coalesce(onset_on <= index_date, true) end
"""

USABLE = """
with usable as (
  select patient_id, instrument, assessed_on, side,
    cast(case scale when 'vas_mm' then value / 10 when 'points_50' then value * 2 else value end as decimal(9, 4))
      as value
  from score
  where coalesce(status, 'final') in ('final', 'amended', 'corrected')
    and coalesce(recorded_on, assessed_on) <= date '{as_of}' and assessed_on <= date '{as_of}'
    and not respondent <=> 'proxy'
    and instrument in ('back_pain', 'leg_pain', 'odi')
)
select patient_id, instrument, assessed_on, value
from usable
where side is null and value between 0 and if(instrument = 'odi', 100, 10)
union all
select patient_id, instrument, assessed_on, max(value)
from usable
where side is not null and value between 0 and if(instrument = 'odi', 100, 10)
group by patient_id, instrument, assessed_on
"""

CHOSEN = """
select patient_id, index_date, instrument,
  max_by(value, struct(assessed_on, -value)) filter (where assessed_on between before_opens and index_date)
    as preoperative,
  max_by(value, struct(assessed_on, value))
    filter (where assessed_on between three_month_opens and three_month_closes) as three_month,
  max_by(value, struct(assessed_on, value))
    filter (where assessed_on between one_year_opens and one_year_closes) as one_year
from episode join usable using (patient_id)
where assessed_on between before_opens and one_year_closes
group by patient_id, index_date, instrument
"""

OUTCOME = """
with placed as (
  select patient_id, index_date, kind, birth_date, instrument, measure_id, timepoint, own_kind,
    at_most, improved_by, met, not_met, not_assessed, rule.excluded as excluded_code,
    if(timepoint = 'three_month', three_month_opens, one_year_opens) as window_opens,
    if(timepoint = 'three_month', three_month_closes, one_year_closes) as window_closes,
    preoperative as preoperative_score,
    if(timepoint = 'three_month', three_month, one_year) as postoperative_score,
    is_excluded is not null as is_excluded
  from episode
  cross join rule
  left join chosen using (patient_id, index_date, instrument)
  left join (select *, true as is_excluded from excluded) using (patient_id, index_date)
),
compared as (
  select *, preoperative_score - postoperative_score as improvement from placed
),
judged as (
  select *, case
    when is_excluded then 'excluded'
    when postoperative_score <= at_most or improvement >= improved_by then 'met'
    when postoperative_score is not null then 'not_met'
    when date '{as_of}' < window_opens then 'upcoming'
    when date '{as_of}' <= window_closes then 'open'
    else 'not_assessed' end as status
  from compared
)
select concat(patient_id, '@', index_date) as episode_id, patient_id, index_date, kind, instrument, measure_id,
  timepoint, window_opens, window_closes, preoperative_score, postoperative_score,
  cast(improvement as decimal(9, 4)) as improvement, status,
  case status when 'excluded' then excluded_code when 'met' then met when 'not_met' then not_met
    when 'not_assessed' then not_assessed end as code,
  kind = own_kind and not is_excluded and case kind
    when 'fusion' then index_date between date '2024-10-01' and date '2025-09-30'
      and coalesce(add_months(birth_date, 216) <= date '2024-10-01', false)
    else index_date between date '2025-01-01' and date '2025-12-31'
      and coalesce(add_months(birth_date, 216) <= date '2025-01-01', false) end as in_measure
from judged
"""

RATE = """
with counted as (
  select measure_id, kind, count(*) as eligible, count_if(status = 'met') as met,
    count_if(status in ('not_met', 'not_assessed')) as not_met
  from outcome
  where in_measure
  group by measure_id, kind with rollup
)
select measure_id, eligible, met, not_met,
  case kind when 'fusion' then 'lumbarFusion' when 'discectomy' then 'lumbarDiscectomy' else 'overall' end as stratum,
  met / nullif(met + not_met, 0) as rate
from counted
where measure_id is not null
"""


def measure(folder: Path, out: Path, as_of: str) -> None:
    """Every episode's results in `outcome.parquet`, the rates in `rate.parquet`: folders of part files in `out`."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    spark = (
        SparkSession.builder.config("spark.ui.enabled", "false").config("spark.sql.ansi.enabled", "true").getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    for name in ("patient", "procedure", "condition", "score"):
        spark.read.parquet(*[str(path) for path in sorted(folder.glob(f"{name}*.parquet"))]).createOrReplaceTempView(
            name
        )
    codes = [
        (row["code"], "acute_fracture" in path.name)
        for path in sorted(CODE_LISTS.glob("diagnosis_*.csv"))
        if "uncertain" not in path.name
        for row in csv.DictReader(path.open(encoding="utf-8"))
    ]
    spark.createDataFrame(codes, "code string, is_fracture boolean").createOrReplaceTempView("excluding_code")
    spark.sql(RULES).createOrReplaceTempView("rule")
    for name, text in (("episode", EPISODE), ("excluded", EXCLUDED), ("usable", USABLE), ("chosen", CHOSEN)):
        rows = spark.sql(text.format(as_of=as_of))
        (rows.cache() if name == "episode" else rows).createOrReplaceTempView(name)
    written = str(out / "outcome.parquet")
    spark.sql(OUTCOME.format(as_of=as_of)).write.mode("overwrite").option("compression", "zstd").parquet(written)
    spark.read.parquet(written).createOrReplaceTempView("outcome")
    spark.sql(RATE).coalesce(1).write.mode("overwrite").parquet(str(out / "rate.parquet"))
    spark.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--as-of", default="2026-11-21")
    given = parser.parse_args()
    measure(given.folder, given.out, given.as_of)
    return 0


if __name__ == "__main__":
    sys.exit(main())
