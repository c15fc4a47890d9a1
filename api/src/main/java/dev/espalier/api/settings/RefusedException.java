// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.settings;

import java.util.List;
import java.util.stream.Collectors;
import org.apiguardian.api.API;

/**
 * An exception for values that are not allowed. Compact constructors of settings throw it, with the
 * keys of their components, and the runner adds the file and the line of each key.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class RefusedException extends IllegalArgumentException {

  private static final long serialVersionUID = 1;

  private final transient List<Refusal> refusals;

  /**
   * Creates an exception for several values.
   *
   * @param refusals one or more
   */
  public RefusedException(List<Refusal> refusals) {
    super(refusals.stream().map(Refusal::toString).collect(Collectors.joining("; ")));
    this.refusals = List.copyOf(refusals);
  }

  /**
   * Creates an exception for one value.
   *
   * @param key the key of the value, or another name
   * @param found the found value
   * @param allowed the allowed values
   */
  public RefusedException(String key, Object found, String allowed) {
    this(List.of(new Refusal(key, found, allowed)));
  }

  /**
   * Creates an exception for one value, with a remedy.
   *
   * @param key the key of the value, or another name
   * @param found the found value
   * @param allowed the allowed values
   * @param remedy the remedy, as a sentence without a full stop
   */
  public RefusedException(String key, Object found, String allowed, String remedy) {
    this(List.of(new Refusal(key, String.valueOf(found), allowed, remedy)));
  }

  /**
   * Returns the refusals.
   *
   * @return one or more refusals, in the order of the checks
   */
  public List<Refusal> refusals() {
    return refusals;
  }
}
