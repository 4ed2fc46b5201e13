/* SPDX-License-Identifier: MIT */
/* What several verbs need: the wallet of this user, frames of a face, secrets from a person. */
#ifndef MIEN_WALLET_CLI_COMMON_H
#define MIEN_WALLET_CLI_COMMON_H

#include "face_model/face_model.h"
#include "platform/console/console.h"
#include "wallet/cli/cli.h"
#include "wallet/wallet.h"

/* Option tables that verbs share. */
extern const mien_cli_option mien_cli_source_options[]; /* --source --models */
extern const mien_cli_option mien_cli_pin_options[];    /* --pin-fd */
extern const mien_cli_option mien_cli_yes_options[];    /* --yes */

/* The wallet in the folders of this user (platform/files). The caller closes it. */
MIEN_MUST_CHECK mien_status mien_cli_wallet_open(mien_wallet **wallet, mien_error *error);
/* Its status; a wallet that is not at `stage` is an error with words on what to do. */
MIEN_MUST_CHECK mien_status mien_cli_wallet_expect(mien_wallet *wallet, mien_wallet_status *status,
                                                   mien_wallet_stage stage, mien_error *error);

/* A secret text in guarded memory. Zeroed is empty. */
typedef struct mien_cli_secret {
    char *text; /* NUL-terminated, NULL when empty */
    size_t length;
} mien_cli_secret;
void mien_cli_secret_free(mien_cli_secret *secret);
/* From --OPTION (a file descriptor) when given, else asked on the terminal. `capacity` counts the
 * NUL. MIEN_USAGE when the descriptor is no number. */
MIEN_MUST_CHECK mien_status mien_cli_secret_read(mien_cli *cli, mien_cli_secret *secret,
                                                 size_t capacity, const char *option,
                                                 const char *prompt, mien_error *error);
/* The PIN of an existing wallet: nothing is asked when it has none, and *pin is NULL then. `view`
 * is the memory behind *pin. */
MIEN_MUST_CHECK mien_status mien_cli_pin_read(mien_cli *cli, mien_cli_secret *secret,
                                              mien_pin *view, const mien_pin **pin, bool needed,
                                              mien_error *error);
/* One key press unless --yes. */
MIEN_MUST_CHECK mien_status mien_cli_confirm(mien_cli *cli, const char *question,
                                             mien_error *error);

#define MIEN_CLI_FRAME_NAME 256 /* as mien_frame.name */
/* What is kept of the faces seen in the frames of --source, in guarded memory. */
typedef struct mien_cli_faces {
    mien_combine_frame *list;
    char (*names)[MIEN_CLI_FRAME_NAME];     /* where each was seen */
    uint8_t (*crops)[MIEN_FACE_CROP_BYTES]; /* what the network saw of each; guarded */
    size_t count;
    uint8_t model_digest[32];
    size_t frames, refused; /* looked at; not usable */
    double milliseconds[3]; /* sums over used frames: detection, landmarks and crop, embedding */
} mien_cli_faces;
/* Look until `wanted` usable faces are there or the sources end; frames of moving pictures are
 * taken at least a quarter of a second apart, and a live camera gives up after 60 seconds. At least
 * one usable face, or the last refusal is returned. What is wrong with a frame goes to stderr. */
MIEN_MUST_CHECK mien_status mien_cli_faces_read(mien_cli *cli, mien_cli_faces *faces, size_t wanted,
                                                const char *option, mien_error *error);
void mien_cli_faces_free(mien_cli_faces *faces);
MIEN_MUST_CHECK mien_status mien_cli_faces_json(const mien_cli_faces *faces, json_t *object);

/* Add to the words of MIEN_FACES_DIFFER which frames are not like the others, where most of them do
 * agree to `minimum_cosine`. Returns `status`. */
MIEN_MUST_CHECK mien_status mien_cli_faces_name_odd(const mien_cli_faces *faces, mien_status status,
                                                    double minimum_cosine, mien_error *error);

#define MIEN_CLI_UNLOCK_FRAMES 3

/* The whole way to an unlocked wallet: stage, faces, PIN, unlock. The caller ends it. */
typedef struct mien_cli_unlocked {
    mien_wallet *wallet;
    mien_wallet_session *session;
    mien_cli_faces faces;
    bool pin;            /* it was opened with a PIN */
    double milliseconds; /* of unlocking alone */
} mien_cli_unlocked;
MIEN_MUST_CHECK mien_status mien_cli_unlock(mien_cli *cli, mien_cli_unlocked *unlocked,
                                            mien_error *error);
void mien_cli_unlocked_end(mien_cli_unlocked *unlocked);

/* Monotonic clock. */
double mien_cli_milliseconds(void);
/* Embedding and weight of what was seen, as the wallet takes them. */
void mien_cli_frame_of(mien_combine_frame *frame, const mien_face_view *view);
/* A JSON string of a path or another text from outside; bytes that JSON cannot hold, and what could
 * repaint a terminal, are '?' in it. NULL without memory. */
json_t *mien_cli_json_text(const char *text);
/* A whole file, or standard input for "-"; the caller frees *bytes with free(). */
MIEN_MUST_CHECK mien_status mien_cli_read_file(uint8_t **bytes, size_t *length, const char *path,
                                               size_t limit, mien_error *error);

#endif
