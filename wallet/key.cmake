# SPDX-License-Identifier: MIT
# The key from a face, the vault that it opens, the public record and the proof file.
if(NOT TARGET PkgConfig::SODIUM)
  pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium)
endif()
mien_library(mien_wallet_record
  SOURCES
    record/record.c
    record/proof_file.c
  LINK mien_platform PkgConfig::SODIUM)
mien_library(mien_wallet_key
  SOURCES
    key/derive.c
    key/gaussian.c
    key/polar.c
    key/sketch.c
    vault/attempts.c
    vault/device.c
    vault/enrol.c
    vault/erase.c
    vault/seal.c
    vault/state.c
    vault/unlock.c
    vault/vault_file.c
    vault/wallet.c
  LINK mien_wallet_record mien_face_combine mien_prover mien_platform PkgConfig::SODIUM m)
