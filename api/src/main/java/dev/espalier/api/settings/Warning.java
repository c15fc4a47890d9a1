// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.settings;

import org.apiguardian.api.API;

/**
 * A warning about a value that is allowed, but probably a mistake. Its text is {@code <key>: found
 * <found>, <effect>. <remedy>}.
 *
 * @param key the key of the value in its section, as in {@link Refusal}
 * @param found the found value
 * @param effect the effect, as a clause such as {@code which prunes nothing}
 * @param remedy the remedy, as a sentence without a full stop
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Warning(String key, String found, String effect, String remedy) {

  /**
   * Returns the same warning about a value in a section of a section.
   *
   * @param section the key of the inner section; empty for the same section
   * @return the warning with the inner section's key in front of its key
   */
  public Warning within(String section) {
    return new Warning(new Refusal(key, "", "").within(section).key(), found, effect, remedy);
  }

  @Override
  public String toString() {
    return key + ": found " + found + ", " + effect + ". " + remedy;
  }
}
