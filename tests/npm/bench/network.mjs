// SPDX-License-Identifier: MIT
// Times onnxruntime on one ONNX network, one thread, float. Prints one JSON object with the least and the
// middle time of a run in milliseconds. usage: node network.mjs FILE.onnx HEIGHT WIDTH CHANNELS [RUNS]
import * as onnx from "onnxruntime-node";

const [file, height, width, channels, runs = "40"] = process.argv.slice(2);
if (!channels) {
  console.error("usage: node network.mjs FILE.onnx HEIGHT WIDTH CHANNELS [RUNS]");
  process.exit(2);
}
const session = await onnx.InferenceSession.create(file, {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: "sequential",
  graphOptimizationLevel: "all",
  logSeverityLevel: 4,
  extra: { session: { set_denormal_as_zero: "1" } },
});
// A picture with structure and noise, normalised as the networks want it.
const size = height * width * channels;
const values = Float32Array.from({ length: size }, (_, i) => (((i * 2654435761) >>> 24) - 127) / 128);
const input = new onnx.Tensor("float32", values, [1, Number(channels), Number(height), Number(width)]);
const times = [];
for (let i = 0; i < Number(runs) + 3; i++) {
  const start = process.hrtime.bigint();
  await session.run({ [session.inputNames[0]]: input });
  if (i >= 3) times.push(Number(process.hrtime.bigint() - start) / 1e6);
}
times.sort((a, b) => a - b);
console.log(JSON.stringify({ least: times[0], median: times[times.length >> 1] }));
