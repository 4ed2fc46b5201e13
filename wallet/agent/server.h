/* SPDX-License-Identifier: MIT */
/* The agent: waits for requests of this user's programs, asks the person, and signs.
 *
 *     locked --UNLOCK--> PIN at the prompt, face before the eyes --> unlocked
 *     unlocked --time, idleness, LOCK, SIGUSR1, sleep--> locked, all grants gone
 *
 * One thread, one loop; what takes a person's time happens in other processes (the prompt, the
 * eyes), so other clients are served meanwhile. At most one question stands before the person; the
 * others wait their turn. SIGTERM, SIGINT and SIGHUP lock and end it. */
#ifndef MIEN_WALLET_AGENT_SERVER_H
#define MIEN_WALLET_AGENT_SERVER_H

#include "wallet/agent/faces.h"
#include "wallet/agent/keys.h"
#include "wallet/agent/socket.h"

#define MIEN_AGENT_CLIENTS_MAX 32

/* What the agent asks the machine; replaced in tests. */
typedef struct mien_agent_system {
    void *context;
    int64_t (*now)(void *context);   /* milliseconds, going on while the machine sleeps */
    int64_t (*awake)(void *context); /* milliseconds that the machine was awake */
    mien_status (*peer)(void *context, int descriptor, uid_t *user, pid_t *process);
} mien_agent_system;
mien_agent_system mien_agent_system_default(void);

/* The wallet behind the agent. */
typedef struct mien_agent_opener {
    void *context;
    /* May it be tried now, and with a PIN? Refusals have words. */
    mien_status (*ready)(void *context, bool *pin, mien_error *error);
    mien_status (*open)(void *context, mien_agent_keys **keys, const mien_agent_faces *faces,
                        const mien_pin *pin, mien_error *error);
    /* A proof file for the record of the session, verified; the caller frees *bytes. FACE is about
     * one of the frames that opened the wallet. NULL when there are no proofs here. */
    mien_status (*prove)(void *context, uint8_t **bytes, size_t *length,
                         const mien_agent_keys *keys, mien_agent_statement statement,
                         const uint8_t bind[32], const uint8_t nonce[32], uint64_t expiry,
                         const uint8_t *service, mien_error *error);
} mien_agent_opener;

typedef struct mien_agent_options {
    uint32_t seconds;          /* longest time unlocked; 1.. */
    uint32_t idle_seconds;     /* longest time between signatures; 1.. */
    uint32_t prompt_seconds;   /* how long a question waits for the person */
    uint32_t eyes_seconds;     /* how long the eyes look */
    uint32_t request_seconds;  /* how long half a request, or a reply nobody takes, is kept */
    const char *const *prompt; /* program and arguments, mien_prompt_question on its stdin; NULL:
                                  there is nobody to ask, and only grants... never come about */
    const char *const *eyes;   /* program and arguments, mien_agent_faces_write on its stdout */
    mien_agent_opener opener;
    const mien_agent_system *system; /* NULL: the default */
} mien_agent_options;

/* Serve until STOP or a signal. The listener stays the caller's. MIEN_OK for a wanted end; the keys
 * are wiped in any case. */
MIEN_MUST_CHECK mien_status mien_agent_serve(const mien_agent_listener *listener,
                                             const mien_agent_options *options, mien_error *error);

#endif
