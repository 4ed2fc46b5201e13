/* SPDX-License-Identifier: MIT */
/* What happened in a demonstration, step by step: told on the terminal, then in the report. */
#ifndef MIEN_WALLET_CLI_DEMO_STORY_H
#define MIEN_WALLET_CLI_DEMO_STORY_H

#include <stdbool.h>
#include <stddef.h>

#include "face_model/face_model.h"
#include "platform/images/image.h"
#include "prover/verifier.h"
#include "wallet/cli/cli.h"

#define MIEN_STORY_STEPS 32
#define MIEN_STORY_PICTURES 16
#define MIEN_STORY_TERMS 16

typedef enum mien_story_mood {
    MIEN_STORY_DONE,    /* something was done that should be */
    MIEN_STORY_REFUSED, /* something was refused that should be */
    MIEN_STORY_FAILED   /* it went otherwise than it should */
} mien_story_mood;

typedef struct mien_story_step {
    mien_story_mood mood;
    char title[96];
    char words[1536];
    double milliseconds; /* 0: not worth telling */
} mien_story_step;

/* One frame that was looked at. Secret. */
typedef struct mien_story_picture {
    char name[64];    /* "A enrols, frame 1" */
    char role;        /* 'e' A enrols, 'r' A returns, 'b' person B */
    mien_image frame; /* small */
    uint8_t crop[MIEN_FACE_CROP_BYTES];
    float cosine; /* to A's enrolment */
} mien_story_picture;

typedef struct mien_story {
    mien_cli *cli;
    bool simulated; /* the sample pictures through the simulated camera, not folders of the user */
    mien_story_step steps[MIEN_STORY_STEPS];
    size_t step_count;
    mien_story_picture pictures[MIEN_STORY_PICTURES];
    size_t picture_count;
    char words[2048];          /* the Bitcoin transaction as it was shown */
    char ethereum_words[2048]; /* the Ethereum one */
    double threshold;          /* cosine that the proof demands */
    size_t proof_bytes, prover_bytes, verifier_bytes;
    size_t face_bytes;
    double prove_face; /* milliseconds, the run of the network included */
    double look[3];    /* milliseconds a frame: detection, landmarks and crop, embedding */
    double enrol, unlock, unlock_bare, prove, verify, sign; /* milliseconds; bare: without a PIN */
    double argon2_mebibytes;
    mien_security_term terms[MIEN_STORY_TERMS];
    size_t term_count;
    size_t failures;
    double total_seconds;
} mien_story;

/* Add a step and tell it on stderr; `format` gives its words. */
void mien_story_tell(mien_story *story, mien_story_mood mood, double milliseconds,
                     const char *title, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* A heading on the terminal only. */
void mien_story_chapter(mien_story *story, const char *title);
void mien_story_clear(mien_story *story); /* wipes the pictures */

/* The whole report as one HTML file without any outside resource. The caller frees *text. */
MIEN_MUST_CHECK mien_status mien_story_report(char **text, size_t *length, const mien_story *story);
/* Its style sheet. */
extern const char mien_report_style[];

#endif
