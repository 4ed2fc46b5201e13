/* SPDX-License-Identifier: MIT */
#include "platform/base/error.h"

#include <stdarg.h>
#include <stdio.h>

mien_status mien_fail(mien_error *error, mien_status status, const char *format, ...) {
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        error->status = status;
        if (vsnprintf(error->message, sizeof error->message, format, arguments) < 0)
            error->message[0] = '\0';
        va_end(arguments);
    }
    return status;
}

const char *mien_error_words(const mien_error *error) {
    return error->message[0] != '\0' ? error->message : mien_status_text(error->status);
}
