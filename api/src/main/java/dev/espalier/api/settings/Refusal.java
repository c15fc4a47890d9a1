// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.settings;

import org.apiguardian.api.API;

/**
 * A value that is not allowed: which one, what was found, what is allowed, and what to do. Its text
 * is {@code <key>: found <found>, allowed is <allowed>. <remedy>}.
 *
 * @param key the key of the value in its section, such as {@code rewind-to} or {@code
 *     criterion.examples}; for other values a name, and empty for a section as a whole
 * @param found what was found, such as {@code iteration 40}
 * @param allowed what is allowed, such as {@code less than the 20 iterations of the training}
 * @param remedy one thing to do, as a sentence without a full stop; empty if that is obvious
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Refusal(String key, String found, String allowed, String remedy) {

  /**
   * Creates a refusal without a remedy.
   *
   * @param key the key
   * @param found what was found, as text
   * @param allowed what is allowed
   */
  public Refusal(String key, Object found, String allowed) {
    this(key, String.valueOf(found), allowed, "");
  }

  /**
   * Returns the same refusal of a value in a section of a section.
   *
   * @param section the key of the inner section; empty for the same section
   * @return the refusal with the inner section's key in front of its key
   */
  public Refusal within(String section) {
    String dot = key.isEmpty() || section.isEmpty() ? "" : ".";
    return new Refusal(section + dot + key, found, allowed, remedy);
  }

  @Override
  public String toString() {
    return (key.isEmpty() ? "" : key + ": ")
        + "found "
        + found
        + ", allowed is "
        + allowed
        + (remedy.isEmpty() ? "" : ". " + remedy);
  }
}
