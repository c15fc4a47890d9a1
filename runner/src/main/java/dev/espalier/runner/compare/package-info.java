// SPDX-License-Identifier: Apache-2.0
/** The comparison of several runs. */
package dev.espalier.runner.compare;
