/* SPDX-License-Identifier: MIT */
#include "wallet/cli/desk.h"

#include <time.h>

#include "platform/console/console.h"

#define LOOK_NANOSECONDS 100000000 /* how often the main thread looks whether a signal came */

mien_status mien_desk_open(mien_desk *desk) {
    *desk = (mien_desk){0};
    if (pthread_mutex_init(&desk->lock, NULL) != 0 || pthread_cond_init(&desk->arrived, NULL) != 0)
        return MIEN_MEMORY;
    return pthread_cond_init(&desk->answered, NULL) == 0 ? MIEN_OK : MIEN_MEMORY;
}

void mien_desk_destroy(mien_desk *desk) {
    pthread_cond_destroy(&desk->answered);
    pthread_cond_destroy(&desk->arrived);
    pthread_mutex_destroy(&desk->lock);
}

static void append(mien_desk *desk, mien_desk_entry *entry) {
    mien_desk_entry **last = &desk->first;
    while (*last != NULL) last = &(*last)->next;
    *last = entry;
    desk->waiting++;
}

mien_status mien_desk_ask(mien_desk *desk, void *request, mien_error *error) {
    mien_desk_entry entry = {.request = request, .error = error};
    pthread_mutex_lock(&desk->lock);
    if (desk->closed || desk->waiting >= MIEN_DESK_WAITING) {
        bool closed = desk->closed;
        pthread_mutex_unlock(&desk->lock);
        return closed ? mien_fail(error, MIEN_INTERRUPTED, "the wallet is being closed")
                      : mien_fail(error, MIEN_BUSY, "too many requests wait for the person");
    }
    append(desk, &entry);
    pthread_cond_signal(&desk->arrived);
    while (!entry.done) pthread_cond_wait(&desk->answered, &desk->lock);
    pthread_mutex_unlock(&desk->lock);
    return entry.status;
}

/* The next request, or NULL after a short wait. */
static mien_desk_entry *next_entry(mien_desk *desk) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += LOOK_NANOSECONDS;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    if (desk->first == NULL) pthread_cond_timedwait(&desk->arrived, &desk->lock, &until);
    mien_desk_entry *entry = desk->first;
    if (entry != NULL) desk->first = entry->next;
    return entry;
}

static void finish(mien_desk *desk, mien_desk_entry *entry, mien_status status) {
    entry->status = status;
    entry->done = true;
    desk->waiting--;
    pthread_cond_broadcast(&desk->answered);
}

void mien_desk_serve(mien_desk *desk,
                     mien_status (*work)(void *context, void *request, mien_error *error),
                     void *context) {
    pthread_mutex_lock(&desk->lock);
    while (!mien_console_interrupted()) {
        mien_desk_entry *entry = next_entry(desk);
        if (entry == NULL) continue;
        entry->next = NULL;
        pthread_mutex_unlock(&desk->lock);
        mien_status status = work(context, entry->request, entry->error);
        pthread_mutex_lock(&desk->lock);
        finish(desk, entry, status);
    }
    pthread_mutex_unlock(&desk->lock);
}

void mien_desk_close(mien_desk *desk) {
    pthread_mutex_lock(&desk->lock);
    desk->closed = true;
    while (desk->first != NULL) {
        mien_desk_entry *entry = desk->first;
        desk->first = entry->next;
        finish(desk, entry, MIEN_INTERRUPTED);
    }
    pthread_mutex_unlock(&desk->lock);
}
