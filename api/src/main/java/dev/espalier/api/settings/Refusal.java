// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.settings;

import org.apiguardian.api.API;

/**
 * An error for a value that is not allowed: key, found value, allowed values and remedy. Its text
 * is {@code <key>: found <found>, allowed is <allowed>. <remedy>}.
 *
 * @param key the key of the value in its section, such as {@code rewind-to} or {@code
 *     criterion.examples}; for other values a name, and empty for a section as a whole
 * @param found the found value, such as {@code iteration 40}
 * @param allowed the allowed values, such as {@code less than the 20 iterations of the training}
 * @param remedy the remedy, as a sentence without a full stop; may be empty
 */
@API(status = API.Status.STABLE, since = "0.1")
public record Refusal(String key, String found, String allowed, String remedy) {

  /**
   * Creates a refusal without a remedy.
   *
   * @param key the key
   * @param found the found value, as text
   * @param allowed the allowed values
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

  /**
   * Returns the same refusal without its remedy.
   *
   * @return the refusal, to be given another remedy
   */
  public Refusal withoutRemedy() {
    return new Refusal(key, found, allowed, "");
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
