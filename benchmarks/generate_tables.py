"""Write Parquet tables to measure against: patient, procedure, score, condition, coverage, as a warehouse keeps them.

    python benchmarks/generate_tables.py OUT --episodes 1000000 --scores-per-episode 5 --seed 7

Every chance is a hash of the row's number and the seed, so the same arguments give the same rows,
whatever the number of threads. Nothing is dated after the extraction on 21 November 2026. Scores lie
in the order of their dates, not of their patients. About one row in a thousand is bad; one patient in
twenty-four is operated on twice.
"""

import argparse
import shutil
import sys
from pathlib import Path

import duckdb

# chance(a, b, salt) is a fraction in [0, 1); days and values are cut from it.
SETUP = """
create macro chance(a, b, salt) as (hash(a, b, salt, $seed::bigint) % 1000000) / 1000000.0;
create macro whole(a, b, salt, n) as (hash(a, b, salt, $seed::bigint) % n)::integer;
create macro patient_key(n) as 'P' || lpad(n::varchar, 8, '0');
create macro picked(list, a, b, salt) as list[1 + whole(a, b, salt, len(list))];
"""

EPISODE = """
create table episode as
select n, if(n % 25 = 24, n - 1, n) as patient,
  date '2024-07-01' + whole(if(n % 25 = 24, n - 1, n), 0, 'index', 640)
    + if(n % 25 = 24, 20 + whole(n, 0, 'again', 200), 0) as index_date,
  chance(n, 0, 'kind') < 0.55 as is_discectomy,
  if(chance(n, 0, 'recovers') < 0.7, 1.0, 2.1) as after
from range($episodes) as numbers(n)
"""

PATIENT = """
select patient_key(n) as patient_id,
  if(chance(n, 0, 'no birth') < 0.001, null, date '1936-01-01' + whole(n, 0, 'birth', 26000)) as birth_date,
  if(chance(n, 0, 'sex') < 0.52, 'female', 'male') as sex,
  if(chance(n, 0, 'death') < 0.01, date '2025-01-01' + whole(n, 0, 'died', 680), null) as deceased_on,
  picked(['en', 'en', 'en', 'en', 'es', null], n, 0, 'language') as language
from range($episodes) as numbers(n)
where n % 25 <> 24
order by n
"""

PROCEDURE = """
with line as (
  select n, patient, index_date, 0 as k, null as modifiers,
    if(is_discectomy,
      picked(['63030', '63030', '63047', '63047', '63042', '63005'], n, 0, 'code'),
      picked(['22633', '22612', '22630', '22558'], n, 0, 'code')) as code
  from episode
  union all
  select n, patient, index_date, 1, null, if(is_discectomy, '63048', '22614')
  from episode where chance(n, 1, 'add-on') < 0.25
  union all
  select n, patient, index_date, 2, picked(['AS', '80', '82'], n, 2, 'assistant'), if(is_discectomy, '63030', '22612')
  from episode where chance(n, 2, 'assisted') < 0.1
  union all
  select n, patient, index_date - 30, 3, '53', '63030'
  from episode where chance(n, 3, 'discontinued') < 0.005
)
select 'L' || lpad(n::varchar, 8, '0') || k as procedure_id, patient_key(patient) as patient_id,
  index_date as performed_on, 'cpt' as system, code,
  if(k = 0 and chance(n, 0, 'modified') < 0.05, picked(['22', '62', '58', '78', '54'], n, 0, 'modifier'), modifiers)
    as modifiers,
  if(chance(n, k, 'no npi') < 0.01, null, '1' || lpad(whole(n, k, 'surgeon', 3000)::varchar, 9, '0')) as surgeon_npi,
  picked(['North', 'South', 'East', 'West'], n, 0, 'facility') as facility
from line
order by performed_on, procedure_id
"""

