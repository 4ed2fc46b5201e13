// SPDX-License-Identifier: MIT
// The wallet core against independent implementations: @scure/bip39, @scure/bip32, @scure/btc-signer and ethers are asked what
// wallet-tool is asked, on random cases and on the stored ones.
// usage: node wallet.mjs WALLET-TOOL SOURCE [--cases N] [--seed N] [--kind NAME] [--write]
// --cases N of each kind (default: $MIEN_NPM_CASES, else 400; 2000 before a release). The kinds are spread over as many processes
// as there are processors; --kind runs one of them in this process, with the same cases. --write stores
// tests/wallet/vectors.jsonl anew.
import { fork, spawn } from 'node:child_process';
import { pbkdf2Sync } from 'node:crypto';
import { cpus } from 'node:os';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import assert from 'node:assert/strict';

const [tool, source, ...options] = process.argv.slice(2);
const option = (name, otherwise) => (options.includes(name) ? Number(options[options.indexOf(name) + 1]) : otherwise);
const cases = option('--cases', Number(process.env.MIEN_NPM_CASES ?? 400));
const seed = option('--seed', options.includes('--write') ? 1 : Date.now() % 2 ** 32);
const stored = join(source, 'tests/wallet/vectors.jsonl');

const oneKind = options.includes('--kind') ? options[options.indexOf('--kind') + 1] : undefined;

let viem, viemAccounts, bip32, bip39, wordlist, btc, ethers, hex, base64, sha256, descriptors, descriptorFactory, bip322, sigUtil, Slip39;
try {
  bip32 = await import('@scure/bip32');
  bip39 = await import('@scure/bip39');
  ({ wordlist } = await import('@scure/bip39/wordlists/english'));
  btc = await import('btc-signer-2'); // version 1 writes the txids of PSBT version 2 backwards
  ({ sha256 } = await import('@noble/hashes/sha2'));
  ({ hex, base64 } = await import('@scure/base'));
  ethers = await import('ethers');
  try {
    viem = await import('viem');
    viemAccounts = await import('viem/accounts');
  } catch (error) { // it may ask for a newer Node.js than Debian's
    if (Number(process.versions.node.split('.')[0]) >= 20) throw error;
    viem = undefined;
  }
  bip322 = (await import('bip322-js')).default;
  Slip39 = (await import('slip39')).default;
  sigUtil = await import('@metamask/eth-sig-util');
  if (Number(process.versions.node.split('.')[0]) >= 20) { // it requires ES modules from CommonJS
    descriptors = await import('@bitcoinerlab/descriptors');
    descriptorFactory = descriptors.DescriptorsFactory(await import('@bitcoinerlab/secp256k1'));
  }
} catch (error) {
  if (existsSync(join(source, 'tests/npm/node_modules/ethers'))) throw error;
  console.log('SKIP wallet-npm: the npm packages are not installed (npm ci in tests/npm)');
  console.log('0 passed, 0 failed, 1 skipped');
  process.exit(0);
}

// splitmix64, so that a printed seed repeats a run
let state = BigInt(seed);
const mask = (1n << 64n) - 1n;
function random64() {
  let z = (state = (state + 0x9e3779b97f4a7c15n) & mask);
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & mask;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & mask;
  return z ^ (z >> 31n);
}
const below = (n) => Number(random64() % BigInt(n));
const pick = (list) => list[below(list.length)];
const bytes = (n) => Uint8Array.from({ length: n }, () => below(256));

const child = spawn(tool, [], { stdio: ['pipe', 'pipe', 'inherit'] });
const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
async function ask(request) {
  child.stdin.write(JSON.stringify(request) + '\n');
  return JSON.parse((await lines.next()).value);
}

const passphrases = ['', 'TREZOR', 'a b', 'pässwörd', 'ﬁ ½ Å', 'パスフレーズ', '🙂 emoji'];

// Keys of a few roots are used again and again: deriving them takes most of the time here. deriveCase and mnemonicCase take fresh
// seeds each time.
const roots = Array.from({ length: 24 }, () => bytes(64)), known = new Map();
const someSeed = () => pick(roots);
const stateOfCases = state; // every kind starts here, so its cases do not depend on who ran before
function remembered(key, make) {
  if (!known.has(key)) known.set(key, make());
  return known.get(key);
}
function nodeOf(seedBytes, path) {
  const name = `${hex.encode(seedBytes.subarray(0, 8))} ${path}`;
  if (path === 'm') return remembered(name, () => bip32.HDKey.fromMasterSeed(seedBytes));
  const cut = path.lastIndexOf('/'), step = path.slice(cut + 1);
  return remembered(name, () => nodeOf(seedBytes, path.slice(0, cut)).deriveChild(parseInt(step, 10) + (step.endsWith("'") ? 2 ** 31 : 0)));
}
// One of a seed's first Ethereum accounts.
function walletOf(seedBytes, index) {
  const path = `m/44'/60'/0'/0/${index}`;
  return remembered(`wallet ${hex.encode(seedBytes.subarray(0, 8))} ${index}`,
    () => new ethers.Wallet(ethers.hexlify(nodeOf(seedBytes, path).privateKey)));
}

