// SPDX-License-Identifier: MIT
// The contract account on a private chain: what two keys may do, and every way around them.
// usage: node contract.mjs ANVIL_URL SOURCE
import assert from 'node:assert/strict';
import { join } from 'node:path';

import { ethers } from 'ethers';

import { compile } from './solidity.mjs';

const [anvil, source] = process.argv.slice(2);
const node = new ethers.JsonRpcProvider(anvil, undefined, { staticNetwork: true, cacheTimeout: -1, pollingInterval: 20, batchMaxCount: 1 });
const { MienAccount } = await compile(join(source, 'contracts/MienAccount.sol'));
const { Token } = await compile(join(source, 'tests/npm/Token.sol'));
const attacks = await compile(join(source, 'tests/npm/Attacks.sol'));
const rich = await node.getSigner(0);
const errors = new ethers.Interface(MienAccount.abi);
const LIMIT = 1000n;
const other = ethers.getAddress('0x6d69656e0102030405060708090a0b0c0d0e0f10');
let count = 0;

async function newKey() {
  const key = ethers.Wallet.createRandom().connect(node);
  await node.send('anvil_setBalance', [key.address, ethers.toBeHex(10n ** 18n)]);
  return key;
}

async function deploy(made, ...args) {
  const contract = await new ethers.ContractFactory(made.abi, made.bytecode, rich).deploy(...args);
  await contract.waitForDeployment();
  return contract;
}

async function account(ownerAddress) {
  const keys = { owner: await newKey(), attestor: await newKey(), recovery: await newKey(), stranger: await newKey() };
  const contract = await deploy(MienAccount, ownerAddress ?? keys.owner.address, keys.attestor.address, keys.recovery.address, LIMIT);
  await (await rich.sendTransaction({ to: await contract.getAddress(), value: 100000n })).wait();
  return { ...keys, contract, address: await contract.getAddress() };
}

async function soon() {
  return BigInt((await node.getBlock('latest')).timestamp + 600);
}

async function call(a, changes = {}) {
  return { to: other, value: 5000n, data: '0x', nonce: await a.contract.nonce(), deadline: await soon(), ...changes };
}

const types = { Execute: [{ name: 'to', type: 'address' }, { name: 'value', type: 'uint256' }, { name: 'data', type: 'bytes' },
  { name: 'nonce', type: 'uint256' }, { name: 'deadline', type: 'uint256' }] };

function attest(a, key, wanted, domain = {}) {
  return key.signTypedData({ name: 'MienAccount', version: '1', chainId: 31337, verifyingContract: a.address, ...domain }, types, wanted);
}

async function done(promise) {
  const receipt = await (await promise).wait();
  assert.equal(receipt.status, 1);
  count++;
  return receipt;
}

async function refused(promise, name) {
  await assert.rejects(promise, (error) => {
    const data = error.data ?? error.info?.error?.data;
    const known = data && errors.parseError(data);
    assert.equal(known?.name ?? error.message, name);
    return true;
  });
  count++;
}

