"""The yardstick for FHIR: one measure (459, performance year 2026) by hand, in DuckDB, over the same files.

    python benchmarks/handwritten_fhir.py FOLDER --out RESULT

What a competent analyst writes for one measure and one year: the columns that are needed, read once;
episodes with their kind; windows; the latest score of each; the judgement; the rate by stratum. It
keeps no account of rejected rows, compares no times of day, reads no payer or surgeon, keeps no
proof, and knows this year and this measure only. Bad lines are skipped (`ignore_errors`).
"""

import argparse
import sys
from pathlib import Path

import duckdb

CODE_LISTS = Path(__file__).parents[1] / "src" / "lumbar" / "codelists" / "py2026"

QUERY = """
create table excluding_code as
select code, filename like '%acute_fracture%' as is_fracture
from read_csv($exclusions, columns = {'system': 'VARCHAR', 'code': 'VARCHAR', 'valid_from': 'VARCHAR',
  'valid_to': 'VARCHAR', 'source': 'VARCHAR', 'source_version': 'VARCHAR', 'locator': 'VARCHAR',
  'confidence': 'VARCHAR', 'note': 'VARCHAR'}, filename = true, header = true);

create table patient as
select id as patient_id, try_cast(birthDate as date) as birth_date
from read_ndjson($patient, columns = {'id': 'VARCHAR', 'birthDate': 'VARCHAR'}, ignore_errors = true)
where id is not null;

create table episode as
with operation as (
  select substr(subject.reference, 9) as patient_id,
    try_cast(substr(coalesce(performedDateTime, performedPeriod.start), 1, 10) as date) as index_date,
    list_filter(code.coding, lambda c: c.system = 'http://www.ama-assn.org/go/cpt')[1].code as cpt
  from read_ndjson($procedure, columns = {
    'status': 'VARCHAR',
    'code': 'STRUCT(coding STRUCT(system VARCHAR, code VARCHAR)[])',
    'subject': 'STRUCT(reference VARCHAR)',
    'performedDateTime': 'VARCHAR',
    'performedPeriod': 'STRUCT("start" VARCHAR)'}, ignore_errors = true)
  where status = 'completed'
)
select patient_id, index_date, any_value(birth_date) as birth_date,
  case when bool_or(cpt in ('22533', '22558', '22586', '22612', '22630', '22633'))
    then 'lumbarFusion' else 'lumbarDiscectomy' end as stratum
from operation join patient using (patient_id)
where cpt in ('22533', '22558', '22586', '22612', '22630', '22633',
  '62380', '63005', '63012', '63017', '63030', '63042', '63047')
group by patient_id, index_date;

create table excluded as
with diagnosis as (
  select substr(subject.reference, 9) as patient_id,
    unnest(list_transform(code.coding, lambda c: c.code)) as code,
    try_cast(substr(onsetDateTime, 1, 10) as date) as onset_on,
    try_cast(substr(abatementDateTime, 1, 10) as date) as abated_on
  from read_ndjson($condition, columns = {
    'verificationStatus': 'STRUCT(coding STRUCT(code VARCHAR)[])',
    'code': 'STRUCT(coding STRUCT(code VARCHAR)[])',
    'subject': 'STRUCT(reference VARCHAR)',
    'onsetDateTime': 'VARCHAR',
    'abatementDateTime': 'VARCHAR'}, ignore_errors = true)
  where coalesce(verificationStatus.coding[1].code, '')
    not in ('refuted', 'provisional', 'differential', 'entered-in-error')
)
select distinct patient_id, index_date
from diagnosis join excluding_code using (code) join episode using (patient_id)
where coalesce(abated_on >= index_date, true)
  and case when is_fracture then onset_on between index_date - 90 and index_date
    else coalesce(onset_on <= index_date, true) end;

create table score as
with observation as (
  select substr(subject.reference, 9) as patient_id,
    try_cast(substr(coalesce(effectiveDateTime, effectivePeriod.start), 1, 10) as date) as assessed_on,
    case coalesce(valueQuantity.code, valueQuantity.unit, '1')
      when 'mm' then valueQuantity.value / 10
      when 'cm' then valueQuantity.value
      when '{score}' then valueQuantity.value
      when '1' then coalesce(valueQuantity.value, valueInteger) end as value
  from read_ndjson($observation, columns = {
    'status': 'VARCHAR',
    'code': 'STRUCT(coding STRUCT(system VARCHAR, code VARCHAR)[])',
    'subject': 'STRUCT(reference VARCHAR)',
    'effectiveDateTime': 'VARCHAR',
    'effectivePeriod': 'STRUCT("start" VARCHAR)',
    'valueQuantity': 'STRUCT("value" DECIMAL(9,4), unit VARCHAR, code VARCHAR)',
    'valueInteger': 'INTEGER',
    'bodySite': 'STRUCT(coding STRUCT(code VARCHAR)[])'}, ignore_errors = true)
  where code.coding[1].code in ('72514-3', '38214-3')
    and bodySite.coding[1].code in ('77568009', '37822005', '122496007')
    and status in ('final', 'amended', 'corrected')
)
select patient_id, assessed_on, value::decimal(9, 4) as value
from observation
where assessed_on <= $as_of and value between 0 and 10;

create table result as
with counted as (
  select *, if(stratum = 'lumbarFusion', (index_date + interval 9 month)::date, index_date + 42) as opens,
    if(stratum = 'lumbarFusion', (index_date + interval 15 month)::date, index_date + 140) as closes
  from episode
  where case stratum
    when 'lumbarFusion' then index_date between date '2024-10-01' and date '2025-09-30'
      and birth_date + interval 18 year <= date '2024-10-01'
    else index_date between date '2025-01-01' and date '2025-12-31'
      and birth_date + interval 18 year <= date '2025-01-01' end
    and index_date <= $as_of
),
chosen as (
  select patient_id, index_date, any_value(stratum) as stratum, any_value(opens) as opens, any_value(closes) as closes,
    arg_max(value, (assessed_on, -value)) filter (
      assessed_on between (index_date - interval 3 month)::date and index_date) as preoperative,
    arg_max(value, (assessed_on, value)) filter (assessed_on between opens and closes) as postoperative
  from counted left join score using (patient_id)
  group by patient_id, index_date
)
select chosen.*, case
    when postoperative <= 3.0 or preoperative - postoperative >= 5.0 then 'met'
    when postoperative is not null then 'not_met'
    when $as_of < opens then 'upcoming'
    when $as_of <= closes then 'open'
    else 'not_assessed' end as status
from chosen anti join excluded using (patient_id, index_date);

create table rate as
select '459' as measure_id, coalesce(stratum, 'overall') as stratum, count(*) as eligible,
  count(*) filter (status = 'met') as met,
  count(*) filter (status in ('not_met', 'not_assessed')) as not_met,
  met / nullif(met + not_met, 0) as rate
from result
group by rollup (stratum);
"""


def measure(folder: Path, out: Path, as_of: str) -> None:
    """Rows of the measure in `result.parquet`, the rate by stratum in `rate.parquet`, both in `out`."""
    out.mkdir(parents=True, exist_ok=True)
    values = {
        "exclusions": [
            str(path) for path in sorted(CODE_LISTS.glob("diagnosis_*.csv")) if "uncertain" not in path.name
        ],
        "as_of": as_of,
        **{
            name.lower(): str(folder / f"{name}*.ndjson")
            for name in ("Patient", "Procedure", "Condition", "Observation")
        },
    }
    with duckdb.connect() as db:
        db.execute("set enable_progress_bar = false")
        for statement in QUERY.split(";\n"):
            used = {name: value for name, value in values.items() if f"${name}" in statement}
            if statement.strip():
                db.execute(statement, used)
        for table in ("result", "rate"):
            db.execute(f"copy {table} to '{out / table}.parquet' (format parquet, compression zstd)")


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
