"""The static OMOP queries give the same rows on DuckDB and on Spark SQL, from one text."""

import pytest

from lumbar.engine.duckdb import open_session
from lumbar.measures.policy import Policy
from lumbar.readers.checks import create_lookup_rejected, create_raw, prepare
from lumbar.readers.intake import Intake
from lumbar.readers.mapping import parse_mapping
from lumbar.readers.omop import omop_sql, read_omop
from lumbar.readers.omop_tables import CDM_TABLES, RAW_TABLES, STEPS
from lumbar.synth import write_clinic
from lumbar.tables.clinical import CLINICAL_TABLES
from omop_source import PROCEDURES, concept, maps_to, omop_folder

WORDS = ("system", "score_word", "score_unit", "site", "status_word", "unknown_date")
SPARK_TYPES = {"VARCHAR": "string", "INTEGER": "int", "BIGINT": "bigint"}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A clinic with its bad rows, and a small one with what the clinic has not."""
    made = tmp_path_factory.mktemp("omop")
    write_clinic(made / "clinic", 200, 7, "omop")
    odd = [
        {**PROCEDURES[0], "procedure_concept_id": "0", "procedure_source_value": "as written"},
        {**PROCEDURES[0], "procedure_occurrence_id": "12", "procedure_concept_id": "901"},
        {
            **PROCEDURES[0],
            "procedure_occurrence_id": "13",
            "procedure_concept_id": "902",
            "modifier_source_value": "22;58",
        },
        {
            **PROCEDURES[0],
            "procedure_occurrence_id": "14",
            "procedure_source_concept_id": "902",
            "modifier_concept_id": "903",
            "modifier_source_value": "rt",
        },
    ]
    concepts = [
        concept("503", "CPT4", "63030"),
        concept("901", "Local", "L1"),
        concept("902", "Local", "L2"),
        concept("903", "HCPCS", "58"),
        concept("904", "SNOMED", "1"),
        concept("905", "LOINC", "72514-3"),
        concept("906", "Meas Value Operator", "<", "<"),
    ]
    bound = {
        "measurement_id": "1",
        "person_id": "1",
        "measurement_concept_id": "902",
        "measurement_date": "2025-01-01",
        "measurement_datetime": "2025-01-02 10:00:00",
        "value_as_number": "3",
        "operator_concept_id": "906",
    }
    omop_folder(
        made / "odd",
        concept=concepts,
        procedure_occurrence=odd,
        concept_relationship=[maps_to("902", "904"), maps_to("902", "905"), maps_to("902", "503")],
        measurement=[bound],
        payer_plan_period=[
            {"payer_plan_period_id": "1", "person_id": "1", "payer_source_value": "12", "payer_concept_id": "901"},
            {"payer_plan_period_id": "2", "person_id": "9", "payer_source_value": "12"},
        ],
    )
    return made


@pytest.fixture(scope="module", params=["clinic", "odd"])
def session(request, folders):
    """A DuckDB session with the CDM's tables, the mapping's words, the steps and the raw tables."""
    folder = folders / request.param
    mapping = parse_mapping((folder / "mapping.toml").read_text() if request.param == "clinic" else "")
    with open_session() as opened:
        prepare(opened, mapping, Policy())
        for table in CLINICAL_TABLES:
            create_raw(opened, table)
        create_lookup_rejected(opened)
        read_omop(opened, Intake(folder, "omop"), mapping)
        yield opened


def rows(found):
    return sorted(map(repr, found))


def test_every_query_gives_the_same_rows_on_both(spark, session):
    """Steps are handed on as Spark made them, so that all of Spark's rows come of Spark."""
    for name in [f"omop_{table.name}" for table in CDM_TABLES] + [f"omop_{word}" for word in WORDS]:
        relation = session.execute(f"from {name}")
        columns = [(column[0], SPARK_TYPES[str(column[1])]) for column in relation.description]
        schema = ", ".join(f"{column} {type_}" for column, type_ in columns)
        spark.createDataFrame(relation.fetchall(), schema).createOrReplaceTempView(name)
    for name in (*STEPS, *RAW_TABLES):
        found = spark.sql(omop_sql(name))
        found.createOrReplaceTempView(f"omop_{name}")
        query = session.execute(f"from ({omop_sql(name)})")
        assert found.columns == [column[0] for column in query.description], name
        here = query.fetchall()
        assert rows(tuple(row) for row in found.collect()) == rows(here), name
        assert here or name in ("condition", "reported_code"), name