const networks = {
  mainnet: [btc.NETWORK, 0],
  testnet: [btc.TEST_NETWORK, 1],
  signet: [btc.TEST_NETWORK, 1],
  regtest: [{ ...btc.TEST_NETWORK, bech32: 'bcrt' }, 1],
};
const purposes = { p2pkh: 44, 'p2sh-p2wpkh': 49, p2wpkh: 84, p2tr: 86 };
const types = Object.keys(purposes);

function payment(type, key, network) {
  if (type === 'p2pkh') return btc.p2pkh(key, network);
  if (type === 'p2wpkh') return btc.p2wpkh(key, network);
  if (type === 'p2tr') return btc.p2tr(key.slice(1), undefined, network);
  return btc.p2sh(btc.p2wpkh(key, network), network);
}

// Its rounds of PBKDF2 take most of the time in JavaScript; Node.js's own do for most cases.
function seedOf(mnemonic, passphrase) {
  if (below(8) === 0) return bip39.mnemonicToSeedSync(mnemonic, passphrase);
  return new Uint8Array(pbkdf2Sync(mnemonic.normalize('NFKD'), `mnemonic${passphrase}`.normalize('NFKD'), 2048, 64, 'sha512'));
}

function mnemonicCase() {
  const entropy = bytes(pick([16, 20, 24, 28, 32])), passphrase = pick(passphrases);
  const mnemonic = bip39.entropyToMnemonic(entropy, wordlist);
  return {
    request: { do: 'mnemonic', entropy: hex.encode(entropy), passphrase },
    answer: { mnemonic, entropy: hex.encode(entropy), seed: hex.encode(seedOf(mnemonic, passphrase)) },
  };
}

const u32 = (value) => { const b = new Uint8Array(4); new DataView(b.buffer).setUint32(0, value); return hex.encode(b); };

function deriveCase() {
  const seedBytes = bytes(pick([16, 32, 64]));
  const path = 'm' + Array.from({ length: below(7) }, () => `/${below(2 ** 31)}${pick(["'", ''])}`).join('');
  const node = bip32.HDKey.fromMasterSeed(seedBytes).derive(path);
  return {
    request: { do: 'derive', seed: hex.encode(seedBytes), path },
    answer: { xprv: node.privateExtendedKey, xpub: node.publicExtendedKey, fingerprint: u32(node.fingerprint) },
  };
}

function addressCase() {
  const seedBytes = someSeed(), type = pick(types), network = pick(Object.keys(networks));
  const [parameters, coin] = networks[network];
  const account = below(3), chain = below(2), index = below(100000);
  const node = nodeOf(seedBytes, `m/${purposes[type]}'/${coin}'/${account}'/${chain}/${index}`);
  return {
    request: { do: 'address', seed: hex.encode(seedBytes), network, type, account, chain, index },
    answer: { address: payment(type, node.publicKey, parameters).address },
  };
}

