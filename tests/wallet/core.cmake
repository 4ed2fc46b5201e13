# SPDX-License-Identifier: MIT
# Tests of mien_wallet_core.
mien_test(test-wallet-hash SOURCES hash.c LINK mien_wallet_core LABELS unit vectors property)
mien_test(test-wallet-keys SOURCES keys.c LINK mien_wallet_core LABELS unit vectors property)
mien_test(test-wallet-bitcoin SOURCES bitcoin.c LINK mien_wallet_core LABELS unit vectors property)
mien_test(test-wallet-ethereum SOURCES ethereum.c LINK mien_wallet_core LABELS unit vectors property)
mien_test(test-wallet-signing SOURCES signing.c LINK mien_wallet_core LABELS unit property soundness)
