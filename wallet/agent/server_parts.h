/* SPDX-License-Identifier: MIT */
/* The agent's state, shared by its three parts: the loop (server.c), requests (requests.c) and the
 * dialogue with the person (dialogue.c). */
#ifndef MIEN_WALLET_AGENT_SERVER_PARTS_H
#define MIEN_WALLET_AGENT_SERVER_PARTS_H

#include "wallet/agent/child.h"
#include "wallet/agent/connection.h"
#include "wallet/agent/server.h"

typedef enum mien_agent_dialogue {
    MIEN_DIALOGUE_NONE,
    MIEN_DIALOGUE_CONFIRM, /* the job of `asked` is shown */
    MIEN_DIALOGUE_PIN,     /* unlocking: the PIN is asked */
    MIEN_DIALOGUE_CONSENT, /* unlocking without PIN: may the eyes look? */
    MIEN_DIALOGUE_EYES     /* unlocking: the eyes look */
} mien_agent_dialogue;

typedef struct mien_agent_server {
    const mien_agent_options *options;
    const mien_agent_listener *listener;
    mien_agent_system system;
    int signals; /* signalfd */
    bool stopping;
    uint64_t turns, served;
    mien_agent_connection clients[MIEN_AGENT_CLIENTS_MAX];

    mien_agent_keys *keys; /* NULL while locked */
    int64_t ends, idle_ends;
    int64_t slept; /* difference of the two clocks when it was unlocked */
    mien_agent_grants grants;
    /* ALLOWED clients in the order in which they were allowed; empty between two turns. */
    mien_agent_connection *allowed[MIEN_AGENT_CLIENTS_MAX];
    size_t allowed_count;
    size_t together; /* how many shared the last writing of the log */
    int64_t writing; /* nanoseconds that it took */

    mien_agent_dialogue dialogue;
    mien_agent_child child;
    mien_agent_connection *asked; /* who asked; NULL without a dialogue */
    char *pin;                    /* guarded, between PIN and EYES */
    size_t pin_length;
} mien_agent_server;

int64_t mien_agent_now(const mien_agent_server *s);
/* Wipe keys and grants, withdraw all questions; everybody who waits is told `why`. */
void mien_agent_lock_now(mien_agent_server *s, mien_status why);

/* requests.c: a whole request is in c->body. */
void mien_agent_handle(mien_agent_server *s, mien_agent_connection *c);
/* The person has agreed, or a grant does: what is to be signed waits for mien_agent_sign_allowed,
 * the rest is answered. */
void mien_agent_complete(mien_agent_server *s, mien_agent_connection *c);
/* The policy decides about all that are allowed, in their order; their lines of the audit log
 * become durable together; then, and only then, they are signed and answered. */
void mien_agent_sign_allowed(mien_agent_server *s);

/* dialogue.c: ask for whoever has waited longest, when nobody is being asked. */
void mien_agent_dialogue_next(mien_agent_server *s);
/* The child has said something, or its time is over. */
void mien_agent_dialogue_event(mien_agent_server *s);
/* Withdraw the question. Nobody is answered. */
void mien_agent_dialogue_end(mien_agent_server *s);

#endif