// A PSBT by btc-signer with inputs of ours and of a stranger's kind of output; the answer is what btc-signer itself signs.
function psbtCase() {
  const seedBytes = someSeed(), network = pick(Object.keys(networks)), version = pick([0, 2]);
  const [parameters, coin] = networks[network];
  const root = nodeOf(seedBytes, 'm');
  const tx = new btc.Transaction({ PSBTVersion: version, version: 2, lockTime: pick([0, 100, 1700000000]), allowUnknown: true });
  const own = (type, chain) => {
    const path = `m/${purposes[type]}'/${coin}'/${below(3)}'/${chain}/${below(50)}`;
    const node = nodeOf(seedBytes, path);
    const origin = { fingerprint: root.fingerprint, path: btc.bip32Path(path) };
    const pay = payment(type, node.publicKey, parameters);
    const fields = type === 'p2tr'
      ? { tapBip32Derivation: [[node.publicKey.slice(1), { hashes: [], der: origin }]], tapInternalKey: node.publicKey.slice(1) }
      : { bip32Derivation: [[node.publicKey, origin]] };
    return { node, pay, fields };
  };
  let total = 0n;
  const keys = [];
  for (let i = 1 + below(3); i > 0; i--) {
    const type = pick(types), { node, pay, fields } = own(type, below(2));
    const amount = 50000n + BigInt(below(10000000));
    const previous = new btc.Transaction({ version: 2, allowUnknownOutputs: true });
    previous.addOutput({ script: pay.script, amount });
    previous.addInput({ txid: bytes(32), index: below(5), finalScriptSig: type === 'p2pkh' ? bytes(3) : undefined, finalScriptWitness: [bytes(64)] });
    tx.addInput({
      txid: previous.id, index: 0, sequence: pick([0xffffffff, 0xfffffffd]), nonWitnessUtxo: previous.toBytes(true, true),
      ...(type === 'p2pkh' ? {} : { witnessUtxo: { script: pay.script, amount } }),
      ...(type === 'p2sh-p2wpkh' ? { redeemScript: pay.redeemScript } : {}), ...fields,
    });
    keys.push(node.privateKey);
    total += amount;
  }
  const fee = 1000n + BigInt(below(4000));
  const change = own(pick(types), 1), other = payment(pick(types), nodeOf(someSeed(), 'm').publicKey, parameters);
  const sent = 10000n + BigInt(below(20000));
  tx.addOutput({ script: other.script, amount: sent });
  tx.addOutput({ script: change.pay.script, amount: total - fee - sent, ...change.fields });
  const psbt = base64.encode(tx.toPSBT(version));
  keys.forEach((key, i) => tx.signIdx(key, i, undefined, new Uint8Array(32)));
  tx.finalize();
  return {
    request: { do: 'sign-psbt', seed: hex.encode(seedBytes), network, psbt },
    answer: {
      fee: Number(fee), signed: keys.length,
      outputs: [
        { address: other.address, amount: Number(sent), ours: false },
        { address: change.pay.address, amount: Number(total - fee - sent), ours: true },
      ],
    },
    check: (answer) => checkPsbt(answer, tx, version),
  };
}

// ECDSA signatures are deterministic and must be equal to the byte; Schnorr's have fresh randomness, so there txid and validity
// count (btc-signer checks a signature when it finalizes ours, and refuses an input without one).
function checkPsbt(answer, tx, version) {
  const parsed = btc.Transaction.fromPSBT(base64.decode(answer.psbt), { allowUnknown: true });
  assert.equal(parsed.opts.PSBTVersion ?? version, version);
  parsed.finalize();
  assert.equal(parsed.id, tx.id);
  assert.equal(hex.encode(parsed.extract()), answer.transaction);
  const ours = btc.Transaction.fromRaw(hex.decode(answer.transaction), { allowUnknown: true, disableScriptCheck: true });
  for (let i = 0; i < tx.inputsLength; i++) {
    const a = ours.getInput(i), b = tx.getInput(i);
    const schnorr = (b.finalScriptWitness ?? []).length === 1;
    if (!schnorr) assert.deepEqual((a.finalScriptWitness ?? []).map(hex.encode), (b.finalScriptWitness ?? []).map(hex.encode));
    if (!schnorr) assert.equal(hex.encode(a.finalScriptSig ?? new Uint8Array()), hex.encode(b.finalScriptSig ?? new Uint8Array()));
  }
}

const heads = { p2pkh: ['pkh(', ')'], 'p2sh-p2wpkh': ['sh(wpkh(', '))'], p2wpkh: ['wpkh(', ')'], p2tr: ['tr(', ')'] };
const withChecksum = (text) => `${text}#${descriptors.checksum(text)}`;
const versions = (coin) => (coin === 0 ? undefined : { private: 0x04358394, public: 0x043587cf });
const lab = { mainnet: 'bitcoin', testnet: 'testnet', signet: 'testnet', regtest: 'regtest' };

function accountKey(seedBytes, coin, path) {
  const name = hex.encode(seedBytes.subarray(0, 8));
  const root = remembered(`root ${name} ${coin}`, () => bip32.HDKey.fromMasterSeed(seedBytes, versions(coin)));
  const node = remembered(`account ${name} ${coin} ${path}`, () => root.derive('m/' + path));
  return { root, node, text: `[${u32(root.fingerprint)}/${path}]${node.publicExtendedKey}` };
}

