// SPDX-License-Identifier: MIT
// Runs an ONNX network in onnxruntime on one input and writes what its tensors hold.
// usage: node network_run.mjs FILE.onnx INPUT HEIGHT WIDTH CHANNELS OFFSET DIVISOR OUT [TENSOR...]
// INPUT holds bytes in the order (y, x, channel); the network sees (byte - OFFSET) / DIVISOR. OUT receives
// float32 of each tensor (default: the graph's outputs) one after the other, in the order (y, x, channel).
import * as onnx from "onnxruntime-node";
import { readFileSync, writeFileSync } from "node:fs";

const [file, inputFile, height, width, channels, offset, divisor, out, ...tensors] = process.argv.slice(2);
if (!out) {
  console.error("usage: node network_run.mjs FILE.onnx INPUT HEIGHT WIDTH CHANNELS OFFSET DIVISOR OUT [TENSOR...]");
  process.exit(2);
}

// A second `graph` field of a ModelProto is merged with the first: it adds these tensors to the outputs.
function withOutputs(model, names) {
  const field = (number, bytes) => {
    if (bytes.length > 16383) throw new RangeError("too long for two bytes of length");
    return Buffer.concat([Buffer.from([(number << 3) | 2, (bytes.length & 127) | 128, bytes.length >> 7]), bytes]);
  };
  const outputs = names.map((name) => field(12, field(1, Buffer.from(name))));
  return Buffer.concat([model, field(7, Buffer.concat(outputs))]);
}

const [h, w, c] = [height, width, channels].map(Number);
const bytes = readFileSync(inputFile);
if (bytes.length !== h * w * c) throw new RangeError(`${bytes.length} bytes of input, expected ${h * w * c}`);
const values = new Float32Array(h * w * c);
for (let pixel = 0; pixel < h * w; pixel++)
  for (let channel = 0; channel < c; channel++)
    values[channel * h * w + pixel] = Math.fround(bytes[pixel * c + channel] - offset) / divisor;

const model = tensors.length ? withOutputs(readFileSync(file), tensors) : readFileSync(file);
const session = await onnx.InferenceSession.create(model, { logSeverityLevel: 4 });
const input = new onnx.Tensor("float32", values, [1, c, h, w]);
const names = tensors.length ? tensors : session.outputNames;
const results = await session.run({ [session.inputNames[0]]: input }, names);

const all = names.map((name) => {
  const { data, dims } = results[name];
  if (dims.length !== 4) return data;
  const [, depth, rows, columns] = dims;
  const size = rows * columns;
  return Float32Array.from({ length: data.length }, (_, i) => data[(i % depth) * size + Math.floor(i / depth)]);
});
writeFileSync(out, Buffer.concat(all.map((data) => Buffer.from(data.buffer, data.byteOffset, data.byteLength))));
