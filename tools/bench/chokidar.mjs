// From the replacement of a file to chokidar's event, nothing read and nothing stored.
//
// usage: node chokidar.mjs PACKAGES DIRECTORY CHANGES RATE     (PACKAGES: where node_modules is)
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";

const [packages, directory, changes, rate] = process.argv.slice(2);
const chokidar = createRequire(`${packages}/`)("chokidar");
mkdirSync(directory, { recursive: true });
const file = `${directory}/state.json`;
const content = "x".repeat(4500);
writeFileSync(file, content);

const watcher = chokidar.watch(directory, { ignoreInitial: true });
await new Promise((ready) => watcher.once("ready", ready));
let begin = 0n;
const took = [];
watcher.on("all", () => {
  if (begin !== 0n) took.push(Number(process.hrtime.bigint() - begin));
  begin = 0n;
});
for (let i = 0; i < Number(changes); ++i) {
  writeFileSync(`${directory}/../state.tmp`, content);
  begin = process.hrtime.bigint();
  renameSync(`${directory}/../state.tmp`, file);
  await sleep(1000 / Number(rate));
}
await sleep(500);
await watcher.close();
took.sort((a, b) => a - b);
const at = (share) => took[Math.floor((took.length - 1) * share)];
console.log(JSON.stringify({ count: took.length, p50_ns: at(0.5), p99_ns: at(0.99) }));
