/* SPDX-License-Identifier: MIT */
/* What the agent asks the prompt program, and what that answers. The question comes as standard
 * input of `mien-prompt --tty DEVICE`, the answer goes to its standard output. The program that
 * made the request has no part in this: it cannot answer, only hang up.
 *
 *     question: kind (1 byte), length of the last line (2 bytes), the last line, the words before
 *     answer:   one byte; 'y', 'n', or 's' and the bytes of the secret */
#ifndef MIEN_WALLET_AGENT_PROMPT_H
#define MIEN_WALLET_AGENT_PROMPT_H

#include "platform/base/bytes.h"
#include "platform/base/error.h"

#define MIEN_PROMPT_SECRET_MAX 256
/* Longest question: the words of the largest request. */
#define MIEN_PROMPT_QUESTION_MAX ((size_t)64 << 20)
#define MIEN_PROMPT_ANSWER_MAX (MIEN_PROMPT_SECRET_MAX + 2)

typedef enum mien_prompt_kind {
    MIEN_PROMPT_CONFIRM = 'c', /* show the words, ask for one key */
    MIEN_PROMPT_SECRET = 's'   /* show the words, ask for a line without echo */
} mien_prompt_kind;

typedef struct mien_prompt_question {
    mien_prompt_kind kind;
    const char *last; /* "Sign this?", NUL-terminated when written, at most 255 bytes */
    size_t last_length;
    const char *words; /* lines, may be empty */
    size_t words_length;
} mien_prompt_question;

/* The encoded question; the caller frees *bytes. */
MIEN_MUST_CHECK mien_status mien_prompt_question_write(uint8_t **bytes, size_t *length,
                                                       const mien_prompt_question *question);
/* Views into `bytes`; not NUL-terminated. MIEN_FORMAT for anything else than one question. */
MIEN_MUST_CHECK mien_status mien_prompt_question_read(mien_prompt_question *question,
                                                      const uint8_t *bytes, size_t length);

/* The whole program but main(): read the question from `input`, ask on the terminal `device`, write
 * the answer to `output`. MIEN_IO when the terminal cannot be used; nothing is answered then. */
MIEN_MUST_CHECK mien_status mien_prompt_run(int input, int output, const char *device,
                                            mien_error *error);

#endif
