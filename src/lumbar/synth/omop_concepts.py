"""The concept table of the synthetic clinic: an entry for each code it uses, with a number of its own.

Numbers begin above two thousand million, where the vocabularies leave room for a site's own concepts: nothing
that reads them can have learnt them by heart.
"""

from dataclasses import dataclass, field

from lumbar.synth.terminology import term

_FIRST_ID = 2_000_000_001
CLINIC = "Clinic"  # the vocabulary of the clinic's own words

# Our vocabularies' names in OMOP.
VOCABULARY = {"cpt": "CPT4", "hcpcs": "HCPCS", "snomed": "SNOMED", "icd10cm": "ICD10CM", "loinc": "LOINC"}


@dataclass(slots=True)
class Concepts:
    """The concepts used so far, numbered in the order they were first asked for."""

    ids: dict[tuple[str, str], int] = field(default_factory=dict)
    rows: list[dict[str, str]] = field(default_factory=list)
    mapped: list[dict[str, str]] = field(default_factory=list)

    def of(self, vocabulary: str, code: str, name: str = "", domain: str = "Observation") -> str:
        """The id of a code, as text; a code is entered once."""
        known = self.ids.get((vocabulary, code))
        if known is not None:
            return str(known)
        concept_id = _FIRST_ID + len(self.ids)
        self.ids[vocabulary, code] = concept_id
        self.rows.append(
            {
                "concept_id": str(concept_id),
                "concept_name": name or f"{vocabulary} {code}",
                "domain_id": domain,
                "vocabulary_id": vocabulary,
                "concept_class_id": vocabulary,
                "standard_concept": "S",
                "concept_code": code,
                "valid_start_date": "19700101",
                "valid_end_date": "20991231",
            }
        )
        return str(concept_id)

    def of_use(self, use: str) -> str:
        """The id of the first code of one use in the synthetic terminology."""
        found = term(use)
        return self.of(VOCABULARY[found.system], found.code, found.text, "Measurement")

    def own(self, code: str, name: str, standard_id: str) -> str:
        """The id of one of the clinic's own words, which `Maps to` a standard concept."""
        is_new = (CLINIC, code) not in self.ids
        concept_id = self.of(CLINIC, code, name, "Measurement")
        if is_new:
            self.mapped.append(
                {
                    "concept_id_1": concept_id,
                    "concept_id_2": standard_id,
                    "relationship_id": "Maps to",
                    "valid_start_date": "19700101",
                    "valid_end_date": "20991231",
                }
            )
        return concept_id
