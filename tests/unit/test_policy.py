"""The policy: the open choices with their defaults, and what is refused."""

import re
from dataclasses import fields
from decimal import Decimal

import pytest

from lumbar.errors import MappingError
from lumbar.measures.policy import DEFAULT_POLICY_TOML, Policy, parse_policy


def test_the_default_text_is_the_default_policy_and_names_every_choice():
    assert parse_policy(DEFAULT_POLICY_TOML) == parse_policy("") == Policy()
    for field in fields(Policy):
        assert re.search(rf"(?m)^{field.name} = ", DEFAULT_POLICY_TOML), field.name


def test_the_defaults_are_those_of_the_rules():
    """Latest score, no proxies, no unverified procedure; responder 2.0 points of pain, 10 of ODI; worse the same."""
    assert Policy() == Policy(
        postoperative="latest",
        proxy="reject",
        include_unverified_procedures=False,
        responder_pain=Decimal("2.0"),
        responder_odi=Decimal(10),
        worse_pain=Decimal("2.0"),
        worse_odi=Decimal(10),
    )


@pytest.mark.parametrize("name", ["latest", "nearest", "earliest"])
def test_each_way_to_choose_a_postoperative_score_is_known(name):
    assert parse_policy(f'postoperative = "{name}"').postoperative == name


def test_a_threshold_is_read_exactly_from_text_and_from_a_number():
    assert parse_policy('responder_pain = "1.80"').responder_pain == Decimal("1.8")
    assert parse_policy("responder_pain = 1.8").responder_pain == Decimal("1.8")
    assert parse_policy("worse_odi = 8").worse_odi == Decimal(8)


REFUSED = {
    "unknown key 'postop'": 'postop = "latest"',
    "postoperative must be one of latest, nearest, earliest": 'postoperative = "last"',
    "proxy must be one of reject, count": "proxy = true",
    "include_unverified_procedures must be true or false": "include_unverified_procedures = 1",
    "responder_pain must be a number of points": 'responder_pain = "two"',
    "responder_pain must be a number of points above 0": "responder_pain = 0",
    "responder_pain must be a number of points above": "responder_pain = -1",
    "responder_pain must be a number of points above 0, as text": 'responder_pain = "NaN"',
    "worse_pain must be a number of points above 0": 'worse_pain = "Infinity"',
    "worse_odi must be a number of points, as text": "worse_odi = true",
    "worse_odi may be lowered, not raised": "worse_odi = 12",
    "worse_pain may be lowered, not raised": "worse_pain = 2.1",
    "responder_odi must be a number": "responder_odi = [1]",
    "not valid TOML": "proxy",
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_cannot_be_is_refused_with_its_key(message):
    with pytest.raises(MappingError, match=re.escape(message)) as caught:
        parse_policy(REFUSED[message])
    assert str(caught.value).startswith("policy: ")
    assert "\n" not in str(caught.value)


def test_a_policy_survives_being_written_to_run_json():
    """Thresholds go as text, so that 0.1 stays 0.1."""
    policy = Policy(postoperative="nearest", responder_pain=Decimal("0.1"))
    written = policy.as_json()
    assert written["responder_pain"] == "0.1"
    toml = "".join(f"{k} = {str(v).lower() if isinstance(v, bool) else repr(v)}\n" for k, v in written.items())
    assert parse_policy(toml) == policy
