"""Ids and records met twice are found by half hashes: what has one by chance is not taken for a repetition."""

import duckdb

from lumbar.readers import checks
from source_folder import SCORE, intake, tables_folder

N_TRIED = 200_000  # so many ids that some have a half hash together


def ids_of_one_half_hash():
    return duckdb.execute(f"""
        select min(id), max(id) from (select 's' || n as id from range({N_TRIED}) as tried (n))
        group by {checks.short_hash("id")} having count(*) > 1 order by 1 limit 1
    """).fetchall()[0]


def score(score_id, day, value="4"):
    return {**SCORE, "score_id": score_id, "assessed_on": day, "value": value}


def test_two_ids_with_one_half_hash_do_not_conflict(tmp_path):
    one, other = ids_of_one_half_hash()
    assert one != other
    read = intake(tables_folder(tmp_path, score=[score(one, "2025-03-01", "8"), score(other, "2025-06-10")]))
    assert read.reasons() == {}
    assert [row["score_id"] for row in read.tables["score"]] == [one, other]


def test_beside_them_a_conflict_and_a_copy_are_found(tmp_path):
    one, other = ids_of_one_half_hash()
    rows = [
        score(one, "2025-03-01", "8"),
        score(other, "2025-06-10"),
        score("t1", "2025-06-11", "4"),
        score("t1", "2025-06-11", "5"),
        score("u1", "2025-06-12"),
        score("u2", "2025-06-12"),
    ]
    read = intake(tables_folder(tmp_path, score=rows))
    assert read.reasons() == {"t1": ["conflicting_id"] * 2, "u2": ["duplicate"]}


def test_part_after_part_the_same_is_found(tmp_path, monkeypatch):
    days = [f"2025-{month:02}-{day:02}" for month in range(3, 9) for day in range(1, 29)]
    rows = [score(f"{name}{n}", day) for name in "ab" for n, day in enumerate(days)]
    rows.append(score("a7", days[7], "9"))
    at_once = intake(tables_folder(tmp_path / "at_once", score=rows)).reasons()
    copies = {f"b{n}": ["duplicate"] for n in range(len(days)) if n != 7}  # the copy of what conflicts stays
    assert at_once == {"a7": ["conflicting_id"] * 2, **copies}
    monkeypatch.setattr(checks, "_HASHES_AT_ONCE", 10)
    assert intake(tables_folder(tmp_path / "in_parts", score=rows)).reasons() == at_once
