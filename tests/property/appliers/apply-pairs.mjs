// Applies our patches with fast-json-patch and compares: a pair a line on standard input, as
// write-pairs writes them. Numbers are doubles here, on both sides alike.
import { createInterface } from "node:readline";
import jsonpatch from "fast-json-patch";

function same(a, b) {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((value, i) => same(value, b[i]));
  }
  if (a && b && typeof a === "object" && typeof b === "object" && !Array.isArray(a) && !Array.isArray(b)) {
    const names = Object.keys(a);
    return (
      names.length === Object.keys(b).length &&
      names.every((name) => Object.hasOwn(b, name) && same(a[name], b[name]))
    );
  }
  return a === b;
}

let pairs = 0;
let operations = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const { before, after, patch } = JSON.parse(line);
  const applied = jsonpatch.applyPatch(before, patch, true).newDocument;
  if (!same(applied, after)) {
    console.log(`pair ${pairs} differs: ${line}`);
    process.exit(1);
  }
  pairs++;
  operations += patch.length;
}
console.log(`${pairs} pairs, ${operations} operations, 0 pairs skipped`);
