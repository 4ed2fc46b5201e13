#!/bin/sh
# SPDX-License-Identifier: MIT
# The verifier is fit for a microcontroller: its libraries need nothing of the C library but a few
# functions on memory, and its sources compile without floating-point registers, and for a Cortex-M4
# where arm-none-eabi-gcc is installed. Usage: verifier_freestanding.sh SOURCE_DIR COMPILER LIBRARY...
set -eu
source_dir=$1 compiler=$2
shift 2
passed=0 failed=0 skipped=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

check() { # check NAME COMMAND...: the command succeeds
    name=$1
    shift
    if "$@"; then passed=$((passed + 1)); else echo "FAIL $name"; failed=$((failed + 1)); fi
}

# Sanitizers and stack protection add symbols of their own; clang calls bcmp where memcmp() == 0 is
# written and the C library has it (not with -ffreestanding, as a firmware is compiled).
foreign() {
    nm -A "$@" | awk '$2 == "U" { print $3 }' | sort -u |
        grep -Ev '^(mien_[a-z0-9_]+|mem(cpy|set|cmp|move)|bcmp|strlen|__stack_chk_(fail|guard)|__cpu_(model|indicator_init)|_GLOBAL_OFFSET_TABLE_|__(asan|ubsan|sanitizer)_.*)$' || true
}
no_foreign() {
    foreign "$@" >"$work/foreign"
    sed 's/^/  needs /' "$work/foreign"
    [ ! -s "$work/foreign" ]
}

sources() {
    find "$source_dir"/prover -name '*.c' \
        -path '*/transcript/*' -o -path '*/ligero/verify.c' -o -path '*/ligero/challenges.c' \
        -o -path '*/ligero/parameters.c' -o -path '*/ligero/sections.c' \
        -o -path '*/circuits/chain.c' -o -path '*/circuits/output.c' -o -path '*/circuits/pads.c' \
        -o -path '*/circuits/pads_combine.c' -o -path '*/sumcheck/messages.c' \
        -o -path '*/sumcheck/equality.c' -o -path '*/sumcheck/inner_product.c' -o -path '*/commitment/choose.c' \
        -o -path '*/commitment/frame.c' -o -path '*/commitment/tensor.c' \
        -o -path '*/commitment/tensor_inner_verify.c' -o -path '*/commitment/tensor_shape.c' -o -path '*/circuits/match.c' \
        -o -path '*/circuits/match_combine.c' -o -path '*/circuits/poseidon2_transpose.c' \
        -o -path '*/statement/parameters.c' -o -path '*/statement/match_protocol.c' \
        -o -path '*/statement/match_verify.c' -o -path '*/field/field.c' -o -path '*/field/vectors.c' \
        -o -path '*/field/kernels_portable.c' -o -path '*/hash/blake2s.c' -o -path '*/hash/merkle.c' \
        -o -path '*/hash/poseidon2.c' -o -path '*/hash/poseidon2_constants.c' -o -path '*/code/*.c' |
        grep '\.c$'
}
compile() { # compile FLAGS...
    for file in $(sources); do
        "$@" -std=gnu17 -O2 -Wall -Wextra -Werror -ffreestanding -I "$source_dir" -c "$file" \
            -o "$work/$(basename "$file").o" || return 1
    done
}

check "symbols" no_foreign "$@"
case $(uname -m) in
x86_64 | aarch64) check "no floating point" compile "$compiler" -mgeneral-regs-only ;;
*) skipped=$((skipped + 1)) && echo "SKIP no floating point: no such flag here" ;;
esac
if command -v arm-none-eabi-gcc >/dev/null; then
    check "Cortex-M4" compile arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb
else
    skipped=$((skipped + 1)) && echo "SKIP Cortex-M4: arm-none-eabi-gcc is not installed"
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
