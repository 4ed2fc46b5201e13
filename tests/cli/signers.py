# SPDX-License-Identifier: MIT
"""What a signer must check, each with a case in which it is not so: Bitcoin and Ethereum from outside."""
import copy
import json

import psbt as p
from harness import enrolled, frames, main

def face():
    return ["--yes", "--source", frames("collins", 2, 3)]


def write(home, maps, name="pay.psbt"):
    (home.path / name).write_text(p.encode(maps))


def sign(home, maps, *options, name="pay.psbt"):
    write(home, maps, name)
    return home.json("psbt", "sign", name, "--network", "testnet", *face(), *options)


def payment(home, kind="p2wpkh", version=0, **changes):
    wallet = p.Wallet(home)
    spent = wallet.input(kind, 1000000)
    return p.psbt([spent], [p.STRANGER, wallet.change(kind, 598000)], version, **changes)


def refused(home, maps, *codes, words="", options=()):
    """Refused, and before the face: no attempt was made and nothing was signed."""
    result = sign(home, maps, *options)
    assert result.code in (codes or (1, 6)), result.out + result.err
    assert words.lower() in result.out.lower(), f"'{words}' is not said: {result.out}"
    assert "psbt" not in result.json
    return result


# ---- what is signed ----

def test_all_types_and_both_versions(home):
    home = enrolled()
    for kind in p.PURPOSES:
        for version in (0, 2):
            maps = payment(home, kind, version)
            write(home, maps)
            shown = home.json("psbt", "show", "pay.psbt", "--network", "testnet")
            owners = [o["owner"] for o in shown.expect(0).json["outputs"]]
            assert owners == ["other", "change"], (kind, owners)
            signed = sign(home, maps, "-o", "signed.psbt").expect(0).json
            assert signed["signed_inputs"] == 1 and signed["fee_satoshis"] == 2000, (kind, version, signed)
            versions = [v for k, v in p.decode(signed["psbt"])[0] if k == b"\xfb"]
            assert versions == ([p.le(2, 4)] if version == 2 else []), "another version came out"
            final = home.json("psbt", "finalize", "signed.psbt", "-o", "final.psbt").expect(0).json
            assert final["finished_inputs"] == 1
            raw = bytes.fromhex(home.json("psbt", "extract", "final.psbt").expect(0).json["transaction"])
            assert p.double_sha256(maps[1][0][1]) in raw, "another input is spent"
            assert p.le(400000, 8) + p.with_length(p.STRANGER["script"]) in raw


def test_unknown_and_proprietary_fields_are_kept(home):
    home = enrolled()
    strange = [(b"\xfc\x04mien\x00key", b"value"), (b"\xef\x01\x02", b"\x00" * 300)]
    maps = payment(home, extra=strange)
    maps[1] = maps[1] + [(b"\xfc\x05other\x01", b"in")]
    maps[2] = maps[2] + [(b"\xfc\x05other\x01", b"out")]
    done = p.decode(sign(home, maps).expect(0).json["psbt"])
    for pair in strange:
        assert pair in done[0], pair
    assert (b"\xfc\x05other\x01", b"in") in done[1] and (b"\xfc\x05other\x01", b"out") in done[2]


