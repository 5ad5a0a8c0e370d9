"""The yardstick for tables: measures 459, 461 and 471 of 2026 by hand, in DuckDB, over the same Parquet files.

    python benchmarks/handwritten_tables.py FOLDER --out RESULT

What a competent analyst writes for all three measures at both timepoints: episodes with their kind,
windows, chosen scores, judgement, code, and whether the row counts. One row per episode, instrument
and timepoint, as the product has them, with fewer columns. It checks no identifier for conflicts,
keeps no account of rejected rows, reads no payer, surgeon or flag, and knows this year only.
"""

import argparse
import sys
from pathlib import Path

import duckdb

CODE_LISTS = Path(__file__).parents[1] / "src" / "lumbar" / "codelists" / "py2026"

QUERY = """
create table rule as
from (values
  ('back_pain', '459', 'three_month', 'discectomy', 3.0, 5.0, 'G2136', 'G2137', 'G9943', 'G9945'),
  ('back_pain', '459', 'one_year', 'fusion', 3.0, 5.0, 'G2138', 'G2139', 'G9946', 'G9945'),
  ('leg_pain', '461', 'three_month', 'discectomy', 3.0, 5.0, 'G2140', 'G2141', 'G9949', 'M1051'),
  ('leg_pain', '461', 'one_year', 'fusion', 3.0, 5.0, 'G2146', 'G2147', 'M1052', 'M1051'),
  ('odi', '471', 'three_month', 'discectomy', 22.0, 30.0, 'G2144', 'G2145', 'M1049', 'M1041'),
  ('odi', '471', 'one_year', 'fusion', 22.0, 30.0, 'G2142', 'G2143', 'M1043', 'M1041')
) as rule(instrument, measure_id, timepoint, own_kind, at_most, improved_by, met, not_met, not_assessed, excluded);

create table excluding_code as
select code, filename like '%acute_fracture%' as is_fracture
from read_csv($exclusions, columns = {'system': 'VARCHAR', 'code': 'VARCHAR', 'valid_from': 'VARCHAR',
  'valid_to': 'VARCHAR', 'source': 'VARCHAR', 'source_version': 'VARCHAR', 'locator': 'VARCHAR',
  'confidence': 'VARCHAR', 'note': 'VARCHAR'}, filename = true, header = true);

create table episode as
with operation as (
  select patient_id, performed_on as index_date,
    code in ('22533', '22558', '22586', '22612', '22630', '22633') as is_fusion
  from read_parquet($procedure)
  where system = 'cpt' and performed_on <= $as_of
    and code in ('22533', '22558', '22586', '22612', '22630', '22633',
      '62380', '63005', '63012', '63017', '63030', '63042', '63047')
    and not list_has_any(string_split(coalesce(modifiers, ''), ' '),
      ['AS', '80', '81', '82', 'AA', 'AD', 'QK', 'QX', 'QY', 'QZ', '23', '53', '73', '74', '55', '56'])
)
select patient_id, index_date, any_value(birth_date) as birth_date,
  if(bool_or(is_fusion), 'fusion', 'discectomy') as kind,
  (index_date - interval 3 month)::date as before_opens,
  index_date + 42 as three_month_opens, index_date + 140 as three_month_closes,
  (index_date + interval 9 month)::date as one_year_opens, (index_date + interval 15 month)::date as one_year_closes
from operation join read_parquet($patient) using (patient_id)
group by patient_id, index_date;

create table excluded as
select distinct patient_id, index_date
from read_parquet($condition) join excluding_code using (code) join episode using (patient_id)
where coalesce(abated_on >= index_date, true)
  and case when is_fracture then onset_on between index_date - 90 and index_date
    else coalesce(onset_on <= index_date, true) end;

create table score as
with usable as (
  select patient_id, instrument, assessed_on, side,
    (case scale when 'vas_mm' then value / 10 when 'points_50' then value * 2 else value end)::decimal(9, 4) as value
  from read_parquet($score)
  where coalesce(status, 'final') in ('final', 'amended', 'corrected')
    and coalesce(recorded_on, assessed_on) <= $as_of and assessed_on <= $as_of
    and respondent is distinct from 'proxy'
    and instrument in ('back_pain', 'leg_pain', 'odi')
)
select patient_id, instrument, assessed_on, value
from usable
where side is null and value between 0 and if(instrument = 'odi', 100, 10)
union all
select patient_id, instrument, assessed_on, max(value)
from usable
where side is not null and value between 0 and if(instrument = 'odi', 100, 10)
group by patient_id, instrument, assessed_on;

create table chosen as
select patient_id, index_date, instrument,
  arg_max(value, (assessed_on, -value)) filter (assessed_on between before_opens and index_date) as preoperative,
  arg_max(value, (assessed_on, value)) filter (assessed_on between three_month_opens and three_month_closes)
    as three_month,
  arg_max(value, (assessed_on, value)) filter (assessed_on between one_year_opens and one_year_closes) as one_year
from episode join score using (patient_id)
where assessed_on between before_opens and one_year_closes
group by patient_id, index_date, instrument;

copy (
with placed as (
  select patient_id, index_date, kind, birth_date, instrument, measure_id, timepoint, own_kind,
    at_most, improved_by, met, not_met, not_assessed, rule.excluded as excluded_code,
    if(timepoint = 'three_month', three_month_opens, one_year_opens) as window_opens,
    if(timepoint = 'three_month', three_month_closes, one_year_closes) as window_closes,
    preoperative as preoperative_score,
    if(timepoint = 'three_month', three_month, one_year) as postoperative_score,
    preoperative_score - postoperative_score as improvement,
    excluded.patient_id is not null as is_excluded
  from episode
  cross join rule
  left join chosen using (patient_id, index_date, instrument)
  left join excluded using (patient_id, index_date)
),
judged as (
  select *, case
    when is_excluded then 'excluded'
    when postoperative_score <= at_most or improvement >= improved_by then 'met'
    when postoperative_score is not null then 'not_met'
    when $as_of < window_opens then 'upcoming'
    when $as_of <= window_closes then 'open'
    else 'not_assessed' end as status
  from placed
)
select patient_id || '@' || index_date as episode_id, patient_id, index_date, kind, instrument, measure_id, timepoint,
  window_opens, window_closes, preoperative_score, postoperative_score, improvement, status,
  case status when 'excluded' then excluded_code when 'met' then met when 'not_met' then not_met
    when 'not_assessed' then not_assessed end as code,
  kind = own_kind and not is_excluded and case kind
    when 'fusion' then index_date between date '2024-10-01' and date '2025-09-30'
      and coalesce(birth_date + interval 18 year <= date '2024-10-01', false)
    else index_date between date '2025-01-01' and date '2025-12-31'
      and coalesce(birth_date + interval 18 year <= date '2025-01-01', false) end as in_measure
from judged
) to '$outcome' (format parquet, compression zstd);

copy (
select measure_id, count(*) as eligible,
  case kind when 'fusion' then 'lumbarFusion' when 'discectomy' then 'lumbarDiscectomy' else 'overall' end as stratum,
  count(*) filter (status = 'met') as met,
  count(*) filter (status in ('not_met', 'not_assessed')) as not_met,
  met / nullif(met + not_met, 0) as rate
from read_parquet('$outcome')
where in_measure
group by measure_id, rollup (kind)
order by measure_id, stratum
) to '$rate' (format parquet);
"""


def measure(folder: Path, out: Path, as_of: str) -> None:
    """Every episode's results in `outcome.parquet`, the rates in `rate.parquet`, both in `out`."""
    out.mkdir(parents=True, exist_ok=True)
    values = {
        "exclusions": [
            str(path) for path in sorted(CODE_LISTS.glob("diagnosis_*.csv")) if "uncertain" not in path.name
        ],
        "as_of": as_of,
        **{name: str(folder / f"{name}*.parquet") for name in ("patient", "procedure", "condition", "score")},
    }
    with duckdb.connect() as db:
        db.execute("set enable_progress_bar = false")
        query = QUERY.replace("$outcome", str(out / "outcome.parquet")).replace("$rate", str(out / "rate.parquet"))
        for statement in query.split(";\n"):
            used = {name: value for name, value in values.items() if f"${name}" in statement}
            if statement.strip():
                db.execute(statement, used)


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
