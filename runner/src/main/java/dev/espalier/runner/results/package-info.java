// SPDX-License-Identifier: Apache-2.0
/**
 * Results of runs: accuracy and cost of tickets, records, intervals, verdicts, tables and pictures.
 */
package dev.espalier.runner.results;
