// SPDX-License-Identifier: Apache-2.0
/**
 * What tickets are worth and what they cost: records of runs, intervals, verdicts, tables and
 * pictures.
 */
package dev.espalier.runner.results;
