/* SPDX-License-Identifier: MIT */
/* Public face of the wallet's life: made, enrolled, unlocked, locked, forgotten.
 *
 * A wallet is two folders. The vault folder holds the sealed vault and the public record; it may be
 * backed up or synchronised. The state folder holds the device secret and the attempt counter; it
 * stays on this machine. Three things open the vault: the face, the device secret and, unless it
 * was declined, a PIN. The mnemonic is the root: it makes the wallet anew whatever happened to the
 * rest. docs/THREAT-MODEL.md says what that is worth against whom, docs/FORMATS.md what the bytes
 * are.
 *
 *     init/restore --> no face yet --> enrol --> locked <--> unlocked (session)
 *
 * One thread per wallet at a time; two processes exclude each other through a lock file. */
#ifndef MIEN_WALLET_WALLET_H
#define MIEN_WALLET_WALLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "face_model/combine/combine.h"
#include "platform/base/error.h"
#include "platform/base/random.h"
#include "platform/files/file.h"
#include "prover/prover.h"
#include "wallet/record/record.h"

#define MIEN_WALLET_SEED_SIZE 64    /* BIP-39 seed */
#define MIEN_WALLET_MAX_FRAMES 32   /* frames of one enrolment or unlock */
#define MIEN_WALLET_ENROL_FRAMES 5  /* recommended for enrolment; fewer is allowed, 1 at least */
#define MIEN_WALLET_MAX_PIN 256     /* bytes */
#define MIEN_WALLET_APPEARANCES 2   /* slots: with and without glasses, say */
#define MIEN_WALLET_FREE_FAILURES 4 /* the fifth failure starts the waiting */
#define MIEN_WALLET_LAST_FAILURE 10 /* from then on only the mnemonic opens the wallet */

/* An open pair of folders. Holds no secret. */
typedef struct mien_wallet mien_wallet;
/* An unlocked wallet: all of it is secret and lives in guarded memory. */
typedef struct mien_wallet_session mien_wallet_session;

/* Text of a PIN, not NUL-terminated, at most MIEN_WALLET_MAX_PIN bytes; any bytes are allowed. NULL
 * (the pointer to this struct) means that the PIN was declined. The caller wipes it. */
typedef struct mien_pin {
    const char *text;
    size_t length; /* 1..MIEN_WALLET_MAX_PIN */
} mien_pin;

/* Seconds since 1970 from a clock that a person can set; injected so that tests can turn it. */
typedef struct mien_clock {
    int64_t (*now)(void *context);
    void *context;
} mien_clock;

/* A zeroed struct means the defaults throughout. */
typedef struct mien_wallet_options {
    const char *vault_folder;   /* NULL: "vault" in mien_folder_of(MIEN_FOLDER_STATE) */
    const char *state_folder;   /* NULL: "device" there; never the same as vault_folder */
    const mien_random *random;  /* NULL: the system's */
    const mien_clock *clock;    /* NULL: the system's */
    uint32_t argon2_memory_kib; /* of new vaults; 0: 256 MiB */
    uint32_t argon2_passes;     /* of new vaults; 0: 3 */
} mien_wallet_options;

/* Creates the folders (0700) when they are missing; *options is copied, what it points to is not.
 */
MIEN_MUST_CHECK mien_status mien_wallet_open(mien_wallet **wallet,
                                             const mien_wallet_options *options, mien_error *error);
void mien_wallet_close(mien_wallet *wallet); /* NULL is fine; sessions stay valid */

typedef enum mien_wallet_stage {
    MIEN_WALLET_ABSENT,  /* nothing here: init or restore */
    MIEN_WALLET_NO_FACE, /* made, no face yet: enrol */
    MIEN_WALLET_LOCKED,  /* enrolled: unlock */
    MIEN_WALLET_BROKEN   /* files that do not fit together or are damaged: see problem */
} mien_wallet_stage;

/* What can be told without unlocking. Nothing in it is secret. */
typedef struct mien_wallet_status {
    mien_wallet_stage stage;
    mien_error problem;   /* MIEN_OK, or why the stage is BROKEN */
    bool pin;             /* a PIN is needed */
    uint32_t epoch;       /* of the enrolment, from 1; 0 before */
    uint32_t appearances; /* 0..MIEN_WALLET_APPEARANCES */
    uint32_t failures;    /* since the last success */
    int64_t wait_seconds; /* until the next attempt is allowed; 0: now; -1: mnemonic only */
    bool previous_kept;   /* the enrolment before this one is kept until this one was unlocked */
    const char *device_secret; /* kind of device secret: "key file (weakest)"; static */
    uint8_t model_digest[32];  /* network the face was enrolled with */
    uint32_t argon2_memory_kib, argon2_passes;
    char vault_path[MIEN_PATH_SIZE], device_path[MIEN_PATH_SIZE], record_path[MIEN_PATH_SIZE];
} mien_wallet_status;

/* Reads and checks, changes nothing. A BROKEN wallet is MIEN_OK with the reason in status->problem.
 */
MIEN_MUST_CHECK mien_status mien_wallet_get_status(mien_wallet *wallet, mien_wallet_status *status,
                                                   mien_error *error);