function accountDescriptorCase() {
  const seedBytes = someSeed(), type = pick(types), network = pick(Object.keys(networks)), account = below(20);
  const coin = networks[network][1];
  const { text } = accountKey(seedBytes, coin, `${purposes[type]}'/${coin}'/${account}'`);
  const [head, tail] = heads[type];
  const make = (chain) => withChecksum(`${head}${text}/${chain}/*${tail}`);
  return {
    request: { do: 'account-descriptor', seed: hex.encode(seedBytes), network, type, account },
    answer: { receive: make('0'), internal: make('1'), both: make('<0;1>') },
  };
}

function descriptorCase() {
  const network = pick(Object.keys(networks)), coin = networks[network][1], chain = below(2), index = below(2 ** 31 - 1);
  const first = below(roots.length); // keys of one descriptor must differ
  let used = 0;
  const other = () => roots[(first + used++) % roots.length];
  const key = () => {
    const path = pick([`48'/${coin}'/${below(5)}'/2'`, `84'/${coin}'/0'`, '7']);
    return accountKey(other(), coin, path).text + pick(['/<0;1>/*', '/<0;1>/*', '/3/<0;1>/*']);
  };
  const raw = () => hex.encode(nodeOf(other(), 'm').publicKey);
  const multi = () => {
    const n = pick([1, 2, 2, 3, 3, 3, 5, 15]);
    return `${pick(['sortedmulti', 'sortedmulti', 'multi'])}(${1 + below(n)},${[key(), ...Array.from({ length: n - 1 }, () => (below(8) ? key() : raw()))].join()})`;
  };
  const form = below(6), [head, tail] = heads[types[form % 4]];
  const body = form < 4 ? head + key() + tail : form === 4 ? `wsh(${multi()})` : `sh(wsh(${multi()}))`;
  const expanded = new descriptorFactory.Output({
    descriptor: body.replaceAll('<0;1>', String(chain)), index, network: descriptors.networks[lab[network]], checksumRequired: false });
  return {
    request: { do: 'descriptor', descriptor: pick([body, withChecksum(body)]), network, chain, index },
    answer: { checksum: descriptors.checksum(body), address: expanded.getAddress() },
  };
}

// 2 of 3 with keys sorted: two wallets sign one after the other, the change is known through the registered descriptor.
function sharedCase() {
  const version = pick([0, 2]), network = pick(Object.keys(networks)), [parameters, coin] = networks[network];
  const nested = below(2) === 1, path = `48'/${coin}'/${below(3)}'/${nested ? 1 : 2}'`;
  const first0 = below(8), seeds = [roots[first0], roots[first0 + 8], roots[first0 + 16]], accounts = seeds.map((s) => accountKey(s, coin, path));
  const inner = `sortedmulti(2,${accounts.map((a) => a.text + '/<0;1>/*').join()})`;
  const shared = withChecksum(nested ? `sh(wsh(${inner}))` : `wsh(${inner})`);
  const at = (chain, index) => {
    const nodes = accounts.map((a) => remembered(`${a.text} ${chain} ${index}`, () => a.node.derive(`m/${chain}/${index}`)));
    const multisig = btc.p2wsh(btc.p2ms(2, nodes.map((n) => n.publicKey).sort((a, b) => (hex.encode(a) < hex.encode(b) ? -1 : 1))), parameters);
    const pay = nested ? btc.p2sh(multisig, parameters) : multisig;
    const origins = nodes.map((n, i) => [n.publicKey, { fingerprint: accounts[i].root.fingerprint, path: btc.bip32Path(`m/${path}/${chain}/${index}`) }]);
    return { nodes, pay, origins };
  };
  const tx = new btc.Transaction({ PSBTVersion: version, version: 2 });
  let total = 0n;
  for (let i = 1 + below(2); i > 0; i--) {
    const { pay, origins } = at(below(2), below(20)), amount = 50000n + BigInt(below(1000000));
    const previous = new btc.Transaction({ version: 2, allowUnknownOutputs: true });
    previous.addOutput({ script: pay.script, amount });
    previous.addInput({ txid: bytes(32), index: 0, finalScriptSig: bytes(3) });
    tx.addInput({ txid: previous.id, index: 0, nonWitnessUtxo: previous.toBytes(true, true), witnessUtxo: { script: pay.script, amount },
      witnessScript: pay.witnessScript, ...(nested ? { redeemScript: pay.redeemScript } : {}), bip32Derivation: origins });
    total += amount;
  }
  const change = at(1, below(20)), other = btc.p2wpkh(nodeOf(someSeed(), 'm').publicKey, parameters);
  tx.addOutput({ script: other.script, amount: 20000n });
  tx.addOutput({ script: change.pay.script, amount: total - 22000n, bip32Derivation: change.origins });
  const first = { do: 'sign-psbt', seed: hex.encode(seeds[0]), network, shared: [shared], psbt: base64.encode(tx.toPSBT(version)) };
  return {
    request: first,
    answer: { fee: 2000, signed: tx.inputsLength, outputs: [
      { address: other.address, amount: 20000, ours: false }, { address: change.pay.address, amount: Number(total - 22000n), ours: true }] },
    check: async (answer) => {
      assert.equal(answer.transaction, undefined); // one of two signatures is not enough
      const unregistered = await ask({ ...first, shared: [] });
      assert.equal(unregistered.outputs[1].ours, false); // without the descriptor it may be anybody's
      const second = await ask({ ...first, seed: hex.encode(seeds[2]), psbt: answer.psbt });
      const parsed = btc.Transaction.fromPSBT(base64.decode(second.psbt), { allowUnknown: true });
      parsed.finalize();
      assert.equal(hex.encode(parsed.extract()), second.transaction);
      assert.equal(parsed.id, btc.Transaction.fromRaw(hex.decode(second.transaction), { disableScriptCheck: true }).id);
    },
  };
}

