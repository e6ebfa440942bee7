// Judges an OpenAPI document, and answers by what it says of them. A question a line:
// {"document": {…}} first, then {"method", "path", "status", "type", "body"}; the path as in the
// document.
import { createInterface } from "node:readline";
import { compileErrors, validate } from "@readme/openapi-parser";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
let document;

async function checkDocument(it) {
  const schema = await new Validator().validate(structuredClone(it));
  if (!schema.valid) throw new Error(JSON.stringify(schema.errors));
  const rules = await validate(structuredClone(it));
  if (!rules.valid) throw new Error(compileErrors(rules));
  document = it;
  ajv.addSchema(it, "openapi.json");
}

const escaped = (text) => encodeURIComponent(text.replaceAll("~", "~0").replaceAll("/", "~1"));

function checkAnswer({ method, path, status, type, body }) {
  const operation = document.paths[path]?.[method];
  if (!operation) throw new Error(`${method} ${path} is not in the document`);
  const key = operation.responses[status] ? String(status) : "default";
  const content = operation.responses[key].content ?? {};
  if (type === null && Object.keys(content).length === 0) return; // nothing is said, as promised
  const name = Object.keys(content).find((one) => type.startsWith(one));
  if (!name) throw new Error(`${key} of ${method} ${path} is not of the type ${type}`);
  if (name !== "application/json") return;
  const place = ["paths", path, method, "responses", key, "content", name, "schema"];
  const check = ajv.compile({ $ref: `openapi.json#/${place.map(escaped).join("/")}` });
  if (!check(body)) throw new Error(`${method} ${path}: ${ajv.errorsText(check.errors)}`);
}

for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line);
  const work = question.document
    ? checkDocument(question.document)
    : Promise.resolve().then(() => checkAnswer(question));
  const result = await work.then(
    () => ({ ok: true }),
    (error) => ({ ok: false, error: String(error?.message ?? error) }),
  );
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
