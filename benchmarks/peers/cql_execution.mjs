// Measure 459 by cql-execution: node cql_execution.mjs FOLDER OUT, counts and seconds as JSON in OUT.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import cql from "cql-execution";
import fhir from "cql-exec-fhir";
import { patientBundles } from "./group.mjs";
import { KINDS, POPULATIONS, counted, emptyCounts } from "./populations.mjs";

const started = performance.now();
const { bundles, leftOut } = patientBundles(process.argv[2]);
const read = performance.now();
const elm = JSON.parse(readFileSync(join(import.meta.dirname, "BackPain459.elm.json"), "utf8"));
const executor = new cql.Executor(new cql.Library(elm), new cql.CodeService({}));
const source = fhir.PatientSource.FHIRv401();
source.loadBundles(bundles);
const results = await executor.exec(source);

const counts = emptyCounts();
for (const patient of Object.values(results.patientResults)) {
  for (const [stratum, kind] of Object.entries(KINDS)) {
    for (const [population, words] of Object.entries(POPULATIONS)) {
      counts[stratum][population] += patient[`${kind} ${words}`].length;
    }
  }
}
const ended = performance.now();
writeFileSync(
  process.argv[3],
  JSON.stringify({
    engine: "cql-execution",
    patients: bundles.length,
    lines_left_out: leftOut,
    read_s: (read - started) / 1000,
    calculate_s: (ended - read) / 1000,
    counts: counted(counts),
  }),
);
