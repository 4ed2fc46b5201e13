/* SPDX-License-Identifier: MIT */
/* One question at a time before the person. */
#include <stdlib.h>

#include "platform/memory/secret.h"
#include "wallet/agent/prompt.h"
#include "wallet/agent/server_parts.h"

void mien_agent_dialogue_end(mien_agent_server *s) {
    mien_agent_child_stop(&s->child);
    mien_secret_free(s->pin);
    s->pin = NULL;
    s->pin_length = 0;
    s->dialogue = MIEN_DIALOGUE_NONE;
    s->asked = NULL;
}

static void refuse_asked(mien_agent_server *s, mien_status status, const mien_error *error) {
    mien_agent_connection *c = s->asked;
    mien_agent_dialogue_end(s);
    s->served++;
    mien_agent_connection_refuse(c, status, error);
}

/* ---- asking ---- */

static mien_status start_prompt(mien_agent_server *s, const mien_prompt_question *question,
                                mien_error *error) {
    uint8_t *bytes;
    size_t length;
    if (s->options->prompt == NULL)
        return mien_fail(error, MIEN_IO,
                         "the agent has no terminal to ask at; start it with --tty");
    MIEN_TRY(mien_prompt_question_write(&bytes, &length, question));
    mien_status status = mien_agent_child_start(&s->child, s->options->prompt, bytes, length,
                                                MIEN_PROMPT_ANSWER_MAX, error);
    free(bytes);
    s->child.deadline = mien_agent_now(s) + (int64_t)s->options->prompt_seconds * 1000;
    return status;
}

static mien_status ask_about_job(mien_agent_server *s, mien_error *error) {
    const mien_agent_connection *c = s->asked;
    static const char sign[] = "Sign this?", grant[] = "Allow this?", prove[] = "Prove this?",
                      address[] = "Is it the same?";
    const mien_agent_operation operation = c->request.operation;
    const char *last = operation == MIEN_AGENT_GRANT          ? grant
                       : operation == MIEN_AGENT_PROVE        ? prove
                       : operation == MIEN_AGENT_SHOW_ADDRESS ? address
                                                              : sign;
    mien_arena arena = mien_arena_of(MIEN_PROMPT_QUESTION_MAX);
    mien_text text = {.arena = &arena};
    mien_text_append(&text, "Asked by %s (process %ld)\n", c->name, (long)c->process);
    mien_text_append(&text, "%s", c->job.words);
    mien_status status = text.status;
    if (status == MIEN_OK) {
        const mien_prompt_question question = {MIEN_PROMPT_CONFIRM, last, strlen(last), text.start,
                                               text.length};
        status = start_prompt(s, &question, error);
    }
    mien_arena_clear(&arena);
    s->dialogue = MIEN_DIALOGUE_CONFIRM;
    return status;
}

static mien_status ask_to_unlock(mien_agent_server *s, mien_error *error) {
    bool pin;
    char words[160];
    MIEN_TRY(s->options->opener.ready(s->options->opener.context, &pin, error));
    snprintf(words, sizeof words, "%s (process %ld) asks to open the wallet.%s\n", s->asked->name,
             (long)s->asked->process, pin ? " After the PIN look at the camera." : "");
    const char *last = pin ? "PIN: " : "Open it by your face?";
    const mien_prompt_question question = {pin ? MIEN_PROMPT_SECRET : MIEN_PROMPT_CONFIRM, last,
                                           strlen(last), words, strlen(words)};
    s->dialogue = pin ? MIEN_DIALOGUE_PIN : MIEN_DIALOGUE_CONSENT;
    return start_prompt(s, &question, error);
}

static mien_agent_connection *longest_waiting(mien_agent_server *s) {
    mien_agent_connection *first = NULL;
    for (size_t i = 0; i < MIEN_AGENT_CLIENTS_MAX; i++) {
        mien_agent_connection *c = &s->clients[i];
        if (c->descriptor < 0 || c->phase != MIEN_CLIENT_WAITING) continue;
        if (first == NULL || c->turn < first->turn) first = c;
    }
    return first;
}

void mien_agent_dialogue_next(mien_agent_server *s) {
    const mien_agent_reply done = {.status = MIEN_OK};
    while (s->dialogue == MIEN_DIALOGUE_NONE) {
        mien_error error = {0};
        mien_agent_connection *c = longest_waiting(s);
        if (c == NULL) return;
        const bool unlocking = c->request.operation == MIEN_AGENT_UNLOCK;
        if (unlocking && s->keys != NULL) {
            mien_agent_connection_reply(c, &done);
            continue;
        }
        s->asked = c;
        mien_status status = unlocking ? ask_to_unlock(s, &error) : ask_about_job(s, &error);
        if (status != MIEN_OK) refuse_asked(s, status, &error);
    }
}

