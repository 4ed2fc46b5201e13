/* SPDX-License-Identifier: MIT */
#include "platform/base/status.h"

static const struct {
    const char *name, *text;
    mien_status_kind kind;
    int exit_code;
} entries[] = {
#define X(name, kind, code, text) {#name, text, MIEN_KIND_##kind, code},
    MIEN_STATUS_LIST(X)
#undef X
};

static int known(mien_status status) {
    return (unsigned)status < (unsigned)MIEN_STATUS_COUNT;
}

const char *mien_status_text(mien_status status) {
    return known(status) ? entries[status].text : "unknown status";
}

const char *mien_status_name(mien_status status) {
    return known(status) ? entries[status].name : "UNKNOWN";
}

mien_status_kind mien_status_kind_of(mien_status status) {
    return known(status) ? entries[status].kind : MIEN_KIND_FAILURE;
}

int mien_status_exit_code(mien_status status) {
    return known(status) ? entries[status].exit_code : 1;
}