const quantity = (n) => pick([(v) => '0x' + v.toString(16), (v) => v.toString(), (v) => (v < 2n ** 53n ? Number(v) : v.toString())])(n);

function ethereumCase() {
  const seedBytes = someSeed(), index = below(20), type = pick([0, 1, 2]);
  const wallet = walletOf(seedBytes, index);
  const wei = () => random64() >> BigInt(below(64));
  const fee = wei();
  const fields = {
    type, chainId: BigInt(1 + below(2 ** 31)), nonce: below(2 ** 31), gasLimit: wei(), value: wei() * wei(),
    to: ethers.getAddress(ethers.hexlify(bytes(20))), data: ethers.hexlify(bytes(pick([0, 0, 1, 4, 55, 56, 68, 300]))),
    ...(type === 2 ? { maxFeePerGas: fee, maxPriorityFeePerGas: fee >> 3n } : { gasPrice: fee }),
    ...(type === 0 ? {} : { accessList: Array.from({ length: below(3) }, () => ({
      address: ethers.getAddress(ethers.hexlify(bytes(20))), storageKeys: Array.from({ length: below(3) }, () => ethers.hexlify(bytes(32))) })) }),
  };
  const tx = ethers.Transaction.from(fields);
  const unsigned = tx.unsignedSerialized;
  tx.signature = new ethers.SigningKey(wallet.privateKey).sign(tx.unsignedHash);
  const object = Object.fromEntries(Object.entries(fields).map(([k, v]) => [k, typeof v === 'bigint' ? quantity(v) : v]));
  const text = pick([unsigned, unsigned.slice(2), JSON.stringify(object), JSON.stringify({ ...object, from: wallet.address })]);
  return {
    request: { do: 'eth-sign', seed: hex.encode(seedBytes), index, transaction: text, blind: true },
    answer: { raw: tx.serialized.slice(2), hash: tx.hash.slice(2), digest: digest('mien/ethereum-transaction/v1', wallet.address, unsigned) },
  };
}

// viem on its own: all four types of transactions, with authorisations in the last, and messages.
const accountOf = (seedBytes, index) => remembered(`viem ${hex.encode(seedBytes.subarray(0, 8))} ${index}`,
  () => viemAccounts.privateKeyToAccount(ethers.hexlify(nodeOf(seedBytes, `m/44'/60'/0'/0/${index}`).privateKey)));

async function viemTransactionCase() {
  const seedBytes = someSeed(), index = below(20), account = accountOf(seedBytes, index), type = pick(['legacy', 'eip2930', 'eip1559', 'eip7702']);
  const fee = random64() >> BigInt(below(40)), chainId = 1 + below(2 ** 31);
  const dynamic = type === 'eip1559' || type === 'eip7702';
  const transaction = {
    type, chainId, nonce: below(2 ** 31), gas: BigInt(below(2 ** 31)), value: random64(), to: viem.bytesToHex(bytes(20)),
    data: viem.bytesToHex(bytes(pick([0, 4, 68]))), ...(dynamic ? { maxFeePerGas: fee, maxPriorityFeePerGas: fee >> 3n } : { gasPrice: fee }),
    ...(type === 'legacy' ? {} : { accessList: Array.from({ length: below(3) }, () => ({ address: viem.bytesToHex(bytes(20)), storageKeys: [viem.bytesToHex(bytes(32))] })) }),
  };
  if (type === 'eip7702')
    transaction.authorizationList = await Promise.all(Array.from({ length: 1 + below(2) }, () => accountOf(seedBytes, below(20)).signAuthorization(
      { contractAddress: viem.bytesToHex(bytes(20)), chainId: pick([chainId, chainId, 0]), nonce: below(1000) })));
  const raw = await account.signTransaction(transaction);
  return {
    request: { do: 'eth-sign', seed: hex.encode(seedBytes), index, transaction: viem.serializeTransaction(transaction), blind: true },
    answer: { raw: raw.slice(2), hash: viem.keccak256(raw).slice(2) },
  };
}

