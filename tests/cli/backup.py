# SPDX-License-Identifier: MIT
"""Backups from outside: words and shares are shown once, proved without being shown, and bring the same addresses back."""
from harness import enrolled, frames, fresh, main

KINDS = ("p2pkh", "p2sh-p2wpkh", "p2wpkh", "p2tr")


def face():
    return ["--source", frames("collins", 2, 3)]


def addresses(home):
    found = [home.json("eth", "address", "--count", "3").expect(0).json["addresses"]]
    for kind in KINDS:
        found.append(home.json("address", "--type", kind, "--count", "3").expect(0).json["addresses"])
    return found + [home.json("xpub").expect(0).json["fingerprint"]]


def restored(words, *options, secrets=()):
    home = fresh()
    home.json("restore", "--no-pin", "--yes", *options, secrets=[("--mnemonic-fd", words), *secrets]).expect(0)
    return home


def from_shares(shares, *options, secrets=()):
    home = fresh()
    return home, home.json("restore", "--no-pin", "--yes", *options, secrets=[("--shares-fd", "\n".join(shares)), *secrets])


def shares_of(home, *options, **more):
    return home.json("backup", "shares", "--yes", *face(), *options, **more).expect(0).json["shares"]


def test_words_bring_the_same_addresses(home):
    home = enrolled()
    assert addresses(restored(home.words)) == addresses(home)


def test_a_passphrase_makes_another_wallet(home):
    made = home.json("init", "--no-pin", secrets=[("--passphrase-fd", "mien says hello")]).expect(0).json
    right = restored(made["mnemonic"], secrets=[("--passphrase-fd", "mien says hello")])
    assert addresses(right) == addresses(home)
    assert addresses(restored(made["mnemonic"])) != addresses(home)
    assert addresses(restored(made["mnemonic"], secrets=[("--passphrase-fd", "mien says hello ")])) != addresses(home)


def test_shares_two_of_three(home):
    home = enrolled()
    before = addresses(home)
    shares = shares_of(home)
    assert len(shares) == 3 and all(len(s.split()) == 59 for s in shares), shares
    assert not set(shares_of(home)) & set(shares), "shares are not made anew"
    for pair in ((0, 1), (2, 0), (1, 2)):
        again, result = from_shares([shares[i] for i in pair])
        result.expect(0)
        assert addresses(again) == before and "mnemonic" not in result.json
    from_shares(shares[:1])[1].refused(1, "FORMAT")
    from_shares([shares[0], shares[0]])[1].refused(1, "FORMAT")


def test_shares_in_groups(home):
    home = enrolled()
    shares = shares_of(home, "--groups", "1of1,2of3,3of5", "--threshold", "2")
    assert len(shares) == 9
    for chosen in ([0, 1, 3], [2, 0, 3], [4, 5, 6, 0], [1, 8, 2, 7, 6]):
        again, result = from_shares([shares[i] for i in chosen])
        result.expect(0)
        assert result.json["fingerprint"] == home.fingerprint
    from_shares([shares[i] for i in (1, 2)])[1].refused(1, "FORMAT")
    from_shares([shares[i] for i in (0, 1, 4)])[1].refused(1, "FORMAT")
    other = shares_of(home, "--groups", "1of1,2of3,3of5", "--threshold", "2")
    from_shares([shares[0], other[1], other[3]])[1].refused(1, "FORMAT")


def test_shares_with_a_passphrase(home):
    home = enrolled()
    shares = shares_of(home, secrets=[("--passphrase-fd", "open sesame")])
    again, result = from_shares(shares[:2], secrets=[("--passphrase-fd", "open sesame")])
    assert result.expect(0).json["fingerprint"] == home.fingerprint
    again, result = from_shares(shares[:2])
    assert result.expect(0).json["fingerprint"] != home.fingerprint, "SLIP-39 gives another secret, without an error"


def test_damaged_shares_are_refused_without_being_repeated(home):
    home = enrolled()
    shares = shares_of(home)
    words = shares[0].split()
    for changed in (words[:-1], words + ["academic"], words[:10] + ["zebra"] + words[11:],
                    words[:20] + [words[21], words[20]] + words[22:], ["not", "a", "share"]):
        result = from_shares([" ".join(changed), shares[1]])[1]
        assert result.code == 1, changed
        said = (result.out + result.err).split()
        assert len(set(said) & set(words)) < 5, "the words of the share are repeated"


def test_groups_that_make_no_sense(home):
    home = enrolled()
    for groups in ("3of2", "0of1", "1of2", "2of17", "2of3,", ",2of3", "2of", "2of3;2of3", "two of three", "02of3", ",".join(["2of3"] * 17)):
        home.json("backup", "shares", "--yes", "--groups", groups, *face()).refused(2, "USAGE")
    home.json("backup", "shares", "--yes", "--groups", "2of3,2of3", "--threshold", "3", *face()).refused(2, "USAGE")
    home.json("backup", "shares", "--yes", "--source", frames("hopper", 1, 3)).refused(4, "NO_MATCH")


