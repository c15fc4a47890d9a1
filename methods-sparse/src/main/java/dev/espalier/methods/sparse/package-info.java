// SPDX-License-Identifier: Apache-2.0
/** Sparse training: masks that move, thresholds and gates that are trained. */
package dev.espalier.methods.sparse;
