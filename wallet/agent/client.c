/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "wallet/agent/client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "platform/console/console.h"
#include "wallet/agent/socket.h"
#include "wallet/encoding/hex.h"

struct mien_agent_client {
    int descriptor;
    uint8_t token[MIEN_AGENT_TOKEN_SIZE];
    uint8_t *reply; /* body of the last one */
};

mien_status mien_agent_socket_path(char path[MIEN_PATH_SIZE], mien_error *error) {
    char folder[MIEN_PATH_SIZE];
    MIEN_TRY(mien_folder_of(folder, MIEN_FOLDER_RUNTIME, error));
    if (mien_path_join(path, folder, "agent.sock") != MIEN_OK)
        return mien_fail(error, MIEN_TOO_LARGE, "the path of the agent's socket is too long");
    return MIEN_OK;
}

static mien_status no_agent(mien_error *error) {
    return mien_fail(error, MIEN_NOT_FOUND, "no agent runs; mien agent run starts one");
}

static mien_status connect_to(int *descriptor, const char *path, mien_error *error) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    uid_t user;
    pid_t process;
    if (strlen(path) >= sizeof address.sun_path) return no_agent(error);
    memcpy(address.sun_path, path, strlen(path));
    *descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*descriptor < 0) return mien_fail(error, MIEN_IO, "no socket: %s", strerror(errno));
    mien_status status = MIEN_OK;
    if (connect(*descriptor, (const struct sockaddr *)&address, sizeof address) != 0)
        status = errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR
                     ? no_agent(error)
                     : mien_fail(error, MIEN_IO, "the agent at %s cannot be reached: %s", path,
                                 strerror(errno));
    if (status == MIEN_OK &&
        (mien_agent_peer(*descriptor, &user, &process) != MIEN_OK || user != geteuid()))
        status =
            mien_fail(error, MIEN_PERMISSION, "what listens at %s is not this user's agent", path);
    if (status != MIEN_OK) close(*descriptor);
    return status;
}

static mien_status take_token(mien_agent_client *client, mien_error *error) {
    const char *given = getenv("MIEN_AGENT_GRANT");
    if (given == NULL || given[0] == '\0') return MIEN_OK;
    if (mien_hex_decode(client->token, sizeof client->token, given, strlen(given)) == MIEN_OK)
        return MIEN_OK;
    return mien_fail(error, MIEN_USAGE, "MIEN_AGENT_GRANT must be 32 hex digits");
}