async function viemMessageCase() {
  const seedBytes = someSeed(), index = below(20), message = randomText(200), account = accountOf(seedBytes, index);
  return {
    request: { do: 'eth-message', seed: hex.encode(seedBytes), index, message },
    answer: { hash: viem.hashMessage(message).slice(2), signature: (await account.signMessage({ message })).slice(2) },
  };
}

async function viemAuthorizeCase() {
  const seedBytes = someSeed(), index = below(20), chain = below(2 ** 31), nonce = below(2 ** 31), delegate = viem.bytesToHex(bytes(20));
  const signed = await accountOf(seedBytes, index).signAuthorization({ contractAddress: delegate, chainId: chain, nonce });
  return {
    request: { do: 'eth-authorize', seed: hex.encode(seedBytes), index, chain, nonce, delegate: viem.getAddress(delegate) },
    answer: { r: viem.pad(signed.r).slice(2), s: viem.pad(signed.s).slice(2), yParity: signed.yParity },
  };
}

// docs/FORMATS.md
function digest(tag, ...parts) {
  const t = sha256(new TextEncoder().encode(tag));
  return hex.encode(sha256(Uint8Array.from([...t, ...t, ...parts.flatMap((p) => [...ethers.getBytes(p)])])));
}

function ethereumAddressCase() {
  const seedBytes = someSeed(), index = below(2 ** 31);
  const wallet = { address: ethers.computeAddress(ethers.hexlify(nodeOf(seedBytes, `m/44'/60'/0'/0/${index}`).publicKey)) };
  return { request: { do: 'eth-address', seed: hex.encode(seedBytes), index }, answer: { address: wallet.address } };
}

const letters = ['a', 'Z', '0', ' ', '\n', 'é', '漢', '🙂', '"', '\\'];
const randomText = (n) => Array.from({ length: below(n) }, () => pick(letters)).join('');

function ethereumMessageCase() {
  const seedBytes = someSeed(), index = below(20), message = randomText(200);
  const wallet = walletOf(seedBytes, index);
  return {
    request: { do: 'eth-message', seed: hex.encode(seedBytes), index, message },
    answer: { hash: ethers.hashMessage(message).slice(2), signature: wallet.signMessageSync(message).slice(2) },
  };
}

