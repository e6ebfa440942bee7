// node differ.mjs LIBRARY BEFORE AFTER ROUNDS: as bench-diff, with a library of npm.
import { readFileSync } from "node:fs";

const [library, before, after, rounds] = process.argv.slice(2);

async function differ() {
  switch (library) {
    case "fast-json-patch": {
      const { compare } = (await import("fast-json-patch")).default;
      return compare;
    }
    case "rfc6902": {
      const { createPatch } = await import("rfc6902");
      return createPatch;
    }
    case "jsondiffpatch": {
      // By the text of the items where they have no id: what its documentation says.
      const { create } = await import("jsondiffpatch");
      const { format } = await import("jsondiffpatch/formatters/jsonpatch");
      const instance = create({ objectHash: (item) => item.id ?? JSON.stringify(item) });
      return (a, b) => format(instance.diff(a, b), a) ?? [];
    }
  }
  throw new Error(`no library ${library}`);
}

const compare = await differ();
const texts = [readFileSync(before, "utf8"), readFileSync(after, "utf8")];
let patch = "";
for (let i = 0; i < Number(rounds); i++) {
  const start = process.hrtime.bigint();
  patch = JSON.stringify(compare(JSON.parse(texts[0]), JSON.parse(texts[1])));
  console.log(Number(process.hrtime.bigint() - start) / 1000);
}
console.log(readFileSync("/proc/self/status", "utf8").match(/VmHWM:\s*(\d+)/)[1]);
console.log(patch);