const tests = {
  async the_owner_alone_within_the_limit() {
    const a = await account();
    const before = await node.getBalance(other);
    const as = (key) => a.contract.connect(key);
    await done(as(a.owner).execute(other, 600n));
    await refused(as(a.owner).execute(other, 401n), 'AboveLimit');
    await done(as(a.owner).execute(other, 400n));
    await refused(as(a.owner).execute(other, 1n), 'AboveLimit');
    await refused(as(a.owner).execute(other, ethers.MaxUint256), 'AboveLimit');
    for (const key of [a.attestor, a.recovery, a.stranger]) await refused(as(key).execute(other, 1n), 'NotAllowed');
    await node.send('evm_increaseTime', [86401]);
    await node.send('evm_mine', []);
    await done(as(a.owner).execute(other, 1000n));
    assert.equal(await node.getBalance(other) - before, 2000n);
  },
  async above_the_limit_two_keys_are_needed() {
    const a = await account();
    const wanted = await call(a);
    const good = await attest(a, a.attestor, wanted);
    assert.equal(await a.contract.digest(wanted), ethers.TypedDataEncoder.hash(
      { name: 'MienAccount', version: '1', chainId: 31337, verifyingContract: a.address }, types, wanted));
    await refused(a.contract.connect(a.owner).execute(other, 5000n), 'AboveLimit');
    await refused(a.contract.connect(a.owner).executeAttested(wanted, '0x'), 'BadAttestation');
    for (const key of [a.owner, a.stranger])
      await refused(a.contract.connect(a.owner).executeAttested(wanted, await attest(a, key, wanted)), 'BadAttestation');
    for (const key of [a.attestor, a.stranger]) await refused(a.contract.connect(key).executeAttested(wanted, good), 'NotAllowed');
    const before = await node.getBalance(other);
    const receipt = await done(a.contract.connect(a.owner).executeAttested(wanted, good));
    assert.equal(await node.getBalance(other) - before, 5000n);
    console.log(`an attested payment costs ${receipt.gasUsed} gas`);
    await refused(a.contract.connect(a.owner).executeAttested(wanted, good), 'WrongNonce'); // replay
  },
  async recovery_stands_in_for_either() {
    const a = await account();
    let wanted = await call(a);
    await done(a.contract.connect(a.owner).executeAttested(wanted, await attest(a, a.recovery, wanted)));
    wanted = await call(a);
    await refused(a.contract.connect(a.recovery).executeAttested(wanted, await attest(a, a.recovery, wanted)), 'BadAttestation');
    await done(a.contract.connect(a.recovery).executeAttested(wanted, await attest(a, a.attestor, wanted)));
  },
  async an_attestation_is_for_one_call_contract_and_chain() {
    const a = await account(), b = await account();
    const wanted = await call(a);
    const good = await attest(a, a.attestor, wanted);
    const by = a.contract.connect(a.owner);
    for (const changes of [{ to: a.owner.address }, { value: 5001n }, { data: '0x00' }, { deadline: wanted.deadline + 1n }])
      await refused(by.executeAttested({ ...wanted, ...changes }, good), 'BadAttestation');
    await refused(by.executeAttested({ ...wanted, nonce: 1n }, good), 'WrongNonce');
    for (const domain of [{ chainId: 1 }, { verifyingContract: b.address }, { name: 'MienAccounts' }, { version: '2' }])
      await refused(by.executeAttested(wanted, await attest(a, a.attestor, wanted, domain)), 'BadAttestation');
    const late = await call(a, { deadline: BigInt((await node.getBlock('latest')).timestamp - 1) });
    await refused(by.executeAttested(late, await attest(a, a.attestor, late)), 'Expired');
    // the future nonce is not good now, and no longer when a later one was used
    const next = await call(a, { nonce: 1n });
    const early = await attest(a, a.attestor, next);
    await refused(by.executeAttested(next, early), 'WrongNonce');
    await done(by.executeAttested(wanted, good));
    await done(by.executeAttested(next, early));
  },
  async a_signature_has_one_form() {
    const a = await account();
    const wanted = await call(a);
    const by = a.contract.connect(a.owner);
    const good = ethers.Signature.from(await attest(a, a.attestor, wanted));
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
    const high = ethers.toBeHex(order - BigInt(good.s), 32);
    const v = (n) => ethers.toBeHex(n, 1);
    for (const bytes of [[good.r, high, v(good.v === 27 ? 28 : 27)], [good.r, high, v(good.v)], [good.r, good.s, v(good.v - 27)],
      [good.r, good.s, v(29)], [good.r, good.yParityAndS], [good.r, good.s, v(good.v), '0x00'], [good.r, good.s],
      [ethers.ZeroHash, ethers.ZeroHash, v(27)], [ethers.ZeroHash, good.s, v(27)], [good.r, ethers.ZeroHash, v(27)],
      [ethers.toBeHex(order, 32), good.s, v(27)]])
      await refused(by.executeAttested(wanted, ethers.concat(bytes)), 'BadAttestation');
    await done(by.executeAttested(wanted, good.serialized));
  },
  async data_always_needs_two_keys() {
    const a = await account();
    const token = await deploy(Token, a.address);
    const data = token.interface.encodeFunctionData('transfer', [other, 77n]);
    const wanted = await call(a, { to: await token.getAddress(), value: 0n, data });
    await done(a.contract.connect(a.owner).executeAttested(wanted, await attest(a, a.attestor, wanted)));
    assert.equal(await token.balanceOf(other), 77n);
  },
  async keys_and_limit_change_by_two_keys_only() {
    const a = await account();
    const fresh = await newKey();
    const by = a.contract.connect(a.owner);
    for (const key of [a.owner, a.attestor, a.recovery, a.stranger]) {
      await refused(a.contract.connect(key).setLimit(10n ** 18n), 'NotAllowed');
      await refused(a.contract.connect(key).setKeys(fresh.address, a.attestor.address, a.recovery.address), 'NotAllowed');
    }
    await done(by.execute(a.address, 0n)); // to itself without data: nothing happens
    const change = (name, args) => call(a, { to: a.address, value: 0n, data: a.contract.interface.encodeFunctionData(name, args) });
    let wanted = await change('setKeys', [fresh.address, a.attestor.address, a.recovery.address]);
    await done(a.contract.connect(a.recovery).executeAttested(wanted, await attest(a, a.attestor, wanted)));
    assert.equal(await a.contract.owner(), fresh.address);
    await refused(by.execute(other, 1n), 'NotAllowed');
    const now = a.contract.connect(fresh);
    for (const keys of [[ethers.ZeroAddress, a.attestor.address, a.recovery.address], [fresh.address, fresh.address, a.recovery.address],
      [fresh.address, a.attestor.address, a.attestor.address], [fresh.address, a.attestor.address, fresh.address],
      [a.address, a.attestor.address, a.recovery.address]]) {
      wanted = await change('setKeys', keys);
      await refused(now.executeAttested(wanted, await attest(a, a.attestor, wanted)), 'CallFailed');
    }
    wanted = await change('setLimit', [5n]);
    await done(now.executeAttested(wanted, await attest(a, a.attestor, wanted)));
    await refused(now.execute(other, 6n), 'AboveLimit');
    await assert.rejects(deploy(MienAccount, a.owner.address, a.owner.address, a.recovery.address, 1n));
  },
  async reentering_is_refused() {
    const contract = await deploy(attacks.Reenter);
    const a = await account(await contract.getAddress());
    const nothing = await call(a);
    await done(contract.prepare(a.address, nothing, '0x', false));
    await done(contract.start());
    assert.equal(errors.parseError(await contract.refusal()).name, 'Reentered');
    assert.equal(await contract.times(), 1n);
    const wanted = await call(a, { to: await contract.getAddress() });
    await done(contract.prepare(a.address, wanted, await attest(a, a.attestor, wanted), true));
    await done(contract.start());
    assert.equal(errors.parseError(await contract.refusal()).name, 'Reentered');
    assert.equal(await contract.times(), 1n);
    assert.equal(await node.getBalance(await contract.getAddress()), 5001n);
  },
  async a_failed_call_fails_and_changes_nothing() {
    const a = await account();
    const refuses = await deploy(attacks.Refuses);
    const wanted = await call(a, { to: await refuses.getAddress() });
    const good = await attest(a, a.attestor, wanted);
    await refused(a.contract.connect(a.owner).executeAttested(wanted, good), 'CallFailed');
    await refused(a.contract.connect(a.owner).execute(await refuses.getAddress(), 10n), 'CallFailed');
    assert.equal(await a.contract.nonce(), 0n);
    assert.equal(await a.contract.windowSpent(), 0n);
    const poor = await call(a, { value: 10n ** 18n });
    await refused(a.contract.connect(a.owner).executeAttested(poor, await attest(a, a.attestor, poor)), 'CallFailed');
  },
};

for (const [name, test] of Object.entries(tests)) {
  try {
    await test();
  } catch (error) {
    console.log(`FAIL ${name}\n${error.stack}`);
    process.exit(1);
  }
}
node.destroy();
console.log(`contract: ok, ${count} transactions done or refused as they should`);
process.exit(0);
