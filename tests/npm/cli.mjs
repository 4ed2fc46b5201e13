// SPDX-License-Identifier: MIT
// The command line against independent implementations: what it derives and signs must be what @scure/bip32,
// @scure/btc-signer and ethers make of the same words, and its signatures must hold there.
// usage: node cli.mjs MIEN FIXTURES SOURCE
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import assert from 'node:assert/strict';

const [mien, fixtures, source] = process.argv.slice(2);
const counts = { passed: 0, failed: 0, skipped: 0 };

function finish() {
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  process.exit(counts.failed ? 1 : 0);
}

let bip32, bip39, wordlist, btc, secp256k1, sha256, ripemd160, ethers, hex;
try {
  bip32 = await import('@scure/bip32');
  bip39 = await import('@scure/bip39');
  ({ wordlist } = await import('@scure/bip39/wordlists/english'));
  btc = await import('@scure/btc-signer');
  ({ secp256k1 } = await import('@noble/curves/secp256k1'));
  ({ sha256 } = await import('@noble/hashes/sha2'));
  ({ ripemd160 } = await import('@noble/hashes/legacy'));
  ethers = await import('ethers');
  ({ hex } = await import('@scure/base'));
} catch (error) {
  if (existsSync(join(source, 'tests/npm/node_modules/ethers'))) throw error;
  console.log('SKIP npm: the npm packages are not installed (npm ci in tests/npm)');
  counts.skipped = 1;
  finish();
}

const scratch = mkdtempSync(join(tmpdir(), 'mien-npm-'));
const home = join(scratch, 'home');
mkdirSync(home);
const env = { PATH: process.env.PATH, HOME: home, MIEN_HOME: home, LANG: 'C.UTF-8' };
for (const name of ['ASAN_OPTIONS', 'UBSAN_OPTIONS', 'MIEN_SIMD', 'MIEN_MODELS']) if (process.env[name]) env[name] = process.env[name];