def test_one_of_several_signers(home):
    """wsh(sortedmulti(2,...)) of two wallets, with the shared wallet registered in the policy of the first."""
    one, two = enrolled(), enrolled()
    two.json("restore", "--no-pin", "--yes", secrets=[("--mnemonic-fd", "zoo " * 23 + "vote")]).expect(0)
    two.json("enrol", "--source", frames("collins", 1, 5)).expect(0)
    keys = [h.json("descriptors", "--network", "testnet").expect(0).json["multisig_key"] for h in (one, two)]
    fingerprints = [k[1:9] for k in keys]
    xpubs = [k.split("]")[1] for k in keys]
    path = [p.HARD | 48, p.HARD | 1, p.HARD, p.HARD | 2]

    def shared(chain, index):
        public = sorted((p.child_key(x, chain, index), f) for x, f in zip(xpubs, fingerprints))
        witness = b"\x52" + b"".join(p.with_length(k) for k, _ in public) + b"\x52\xae"
        origins = [(k, p.path_bytes(f, path + [chain, index])) for k, f in public]
        return b"\x00\x20" + p.sha256(witness), witness, origins

    script, witness, origins = shared(0, 3)
    raw, txid = p.previous(1000000, script)
    spent = {"txid": txid, "index": 0, "sequence": 0xfffffffd, "fields":
             [(b"\x00", raw), (b"\x01", p.le(1000000, 8) + p.with_length(script)), (b"\x05", witness)] +
             [(b"\x06" + k, o) for k, o in origins]}
    script, witness, origins = shared(1, 0)
    change = {"amount": 598000, "script": script, "fields": [(b"\x01", witness)] + [(b"\x02" + k, o) for k, o in origins]}
    for version in (0, 2):
        maps = p.psbt([spent], [p.STRANGER, change], version)
        write(one, maps)
        show = ("psbt", "show", "pay.psbt", "--network", "testnet")
        assert one.json(*show).expect(0).json["outputs"][1]["owner"] == ("other" if version == 0 else "change")
        body = f"wsh(sortedmulti(2,{keys[0]}/<0;1>/*,{keys[1]}/<0;1>/*))"
        if version == 0:
            policy = f"mien-policy 1\nrequire face\nchain testnet\ndestinations any\nday 0.00402000\nshared {body}\n"
            (one.path / "p").write_text(policy)
            one.json("policy", "check", "p").refused(1, "FORMAT")  # without a checksum
            (one.path / "p").write_text(policy.replace(body, body + "#" + checksum(body)))
            one.json("policy", "set", "p", *face()).expect(0)
        assert one.json(*show).expect(0).json["outputs"][1]["owner"] == "change"
        first = sign(one, maps, "-o", "one.psbt").expect(0).json
        assert first["signed_inputs"] == 1
        one.json("psbt", "extract", "one.psbt").expect(1)
        (two.path / "one.psbt").write_text(first["psbt"])
        second = two.json("psbt", "sign", "one.psbt", "--network", "testnet", *face()).expect(0).json
        both = sign(two, maps, "-o", "mine.psbt").expect(0).json["psbt"]
        (two.path / "combined.psbt").write_text(
            two.json("psbt", "combine", "one.psbt", "mine.psbt").expect(0).json["psbt"])
        assert both != second["psbt"]
        assert two.json("psbt", "finalize", "combined.psbt").expect(0).json["finished_inputs"] == 1
        two.json("psbt", "extract", "combined.psbt").expect(0)


def checksum(text):
    """BIP-380."""
    charset = "0123456789()[],'/*abcdefgh@:$%{}IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~ijklmnopqrstuvwxyzABCDEFGH`#\"\\ "
    generator = (0xf5dee51989, 0xa9fdca3312, 0x1bab10e32d, 0x3706b1677a, 0x644d626ffd)

    def step(state, value):
        top = state >> 35
        state = (state & 0x7ffffffff) << 5 ^ value
        for i in range(5):
            state ^= generator[i] if top >> i & 1 else 0
        return state
    state, group = 1, []
    for letter in text:
        value = charset.index(letter)
        state = step(state, value & 31)
        group.append(value >> 5)
        if len(group) == 3:
            state, group = step(state, group[0] * 9 + group[1] * 3 + group[2]), []
    if group:
        state = step(state, group[0] if len(group) == 1 else group[0] * 3 + group[1])
    for _ in range(8):
        state = step(state, 0)
    state ^= 1
    return "".join(p.BECH32[state >> 5 * (7 - i) & 31] for i in range(8))


# ---- what is refused ----

def test_previous_transactions(home):
    home = enrolled()
    for version in (0, 2):
        good = payment(home, "p2wpkh", version)
        other, _ = p.previous(1000000, good[1][0][1][-30:], 9)
        maps = copy.deepcopy(good)
        maps[1] = [(k, other if k == b"\x00" else v) for k, v in maps[1]]
        refused(home, maps)  # another transaction than the input names
        maps = copy.deepcopy(good)
        maps[1] = [(k, p.le(1000001, 8) + v[8:] if k == b"\x01" else v) for k, v in maps[1]]
        refused(home, maps)  # the two amounts contradict each other
        maps = copy.deepcopy(good)
        maps[1] = [(k, v[:8] + p.with_length(b"\x00\x14" + b"\x77" * 20) if k == b"\x01" else v) for k, v in maps[1]]
        refused(home, maps)  # the two scripts do
    legacy = payment(home, "p2pkh")
    legacy[1] = [(k, v) for k, v in legacy[1] if k != b"\x00"]
    refused(home, legacy)  # an amount that no signature would commit to


