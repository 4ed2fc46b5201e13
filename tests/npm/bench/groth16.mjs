// SPDX-License-Identifier: MIT
// Measures snarkjs Groth16 on match.circom. usage: node groth16.mjs CACHE_FOLDER [RUNS]
// The trusted set-up is made once and kept in CACHE_FOLDER. Prints one JSON object.
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as snarkjs from "snarkjs";

const here = dirname(fileURLToPath(import.meta.url));
const cache = process.argv[2];
const runs = Number(process.argv[3] ?? 5);
if (!cache) {
  console.error("usage: node groth16.mjs CACHE_FOLDER [RUNS]");
  process.exit(2);
}
mkdirSync(cache, { recursive: true });
const file = (name) => join(cache, name);
const POWER = 13; // 2^13 constraints

async function ceremony() {
  if (existsSync(file("match.key.json"))) return;
  const circom = createRequire(import.meta.url).resolve("circom2/cli.js");
  execFileSync(process.execPath, [circom, join(here, "match.circom"), "--r1cs", "--wasm", "-o", cache], { stdio: "pipe" });
  const curve = await snarkjs.curves.getCurveFromName("bn128");
  await snarkjs.powersOfTau.newAccumulator(curve, POWER, file("tau0"));
  await snarkjs.powersOfTau.contribute(file("tau0"), file("tau1"), "bench", randomBytes(32).toString("hex"));
  await snarkjs.powersOfTau.preparePhase2(file("tau1"), file("tau2"));
  await snarkjs.zKey.newZKey(file("match.r1cs"), file("tau2"), file("key0"));
  await snarkjs.zKey.contribute(file("key0"), file("match.zkey"), "bench", randomBytes(32).toString("hex"));
  const { writeFileSync } = await import("node:fs");
  writeFileSync(file("match.key.json"), JSON.stringify(await snarkjs.zKey.exportVerificationKey(file("match.zkey"))));
}

// A statement that holds: e is t with small noise.
async function statement() {
  const { buildPoseidon } = await import("circomlibjs");
  const poseidon = await buildPoseidon();
  const hash = (inputs) => poseidon.F.toObject(poseidon(inputs));
  const t = Array.from(randomBytes(128), (byte) => (byte % 160) - 80);
  const e = t.map((v) => Math.max(-128, Math.min(127, v + (randomBytes(1)[0] % 21) - 10)));
  const pack = (v) => {
    const words = [];
    for (let i = 0; i < v.length; i += 31)
      words.push(v.slice(i, i + 31).reduce((sum, x, j) => sum + (BigInt(x + 128) << BigInt(8 * j)), 0n));
    return words;
  };
  const [service, context, kz, re] = Array.from({ length: 4 }, () => BigInt("0x" + randomBytes(31).toString("hex")));
  const r = hash([1n, kz, service]);
  return {
    service, context, threshold: 19000n, t, e, kz, re,
    templateCommitment: hash([3n, service, r, ...pack(t)]),
    embeddingCommitment: hash([4n, context, re, ...pack(e)]),
    keyCheck: hash([2n, service, kz]),
  };
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

await ceremony();
const { readFileSync } = await import("node:fs");
const key = JSON.parse(readFileSync(file("match.key.json"), "utf8"));
const info = await snarkjs.r1cs.info(file("match.r1cs"));
const prove = [], verify = [];
let bytes = 0;
for (let i = 0; i <= runs; i++) {
  const input = await statement();
  const start = performance.now();
  const { proof, publicSignals } = await snarkjs.groth16.fullProve(input, file("match_js/match.wasm"), file("match.zkey"));
  const between = performance.now();
  if (!(await snarkjs.groth16.verify(key, publicSignals, proof))) throw new Error("the reference proof does not verify");
  const end = performance.now();
  if (i === 0) continue; // warm-up
  prove.push(between - start);
  verify.push(end - between);
  bytes = 256; // uncompressed: two points of G1 (64 each) and one of G2 (128)
}
console.log(JSON.stringify({ system: "snarkjs Groth16 BN254", constraints: info.nConstraints, runs, prove_ms: median(prove), verify_ms: median(verify), proof_bytes: bytes }));
process.exit(0); // snarkjs keeps worker threads
