# SPDX-License-Identifier: MIT
"""The contract account by itself, on a private chain (tests/npm/contract.mjs)."""
from chain import Anvil, need_node, node
from harness import SOURCE, main


def test_two_of_three_keys_and_every_way_around_them(_):
    need_node("ethers", "solc")
    with Anvil() as anvil:
        done = node("contract.mjs", anvil.url, SOURCE)
        assert done.returncode == 0, done.stdout + done.stderr


if __name__ == "__main__":
    main(globals())