def test_two_segwit_inputs_need_proven_amounts(home):
    home = enrolled()
    wallet = p.Wallet(home)
    spent = [wallet.input("p2wpkh", 500000, index=i, salt=i) for i in range(2)]
    for i in spent:
        i["fields"] = [(k, v) for k, v in i["fields"] if k != b"\x00"]
    maps = p.psbt(spent, [p.STRANGER, wallet.change("p2wpkh", 598000)])
    refused(home, maps)
    assert sign(home, maps, "--allow-unproven").expect(0).json["signed_inputs"] == 2


def test_inputs_and_change_are_derived_again(home):
    home = enrolled()
    wallet = p.Wallet(home)
    good = payment(home)
    other = wallet.key("p2wpkh", 0, 9)
    maps = copy.deepcopy(good)
    maps[1] = [(b"\x06" + other, v) if k[:1] == b"\x06" else (k, v) for k, v in maps[1]]
    refused(home, maps, 1)  # our fingerprint and path with another key
    maps = copy.deepcopy(good)
    path = p.path_bytes(wallet.fingerprint, wallet.path("p2wpkh", 0, 9))
    maps[1] = [(b"\x06" + other, path) if k[:1] == b"\x06" else (k, v) for k, v in maps[1]]
    refused(home, maps, 1)  # a key of ours that does not open the output
    maps = copy.deepcopy(good)
    maps[3] = [(b"\x02" + other, v) for k, v in maps[3]]
    refused(home, maps, 1)  # change with another key at our path
    thief = {"amount": 598000, "script": b"\x00\x14" + b"\x66" * 20, "fields": wallet.origin("p2wpkh", 1, 0, True)}
    maps = p.psbt([wallet.input("p2wpkh", 1000000)], [p.STRANGER, thief])
    write(home, maps)
    shown = home.json("psbt", "show", "pay.psbt", "--network", "testnet")
    assert shown.code != 0 or [o["owner"] for o in shown.json["outputs"]] == ["other", "other"], "a thief's output is ours"
    far = p.path_bytes(wallet.fingerprint, [p.HARD | 84, p.HARD, p.HARD, 0, 0])
    maps = copy.deepcopy(good)
    maps[1] = [(k, far) if k[:1] == b"\x06" else (k, v) for k, v in maps[1]]
    refused(home, maps)  # a key of the main network


def test_fees(home):
    home = enrolled()
    wallet = p.Wallet(home)
    spent = wallet.input("p2wpkh", 1000000)
    refused(home, p.psbt([spent], [p.STRANGER, wallet.change("p2wpkh", 349999)]), 6)  # 25 per cent and one
    refused(home, p.psbt([spent], [p.STRANGER, wallet.change("p2wpkh", 598000)]), 6, options=["--max-fee", "1999"])
    refused(home, p.psbt([spent], [p.STRANGER, wallet.change("p2wpkh", 598000)]), 2, options=["--max-fee-percent", "101"])
    refused(home, p.psbt([spent], [p.STRANGER, wallet.change("p2wpkh", 580000)]), 6, options=["--max-fee-percent", "1"])
    large = wallet.input("p2wpkh", 10**9)
    refused(home, p.psbt([large], [p.STRANGER, wallet.change("p2wpkh", 10**9 - 400000 - 1000001)]), 6)  # 0.01 and one
    refused(home, p.psbt([spent], [p.STRANGER, wallet.change("p2wpkh", 600001)]))  # more than there is


def test_amounts_that_overflow(home):
    home = enrolled()
    wallet = p.Wallet(home)
    spent = wallet.input("p2wpkh", 1000000)
    for amount in (2**63, 2**64 - 1, 21 * 10**14 + 1):
        for version in (0, 2):
            huge = {"amount": amount, "script": p.STRANGER["script"], "fields": []}
            refused(home, p.psbt([spent], [huge], version))
            refused(home, p.psbt([spent], [huge, huge], version))


def test_inputs_spent_twice(home):
    home = enrolled()
    wallet = p.Wallet(home)
    spent = wallet.input("p2wpkh", 1000000)
    for version in (0, 2):
        refused(home, p.psbt([spent, spent], [p.STRANGER, wallet.change("p2wpkh", 1598000)], version))


