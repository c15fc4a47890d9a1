// SPDX-License-Identifier: Apache-2.0
/** Reads starting weights from files of other programs and of earlier runs. */
package dev.espalier.runner.weights;
