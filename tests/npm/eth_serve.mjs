// SPDX-License-Identifier: MIT
// ethers and viem behind `mien eth serve`, on a chain of anvil. Run by tests/cli/eth_serve.py, which presses the keys.
// usage: node eth_serve.mjs SERVE_URL ANVIL_URL SOURCE
import assert from 'node:assert/strict';
import { join } from 'node:path';

import { ethers } from 'ethers';
import { createPublicClient, createWalletClient, defineChain, http, recoverTypedDataAddress } from 'viem';
import { recoverAuthorizationAddress } from 'viem/utils';

import { compile } from './solidity.mjs';

const [serve, anvil, source] = process.argv.slice(2);
const other = ethers.getAddress('0x6d69656e0102030405060708090a0b0c0d0e0f10');
const contracts = await compile(join(source, 'tests/npm/Token.sol'));
const node = new ethers.JsonRpcProvider(anvil, undefined, { staticNetwork: true, batchMaxCount: 1, pollingInterval: 20 });
const rich = await node.getSigner(0);
const provider = new ethers.JsonRpcProvider(serve, undefined, { staticNetwork: true, pollingInterval: 100 });
const signer = await provider.getSigner();
const account = await signer.getAddress();

async function deploy(name, ...args) {
  const made = await new ethers.ContractFactory(contracts[name].abi, contracts[name].bytecode, rich).deploy(...args);
  await made.waitForDeployment();
  return made.getAddress();
}

// ---- ethers ----
assert.equal((await provider.getNetwork()).chainId, 31337n);
const before = await node.getBalance(other);
const sent = await signer.sendTransaction({ to: other, value: ethers.parseEther('0.25') });
assert.equal((await sent.wait()).status, 1);
assert.equal(sent.from.toLowerCase(), account.toLowerCase());
assert.equal(await node.getBalance(other) - before, ethers.parseEther('0.25'));

const tokenAddress = await deploy('Token', account);
const token = new ethers.Contract(tokenAddress, contracts.Token.abi, signer);
assert.equal((await (await token.transfer(other, 1234n)).wait()).status, 1);
assert.equal(await token.balanceOf(other), 1234n);
assert.equal(await token.balanceOf(account), 998766n);

const said = await signer.signMessage('mien says: hello');
assert.equal(ethers.verifyMessage('mien says: hello', said), account);

const domain = { name: 'Test', version: '1', chainId: 31337, verifyingContract: tokenAddress };
const types = { Order: [{ name: 'to', type: 'address' }, { name: 'amount', type: 'uint256' }, { name: 'note', type: 'string' }] };
const message = { to: other, amount: 7n, note: 'seven' };
const typed = await signer.signTypedData(domain, types, message);
assert.equal(ethers.verifyTypedData(domain, types, message, typed), account);

// ---- viem ----
const chain = defineChain({
  id: 31337, name: 'anvil', nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
  rpcUrls: { default: { http: [serve] } },
});
const wallet = createWalletClient({ account, chain, transport: http(serve) });
const looking = createPublicClient({ chain, transport: http(anvil), pollingInterval: 100 });
assert.deepEqual((await wallet.getAddresses()).map((a) => a.toLowerCase()), [account.toLowerCase()]);

async function mined(hash) {
  const receipt = await looking.waitForTransactionReceipt({ hash });
  assert.equal(receipt.status, 'success');
  return receipt;
}

await mined(await wallet.sendTransaction({ to: other, value: 3n }));
assert.equal(await node.getBalance(other) - before, ethers.parseEther('0.25') + 3n);
const viemTyped = { domain, types, primaryType: 'Order', message };
assert.equal(await recoverTypedDataAddress({ ...viemTyped, signature: await wallet.signTypedData(viemTyped) }), account);

// ---- EIP-7702: authorise, and revoke ----
async function delegate(to) {
  const given = await wallet.request({ method: 'mien_signAuthorization', params: [{ address: to, executor: 'self' }] });
  const authorization = { address: given.address, chainId: Number(given.chainId), nonce: Number(given.nonce),
    yParity: Number(given.yParity), r: given.r, s: given.s };
  assert.equal(await recoverAuthorizationAddress({ authorization }), account);
  // viem asks for a local key to send type 4; the wallet takes the same fields over JSON-RPC
  const hash = await wallet.request({ method: 'eth_sendTransaction',
    params: [{ from: account, to: account, value: '0x0', type: '0x4', authorizationList: [given] }] });
  assert.equal((await mined(hash)).type, 'eip7702');
  return looking.getCode({ address: account });
}
const delegateAddress = await deploy('Delegate');
assert.equal(await delegate(delegateAddress), `0xef0100${delegateAddress.slice(2).toLowerCase()}`);
const whoami = new ethers.Contract(account, contracts.Delegate.abi, node);
assert.equal(await whoami.whoami(), account);
assert.equal(await delegate(ethers.ZeroAddress), undefined);

// ---- what a wallet says no to ----
async function refused(method, params, code) {
  await assert.rejects(wallet.request({ method, params }, { retryCount: 0 }), (error) => {
    for (let e = error; e; e = e.cause) if (e.code === code) return true;
    return false;
  }, `${method} is not refused with ${code}`);
}
await refused('eth_sign', [account, `0x${'11'.repeat(32)}`], 4200);
await refused('personal_sign', ['hello', other], 4100);
await refused('anvil_setBalance', [account, '0x0'], -32601);
await refused('eth_sendTransaction', [{ from: account, to: other, value: '0x1', chainId: '0x1' }], -32602);
await refused('eth_sendTransaction', [{ from: account, to: tokenAddress, data: '0xdeadbeef', gas: '0x5208' }], -32003);
await refused('eth_sendTransaction', [{ from: account, to: other, gas: '0x5208', maxFeePerGas: '0x1d1a94a2000000' }], -32003);
await refused('wallet_switchEthereumChain', [{ chainId: '0x1' }], 4902);
await refused('eth_signTypedData_v4', [account, JSON.stringify({ ...viemTyped, domain: { ...domain, chainId: 1 }, message: { ...message, amount: '7' },
  types: { ...types, EIP712Domain: [{ name: 'name', type: 'string' }, { name: 'version', type: 'string' }, { name: 'chainId', type: 'uint256' }, { name: 'verifyingContract', type: 'address' }] } })], -32602);
provider.destroy();
node.destroy();
console.log('ethers and viem: ok');
process.exit(0);