def test_signature_types(home):
    home = enrolled()
    for kind in ("p2wpkh", "p2tr", "p2pkh"):
        for what in (0x02, 0x03, 0x81, 0x82, 0x83, 0x04, 0x100):
            maps = payment(home, kind)
            maps[1] = maps[1] + [(b"\x03", p.le(what, 4))]
            refused(home, maps)
        maps = payment(home, kind)
        maps[1] = maps[1] + [(b"\x03", p.le(1, 4))]
        sign(home, maps).expect(0)


def test_nothing_of_this_is_an_attempt(home):
    home = enrolled()
    refused(home, payment(home), options=["--max-fee", "1"])
    assert home.json("status").json["failures"] == 0
    lines = home.json("policy", "log").expect(0).json["lines"]
    assert [line["event"] for line in lines] == ["policy"], "a refused transaction was noted as signed"


# ---- Ethereum ----

SHOP = "0x6d69656e0102030405060708090a0b0c0d0e0f10"
TRANSFER = {"type": 2, "chainId": 11155111, "nonce": 7, "to": SHOP, "value": "1500000000000000", "gas": 21000,
            "maxFeePerGas": "30000000000", "maxPriorityFeePerGas": "1000000000"}
LAX = "mien-policy 1\nrequire face\nmessages allow\ntyped-data allow\ndelegations any\napprovals any\n" \
      "unknown-data allow\nany-chain allow\nother-chains allow\n"


def ethereum(home, options=(), **changes):
    fields = {k: v for k, v in {**TRANSFER, **changes}.items() if v is not None}
    (home.path / "t.json").write_text(json.dumps(fields))
    return home.json("eth", "sign-tx", "t.json", *face(), *options)


def allow_everything(home):
    (home.path / "lax").write_text(LAX)
    home.json("policy", "set", "lax", *face()).expect(0)
    return home


def test_transactions_of_all_types(home):
    home = enrolled()
    legacy = {"type": 0, "gasPrice": "30000000000", "maxFeePerGas": None, "maxPriorityFeePerGas": None}
    for changes, start in ((legacy, "0xf8"), ({**legacy, "type": 1, "accessList": [{"address": SHOP, "storageKeys": ["0x" + "00" * 32]}]}, "0x01"),
                           ({}, "0x02")):
        raw = ethereum(home, **changes).expect(0).json["raw"]
        assert raw.startswith(start), raw
    auth = home.json("eth", "auth", "--revoke", "--chain-id", "11155111", "--nonce", "8", *face()).expect(0).json
    raw = ethereum(home, type=4, authorizationList=[auth["authorization"]], gas=80000).expect(0).json["raw"]
    assert raw.startswith("0x04"), raw


def test_blind_signing_takes_an_option_and_the_policy(home):
    home = enrolled()
    blind = {"data": "0xdeadbeef00", "gas": 60000}
    ethereum(home, **blind).refused(6, "POLICY_DENIED")
    ethereum(home, ["--allow-blind"], **blind).refused(6, "POLICY_DENIED")
    allow_everything(home)
    ethereum(home, **blind).refused(6, "POLICY_DENIED")
    said = ethereum(home, ["--allow-blind"], **blind).expect(0)
    assert "deadbeef" in said.err.lower() and "warning" in said.err.lower(), said.err
    ethereum(home, ["--allow-blind"], to=None, data="0x6001600055", gas=90000).expect(0)


def test_chain_zero_and_unknown_delegates(home):
    home = enrolled()
    legacy = {"type": 0, "gasPrice": "30000000000", "maxFeePerGas": None, "maxPriorityFeePerGas": None, "chainId": 0}
    auth = ["eth", "auth", SHOP, "--chain-id", "1", "--nonce", "1", *face()]
    anywhere = ["eth", "auth", "0x63c0c19a282a1B52b07dD5a65b58948A07DAE32B", "--chain-id", "0", "--nonce", "1", *face()]
    for options in ([], ["--allow-any-chain", "--allow-delegates"]):
        assert ethereum(home, options[:1], **legacy).code in (1, 6)
        home.json(*auth, *options).refused(6, "POLICY_DENIED")
        home.json(*anywhere, *options).refused(6, "POLICY_DENIED")
    home.json("eth", "auth", "0x63c0c19a282a1B52b07dD5a65b58948A07DAE32B", "--chain-id", "1", "--nonce", "1", *face()).expect(0)
    allow_everything(home)
    home.json(*auth).refused(6, "POLICY_DENIED")
    home.json(*anywhere).refused(6, "POLICY_DENIED")
    said = home.json(*auth, "--allow-delegates").expect(0)
    assert "nonce 1" in said.err.lower(), said.err
    home.json(*anywhere, "--allow-any-chain").expect(0)
    mistyped = "0x63C0c19a282a1B52b07dD5a65b58948A07DAE32B"
    home.json("eth", "auth", mistyped, "--chain-id", "1", "--nonce", "1", *face()).refused(1, "AUTHENTICATION")