function run(...args) {
  const done = spawnSync(mien, [...args, '--json'], { env, cwd: scratch, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const result = JSON.parse(done.stdout);
  assert.equal(done.status, 0, `mien ${args.join(' ')}: ${done.stdout}${done.stderr}`);
  return result;
}

const enrolFrames = join(scratch, 'enrol'), backFrames = join(scratch, 'back');
const words = run('init', '--no-pin').mnemonic;
const seed = bip39.mnemonicToSeedSync(words, '');
const root = bip32.HDKey.fromMasterSeed(seed);
execFileSync(fixtures, ['frames', join(source, 'assets/samples/collins.jpg'), '1', '5', enrolFrames], { env });
execFileSync(fixtures, ['frames', join(source, 'assets/samples/collins.jpg'), '20', '3', backFrames], { env });
run('enrol', '--source', enrolFrames);

function fingerprint(key) {
  return key.fingerprint;
}

const networks = { mainnet: [btc.NETWORK, 0], testnet: [btc.TEST_NETWORK, 1] };
const payments = {
  p2wpkh: [84, (key, net) => btc.p2wpkh(key, net)],
  p2pkh: [44, (key, net) => btc.p2pkh(key, net)],
  'p2sh-p2wpkh': [49, (key, net) => btc.p2sh(btc.p2wpkh(key, net), net)],
  p2tr: [86, (key, net) => btc.p2tr(key.slice(1), undefined, net)],
};

function child(purpose, coin, chain, index) {
  return root.derive(`m/${purpose}'/${coin}'/0'/${chain}/${index}`);
}

// BIP-370 stores the previous txid in the order of the wire (its test vectors: the field equals the double SHA-256 of the
// previous transaction). btc-signer 1.8.1 writes and reads it in the order for people, so version 2 passes through here
// both ways.
function turnTxids(psbt, version) {
  const bytes = Uint8Array.from(psbt);
  for (let i = 0; version === 2 && i + 35 <= bytes.length; i++)
    if (bytes[i] === 0x01 && bytes[i + 1] === 0x0e && bytes[i + 2] === 0x20) {
      bytes.subarray(i + 3, i + 35).reverse();
      i += 34;
    }
  return bytes;
}

// One input of ours, one payment to a stranger, change to ourselves; as our own wallet software would make it.
function makePsbt(version, network, inputs) {
  const [net, coin] = networks[network];
  const tx = new btc.Transaction({ PSBTVersion: version, version: 2 });
  inputs.forEach(([type, index, amount]) => {
    const [purpose, pay] = payments[type];
    const key = child(purpose, coin, 0, index);
    const spend = pay(key.publicKey, net);
    const previous = btc.RawTx.encode({ version: 2, segwitFlag: false, lockTime: 0,
      inputs: [{ txid: new Uint8Array(32).fill(index + 1), index: 0, finalScriptSig: new Uint8Array([0x51]), sequence: 0xffffffff }],
      outputs: [{ amount, script: spend.script }] });
    const txid = hex.encode(sha256(sha256(previous)).reverse());
    const path = [purpose + 0x80000000, coin + 0x80000000, 0x80000000, 0, index];
    tx.addInput({
      txid, index: 0, nonWitnessUtxo: previous,
      ...(type === 'p2pkh' ? {} : { witnessUtxo: { script: spend.script, amount } }),
      ...(type === 'p2sh-p2wpkh' ? { redeemScript: spend.redeemScript } : {}),
      ...(type === 'p2tr'
        ? { tapInternalKey: key.publicKey.slice(1),
            tapBip32Derivation: [[key.publicKey.slice(1), { hashes: [], der: { fingerprint: fingerprint(root), path } }]] }
        : { bip32Derivation: [[key.publicKey, { fingerprint: fingerprint(root), path }]] }),
    });
  });
  const total = inputs.reduce((sum, [, , amount]) => sum + amount, 0n);
  const stranger = btc.p2wpkh(secp256k1.getPublicKey(new Uint8Array(32).fill(7), true), net);
  tx.addOutputAddress(stranger.address, 50_000n, net);
  const change = child(84, coin, 1, 4);
  tx.addOutput({ script: btc.p2wpkh(change.publicKey, net).script, amount: total - 52_000n,
    bip32Derivation: [[change.publicKey, { fingerprint: fingerprint(root), path: [84 + 0x80000000, coin + 0x80000000, 0x80000000, 1, 4] }]] });
  return turnTxids(tx.toPSBT(version), version);
}

function signPsbt(psbt, network) {
  const file = join(scratch, 'pay.psbt');
  writeFileSync(file, psbt);
  return run('psbt', 'sign', file, '--network', network, '--source', backFrames, '--yes');
}

// Every partial signature of a p2wpkh input, checked over the sighash that btc-signer computes.
function checkP2wpkh(tx, i) {
  const input = tx.getInput(i);
  assert.equal(input.partialSig.length, 1);
  const [key, signature] = input.partialSig[0];
  const amount = input.witnessUtxo.amount;
  const script = btc.OutScript.encode({ type: 'pkh', hash: ripemd160(sha256(key)) });
  const digest = tx.preimageWitnessV0(i, script, btc.SigHash.ALL, amount);
  assert.equal(signature[signature.length - 1], btc.SigHash.ALL);
  const der = secp256k1.Signature.fromDER(signature.slice(0, -1));
  assert.ok(!der.hasHighS());
  assert.ok(secp256k1.verify(der.toCompactRawBytes(), digest, key), 'the signature does not hold');
  const wrong = Uint8Array.from(digest);
  wrong[0] ^= 1;
  assert.ok(!secp256k1.verify(der.toCompactRawBytes(), wrong, key));
}

function signedByMien(version, network, inputs) {
  const psbt = makePsbt(version, network, inputs);
  const before = btc.Transaction.fromPSBT(turnTxids(psbt, version), { allowUnknown: true });
  const signed = signPsbt(psbt, network);
  assert.equal(signed.signed_inputs, inputs.length);
  const bytes = turnTxids(Buffer.from(signed.psbt, 'base64'), version);
  const after = btc.Transaction.fromPSBT(bytes, { allowUnknown: true });
  assert.equal(after.opts.PSBTVersion ?? version, version);
  assert.equal(after.inputsLength, before.inputsLength);
  assert.deepEqual(after.unsignedTx, before.unsignedTx, 'another transaction than the one given');
  writeFileSync(join(scratch, 'signed.psbt'), signed.psbt);
  const raw = run('psbt', 'extract', join(scratch, 'signed.psbt')).transaction;
  return { after, raw, signed };
}

const tests = {
  'the words have a valid checksum': () => assert.ok(bip39.validateMnemonic(words, wordlist)),

  'addresses of every type agree': () => {
    for (const [network, [net, coin]] of Object.entries(networks))
      for (const [type, [purpose, pay]] of Object.entries(payments))
        for (const chain of [0, 1]) {
          const listed = run('address', '--type', type, '--network', network, '--count', '4', '--index', '3',
            ...(chain ? ['--change'] : [])).addresses;
          listed.forEach(({ path, address }, i) => {
            assert.equal(path, `m/${purpose}'/${coin}'/0'/${chain}/${3 + i}`);
            assert.equal(address, pay(child(purpose, coin, chain, 3 + i).publicKey, net).address);
          });
        }
  },

  'extended public keys agree': () => {
    const { xpub, path } = run('xpub');
    assert.equal(xpub, root.derive(path).publicExtendedKey);
    assert.equal(run('xpub').fingerprint, root.fingerprint.toString(16).padStart(8, '0'));
  },

  'Ethereum addresses agree': () => {
    run('eth', 'address', '--count', '5').addresses.forEach(({ path, address }, i) => {
      const wallet = ethers.HDNodeWallet.fromPhrase(words, '', `m/44'/60'/0'/0/${i}`);
      assert.equal(path, wallet.path);
      assert.equal(address, wallet.address);
    });
  },

  'txids of PSBT version 2 are in the order of the wire': () => {
    // input 0 of a vector of BIP-370: previous transaction and PSBT_IN_PREVIOUS_TXID
    const previous = hex.decode('0200000001c1aa256e214b96a1822f93de42bff3b5f3ff8d0519306e3515d7515a5e805b120000000000ffffffff'
      + '0118c69a3b00000000160014b0a3af144208412693ca7d166852b52db0aef06e00000000');
    assert.equal(hex.encode(sha256(sha256(previous))), '0b0ad921419c1c8719735d72dc739f9ea9e0638d1fe4c1eef0f9944084815fc8');
  },

  'p2wpkh signatures hold, PSBT version 0 and 2': () => {
    for (const version of [0, 2])
      for (const network of ['mainnet', 'testnet']) {
        const { after, raw } = signedByMien(version, network, [['p2wpkh', 2, 90_000n], ['p2wpkh', 5, 80_000n]]);
        checkP2wpkh(after, 0);
        checkP2wpkh(after, 1);
        after.finalize();
        assert.equal(raw, hex.encode(after.extract()), 'another network transaction than btc-signer makes');
      }
  },

  'the other script types are signed as btc-signer finishes them': () => {
    const { after, raw } = signedByMien(0, 'mainnet', [['p2sh-p2wpkh', 1, 70_000n], ['p2tr', 3, 60_000n], ['p2wpkh', 0, 90_000n]]);
    checkP2wpkh(after, 0);
    checkP2wpkh(after, 2);
    after.finalize();
    assert.equal(raw, hex.encode(after.extract()));
  },

  'a stranger\'s transaction is not signed': () => {
    const [net] = networks.mainnet;
    const other = bip32.HDKey.fromMasterSeed(new Uint8Array(64).fill(9)).derive("m/84'/0'/0'/0/0");
    const tx = new btc.Transaction({ PSBTVersion: 0 });
    const spend = btc.p2wpkh(other.publicKey, net);
    tx.addInput({ txid: '11'.repeat(32), index: 0, witnessUtxo: { script: spend.script, amount: 90_000n } });
    tx.addOutput({ script: spend.script, amount: 80_000n });
    const file = join(scratch, 'stranger.psbt');
    writeFileSync(file, tx.toPSBT(0));
    const done = spawnSync(mien, ['psbt', 'sign', file, '--source', backFrames, '--yes', '--json'], { env, cwd: scratch, encoding: 'utf8' });
    assert.notEqual(done.status, 0, done.stdout);
    assert.ok('error' in JSON.parse(done.stdout));
  },

  'EIP-1559 signatures hold': () => {
    const wallet = ethers.HDNodeWallet.fromPhrase(words, '', "m/44'/60'/0'/0/0");
    for (const fields of [
      { to: '0x6d69656e0102030405060708090a0b0c0d0e0f10', value: '1500000000000000', nonce: 7, gas: 21000 },
      { to: '0x6d69656e0102030405060708090a0b0c0d0e0f10', value: '0x0', nonce: 0, gas: '60000',
        data: '0xa9059cbb' + '00'.repeat(12) + '22'.repeat(20) + '00'.repeat(31) + '05' },
    ]) {
      const transaction = { type: 2, chainId: 1, maxFeePerGas: '30000000000', maxPriorityFeePerGas: '1000000000', ...fields };
      const file = join(scratch, 'transfer.json');
      writeFileSync(file, JSON.stringify(transaction));
      const signed = run('eth', 'sign-tx', file, '--source', backFrames, '--yes');
      const read = ethers.Transaction.from(signed.raw);
      assert.equal(read.from, wallet.address);
      assert.equal(read.hash, '0x' + signed.hash);
      assert.equal(read.type, 2);
      const { gas, ...rest } = transaction;
      const expected = ethers.Transaction.from({ ...rest, gasLimit: gas });
      assert.equal(read.unsignedSerialized, expected.unsignedSerialized, 'signed something else than was given');
      expected.signature = wallet.signingKey.sign(expected.unsignedHash);
      assert.equal(signed.raw, expected.serialized, 'RFC 6979 gives one signature only');
    }
  },

  'unsigned RLP of ethers is taken too': () => {
    const unsigned = ethers.Transaction.from({ type: 2, chainId: 10, nonce: 3, to: '0x' + '33'.repeat(20), value: 5n,
      gasLimit: 21000n, maxFeePerGas: 2000000000n, maxPriorityFeePerGas: 1n }).unsignedSerialized;
    const file = join(scratch, 'unsigned.hex');
    writeFileSync(file, unsigned + '\n');
    const read = ethers.Transaction.from(run('eth', 'sign-tx', file, '--source', backFrames, '--yes').raw);
    assert.equal(read.unsignedSerialized, unsigned);
  },
};

for (const [name, test] of Object.entries(tests)) {
  try {
    test();
    counts.passed++;
  } catch (error) {
    counts.failed++;
    console.log(`FAIL ${name}\n${error.stack}`);
  }
}
rmSync(scratch, { recursive: true, force: true });
finish();
