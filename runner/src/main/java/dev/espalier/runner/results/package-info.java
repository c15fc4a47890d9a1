// SPDX-License-Identifier: Apache-2.0
/**
 * Results of runs: measurements and costs of tickets, records, intervals, verdicts, tables and
 * pictures.
 */
package dev.espalier.runner.results;
