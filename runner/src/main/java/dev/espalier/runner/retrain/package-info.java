// SPDX-License-Identifier: Apache-2.0
/** Trains tickets of earlier runs, of exports, and masks of other programs. */
package dev.espalier.runner.retrain;