mien_status mien_agent_connect(mien_agent_client **client, mien_error *error) {
    char path[MIEN_PATH_SIZE];
    *client = NULL;
    MIEN_TRY(mien_agent_socket_path(path, error));
    mien_agent_client *made = calloc(1, sizeof *made);
    if (made == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the agent's client");
    made->descriptor = -1;
    mien_status status = take_token(made, error);
    if (status == MIEN_OK) status = connect_to(&made->descriptor, path, error);
    if (status != MIEN_OK) {
        free(made);
        return status;
    }
    *client = made;
    return MIEN_OK;
}

void mien_agent_disconnect(mien_agent_client *client) {
    if (client == NULL) return;
    close(client->descriptor);
    free(client->reply);
    mien_wipe(client, sizeof *client);
    free(client);
}

void mien_agent_use_grant(mien_agent_client *client, const uint8_t token[MIEN_AGENT_TOKEN_SIZE]) {
    memcpy(client->token, token, sizeof client->token);
}

static mien_status hung_up(mien_error *error) {
    return mien_fail(error, MIEN_IO, "the agent ended the connection");
}

/* Waits as long as a person thinks; a signal ends that. */
static mien_status wait_for(const mien_agent_client *client, short events, mien_error *error) {
    struct pollfd wanted = {client->descriptor, events, 0};
    for (;;) {
        if (mien_console_interrupted()) return mien_fail(error, MIEN_INTERRUPTED, "interrupted");
        const int ready = poll(&wanted, 1, 500);
        if (ready > 0) return MIEN_OK;
        if (ready < 0 && errno != EINTR) return hung_up(error);
    }
}

static mien_status send_all(const mien_agent_client *client, const uint8_t *bytes, size_t length,
                            mien_error *error) {
    while (length != 0) {
        MIEN_TRY(wait_for(client, POLLOUT, error));
        const ssize_t done = send(client->descriptor, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (done < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (done <= 0) return MIEN_OK; /* it may have answered before it hung up */
        bytes += done;
        length -= (size_t)done;
    }
    return MIEN_OK;
}

static mien_status receive_all(const mien_agent_client *client, uint8_t *bytes, size_t length,
                               mien_error *error) {
    while (length != 0) {
        MIEN_TRY(wait_for(client, POLLIN, error));
        const ssize_t got = recv(client->descriptor, bytes, length, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return hung_up(error);
        bytes += got;
        length -= (size_t)got;
    }
    return MIEN_OK;
}

static mien_status send_request(mien_agent_client *client, const mien_agent_request *request,
                                mien_error *error) {
    const size_t size = mien_agent_request_size(request);
    uint8_t *bytes = size != 0 ? malloc(size) : NULL;
    if (size == 0)
        return mien_fail(error, MIEN_TOO_LARGE, "this is more than the agent takes at once");
    if (bytes == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the request");
    mien_writer writer = mien_writer_of(bytes, size);
    mien_status status = mien_agent_request_write(&writer, request);
    if (status == MIEN_OK) status = send_all(client, bytes, writer.used, error);
    mien_wipe(bytes, size); /* the token */
    free(bytes);
    return status;
}

static mien_status receive_reply(mien_agent_client *client, mien_agent_reply *reply,
                                 mien_error *error) {
    uint8_t head[MIEN_AGENT_LENGTH_SIZE];
    size_t length;
    free(client->reply);
    client->reply = NULL;
    MIEN_TRY(receive_all(client, head, sizeof head, error));
    mien_status status = mien_agent_body_length(&length, head);
    if (status != MIEN_OK)
        return mien_fail(error, status, "the agent's reply has no usable length");
    client->reply = malloc(length);
    if (client->reply == NULL) return mien_fail(error, MIEN_MEMORY, "no memory for the reply");
    MIEN_TRY(receive_all(client, client->reply, length, error));
    status = mien_agent_reply_read(reply, client->reply, length);
    if (status == MIEN_OK) return MIEN_OK;
    return mien_fail(error, status, "the agent's reply cannot be read: %s",
                     mien_status_text(status));
}

mien_status mien_agent_call(mien_agent_client *client, mien_agent_reply *reply,
                            const mien_agent_request *request, mien_error *error) {
    mien_agent_request filled = *request;
    memset(reply, 0, sizeof *reply);
    memcpy(filled.token, client->token, sizeof filled.token);
    mien_status status = send_request(client, &filled, error);
    mien_wipe(filled.token, sizeof filled.token);
    if (status == MIEN_OK) status = receive_reply(client, reply, error);
    if (status == MIEN_OK && reply->status != MIEN_OK) {
        status = mien_fail(error, reply->status, "%s", reply->words);
        memset(reply, 0, sizeof *reply);
    }
    return status;
}

mien_status mien_agent_call_unlocked(mien_agent_client *client, mien_agent_reply *reply,
                                     const mien_agent_request *request, mien_error *error) {
    mien_status status = mien_agent_call(client, reply, request, error);
    if (status != MIEN_LOCKED) return status;
    MIEN_TRY(mien_agent_unlock(client, error));
    return mien_agent_call(client, reply, request, error);
}

mien_status mien_agent_command(mien_agent_client *client, mien_agent_operation operation,
                               mien_error *error) {
    const mien_agent_request request = {.operation = operation};
    mien_agent_reply reply;
    return mien_agent_call(client, &reply, &request, error);
}

mien_status mien_agent_get_state(mien_agent_client *client, mien_agent_state *state,
                                 mien_error *error) {
    const mien_agent_request request = {.operation = MIEN_AGENT_STATE};
    mien_agent_reply reply;
    MIEN_TRY(mien_agent_call(client, &reply, &request, error));
    mien_status status = mien_agent_state_read(state, reply.payload);
    if (status != MIEN_OK) return mien_fail(error, status, "the agent's state cannot be read");
    return MIEN_OK;
}

mien_status mien_agent_unlock(mien_agent_client *client, mien_error *error) {
    return mien_agent_command(client, MIEN_AGENT_UNLOCK, error);
}

mien_status mien_agent_ask_grant(mien_agent_client *client, uint8_t token[MIEN_AGENT_TOKEN_SIZE],
                                 const mien_agent_grant *grant, mien_error *error) {
    const mien_agent_request request = {.operation = MIEN_AGENT_GRANT, .grant = *grant};
    mien_agent_reply reply;
    MIEN_TRY(mien_agent_call(client, &reply, &request, error));
    if (reply.payload.length != MIEN_AGENT_TOKEN_SIZE)
        return mien_fail(error, MIEN_FORMAT, "the agent's grant cannot be read");
    memcpy(token, reply.payload.data, MIEN_AGENT_TOKEN_SIZE);
    memcpy(client->token, token, MIEN_AGENT_TOKEN_SIZE);
    return MIEN_OK;
}
