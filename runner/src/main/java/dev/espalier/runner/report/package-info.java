// SPDX-License-Identifier: Apache-2.0
/** Pages to look at. */
package dev.espalier.runner.report;
