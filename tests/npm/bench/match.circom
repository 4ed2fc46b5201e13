// SPDX-License-Identifier: MIT
// The match statement for Groth16 over BN254, as a mark to measure against: the same claims as mien's own proof
// (int8 vectors behind two commitments, exact cosine threshold, key check from the same secret), with the hash that is
// cheap in this system (Poseidon over BN254) in place of Poseidon2 over KoalaBear.
pragma circom 2.1.0;

include "../node_modules/circomlib/circuits/bitify.circom";
include "../node_modules/circomlib/circuits/comparators.circom";
include "../node_modules/circomlib/circuits/poseidon.circom";

// n values in -128..127, packed 31 bytes a field element.
template PackBytes(n) {
    var words = (n + 30) \ 31;
    signal input value[n];
    signal output packed[words];
    component byte[n];
    for (var i = 0; i < n; i++) {
        byte[i] = Num2Bits(8);
        byte[i].in <== value[i] + 128;
    }
    for (var w = 0; w < words; w++) {
        var sum = 0;
        for (var i = 31 * w; i < n && i < 31 * w + 31; i++) sum += (value[i] + 128) * (1 << (8 * (i - 31 * w)));
        packed[w] <== sum;
    }
}

template Dot(n) {
    signal input a[n];
    signal input b[n];
    signal output sum;
    signal term[n];
    var total = 0;
    for (var i = 0; i < n; i++) {
        term[i] <== a[i] * b[i];
        total += term[i];
    }
    sum <== total;
}

template Match(n) {
    signal input service;
    signal input context;
    signal input threshold;
    signal input templateCommitment;
    signal input embeddingCommitment;
    signal input keyCheck;
    signal input t[n];
    signal input e[n];
    signal input kz;
    signal input re;

    component pt = PackBytes(n);
    component pe = PackBytes(n);
    for (var i = 0; i < n; i++) {
        pt.value[i] <== t[i];
        pe.value[i] <== e[i];
    }
    var words = (n + 30) \ 31;

    component blinding = Poseidon(3);
    blinding.inputs[0] <== 1;
    blinding.inputs[1] <== kz;
    blinding.inputs[2] <== service;
    component check = Poseidon(3);
    check.inputs[0] <== 2;
    check.inputs[1] <== service;
    check.inputs[2] <== kz;
    check.out === keyCheck;

    component ct = Poseidon(words + 3);
    component ce = Poseidon(words + 3);
    ct.inputs[0] <== 3;
    ct.inputs[1] <== service;
    ct.inputs[2] <== blinding.out;
    ce.inputs[0] <== 4;
    ce.inputs[1] <== context;
    ce.inputs[2] <== re;
    for (var w = 0; w < words; w++) {
        ct.inputs[3 + w] <== pt.packed[w];
        ce.inputs[3 + w] <== pe.packed[w];
    }
    ct.out === templateCommitment;
    ce.out === embeddingCommitment;

    component d = Dot(n);
    component a = Dot(n);
    component b = Dot(n);
    for (var i = 0; i < n; i++) {
        d.a[i] <== e[i];
        d.b[i] <== t[i];
        a.a[i] <== e[i];
        a.b[i] <== e[i];
        b.a[i] <== t[i];
        b.b[i] <== t[i];
    }
    component positive = Num2Bits(22); // D - 1 >= 0
    positive.in <== d.sum - 1;
    signal square <== d.sum * d.sum;
    signal norms <== a.sum * b.sum;
    component enough = Num2Bits(64); // 2^16 D^2 - T A B >= 0
    enough.in <== square * 65536 - threshold * norms;
}

component main {public [service, context, threshold, templateCommitment, embeddingCommitment, keyCheck]} = Match(128);
