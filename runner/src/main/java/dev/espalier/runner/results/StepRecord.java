// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import dev.espalier.api.state.Digest;
import java.util.Map;
import java.util.Set;

/**
 * A remembered step.
 *
 * @param key the key it is remembered by
 * @param kind what it did: train or prune
 * @param settings how, in words
 * @param inputs keys of the steps that gave what it began with
 * @param spent what it cost when it was done
 */
public record StepRecord(
    Digest key, String kind, Map<String, String> settings, Set<Digest> inputs, Spent spent) {}
