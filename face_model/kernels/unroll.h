/* SPDX-License-Identifier: MIT */
/* Loops of the kernels that must vanish at compile time so that their arrays live in registers. */
#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#define UNROLL_TAPS _Pragma("unroll(5)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#define UNROLL_TAPS _Pragma("GCC unroll 5")
#endif
