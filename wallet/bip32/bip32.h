/* SPDX-License-Identifier: MIT */
/* Hierarchical deterministic keys (BIP-32) and their text form (with the version bytes of
 * SLIP-132). A mien_hd_private is secret: the caller keeps it in guarded memory and wipes it. */
#ifndef MIEN_WALLET_BIP32_H
#define MIEN_WALLET_BIP32_H

#include <stddef.h>
#include <stdint.h>

#include "platform/base/status.h"
#include "wallet/bip32/path.h"
#include "wallet/curve/curve.h"

#define MIEN_FINGERPRINT_SIZE 4
/* Text of an extended key: 111 characters and a NUL, with some room. */
#define MIEN_HD_TEXT 116

/* Version bytes (big-endian) of the text form. */
typedef enum mien_hd_version {
    MIEN_HD_XPUB = 0x0488b21e,
    MIEN_HD_XPRV = 0x0488ade4,
    MIEN_HD_YPUB = 0x049d7cb2,
    MIEN_HD_YPRV = 0x049d7878,
    MIEN_HD_ZPUB = 0x04b24746,
    MIEN_HD_ZPRV = 0x04b2430c,
    MIEN_HD_TPUB = 0x043587cf,
    MIEN_HD_TPRV = 0x04358394,
    MIEN_HD_UPUB = 0x044a5262,
    MIEN_HD_UPRV = 0x044a4e28,
    MIEN_HD_VPUB = 0x045f1cf6,
    MIEN_HD_VPRV = 0x045f18bc
} mien_hd_version;

typedef struct mien_hd_private {
    uint8_t key[MIEN_SECRET_KEY_SIZE];
    uint8_t chain_code[32];
    uint8_t parent_fingerprint[MIEN_FINGERPRINT_SIZE];
    uint32_t child_number;
    uint8_t depth;
} mien_hd_private;

typedef struct mien_hd_public {
    uint8_t key[MIEN_PUBLIC_KEY_SIZE];
    uint8_t chain_code[32];
    uint8_t parent_fingerprint[MIEN_FINGERPRINT_SIZE];
    uint32_t child_number;
    uint8_t depth;
} mien_hd_public;

/* Master key of a seed of 16..64 bytes (MIEN_ARGUMENT otherwise, and for the one seed in 2^127 that
 * has none). */
MIEN_MUST_CHECK mien_status mien_hd_master(mien_hd_private *out, const uint8_t *seed,
                                           size_t length);
/* One step down, or all steps of a path. `out` may be `parent`. MIEN_ARGUMENT when depth would
 * exceed 255 or the index has no key (probability below 2^-127); out is wiped then. */
MIEN_MUST_CHECK mien_status mien_hd_private_child(const mien_curve *curve, mien_hd_private *out,
                                                  const mien_hd_private *parent, uint32_t index);
MIEN_MUST_CHECK mien_status mien_hd_private_derive(const mien_curve *curve, mien_hd_private *out,
                                                   const mien_hd_private *parent,
                                                   const mien_hd_path *path);
/* Public derivation; a hardened step is MIEN_ARGUMENT. */
MIEN_MUST_CHECK mien_status mien_hd_public_child(mien_hd_public *out, const mien_hd_public *parent,
                                                 uint32_t index);
MIEN_MUST_CHECK mien_status mien_hd_public_derive(mien_hd_public *out, const mien_hd_public *parent,
                                                  const uint32_t *index, size_t count);
/* The public half. */
MIEN_MUST_CHECK mien_status mien_hd_neuter(const mien_curve *curve, mien_hd_public *out,
                                           const mien_hd_private *key);
/* First four bytes of HASH160 of the public key. */
void mien_hd_fingerprint(uint8_t out[MIEN_FINGERPRINT_SIZE],
                         const uint8_t key[MIEN_PUBLIC_KEY_SIZE]);

/* Text forms, NUL-terminated. The version must be one of the list of its kind (MIEN_ARGUMENT). The
 * text of a private key is secret. */
MIEN_MUST_CHECK mien_status mien_hd_public_text(char out[MIEN_HD_TEXT], const mien_hd_public *key,
                                                mien_hd_version version);
MIEN_MUST_CHECK mien_status mien_hd_private_text(char out[MIEN_HD_TEXT], const mien_hd_private *key,
                                                 mien_hd_version version);
/* MIEN_FORMAT or MIEN_AUTHENTICATION for damaged text, MIEN_VERSION for version bytes outside the
 * list or of the other kind, and MIEN_FORMAT for keys that cannot be: no point, secret out of
 * range, a root with a parent or number. */
MIEN_MUST_CHECK mien_status mien_hd_public_parse(mien_hd_public *out, mien_hd_version *version,
                                                 const char *text, size_t length);
MIEN_MUST_CHECK mien_status mien_hd_private_parse(mien_hd_private *out, mien_hd_version *version,
                                                  const char *text, size_t length);

#endif
