# SPDX-License-Identifier: MIT
mien_test(test-wallet-polar SOURCES key/polar.c LINK mien_wallet_key LABELS unit property exhaustive)
mien_test(test-wallet-sketch SOURCES key/sketch.c LINK mien_wallet_key LABELS unit property)
