// BackPain459.cql to BackPain459.elm.json. Fails on any message of the compiler that is an error.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { SystemModelInfoProvider } from "@cqframework/cql/cql";
import {
  CqlTranslator,
  LibraryManager,
  ModelManager,
  createModelInfoProvider,
  createUcumService,
  stringAsSource,
} from "@cqframework/cql/cql-to-elm";

const here = import.meta.dirname;
const models = join(dirname(createRequire(import.meta.url).resolve("cql-exec-fhir")), "modelInfos");
const manager = new ModelManager();
const loader = manager.modelInfoLoader;
loader.registerModelInfoProvider(new SystemModelInfoProvider());
loader.registerModelInfoProvider(
  createModelInfoProvider((name, _system, version) =>
    name === "FHIR" ? stringAsSource(readFileSync(join(models, `fhir-modelinfo-${version}.xml`), "utf8")) : null,
  ),
);
// The units of the text are calendar durations; nothing is converted.
const unused = () => {
  throw new Error("no unit is converted here");
};
const ucum = createUcumService(unused, () => null, unused, unused);
const text = readFileSync(join(here, "BackPain459.cql"), "utf8");
const translator = CqlTranslator.fromText(text, new LibraryManager(manager, undefined, undefined, ucum));
const errors = translator.errors.asJsReadonlyArrayView();
if (errors.length > 0) {
  throw new Error(errors.map((error) => `line ${error.locator?.startLine}: ${error.message}`).join("\n"));
}
writeFileSync(join(here, "BackPain459.elm.json"), `${JSON.stringify(JSON.parse(translator.toJson()))}\n`);
