/* SPDX-License-Identifier: MIT */
/* The bytes of a vault: what stands where, and nothing about keys. docs/FORMATS.md has the table.
 * Everything in here is as public as the file: secrets are sealed before they come in. */
#ifndef MIEN_WALLET_VAULT_VAULT_FILE_H
#define MIEN_WALLET_VAULT_VAULT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/base/status.h"
#include "prover/verifier.h"
#include "wallet/key/derive.h"
#include "wallet/key/sketch.h"

#define MIEN_VAULT_SLOTS 2
#define MIEN_VAULT_BODY_SIZE 96 /* seed 64, K_z 32 */
#define MIEN_VAULT_CORE_SIZE 184
#define MIEN_VAULT_SEALED_ROTATION (sizeof(mien_sketch_rotation) + MIEN_SEAL_OVERHEAD)
#define MIEN_VAULT_SEALED_KEY (MIEN_KEY_SIZE + MIEN_SEAL_OVERHEAD)
#define MIEN_VAULT_SEALED_BODY (MIEN_VAULT_BODY_SIZE + MIEN_SEAL_OVERHEAD)
#define MIEN_VAULT_TAG_SIZE 32
#define MIEN_VAULT_SLOT_SIZE                                                                       \
    (4 + MIEN_DIGEST_SIZE + MIEN_KEY_CHECK_SIZE + MIEN_VAULT_SEALED_ROTATION +                     \
     MIEN_VAULT_SEALED_KEY)
#define MIEN_VAULT_MAX_SIZE                                                                        \
    (MIEN_VAULT_CORE_SIZE + 12 + MIEN_VAULT_SLOTS * MIEN_VAULT_SLOT_SIZE +                         \
     MIEN_VAULT_SEALED_BODY + MIEN_VAULT_TAG_SIZE)

/* Fields that stay for as long as an enrolment does. Every key is bound to all of them. */
typedef struct mien_vault_core {
    bool pin; /* K needs a PIN */
    uint32_t epoch;
    uint32_t threshold; /* T of the public record */
    mien_pin_cost cost; /* zeros without PIN */
    uint8_t pin_salt[MIEN_PIN_SALT_SIZE];
    uint8_t service[32], model_digest[32]; /* zeros before enrolment */
    uint8_t device_name[MIEN_KEY_SIZE];    /* public name of the device secret */
    uint8_t key_check[MIEN_DIGEST_SIZE];   /* KC; zeros before enrolment */
} mien_vault_core;

/* One appearance. The pointers go into the vault's bytes. */
typedef struct mien_vault_slot {
    uint8_t template_commitment[MIEN_DIGEST_SIZE]; /* C_t */
    uint8_t check[MIEN_KEY_CHECK_SIZE];
    const uint8_t *sealed_rotation; /* MIEN_VAULT_SEALED_ROTATION */
    const uint8_t *wrapped_key;     /* MIEN_VAULT_SEALED_KEY */
} mien_vault_slot;

typedef struct mien_vault {
    mien_vault_core core;
    uint64_t revision; /* one more with each write */
    uint32_t slots;    /* 0: no face yet */
    mien_vault_slot slot[MIEN_VAULT_SLOTS];
    const uint8_t *faceless_key; /* MIEN_VAULT_SEALED_KEY; only when slots == 0 */
    const uint8_t *sealed_body;  /* MIEN_VAULT_SEALED_BODY */
    const uint8_t *tag;          /* MIEN_VAULT_TAG_SIZE */
    /* The bytes before the body (its associated data) and before the tag (what the tag covers). */
    const uint8_t *bytes;
    size_t before_body, before_tag;
} mien_vault;

/* Core fields in their canonical order: what header digests are made of. */
MIEN_MUST_CHECK mien_status mien_vault_encode_core(uint8_t bytes[MIEN_VAULT_CORE_SIZE],
                                                   const mien_vault_core *core);
/* Everything before the sealed body, from the fields and what the pointers point to. */
MIEN_MUST_CHECK mien_status mien_vault_encode_head(uint8_t *bytes, size_t capacity, size_t *length,
                                                   const mien_vault *vault);
/* The one reader. MIEN_TRUNCATED, MIEN_TRAILING, MIEN_FORMAT, MIEN_VERSION, MIEN_UNSUPPORTED (other
 * sketch sizes), MIEN_TOO_LARGE (Argon2id cost above the bound). *vault is zeroed on error and
 * points into bytes otherwise. Whether the bytes are genuine is for mien_vault_check. */
MIEN_MUST_CHECK mien_status mien_vault_decode(mien_vault *vault, const uint8_t *bytes,
                                              size_t length);

#endif
