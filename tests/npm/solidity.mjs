// SPDX-License-Identifier: MIT
// Compile one Solidity source with solc from npm, with the settings the project deploys with.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

// Contracts of the file by name: { abi, bytecode (0x hex), deployed (0x hex) }. Warnings are errors.
export async function compile(path) {
  const solc = (await import('solc')).default;
  const name = basename(path);
  const input = {
    language: 'Solidity',
    sources: { [name]: { content: readFileSync(path, 'utf8') } },
    settings: {
      optimizer: { enabled: true, runs: 200 },
      evmVersion: 'cancun',
      metadata: { bytecodeHash: 'none', appendCBOR: false },
      outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } },
    },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input)));
  if (output.errors?.length) throw new Error(output.errors.map((e) => e.formattedMessage).join('\n'));
  return Object.fromEntries(Object.entries(output.contracts[name]).map(([contract, made]) => [contract,
    { abi: made.abi, bytecode: `0x${made.evm.bytecode.object}`, deployed: `0x${made.evm.deployedBytecode.object}` }]));
}
