/* SPDX-License-Identifier: MIT */
/* What cppcheck, which does not read system headers, must know of jansson's loops. */
#define json_array_foreach(array, index, value) for (index = 0, value = 0; index < 1; index++)
#define json_object_foreach(object, key, value)                                                    \
    for (key = "key", value = object; value != 0; value = 0)
