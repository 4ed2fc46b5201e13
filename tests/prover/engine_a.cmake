# SPDX-License-Identifier: MIT
# zk-Ligero and the match statement.
mien_test(test-prover-statement SOURCES statement.c LINK mien_prover LABELS property TIMEOUT 900)
mien_test(test-prover-circuits SOURCES circuits.c match_constraints.c LINK mien_prover LABELS exhaustive)
mien_test(test-prover-soundness SOURCES soundness.c cheats_witness.c cheats_ligero.c
          LINK mien_prover LABELS soundness)
mien_bench(match SOURCES bench_match.c LINK mien_prover)
mien_test(test-prover-sweep SOURCES sweep.c LINK mien_prover LABELS soundness TIMEOUT 1200)
mien_test(test-prover-ligero SOURCES ligero.c LINK mien_prover LABELS exhaustive)
mien_test(test-prover-zero-knowledge SOURCES zero_knowledge.c LINK mien_prover LABELS soundness)
