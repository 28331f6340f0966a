// Encodes documents with tiktoken and our ranks. usage: tiktoken.mjs RANKS DOCUMENTS PASSES
// RANKS is JSON {pattern, tokens: [base64]}; DOCUMENTS are separated by U+0000. Prints wall and processor seconds of each pass and the tokens.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const { Tiktoken } = createRequire(import.meta.url)("tiktoken");
const [ranks, documents, passes] = process.argv.slice(2);
const { pattern, tokens } = JSON.parse(readFileSync(ranks, "utf8"));
const encoder = new Tiktoken(`! 0 ${tokens.join(" ")}`, {}, pattern);
const texts = readFileSync(documents, "utf8").split("\0");
for (let pass = 0; pass < Number(passes); pass++) {
  const [wall, cpu] = [process.hrtime.bigint(), process.cpuUsage()];
  let count = 0;
  for (const text of texts) count += encoder.encode_ordinary(text).length;
  const used = process.cpuUsage(cpu);
  console.log(`${Number(process.hrtime.bigint() - wall) / 1e9} ${(used.user + used.system) / 1e6} ${count}`);
}