def test_addresses_and_encodings(home):
    home = enrolled()
    assert ethereum(home, to="0x6D69656e0102030405060708090a0b0c0d0e0f10").code == 1, "EIP-55 was not checked"
    raw = home.json("eth", "address").json["addresses"][0]["address"]
    for bad in ("0x02c0", "0x02f8ff", "0x00", "0x", "02zz", "0xc0", "0x03" + "c0", "0x02" + "c180"):
        (home.path / "raw").write_text(bad)
        assert home.json("eth", "sign-tx", "raw", *face()).code == 1, bad
    # a number with a zero in front: not the shortest form
    (home.path / "raw").write_text("0x02e8" + "01" + "820007" + "843b9aca00" + "8506fc23ac00" + "825208" + "94" + SHOP[2:] + "80" + "80" + "c0")
    assert home.json("eth", "sign-tx", "raw", *face()).code == 1
    assert raw.startswith("0x")


def test_fees_of_ethereum(home):
    home = enrolled()
    ethereum(home, maxFeePerGas="30000000000000").refused(6, "POLICY_DENIED")
    ethereum(home, ["--max-fee-wei", "629999999999999"]).refused(6, "POLICY_DENIED")
    ethereum(home, ["--max-fee-wei", "630000000000000"]).expect(0)
    assert ethereum(home, maxPriorityFeePerGas="30000000001").code == 1, "a tip above the fee"
    assert ethereum(home, value=str(2**256)).code == 1
    assert ethereum(home, value=str(2**256 - 1), maxFeePerGas=str(2**255)).code in (1, 6)


PERMIT = {"types": {"EIP712Domain": [{"name": "name", "type": "string"}, {"name": "chainId", "type": "uint256"},
                                     {"name": "verifyingContract", "type": "address"}],
                    "Permit": [{"name": "owner", "type": "address"}, {"name": "spender", "type": "address"},
                               {"name": "value", "type": "uint256"}, {"name": "nonce", "type": "uint256"},
                               {"name": "deadline", "type": "uint256"}]},
          "primaryType": "Permit", "domain": {"name": "Token", "chainId": 1, "verifyingContract": SHOP},
          "message": {"owner": SHOP, "spender": SHOP, "value": "115792089237316195423570985008687907853269984665640564039457584007913129639935",
                      "nonce": 41, "deadline": 1893456000}}


def test_typed_data_is_shown_whole(home):
    home = enrolled()
    (home.path / "permit.json").write_text(json.dumps(PERMIT))
    said = home.json("eth", "sign-typed", "permit.json", *face()).expect(0)
    for part in ("Permit", "nonce", "41", "deadline", "1893456000", "chainId", "Token", "domain hash", "message hash"):
        assert part.lower() in said.err.lower(), f"{part} is not shown:\n{said.err}"
    assert len(said.json["signature"]) == 132
    broken = copy.deepcopy(PERMIT)
    del broken["message"]["deadline"]
    (home.path / "permit.json").write_text(json.dumps(broken))
    assert home.json("eth", "sign-typed", "permit.json", *face()).code == 1
    (home.path / "permit.json").write_text('{"types":')
    assert home.json("eth", "sign-typed", "permit.json", *face()).code == 1
    (home.path / "strict").write_text("mien-policy 1\nrequire face\nother-chains allow\n")
    home.json("policy", "set", "strict", *face()).expect(0)
    (home.path / "permit.json").write_text(json.dumps(PERMIT))
    home.json("eth", "sign-typed", "permit.json", *face()).refused(6, "POLICY_DENIED")
    home.json("eth", "sign-message", "--message", "hello", *face()).refused(6, "POLICY_DENIED")
    home.json("sign", "message", "--message", "hello", *face()).refused(6, "POLICY_DENIED")