def test_check_proves_words_and_shares(home):
    home = enrolled()
    shares = shares_of(home)
    done = home.json("backup", "check", secrets=[("--mnemonic-fd", home.words)]).expect(0)
    assert done.json == {"matches": True, "verified": False, "fingerprint": home.fingerprint}
    sure = home.json("backup", "check", *face(), secrets=[("--mnemonic-fd", home.words)]).expect(0)
    assert sure.json["verified"] is True
    home.json("backup", "check", secrets=[("--shares-fd", "\n".join(shares[1:]))]).expect(0)
    home.json("backup", "check", *face(), secrets=[("--shares-fd", "\n".join(shares[:2]))]).expect(0)
    words = home.words.split()
    for said in (done, sure):
        assert len(set((said.out + said.err).split()) & set(words)) < 4, "the words are shown"


def test_check_refuses_other_backups(home):
    home = enrolled()
    zoo = "zoo " * 23 + "vote"
    result = home.json("backup", "check", secrets=[("--mnemonic-fd", zoo)]).refused(1, "AUTHENTICATION")
    assert "another wallet" in result.out
    home.json("backup", "check", *face(), secrets=[("--mnemonic-fd", zoo)]).refused(1, "AUTHENTICATION")
    home.json("backup", "check", secrets=[("--mnemonic-fd", home.words), ("--passphrase-fd", "x")]).refused(1, "AUTHENTICATION")
    home.json("backup", "check", secrets=[("--mnemonic-fd", home.words.rsplit(" ", 1)[0])]).refused(1, "FORMAT")
    home.json("backup", "check", "--shares", secrets=[("--mnemonic-fd", home.words)]).refused(2, "USAGE")
    # the file of public keys of another wallet makes the check without a face wrong, not the one with it
    other = restored(zoo)
    ours = next(f for f in home.files() if f.name == "accounts.json")
    ours.write_bytes(next(f for f in other.files() if f.name == "accounts.json").read_bytes())
    home.json("backup", "check", *face(), secrets=[("--mnemonic-fd", zoo)]).refused(1, "AUTHENTICATION")
    home.json("backup", "check", *face(), secrets=[("--mnemonic-fd", home.words)]).expect(0)


def test_rotation_renews_everything_but_the_seed(home):
    home = enrolled()
    before = addresses(home)

    def record():
        return next(f for f in home.files() if f.name == "record.mien").read_bytes()
    old, key = record(), next(f for f in home.files() if f.name == "device.key").read_bytes()
    stolen = home.copy()
    done = home.json("rotate", "--source", frames("collins", 1, 5)).expect(0).json
    assert done["epoch"] == 2, done
    assert home.json("status").json["previous_kept"] is True
    opened = home.json("unlock", *face()).expect(0).json
    assert opened["fingerprint"] == home.fingerprint and home.json("status").json["previous_kept"] is False
    new = record()
    assert new[88:124] != old[88:124] and new[124:160] != old[124:160], "C_t and KC (with K_z) are the old ones"
    assert next(f for f in home.files() if f.name == "device.key").read_bytes() != key
    assert addresses(home) == before
    home.json("backup", "check", *face(), secrets=[("--mnemonic-fd", home.words)]).expect(0)
    # an earlier copy of the vault does not open with the device secret of now
    next(f for f in home.files() if f.name == "vault.mien").write_bytes(
        next(f for f in stolen.files() if f.name == "vault.mien").read_bytes())
    assert home.json("unlock", *face()).code == 1


def test_rotation_needs_the_enrolled_face(home):
    home = enrolled()
    home.json("rotate", "--source", frames("hopper", 1, 5)).refused(4, "NO_MATCH")
    assert home.json("status").json["epoch"] == 1
    home.json("rotate", "--source", frames("hopper", 1, 5), "--current", frames("collins", 2, 3)).expect(0)
    home.json("unlock", "--source", frames("hopper", 7, 3)).expect(0)
    home.json("unlock", *face()).refused(4, "NO_MATCH")


def test_rotation_changes_the_pin(home):
    home = enrolled()
    home.json("rotate", "--source", frames("collins", 1, 5), secrets=[("--new-pin-fd", "8642")]).expect(0)
    assert home.json("status").json["pin"] is True
    home.json("unlock", *face(), secrets=[("--pin-fd", "8642")]).expect(0)
    home.json("rotate", "--source", frames("collins", 1, 5), secrets=[("--pin-fd", "1"), ("--new-pin-fd", "2")]).refused(4, "NO_MATCH")
    home.json("rotate", "--source", frames("collins", 1, 5), "--no-pin", secrets=[("--pin-fd", "8642")]).expect(0)
    assert home.json("status").json["pin"] is False
    home.json("unlock", *face()).expect(0)


def test_a_reverted_rotation(home):
    home = enrolled()
    home.json("rotate", "--source", frames("hopper", 1, 5), "--current", frames("collins", 2, 3)).expect(0)
    home.json("forget", "--revert", "--yes").expect(0)
    home.json("unlock", *face()).expect(0)


if __name__ == "__main__":
    main(globals())
