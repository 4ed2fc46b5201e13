/* SPDX-License-Identifier: MIT */
/* One client of the agent: bytes in, one request at a time, bytes out. Memory grows with what has
 * come, not with what a client announces, and is given back after each request. */
#ifndef MIEN_WALLET_AGENT_CONNECTION_H
#define MIEN_WALLET_AGENT_CONNECTION_H

#include <sys/types.h>

#include "wallet/agent/job.h"

typedef enum mien_agent_phase {
    MIEN_CLIENT_READING, /* collecting a request */
    MIEN_CLIENT_WAITING, /* a whole request is here; somebody has to answer it */
    MIEN_CLIENT_ALLOWED, /* by a person or a grant: its line in the log is next, with others */
    MIEN_CLIENT_WRITING  /* the reply goes out */
} mien_agent_phase;

typedef struct mien_agent_connection {
    int descriptor; /* -1: free; does not block */
    pid_t process;  /* for showing only: it may have ended, or be another one by now */
    char name[32];  /* of that process, cleaned */
    mien_agent_phase phase;
    bool last;        /* hang up after this reply */
    int64_t deadline; /* READING a started request, WRITING; 0 for none */
    uint64_t turn;    /* WAITING: lower ones came first */

    uint8_t head[MIEN_AGENT_LENGTH_SIZE];
    size_t head_used;
    uint8_t *body; /* heap */
    size_t body_length, body_used, body_capacity;
    uint8_t *out; /* heap */
    size_t out_length, out_used;

    mien_agent_request request; /* views into body */
    mien_agent_job job;
} mien_agent_connection;

/* What reading or writing came to. */
typedef enum mien_agent_progress {
    MIEN_PROGRESS_MORE, /* call again when the descriptor is ready */
    MIEN_PROGRESS_DONE, /* a whole request is in body, or the reply is out */
    MIEN_PROGRESS_GONE  /* the client hung up, or cannot be understood: close */
} mien_agent_progress;

void mien_agent_connection_open(mien_agent_connection *c, int descriptor, pid_t process);
/* Ends the job and frees everything. */
void mien_agent_connection_close(mien_agent_connection *c);
mien_agent_progress mien_agent_connection_read(mien_agent_connection *c);
mien_agent_progress mien_agent_connection_write(mien_agent_connection *c);
/* Queue the reply; the request and its job end. Without memory the client is hung up on. */
void mien_agent_connection_reply(mien_agent_connection *c, const mien_agent_reply *reply);
/* A reply with nothing but a status and words. */
void mien_agent_connection_refuse(mien_agent_connection *c, mien_status status,
                                  const mien_error *error);
/* Ready for the next request. */
void mien_agent_connection_next(mien_agent_connection *c);

#endif
