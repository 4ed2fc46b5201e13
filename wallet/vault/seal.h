/* SPDX-License-Identifier: MIT */
/* What is sealed in a vault, and with which key. No files in here. */
#ifndef MIEN_WALLET_VAULT_SEAL_H
#define MIEN_WALLET_VAULT_SEAL_H

#include "platform/base/random.h"
#include "wallet/vault/vault_file.h"

/* What a vault gives when it is opened. All secret, in guarded memory. */
typedef struct mien_vault_content {
    struct { /* the sealed body, in this order */
        uint8_t seed[64];
        uint8_t key_z[MIEN_KEY_Z_SIZE];
    } body;
    uint8_t data_key[MIEN_KEY_SIZE];
    uint8_t pin_key[MIEN_KEY_SIZE]; /* zeros without PIN */
    int8_t template_vector[MIEN_SKETCH_SIZE];
    uint32_t slot;
} mien_vault_content;

/* Memory for opening and enrolling; guarded, from mien_vault_scratch_create. */
typedef struct mien_vault_scratch {
    mien_sketch_rotation *rotation;
    uint64_t *candidates;
    void *workspace;  /* for mien_sketch_recover, and for mien_sketch_make if asked for */
    uint8_t *keys[4]; /* MIEN_KEY_SIZE each */
    void *block;
} mien_vault_scratch;
MIEN_MUST_CHECK mien_status mien_vault_scratch_create(mien_vault_scratch *scratch, int for_making,
                                                      mien_error *error);
void mien_vault_scratch_destroy(mien_vault_scratch *scratch);

/* The sealed parts of a new slot; as public as the file. */
typedef struct mien_vault_parts {
    uint8_t rotation[MIEN_VAULT_SEALED_ROTATION];
    uint8_t key[MIEN_VAULT_SEALED_KEY];
} mien_vault_parts;

/* Draw message and rotation for a face, compute t, C_t and KC (into vault->core.key_check for slot
 * 0; core must be complete otherwise) and seal both under the keys of this slot. content: key_z,
 * data_key and pin_key are used, template_vector and slot are set. slot's pointers go to *parts. */
MIEN_MUST_CHECK mien_status mien_vault_make_slot(mien_vault *vault, mien_vault_parts *parts,
                                                 mien_vault_content *content, uint32_t slot,
                                                 const int8_t embedding[MIEN_SKETCH_SIZE],
                                                 const uint8_t device_secret[MIEN_KEY_SIZE],
                                                 mien_vault_scratch *scratch,
                                                 const mien_random *random);
/* Without a face: the data key under device secret and PIN. */
MIEN_MUST_CHECK mien_status mien_vault_make_faceless(mien_vault *vault, mien_vault_parts *parts,
                                                     const mien_vault_content *content,
                                                     const uint8_t device_secret[MIEN_KEY_SIZE],
                                                     const mien_random *random);
/* Head, sealed body and tag: the whole file. */
MIEN_MUST_CHECK mien_status mien_vault_finish(uint8_t *bytes, size_t capacity, size_t *length,
                                              const mien_vault *vault,
                                              const mien_vault_content *content,
                                              const uint8_t device_secret[MIEN_KEY_SIZE],
                                              const mien_random *random);

/* Whether every byte is as it was written with this device secret; MIEN_AUTHENTICATION if not. */
MIEN_MUST_CHECK mien_status mien_vault_check(const mien_vault *vault,
                                             const uint8_t device_secret[MIEN_KEY_SIZE]);
/* pin_key from a PIN and the core's salt and cost; zeros when the core says that there is none.
 * MIEN_USAGE when a PIN is needed and text is NULL. */
MIEN_MUST_CHECK mien_status mien_vault_pin_key(uint8_t pin_key[MIEN_KEY_SIZE],
                                               const mien_vault_core *core, const char *text,
                                               size_t length);
/* Try the face on every slot, and open the nearest of those that it opens; content->pin_key is
 * given, the rest is set. MIEN_NO_MATCH when none opens. *content is zeroed on error but for
 * pin_key. */
MIEN_MUST_CHECK mien_status mien_vault_open(const mien_vault *vault, mien_vault_content *content,
                                            const int8_t embedding[MIEN_SKETCH_SIZE],
                                            const uint8_t device_secret[MIEN_KEY_SIZE],
                                            mien_vault_scratch *scratch);
/* Same for a vault without a face. */
MIEN_MUST_CHECK mien_status mien_vault_open_faceless(const mien_vault *vault,
                                                     mien_vault_content *content,
                                                     const uint8_t device_secret[MIEN_KEY_SIZE]);
/* Only whether this data key opens the body: that session and file belong together. */
MIEN_MUST_CHECK mien_status mien_vault_check_data_key(const mien_vault *vault,
                                                      const uint8_t data_key[MIEN_KEY_SIZE]);

#endif