/* Make a wallet around a BIP-39 seed, without a face yet: until enrolment the seed is sealed under
 * the device secret and the PIN only. MIEN_EXISTS when there is a wallet. */
MIEN_MUST_CHECK mien_status mien_wallet_init(mien_wallet *wallet,
                                             const uint8_t seed[MIEN_WALLET_SEED_SIZE],
                                             const mien_pin *pin, mien_error *error);
/* Same, over whatever is here, damaged or locked: old vault, device secret and counter are erased.
 * Ask the person first. */
MIEN_MUST_CHECK mien_status mien_wallet_restore(mien_wallet *wallet,
                                                const uint8_t seed[MIEN_WALLET_SEED_SIZE],
                                                const mien_pin *pin, mien_error *error);

/* What enrolment found in the frames. */
typedef struct mien_wallet_enrolment {
    size_t frames_used, frames_dropped; /* dropped: outliers */
    float mean_cosine;  /* between pairs of the used frames; 1 with a single frame */
    mien_record record; /* also written to record_path */
} mien_wallet_enrolment;

/* First enrolment, out of NO_FACE; `pin` is the one given at init. A wrong PIN is MIEN_NO_MATCH and
 * counts as a failed attempt. model_digest: mien_face_model_digest. service: who checks the proofs
 * (mien_record_service). MIEN_FACES_DIFFER when the frames do not agree well enough. The vault is
 * read back and opened before this returns. *session may be NULL when it is not wanted. */
MIEN_MUST_CHECK mien_status mien_wallet_enrol(mien_wallet *wallet, mien_wallet_session **session,
                                              mien_wallet_enrolment *enrolment,
                                              const mien_combine_frame *frames, size_t count,
                                              const mien_pin *pin, const uint8_t model_digest[32],
                                              const uint8_t service[32], mien_error *error);
/* A new enrolment of an unlocked wallet: new epoch, device secret, rotation, K_z and commitments;
 * same seed. The old enrolment is kept until the new one was unlocked once. `pin` may be new.
 * The session goes on with the new enrolment. */
MIEN_MUST_CHECK mien_status mien_wallet_enrol_again(
    mien_wallet *wallet, mien_wallet_session *session, mien_wallet_enrolment *enrolment,
    const mien_combine_frame *frames, size_t count, const mien_pin *pin,
    const uint8_t model_digest[32], const uint8_t service[32], mien_error *error);
/* A second appearance of the same person, under the same PIN. It adds its own false accepts.
 * MIEN_EXISTS when there are two already. */
MIEN_MUST_CHECK mien_status mien_wallet_add_appearance(mien_wallet *wallet,
                                                       mien_wallet_session *session,
                                                       mien_wallet_enrolment *enrolment,
                                                       const mien_combine_frame *frames,
                                                       size_t count, mien_error *error);
/* Go back to the enrolment before the last one, while it is still kept; MIEN_NOT_FOUND if not. */
MIEN_MUST_CHECK mien_status mien_wallet_revert(mien_wallet *wallet, mien_error *error);

/* 1..MIEN_WALLET_MAX_FRAMES frames (3 are good). The attempt is counted durably before anything is
 * decoded. MIEN_NO_MATCH: face or PIN is wrong, and nobody can tell which. MIEN_RATE_LIMITED: wait.
 * MIEN_LOCKED: ten failures, only mien_wallet_restore helps. MIEN_NOT_ENROLLED: no wallet, no face.
 * MIEN_WRONG_MODEL: enrolled with another network. */
MIEN_MUST_CHECK mien_status mien_wallet_unlock(mien_wallet *wallet, mien_wallet_session **session,
                                               const mien_combine_frame *frames, size_t count,
                                               const mien_pin *pin, const uint8_t model_digest[32],
                                               mien_error *error);
/* Wipe and release. NULL is fine. */
void mien_wallet_lock(mien_wallet_session *session);

/* Views into the session; secret, valid until mien_wallet_lock. */
const uint8_t *mien_wallet_session_seed(const mien_wallet_session *session); /* 64 bytes */
/* t, K_z and e (the mean of the frames that unlocked) for mien_match_prove; r_e is fresh at each
 * call. The caller keeps *witness in guarded memory and wipes it. */
MIEN_MUST_CHECK mien_status mien_wallet_session_witness(const mien_wallet_session *session,
                                                        mien_match_witness *witness,
                                                        const mien_random *random);
/* The public record for the service of the enrolment (NULL) or any other one: commitments of
 * different services cannot be linked to each other. */
MIEN_MUST_CHECK mien_status mien_wallet_session_record(const mien_wallet_session *session,
                                                       mien_record *record,
                                                       const uint8_t *service /* 32 or NULL */);
/* Cosine between e and t. For showing; secret in bulk. */
float mien_wallet_session_cosine(const mien_wallet_session *session);

/* Remove vault, previous vault, record, device secret and counter, overwriting each once before.
 * Best effort: journals, snapshots, backups and worn flash cells may keep copies, but without the
 * device secret a copy of the vault stays closed. MIEN_NOT_FOUND when nothing was there. */
MIEN_MUST_CHECK mien_status mien_wallet_forget(mien_wallet *wallet, mien_error *error);

#endif