// Random structs that use each other, and values for them; ethers and MetaMask's library must agree on the hash as well.
function typedDataCase() {
  const seedBytes = someSeed(), wallet = walletOf(seedBytes, 0);
  const count = 1 + below(4), types = {};
  const atomic = () => pick(['string', 'bytes', 'bool', 'address', `uint${8 * (1 + below(32))}`, `int${8 * (1 + below(32))}`, `bytes${1 + below(32)}`]);
  for (let i = 0; i < count; i++) {
    types[`S${i}`] = Array.from({ length: 1 + below(5) }, (_, j) => {
      const base = i + 1 < count && below(3) === 0 ? `S${i + 1 + below(count - i - 1)}` : atomic();
      return { name: `f${j}`, type: base + pick(['', '', '', '[]', `[${below(3)}]`, '[][2]']) };
    });
  }
  const value = (type) => {
    const array = type.match(/^(.*)\[(\d*)\]$/);
    if (array) return Array.from({ length: array[2] ? Number(array[2]) : below(3) }, () => value(array[1]));
    if (types[type]) return Object.fromEntries(types[type].map((f) => [f.name, value(f.type)]));
    if (type === 'string') return randomText(20);
    if (type === 'bool') return below(2) === 1;
    if (type === 'bytes') return ethers.hexlify(bytes(below(70)));
    if (type === 'address') return ethers.getAddress(ethers.hexlify(bytes(20)));
    if (type.startsWith('bytes')) return ethers.hexlify(bytes(Number(type.slice(5))));
    const signed = type[0] === 'i', bits = BigInt(type.replace(/\D/g, ''));
    const magnitude = ethers.toBigInt(bytes(32)) >> (257n - bits + BigInt(below(Number(bits))));
    return (signed && below(2) ? -magnitude : magnitude).toString();
  };
  const all = [['name', 'string', randomText(10)], ['version', 'string', '1'], ['chainId', 'uint256', 1 + below(100000)],
    ['verifyingContract', 'address', ethers.getAddress(ethers.hexlify(bytes(20)))], ['salt', 'bytes32', ethers.hexlify(bytes(32))]].filter(() => below(2));
  const domain = Object.fromEntries(all.map(([k, , v]) => [k, v])), message = value('S0');
  const data = { types: { ...types, EIP712Domain: all.map(([name, type]) => ({ name, type })) }, primaryType: 'S0', domain, message };
  const reachable = (name, seen = {}) => { seen[name] = types[name]; for (const f of types[name]) { const b = f.type.replace(/\[.*/, ''); if (types[b] && !seen[b]) reachable(b, seen); } return seen; };
  const used = reachable('S0');
  const digest = ethers.TypedDataEncoder.hash(domain, used, message).slice(2);
  assert.equal(hex.encode(sigUtil.TypedDataUtils.eip712Hash(data, 'V4')), digest);
  return {
    request: { do: 'typed-data', seed: hex.encode(seedBytes), index: 0, message: JSON.stringify(data) },
    answer: { digest, domain: ethers.TypedDataEncoder.hashDomain(domain).slice(2), signature: new ethers.SigningKey(wallet.privateKey).sign('0x' + digest).serialized.slice(2) },
  };
}

function authorizeCase() {
  const seedBytes = someSeed(), index = below(20), chain = below(2 ** 31), nonce = below(2 ** 31);
  const wallet = walletOf(seedBytes, index);
  const delegate = ethers.getAddress(below(4) ? ethers.hexlify(bytes(20)) : ethers.ZeroAddress);
  const { signature } = wallet.authorizeSync({ address: delegate, nonce, chainId: chain });
  return {
    request: { do: 'eth-authorize', seed: hex.encode(seedBytes), index, chain, nonce, delegate },
    answer: { r: signature.r.slice(2), s: signature.s.slice(2), yParity: signature.yParity },
  };
}

// Ours must be valid for bip322-js and its signatures for us; forms 0 (BIP-137) and 2 (BIP-322 without prefix).
function messageCase() {
  const seedBytes = someSeed(), type = pick(['p2pkh', 'p2wpkh', 'p2tr']), form = type === 'p2tr' ? 2 : type === 'p2pkh' ? 0 : pick([0, 2]);
  const index = below(20), message = randomText(100), network = 'mainnet';
  const node = nodeOf(seedBytes, `m/${purposes[type]}'/0'/0'/0/${index}`);
  const address = payment(type, node.publicKey, btc.NETWORK).address;
  const theirs = form === 2 ? bip322.Signer.sign(btc.WIF().encode(node.privateKey), address, message) : undefined;
  return {
    request: { do: 'message', seed: hex.encode(seedBytes), network, type, index, form, message },
    answer: form === 2 && type === 'p2wpkh' ? { signature: theirs } : {},
    check: async (answer) => {
      assert.ok(bip322.Verifier.verifySignature(address, message, answer.signature));
      if (below(8) === 0) assert.ok(!bip322.Verifier.verifySignature(address, message + '.', answer.signature));
      for (const signature of theirs ? [theirs, answer.signature] : [answer.signature])
        assert.deepEqual(await ask({ do: 'verify-message', network, address, signature, message }), { valid: true });
      assert.ok((await ask({ do: 'verify-message', network, address, signature: answer.signature, message: message + '.' })).error);
    },
  };
}

// Shares of the slip39 package are combined by us, and ours by it.
function shareCase() {
  const secret = bytes(pick([16, 32])), passphrase = pick(['', 'TREZOR', 'a b~']), extendableBackupFlag = below(2);
  const group = () => { const n = 1 + below(5); const t = n === 1 ? 1 : 2 + below(n - 1); return [t, n]; };
  const groups = Array.from({ length: 1 + below(3) }, group), threshold = 1 + below(groups.length);
  const theirs = Slip39.fromArray([...secret], { passphrase, threshold, groups: groups.map(([t, n]) => [t, n]), iterationExponent: 0, extendableBackupFlag });
  const enough = (share) => groups.slice(0, threshold).flatMap(([t], g) => Array.from({ length: t }, (_, m) => share(g, m)));
  return {
    request: { do: 'slip39-combine', passphrase, shares: enough((g, m) => theirs.fromPath(`r/${g}/${m}`).mnemonics[0]) },
    answer: { secret: hex.encode(secret) },
    check: async () => {
      const ours = await ask({ do: 'slip39-split', secret: hex.encode(secret), passphrase, exponent: 0, threshold, groups });
      const start = groups.map((_, g) => groups.slice(0, g).reduce((sum, [, n]) => sum + n, 0));
      assert.deepEqual(Slip39.recoverSecret(enough((g, m) => ours.shares[start[g] + m]), passphrase), [...secret]);
    },
  };
}

const kinds = [mnemonicCase, deriveCase, addressCase, psbtCase, ethereumAddressCase, ethereumCase, accountDescriptorCase, descriptorCase, sharedCase,
  ethereumMessageCase, typedDataCase, authorizeCase, messageCase, shareCase, viemTransactionCase, viemMessageCase, viemAuthorizeCase];
const needDescriptors = [accountDescriptorCase, descriptorCase, sharedCase];
const needViem = [viemTransactionCase, viemMessageCase, viemAuthorizeCase];
let passed = 0, failed = 0, skipped = 0;

async function compare(name, { request, answer, check }) {
  const ours = await ask(request);
  try {
    for (const [key, value] of Object.entries(answer)) assert.deepEqual(ours[key], value, key);
    if (check) await check(ours);
    return true;
  } catch (error) {
    console.log(`  ${name}: ${error.message}\n  request ${JSON.stringify(request)}\n  answer ${JSON.stringify(ours).slice(0, 600)}`);
    return false;
  }
}

if (options.includes('--write')) {
  const kept = [];
  for (const kind of kinds) for (let i = 0; i < 12; i++) { const { request, answer } = await kind(); if (Object.keys(answer).length) kept.push(JSON.stringify({ request, answer })); }
  writeFileSync(stored, kept.join('\n') + '\n');
  console.log(`${kept.length} vectors written`);
}
function done() {
  child.stdin.end();
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exit(failed ? 1 : 0);
}

async function runKind(kind) {
  if (!descriptors && needDescriptors.includes(kind)) {
    console.log(`SKIP ${kind.name}: @bitcoinerlab/descriptors needs Node.js 20, this is ${process.versions.node}`);
    skipped++;
    return;
  }
  if (!viem && needViem.includes(kind)) {
    console.log(`SKIP ${kind.name}: viem does not load on Node.js ${process.versions.node}`);
    skipped++;
    return;
  }
  let good = 0;
  state = stateOfCases;
  for (let i = 0; i < cases && i - good < 3; i++) good += await compare(kind.name, await kind());
  if (good === cases) passed++; else { failed++; console.log(`FAIL ${kind.name}`); }
}

// A worker runs one kind after the other: loading the packages takes seconds, so it happens once in each.
function serveKinds() {
  process.on('message', async (name) => {
    [passed, failed, skipped] = [0, 0, 0];
    await runKind(kinds.find((kind) => kind.name === name));
    process.send({ passed, failed, skipped });
  });
  process.on('disconnect', () => { child.stdin.end(); process.exit(0); });
  process.send('ready');
}

// The next kind of the queue to a worker until there is none left. A worker that ends early fails its kind.
function runWorker(queue) {
  return new Promise((resolve) => {
    const worker = fork(process.argv[1], [tool, source, '--cases', cases, '--seed', seed, '--worker']);
    let running = 'loading the packages';
    worker.on('message', (said) => {
      if (said !== 'ready') { passed += said.passed; failed += said.failed; skipped += said.skipped; }
      running = queue.shift()?.name;
      if (running) worker.send(running); else worker.disconnect();
    });
    worker.on('exit', () => {
      if (running) { failed++; console.log(`FAIL ${running}: ended early`); }
      resolve();
    });
  });
}

if (oneKind) {
  await runKind(kinds.find((kind) => kind.name === oneKind));
  done();
}
if (options.includes('--worker')) {
  serveKinds();
} else {
  console.log(`seed ${seed}, ${cases} cases of each kind`);
  const slow = [sharedCase, psbtCase, messageCase, descriptorCase, typedDataCase];
  const queue = [...slow, ...kinds.filter((kind) => !slow.includes(kind))];
  const start = performance.now();
  await Promise.all(cpus().map(() => runWorker(queue)));
  console.log(`${((performance.now() - start) / 1000).toFixed(0)} s in ${cpus().length} processes`);
  if (passed + failed + skipped !== kinds.length) { failed++; console.log('FAIL some kinds were not run'); }
  done();
}
