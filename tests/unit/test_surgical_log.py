"""The surgical log: every line accounted for, and how complete the result is against it."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from lumbar.errors import InputError
from lumbar.scoring import compare
from scored import BACK, row, the_log


def test_every_line_of_the_log_is_used_rejected_or_of_no_concern(tmp_path):
    """63030 is a discectomy, 22612 a fusion, 63047 a laminectomy of the list; 63020 is cervical.

    The discectomy period of 2026 is the year 2025; the fusion period 1 October 2024 to 30 September 2025.
    """
    log = the_log(
        tmp_path,
        "patient_id,performed_on,code,modifiers\n"
        "a,2025-03-03,63030,\n"  # used
        "a,2025-03-03,63030,\n"  # duplicate
        "a,2025-03-03,63047,59\n"  # used: the same operation
        "b,2025-03-04T07:30,22612,\n"  # used
        ",2025-03-04,63030,\n"  # unparsable
        "c,2025-03-04,63030\n"  # unparsable: too short
        "d,2025-03,63030,\n"  # imprecise
        "d,2025-02-30,63030,\n"  # no such day
        "e,2025-03-04,63020,\n"  # no qualifying code
        "f,2025-03-04,63030,AS\n"  # assistant
        "g,2026-11-22,63030,\n"  # after the as-of date
        "h,2024-12-31,63030,\n"  # a discectomy before the period
        "i,2024-12-31,22612,\n"  # a fusion in it: used
        "\n",
    )
    assert (log.n_lines, log.n_used) == (13, 4)
    assert log.rejected == {"unparsable": 2, "imprecise_date": 2, "duplicate": 1}
    assert log.of_no_concern == {
        "no_qualifying_code": 1,
        "not_the_surgeon_or_not_done": 1,
        "after_as_of_date": 1,
        "outside_identification_period": 1,
    }
    assert [(o.patient_id, o.kind) for o in log.operations] == [
        ("a", "discectomy"),
        ("b", "fusion"),
        ("i", "fusion"),
    ]
    assert log.first_rejected[0] == (3, "duplicate")


def test_where_the_log_lacks_the_fusion_line_the_results_kind_holds(tmp_path):
    """On 31 December 2024 a discectomy is outside its period; the result knows that it was a fusion."""
    text = "patient_id,performed_on,code\nh,2024-12-31,63030\n"
    assert the_log(tmp_path, text).operations == ()
    kinds = {("h", date(2024, 12, 31)): "fusion"}
    assert [o.kind for o in the_log(tmp_path, text, kinds).operations] == ["fusion"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "lacks the column patient_id"),
        ("patient_id,performed_on\n", "lacks the column code"),
        ("patient_id,performed_on,code,surgeon\n", "a column we do not know, 'surgeon'"),
        ("patient_id,performed_on,code,code\n", "names a column twice"),
        ('patient_id,performed_on,code\n"a,b\n', "cannot be read as a CSV file"),
    ],
)
def test_a_log_of_another_shape_is_refused(tmp_path, text, complaint):
    with pytest.raises(InputError, match=complaint):
        the_log(tmp_path, text)


# ---- completeness


OUTCOME = [
    row("met"),
    row("met", "not_met", "other_stratum", timepoint="one_year"),
    row("unasked", "not_assessed"),
    row("cancer", "excluded", "excluded"),
    row("open", "open"),
    row("child", "met", "under_18"),
    row("ageless", "met", "age_unknown"),
    row("unlogged", "not_met"),
    row("fused", "not_met", kind="fusion", timepoint="one_year"),
]


def test_completeness_is_the_judged_of_the_log_and_says_what_either_side_lacks(tmp_path):
    """Eligible: met, unasked, cancer, open, ageless, fused, lost; judged: met, unasked, cancer, fused. 4 of 7."""
    patients = ("met", "unasked", "cancer", "open", "child", "ageless", "lost")
    lines = [f"{name},2025-03-03,63030" for name in patients] + ["fused,2025-03-03,22612"]
    log = the_log(tmp_path, "\n".join(["patient_id,performed_on,code", *lines]))
    found = compare(log, OUTCOME, BACK)
    assert (found.overall.judged, found.overall.pending, found.overall.lacking) == (4, 1, 2)
    assert found.overall.share == Fraction(4, 7)
    assert found.n_not_in_log == 1  # unlogged
    assert found.by_pair == {}
    assert found.overall.reaches(Decimal("0.57")) is True
    # The open one may still be judged: 5 of 7 is 71.4 %.
    assert found.overall.reaches(Decimal("0.58")) is None
    assert found.overall.reaches(Decimal("0.71")) is None
    assert found.overall.reaches(Decimal("0.72")) is False


def test_completeness_by_tin_and_npi_counts_an_operation_of_two_surgeons_with_both(tmp_path):
    log = the_log(
        tmp_path,
        "patient_id,performed_on,code,tin,surgeon_npi\n"
        "met,2025-03-03,63030,12-3456789,1111111111\n"
        "met,2025-03-03,63047,123456789,2222222222\n"
        "lost,2025-03-03,63030,123456789,1111111111\n",
    )
    found = compare(log, OUTCOME, BACK)
    assert found.overall.share == Fraction(1, 2)
    assert {pair: part.share for pair, part in found.by_pair.items()} == {
        ("123456789", "1111111111"): Fraction(1, 2),
        ("123456789", "2222222222"): Fraction(1),
    }


def test_a_log_with_nothing_eligible_has_no_completeness(tmp_path):
    found = compare(the_log(tmp_path, "patient_id,performed_on,code\n"), OUTCOME, BACK)
    assert found.overall.share is None
    assert found.overall.reaches(Decimal("0.75")) is None
