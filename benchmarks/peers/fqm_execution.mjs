// Measure 459 by fqm-execution: node fqm_execution.mjs FOLDER OUT, counts and seconds as JSON in OUT.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fqm from "fqm-execution";
import { patientBundles } from "./group.mjs";
import { KINDS, POPULATIONS, counted, emptyCounts } from "./populations.mjs";

const URL = "http://example.org/lumbar-benchmark";

const started = performance.now();
const { bundles, leftOut } = patientBundles(process.argv[2]);
const read = performance.now();
const { results } = await fqm.Calculator.calculate(measureBundle(), bundles, {
  measurementPeriodStart: "2025-01-01",
  measurementPeriodEnd: "2025-12-31",
  calculateHTML: false,
  calculateSDEs: false,
  calculateClauseCoverage: false,
});

const counts = emptyCounts();
for (const patient of results) {
  for (const group of patient.detailedResults) {
    for (const episode of group.episodeResults) {
      for (const { populationType, result } of episode.populationResults) {
        if (result) counts[group.groupId][populationType] += 1;
      }
    }
  }
}
const ended = performance.now();
writeFileSync(
  process.argv[3],
  JSON.stringify({
    engine: "fqm-execution",
    patients: bundles.length,
    lines_left_out: leftOut,
    read_s: (read - started) / 1000,
    calculate_s: (ended - read) / 1000,
    counts: counted(counts),
  }),
);

/** The measure as FHIR: a group a stratum, whose populations are lists of procedures. */
function measureBundle() {
  const elm = readFileSync(join(import.meta.dirname, "BackPain459.elm.json"));
  const library = {
    resourceType: "Library",
    id: "BackPain459",
    url: `${URL}/Library/BackPain459`,
    version: "1.0.0",
    status: "active",
    type: { coding: [{ code: "logic-library" }] },
    content: [{ contentType: "application/elm+json", data: elm.toString("base64") }],
  };
  const group = Object.entries(KINDS).map(([id, kind]) => ({
    id,
    population: Object.entries(POPULATIONS).map(([code, words]) => ({
      id: `${id}-${code}`,
      code: { coding: [{ system: "http://terminology.hl7.org/CodeSystem/measure-population", code }] },
      criteria: { language: "text/cql-identifier", expression: `${kind} ${words}` },
    })),
  }));
  const measure = {
    resourceType: "Measure",
    id: "BackPain459",
    url: `${URL}/Measure/BackPain459`,
    version: "1.0.0",
    status: "active",
    extension: [
      {
        url: "http://hl7.org/fhir/us/cqfmeasures/StructureDefinition/cqfm-populationBasis",
        valueCode: "Procedure",
      },
    ],
    scoring: { coding: [{ code: "proportion" }] },
    library: [library.url],
    group,
  };
  return { resourceType: "Bundle", type: "collection", entry: [{ resource: measure }, { resource: library }] };
}
