// SPDX-License-Identifier: Apache-2.0
/** Sparse training: one training whose mask changes on the way. */
package dev.espalier.methods.sparse;
