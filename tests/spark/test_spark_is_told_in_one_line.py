"""What goes wrong around Spark is one clear line, exit 2, and nothing is written."""

import errno
import os

import pytest

from lumbar.errors import CapacityError, EngineError, UsageError
from lumbar.workflow.on_spark import spark_settings
from spark_command import lumbar, on_spark


@pytest.mark.parametrize("text", ["spark.master", "=x", "master=local", "spark.master="])
def test_a_setting_of_a_wrong_form_is_refused(text):
    with pytest.raises(UsageError, match="is no setting"):
        spark_settings([text])


def test_a_setting_may_hold_an_equals_sign_and_the_last_of_a_key_counts():
    settings = spark_settings(["spark.driver.extraJavaOptions=-Da=b", "spark.master=local", "spark.master=local[2]"])
    assert settings == {"spark.driver.extraJavaOptions": "-Da=b", "spark.master": "local[2]"}


def fails(done, out):
    assert done.returncode == 2
    assert done.stderr.startswith("lumbar: ")
    assert done.stderr.count("\n") == 1
    assert not out.exists()
    assert not [path for path in out.parent.iterdir() if path.name.startswith(".")]
    return done.stderr


def test_without_java_it_says_so(tmp_path):
    out = tmp_path / "result"
    (tmp_path / "patient.csv").write_text("patient_id,birth_date\n1,1960-01-01\n")
    done = lumbar(*on_spark(tmp_path, out), JAVA_HOME=str(tmp_path))
    assert "Java 17" in fails(done, out)


def test_a_master_that_is_none_is_told(tmp_path):
    out = tmp_path / "result"
    (tmp_path / "patient.csv").write_text("patient_id,birth_date\n1,1960-01-01\n")
    assert "spark.master" in fails(lumbar(*on_spark(tmp_path, out, "spark.master=nowhere")), out)


def test_options_of_the_other_engine_are_refused(tmp_path):
    out = tmp_path / "result"
    assert "--spark-conf" in fails(lumbar(*on_spark(tmp_path, out), "--threads", "2"), out)


def test_a_failure_of_spark_names_its_kind_and_no_value(spark):
    from lumbar.engine.spark_session import spark_failures

    with pytest.raises(EngineError, match=r"CAST_INVALID_INPUT") as caught, spark_failures():
        spark.sql("select cast('Jane Doe' as date) from range(1)").collect()
    assert "Jane" not in str(caught.value)


@pytest.mark.parametrize(
    ("met", "told"),
    [
        (EngineError("a worker cannot write to /data: why"), "^a worker cannot write to /data: why$"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "of Jane"), "^no space for what Spark writes"),
    ],
)
def test_what_a_worker_met_is_told_in_our_words(met, told, spark):
    from lumbar.engine.spark_session import spark_failures

    def meets(batches):
        list(batches)
        raise met

    with pytest.raises(EngineError if isinstance(met, EngineError) else CapacityError, match=told), spark_failures():
        spark.range(1).mapInArrow(meets, "id bigint").collect()