/* ---- answers ---- */

static void confirmed(mien_agent_server *s) {
    mien_agent_connection *c = s->asked;
    mien_agent_dialogue_end(s);
    mien_agent_complete(s, c);
}

static void start_eyes(mien_agent_server *s) {
    mien_error error = {0};
    mien_agent_child_stop(&s->child);
    s->dialogue = MIEN_DIALOGUE_EYES;
    mien_status status = mien_agent_child_start(&s->child, s->options->eyes, NULL, 0,
                                                MIEN_AGENT_FACES_BYTES, &error);
    s->child.deadline = mien_agent_now(s) + (int64_t)s->options->eyes_seconds * 1000;
    if (status != MIEN_OK) refuse_asked(s, status, &error);
}

static void take_pin(mien_agent_server *s) {
    mien_error error = {0};
    void *memory;
    const size_t length = s->child.used - 1;
    if (length == 0 || length > MIEN_WALLET_MAX_PIN) {
        mien_fail(&error, MIEN_USER_REFUSED, "no PIN was given");
        refuse_asked(s, MIEN_USER_REFUSED, &error);
        return;
    }
    mien_status status = mien_secret_alloc(&memory, MIEN_WALLET_MAX_PIN, &error);
    if (status != MIEN_OK) {
        refuse_asked(s, status, &error);
        return;
    }
    s->pin = memory;
    s->pin_length = length;
    memcpy(s->pin, s->child.bytes + 1, length);
    start_eyes(s);
}

static mien_status open_wallet(mien_agent_server *s, mien_error *error) {
    const mien_pin pin = {s->pin, s->pin_length};
    void *memory;
    MIEN_TRY(mien_secret_alloc(&memory, sizeof(mien_agent_faces), error));
    mien_agent_faces *faces = memory;
    mien_status status = mien_agent_faces_read(faces, s->child.bytes, s->child.used, error);
    if (status == MIEN_OK)
        status = s->options->opener.open(s->options->opener.context, &s->keys, faces,
                                         s->pin != NULL ? &pin : NULL, error);
    mien_secret_free(memory);
    return status;
}

static void take_faces(mien_agent_server *s) {
    const mien_agent_reply done = {.status = MIEN_OK};
    mien_error error = {0};
    mien_status status = open_wallet(s, &error);
    if (status != MIEN_OK) {
        refuse_asked(s, status, &error);
        return;
    }
    const int64_t now = mien_agent_now(s);
    s->ends = now + (int64_t)s->options->seconds * 1000;
    s->idle_ends = now + (int64_t)s->options->idle_seconds * 1000;
    s->slept = now - s->system.awake(s->system.context);
    mien_agent_connection *c = s->asked;
    mien_agent_dialogue_end(s);
    s->served++;
    mien_agent_connection_reply(c, &done);
}

static void take_answer(mien_agent_server *s) {
    const uint8_t kind = s->child.used != 0 ? s->child.bytes[0] : 0;
    const bool yes = kind == 'y' && s->child.used == 1;
    mien_error error = {0};
    if (s->dialogue == MIEN_DIALOGUE_EYES) {
        take_faces(s);
    } else if (s->dialogue == MIEN_DIALOGUE_PIN && kind == 's') {
        take_pin(s);
    } else if (s->dialogue == MIEN_DIALOGUE_CONSENT && yes) {
        start_eyes(s);
    } else if (s->dialogue == MIEN_DIALOGUE_CONFIRM && yes) {
        confirmed(s);
    } else {
        mien_fail(&error, MIEN_USER_REFUSED, "refused at the agent's prompt");
        refuse_asked(s, MIEN_USER_REFUSED, &error);
    }
}

void mien_agent_dialogue_event(mien_agent_server *s) {
    mien_error error = {0};
    if (s->dialogue == MIEN_DIALOGUE_NONE) return;
    const bool eyes = s->dialogue == MIEN_DIALOGUE_EYES;
    mien_status status = mien_agent_child_collect(&s->child);
    if (status == MIEN_OK) {
        take_answer(s);
    } else if (status != MIEN_BUSY) {
        mien_fail(&error, MIEN_IO,
                  eyes ? "the eyes did not answer"
                       : "the agent's prompt could not ask; is its terminal gone?");
        refuse_asked(s, MIEN_IO, &error);
    } else if (mien_agent_now(s) >= s->child.deadline) {
        mien_fail(&error, eyes ? MIEN_NO_FACE : MIEN_USER_REFUSED,
                  eyes ? "no face was seen in time" : "nobody answered at the agent's prompt");
        refuse_asked(s, error.status, &error);
    }
}