SCORE = """
with planned as (
  select episode.*, k,
    case k when 0 then 'back_pain' when 2 then 'back_pain'
      when 4 then picked(['back_pain', 'leg_pain', 'odi'], n, k, 'instrument')
      else picked(['leg_pain', 'odi'], n, 0, 'second instrument') end as instrument,
    case when k < 2 then 0 when k < 4 then if(chance(n, 0, 'visit') < 0.8, 2 - is_discectomy::integer, 3)
      else whole(n, k, 'extra visit', 4) end as visit
  from episode, range($scores_per_episode) as ordinal(k)
),
dated as (
  select *, index_date + case visit
    when 1 then 42 + whole(n, 1, 'day', 99)
    when 2 then 280 + whole(n, 2, 'day', 170)
    when 3 then 5 + whole(n, 3, 'day', 600)
    else -whole(n, 0, 'day', 85) end as wished_on
  from planned
),
placed as (
  select *, if(wished_on <= date '2026-11-21', wished_on, index_date - whole(n, k, 'instead', 85)) as assessed_on,
    if(wished_on > date '2026-11-21' or visit = 0, 6.9, 2.8 * after) as centre
  from dated
),
told as (
  select *, greatest(0, least(10, centre
    + 2.4 * (chance(n, k, 'a') + chance(n, k, 'b') + chance(n, k, 'c') + chance(n, k, 'd') - 2) * 1.7)) as tenths,
    if(instrument = 'odi', if(chance(n, k, 'scale') < 0.96, 'percent', 'points_50'),
      case when chance(n, k, 'scale') < 0.75 then 'nrs' when chance(n, k, 'scale') < 0.95 then 'vas_mm'
        else 'vas_cm' end) as scale
  from placed
),
written as (
  select 'S' || lpad((n * $scores_per_episode + k)::varchar, 10, '0') as score_id,
    if(chance(n, k, 'nobody') < 0.0002, 'P-nobody', patient_key(patient)) as patient_id,
    if(chance(n, k, 'another') < 0.0002, 'eq5d', instrument) as instrument, scale,
    case scale when 'nrs' then round(tenths) when 'vas_mm' then round(10 * tenths) when 'vas_cm' then round(tenths, 1)
      when 'percent' then 2 * round(3.3 * tenths) else round(3.3 * tenths) end
      + if(chance(n, k, 'too high') < 0.0002, 200, 0) as value,
    assessed_on,
    if(instrument = 'leg_pain' and chance(n, k, 'sided') < 0.15, picked(['left', 'right'], n, k, 'side'), null) as side,
    if(chance(n, k, 'recorded') < 0.1, null, least(assessed_on + whole(n, k, 'delay', 4), date '2026-11-21'))
      as recorded_on,
    case when chance(n, k, 'status') < 0.0003 then 'entered-in-error' when chance(n, k, 'status') < 0.01 then 'amended'
      when chance(n, k, 'status') < 0.03 then null else 'final' end as status,
    if(chance(n, k, 'proxy') < 0.0003, 'proxy', if(chance(n, k, 'self') < 0.6, 'self', null)) as respondent,
    picked(['electronic', 'electronic', 'paper', 'phone', null], n, k, 'mode') as mode
  from told
)
select * replace (value::decimal(6, 2) as value)
from (
  from written
  union all
  select * replace (score_id || '-again' as score_id) from written where chance(score_id, 0, 'duplicate') < 0.0002
)
order by assessed_on, score_id
"""

CONDITION = """
with diagnosis as (
  select n, 0 as k, picked(['M51.26', 'M48.061', 'M54.16', 'I10', 'E11.9', 'M43.16'], n, 0, 'diagnosis') as code
  from range($episodes) as numbers(n) where n % 25 <> 24
  union all
  select n, 1, picked(['C41.2', 'M46.26', 'G06.1', 'M41.06'], n, 1, 'diagnosis')
  from range($episodes) as numbers(n) where n % 25 <> 24 and chance(n, 1, 'excluding') < 0.03
)
select 'D' || lpad(n::varchar, 8, '0') || k as condition_id, patient_key(n) as patient_id, 'icd10cm' as system, code,
  if(chance(n, k, 'no onset') < 0.1, null, date '2020-01-01' + whole(n, k, 'onset', 2000)) as onset_on,
  if(chance(n, k, 'abated') < 0.1, date '2025-07-01' + whole(n, k, 'end', 400), null) as abated_on
from diagnosis
order by condition_id
"""

COVERAGE = """
select patient_key(n) as patient_id,
  picked(['Aetna', 'Blue Cross Blue Shield', 'Cigna', 'UnitedHealthcare', 'Medicare', 'Medicaid'], n, k, 'payer')
    as payer,
  if(k = 1, date '2025-06-01', date '2020-01-01') as starts_on, null::date as ends_on,
  'M' || lpad(n::varchar, 9, '0') as member_id
from range($episodes) as numbers(n), range(2) as ordinal(k)
where n % 25 <> 24 and (k = 0 or chance(n, k, 'second coverage') < 0.05)
order by n, k
"""

TABLES = {"patient": PATIENT, "procedure": PROCEDURE, "score": SCORE, "condition": CONDITION, "coverage": COVERAGE}


def write_tables(folder: Path, episodes: int, scores_per_episode: int, seed: int) -> None:
    """One Parquet file a table; an older set in that folder is replaced."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    values = {"episodes": episodes, "scores_per_episode": scores_per_episode, "seed": seed}

    def filled(sql: str) -> str:
        for name, value in values.items():
            sql = sql.replace(f"${name}", str(value))
        return sql

    with duckdb.connect() as db:
        db.execute("set enable_progress_bar = false")
        db.execute(filled(SETUP))
        db.execute(filled(EPISODE))
        for name, sql in TABLES.items():
            db.execute(f"copy ({filled(sql)}) to '{folder / name}.parquet' (format parquet, compression zstd)")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--episodes", type=int, default=100_000)
    parser.add_argument("--scores-per-episode", type=int, default=5)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    write_tables(given.folder, given.episodes, given.scores_per_episode, given.seed)
    size = sum(path.stat().st_size for path in given.folder.iterdir())
    print(f"{given.episodes} episodes, {size / 1e6:.0f} MB of Parquet")
    return 0


if __name__ == "__main__":
    sys.exit(main())
