// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import java.util.Collection;
import java.util.Optional;
import java.util.Set;

/**
 * The content of a section as far as it can be read. Settings that cannot be read have substitutes:
 * small values in one record, and large ones in the other. A refusal that concerns a substitute has
 * no meaning, nor one that depends on it; the latter differs between the two records.
 *
 * @param low the record; null if none can be made
 * @param high the same record with other substitutes; equal to {@code low} without any
 * @param unsure the keys of all substitutes
 * @param absent those that have no default
 * @param places the file and the line of each key
 */
public record Reading<R extends Record>(
    R low, R high, Set<String> unsure, Set<String> absent, Places places) {

  /** Creates a reading with copies of the sets. */
  public Reading {
    unsure = Set.copyOf(unsure);
    absent = Set.copyOf(absent);
  }

  /** Whether every setting is that of the file. */
  public boolean isComplete() {
    return unsure.isEmpty();
  }

  /** Whether no setting in a section, or the section itself, is a substitute. */
  public boolean isSure(String section) {
    return !isRelated(section, unsure);
  }

  /** Whether a key is that of a substitute, or inside of one. */
  boolean isSubstitute(String key) {
    return unsure.stream().anyMatch(other -> isWithin(key, other));
  }

  /** Whether a key, a key inside of it, or a section around it is one of some keys. */
  static boolean isRelated(String key, Collection<String> keys) {
    return keys.stream().anyMatch(other -> isWithin(other, key) || isWithin(key, other));
  }

  private static boolean isWithin(String inner, String outer) {
    return inner.equals(outer)
        || outer.isEmpty()
        || inner.startsWith(outer + ".")
        || inner.startsWith(outer + "[");
  }

  /** The record, if one can be made. */
  public Optional<R> record() {
    return Optional.ofNullable(low);
  }
}
