// SPDX-License-Identifier: Apache-2.0
/** The HTML reports. */
package dev.espalier.runner.report;
