// A bulk export's NDJSON lines grouped into one FHIR Bundle a patient. What has no readable line, or no patient
// of the export, is left out and counted: an engine that wants whole patients cannot be given it.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const TYPES = ["Patient", "Procedure", "Condition", "Observation", "Coverage"];

/** Bundles in the order of the patients' lines, and how many lines were left out. */
export function patientBundles(folder) {
  const bundles = new Map();
  let leftOut = 0;
  const files = readdirSync(folder).sort();
  for (const type of TYPES) {
    for (const file of files.filter((name) => name.startsWith(`${type}.`))) {
      for (const line of readFileSync(join(folder, file), "utf8").split("\n").filter(Boolean)) {
        const resource = parsed(line);
        const patientId = resource && patientOf(resource);
        if (type === "Patient" && patientId) {
          bundles.set(patientId, { resourceType: "Bundle", type: "collection", entry: [] });
        }
        const bundle = bundles.get(patientId);
        if (bundle) bundle.entry.push({ fullUrl: `urn:example:${type}/${resource.id}`, resource });
        else leftOut += 1;
      }
    }
  }
  return { bundles: [...bundles.values()], leftOut };
}

function parsed(line) {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function patientOf(resource) {
  if (resource.resourceType === "Patient") return resource.id;
  return (resource.subject ?? resource.beneficiary)?.reference?.replace("Patient/", "");
}
