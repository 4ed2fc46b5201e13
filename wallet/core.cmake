# SPDX-License-Identifier: MIT
# Bitcoin and Ethereum without any file, screen or face: hashes, encodings, keys, transactions.
pkg_check_modules(SECP256K1 REQUIRED IMPORTED_TARGET libsecp256k1)
pkg_check_modules(UTF8PROC REQUIRED IMPORTED_TARGET libutf8proc)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
if(NOT TARGET PkgConfig::SODIUM)
  pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
endif()

mien_library(mien_wallet_core
  SOURCES
    hash/hash.c
    hash/hmac.c
    hash/keccak256.c
    hash/ripemd160.c
    encoding/arena.c
    encoding/base58.c
    encoding/bech32.c
    encoding/hex.c
    curve/curve.c
    bip39/bip39.c
    bip39/words.c
    bip32/bip32.c
    bip32/path.c
    bitcoin/descriptor.c
    bitcoin/finalize.c
    bitcoin/keys.c
    bitcoin/message.c
    bitcoin/network.c
    bitcoin/psbt.c
    bitcoin/psbt_fields.c
    bitcoin/psbt_input.c
    bitcoin/review.c
    bitcoin/review_words.c
    bitcoin/script.c
    bitcoin/sighash.c
    bitcoin/sign.c
    bitcoin/transaction.c
    bitcoin/watch_only.c
    ethereum/address.c
    ethereum/message.c
    ethereum/review.c
    ethereum/rlp.c
    ethereum/transaction.c
    ethereum/transaction_json.c
    ethereum/typed_data.c
    ethereum/uint256.c
    slip39/slip39.c
    slip39/words.c
  LINK mien_platform PkgConfig::SODIUM PkgConfig::SECP256K1 PkgConfig::UTF8PROC PkgConfig::JANSSON)
