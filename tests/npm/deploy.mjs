// SPDX-License-Identifier: MIT
// Deploy contracts/MienAccount.sol on a private chain and pay into it; prints its address.
// usage: node deploy.mjs ANVIL_URL SOURCE OWNER ATTESTOR RECOVERY LIMIT_WEI VALUE_WEI
import { join } from 'node:path';

import { ethers } from 'ethers';

import { compile } from './solidity.mjs';

const [anvil, source, owner, attestor, recovery, limit, value] = process.argv.slice(2);
const node = new ethers.JsonRpcProvider(anvil, undefined, { staticNetwork: true, batchMaxCount: 1, pollingInterval: 20 });
const { MienAccount } = await compile(join(source, 'contracts/MienAccount.sol'));
const factory = new ethers.ContractFactory(MienAccount.abi, MienAccount.bytecode, await node.getSigner(0));
const contract = await factory.deploy(owner, attestor, recovery, BigInt(limit), { value: BigInt(value) });
await contract.waitForDeployment();
console.log(await contract.getAddress());
process.exit(0);
