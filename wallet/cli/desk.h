/* SPDX-License-Identifier: MIT */
/* Where requests of many connections wait for the one person at the terminal. Connections have
 * threads of their own; the terminal, the signals and the wallet belong to the main thread, which
 * takes one request after the other. */
#ifndef MIEN_WALLET_CLI_DESK_H
#define MIEN_WALLET_CLI_DESK_H

#include <pthread.h>
#include <stdbool.h>

#include "platform/base/error.h"

#define MIEN_DESK_WAITING 8 /* requests that may wait; more are MIEN_BUSY */

typedef struct mien_desk_entry {
    struct mien_desk_entry *next;
    void *request;
    mien_status status;
    mien_error *error;
    bool done;
} mien_desk_entry;

typedef struct mien_desk {
    pthread_mutex_t lock;
    pthread_cond_t arrived, answered;
    mien_desk_entry *first;
    unsigned waiting;
    bool closed;
} mien_desk;

MIEN_MUST_CHECK mien_status mien_desk_open(mien_desk *desk);
/* After the last connection has ended. */
void mien_desk_destroy(mien_desk *desk);
/* On any thread: wait until the main thread has worked on `request`, and return what its work
 * returned. MIEN_BUSY when too many wait, MIEN_INTERRUPTED when the desk is closed. */
MIEN_MUST_CHECK mien_status mien_desk_ask(mien_desk *desk, void *request, mien_error *error);
/* On the main thread: take requests in their order and give each to work(), until a signal
 * (mien_console_interrupted). */
void mien_desk_serve(mien_desk *desk,
                     mien_status (*work)(void *context, void *request, mien_error *error),
                     void *context);
/* All that wait or ask from now on are MIEN_INTERRUPTED. */
void mien_desk_close(mien_desk *desk);

#endif