# ---- messages, accounts ----

def test_messages_sign_and_verify(home):
    home = enrolled()
    for kind, form in (("p2pkh", "legacy"), ("p2wpkh", "legacy"), ("p2sh-p2wpkh", "legacy"), ("p2pkh", "bip322"),
                       ("p2sh-p2wpkh", "bip322"), ("p2wpkh", "bip322"), ("p2tr", "bip322"), ("p2wpkh", "bip322-bare")):
        done = home.json("sign", "message", "--type", kind, "--form", form, "--message", "héllo\nworld", *face()).expect(0)
        assert "héllo" in done.err, done.err
        said = done.json
        verify = ("verify-message", said["address"], said["signature"])
        home.json(*verify, "--message", "héllo\nworld").expect(0)
        home.json(*verify, "--message", "héllo\nworld.").refused(1, "AUTHENTICATION")
        other = home.json("address", "--type", kind, "--index", "5").json["addresses"][0]["address"]
        assert home.json("verify-message", other, said["signature"], "--message", "héllo\nworld").code == 1
    home.json("sign", "message", "--type", "p2tr", "--form", "legacy", "--message", "x", *face()).refused(2, "USAGE")
    home.json("sign", "message", *face()).refused(2, "USAGE")
    (home.path / "binary").write_bytes(b"\x1b[2Jgone\x00\xff")
    hidden = home.json("sign", "message", "binary", *face()).expect(0)
    assert "\x1b" not in hidden.err and "1b5b324a676f6e6500ff" in hidden.err, hidden.err
    address = home.json("eth", "address").json["addresses"][0]["address"]
    said = home.json("eth", "sign-message", "--message", "hello", *face()).expect(0)
    assert said.json["from"] == address and "> hello" in said.err


def test_addresses_are_looked_for(home):
    home = enrolled()
    for kind in p.PURPOSES:
        for network in ("mainnet", "signet", "regtest"):
            listed = home.json("address", "--type", kind, "--network", network, "--index", "11", "--change").json["addresses"][0]
            found = home.json("address", "--verify", listed["address"], "--network", network).expect(0).json["addresses"][0]
            assert found == listed, (found, listed)
    home.json("address", "--verify", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4").refused(1, "NOT_FOUND")
    home.json("address", "--verify", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5").refused(2, "USAGE")
    far = home.json("address", "--index", "1000").json["addresses"][0]["address"]
    home.json("address", "--verify", far).refused(1, "NOT_FOUND")
    home.json("address", "--verify", far, "--count", "1001").expect(0)


def test_other_accounts_need_the_face_once(home):
    home = enrolled()
    home.json("xpub", "--account", "7").refused(3, "LOCKED")
    made = home.json("xpub", "--account", "7", "--source", frames("collins", 2, 3)).expect(0).json
    assert made["path"] == "m/84'/0'/7'" and made["verified"] is True
    again = home.json("xpub", "--account", "7").expect(0).json
    assert again["xpub"] == made["xpub"]
    listed = home.json("address", "--account", "7", "--type", "p2tr").expect(0).json["addresses"][0]
    assert listed["path"] == "m/86'/0'/7'/0/0"
    assert len(home.json("descriptors", "--account", "7").expect(0).json["receive"]) == 4
    home.json("export", "--account", "7", "--format", "sparrow").expect(0)
    home.json("xpub", "--account", "7", "--network", "testnet").refused(3, "LOCKED")
    # and a transaction of that account is known from then on
    home.json("xpub", "--account", "7", "--network", "testnet", "--source", frames("collins", 2, 3)).expect(0)
    wallet = p.Wallet(home)
    wallet.path = lambda kind, chain, index: [p.HARD | p.PURPOSES[kind], p.HARD | 1, p.HARD | 7, chain, index]
    xpub = home.json("xpub", "--account", "7", "--network", "testnet").json["xpub"]
    wallet.key = lambda kind, chain, index: p.child_key(xpub, chain, index)
    wallet.script = lambda kind, chain, index: b"\x00\x14" + p.redeem_script(wallet.key(kind, chain, index), None)[2:]
    maps = p.psbt([wallet.input("p2wpkh", 1000000)], [p.STRANGER, wallet.change("p2wpkh", 598000)])
    assert sign(home, maps).expect(0).json["signed_inputs"] == 1
    # a changed file of such keys is noticed
    file = next(f for f in home.files() if f.name == "accounts.json")
    keys = json.loads(file.read_text())
    keys["more"][-1]["xpub"] = keys["more"][0]["xpub"]
    file.write_text(json.dumps(keys))
    assert sign(home, payment(home)).refused(1, "AUTHENTICATION")
    home.json("unlock", "--source", frames("collins", 2, 3)).expect(0)
    sign(home, payment(home)).expect(0)


def test_exports(home):
    home = enrolled()
    core = home.json("export", "--format", "core").expect(0).json["export"]
    assert [e["internal"] for e in core] == [False, True] and core[0]["desc"].startswith("wpkh([")
    assert core[0]["desc"].split("#")[1] == checksum(core[0]["desc"].split("#")[0])
    listed = home.json("descriptors", "--type", "p2wpkh").expect(0).json
    assert listed["receive"] == [core[0]["desc"]] and listed["internal"] == [core[1]["desc"]]
    sparrow = home.json("export", "--format", "sparrow").expect(0).json["export"]
    assert sparrow["xfp"] == home.fingerprint and set(sparrow) >= {"bip44", "bip49", "bip84", "bip86"}
    home.json("export", "--format", "electrum", "-o", "watch").expect(0)
    stored = json.loads((home.path / "watch").read_text())
    assert stored["keystore"]["type"] == "bip32" and "prv" not in (home.path / "watch").read_text()
    assert (home.path / "watch").stat().st_mode & 0o77 == 0
    home.json("export", "--format", "electrum", "--type", "p2tr").refused(1, "UNSUPPORTED")
    home.json("export", "--format", "paper").refused(2, "USAGE")
    home.json("export").refused(2, "USAGE")


class Sparrow(p.Wallet):
    """Knows what it imported, and nothing from the wallet's commands."""

    def __init__(self, imported):
        self.coin, self.fingerprint = 1, imported["xfp"].lower()
        self.xpubs = {"p2wpkh": imported["bip84"]["xpub"]}
        assert imported["bip84"]["deriv"] == "m/84'/1'/0'"

    def script(self, kind, chain, index):
        return p.redeem_script(self.key(kind, chain, index), None)


def test_the_readmes_recipe_for_sparrow(home):
    home = enrolled()
    home.mien("export", "--format", "sparrow", "--network", "testnet", "-o", "mien.json").expect(0)
    imported = json.loads((home.path / "mien.json").read_text())
    wallet = Sparrow(imported)
    assert p.script_of(imported["bip84"]["first"]) == wallet.script("p2wpkh", 0, 0)
    spent, amount = wallet.input("p2wpkh", 1000000, 0, 3), 1000000
    outputs = [p.STRANGER, wallet.change("p2wpkh", 598000, 4)]
    # its PSBTs are of version 0, binary in files, and name the account key
    account = (b"\x01" + p.base58_decode(wallet.xpubs["p2wpkh"])[:78],
               p.path_bytes(wallet.fingerprint, wallet.path("p2wpkh", 0, 0)[:3]))
    (home.path / "payment.psbt").write_bytes(p.write_maps(p.psbt([spent], outputs, extra=[account])))
    shown = home.mien("psbt", "show", "payment.psbt", "--network", "testnet").expect(0).out
    assert "change, back to this wallet" in shown and "0.00400000 tBTC" in shown
    home.mien("psbt", "sign", "payment.psbt", "--network", "testnet", *face(), "-o", "signed.psbt").expect(0)
    raw = (home.path / "signed.psbt").read_bytes()
    maps = p.read_maps(raw) if raw.startswith(b"psbt") else p.decode(raw.decode())
    key = wallet.key("p2wpkh", 0, 3)
    signature = dict(maps[1])[b"\x02" + key]
    assert signature[-1] == 1 and p.ecdsa_valid(key, p.segwit_digest(key, spent, amount, outputs), signature[:-1])
    assert not p.ecdsa_valid(key, p.segwit_digest(key, spent, amount + 1, outputs), signature[:-1])
    assert dict(maps[0])[account[0]] == account[1]


if __name__ == "__main__":
    main(globals())
