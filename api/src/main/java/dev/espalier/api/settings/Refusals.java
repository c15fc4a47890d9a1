// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.settings;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apiguardian.api.API;

/**
 * A collector of refusals, so that all of them are reported together. Keys are those of one
 * section; {@link #within} returns a collector for a section in it:
 *
 * <pre>{@code
 * settings.criterion().check(network, data, refusals.within("criterion"));
 * if (k >= plan.total()) {
 *   refusals.add("rewind-to", "iteration " + k, "less than the " + plan.total() + " of the training");
 * }
 * }</pre>
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class Refusals {

  private final String section;
  private final List<Refusal> all;
  private final List<Warning> warnings;

  /** Creates an empty collector. */
  public Refusals() {
    this("", new ArrayList<>(), new ArrayList<>());
  }

  private Refusals(String section, List<Refusal> all, List<Warning> warnings) {
    this.section = section;
    this.all = all;
    this.warnings = warnings;
  }

  /**
   * Runs a check, and throws if it adds a refusal.
   *
   * @param check adds refusals to its collector
   * @throws RefusedException with all refusals
   */
  public static void require(Consumer<Refusals> check) {
    Refusals refusals = new Refusals();
    check.accept(refusals);
    if (!refusals.all.isEmpty()) {
      throw new RefusedException(refusals.all);
    }
  }

  /**
   * Returns a collector for an inner section. It adds to the same list.
   *
   * @param key the key of the inner section
   * @return a collector that puts the key in front of all keys
   */
  public Refusals within(String key) {
    return new Refusals(new Refusal("", "", "").within(key).within(section).key(), all, warnings);
  }

  /**
   * Adds a refusal.
   *
   * @param key the key of the value in this section
   * @param found the found value
   * @param allowed the allowed values
   */
  public void add(String key, Object found, String allowed) {
    add(new Refusal(key, found, allowed));
  }

  /**
   * Adds a refusal with a remedy.
   *
   * @param key the key of the value in this section
   * @param found the found value
   * @param allowed the allowed values
   * @param remedy the remedy, as a sentence without a full stop
   */
  public void add(String key, Object found, String allowed, String remedy) {
    add(new Refusal(key, String.valueOf(found), allowed, remedy));
  }

  /**
   * Adds a refusal.
   *
   * @param refusal the refusal, with a key of this section
   */
  public void add(Refusal refusal) {
    all.add(refusal.within(section));
  }

  /**
   * Adds a warning.
   *
   * @param warning the warning, with a key of this section
   */
  public void add(Warning warning) {
    warnings.add(warning.within(section));
  }

  /**
   * Adds a warning about a value that is allowed. It is shown, and changes nothing else.
   *
   * @param key the key of the value in this section
   * @param found the found value
   * @param effect the effect, as a clause such as {@code which prunes nothing}
   * @param remedy the remedy, as a sentence without a full stop
   */
  public void warn(String key, Object found, String effect, String remedy) {
    add(new Warning(key, String.valueOf(found), effect, remedy));
  }

  /**
   * Runs a supplier that may throw a {@link RefusedException}, and adds its refusals.
   *
   * @param make the supplier
   * @param <T> the type of its result
   * @return the result, or empty after an exception
   */
  public <T> Optional<T> collect(Supplier<T> make) {
    try {
      return Optional.of(make.get());
    } catch (RefusedException e) {
      e.refusals().forEach(this::add);
      return Optional.empty();
    }
  }

  /**
   * Returns the refusals so far, of this collector and all that share its list.
   *
   * @return the refusals, with keys from the outermost section on
   */
  public List<Refusal> all() {
    return List.copyOf(all);
  }

  /**
   * Returns the warnings so far, of this collector and all that share its list.
   *
   * @return the warnings, with keys from the outermost section on
   */
  public List<Warning> warnings() {
    return List.copyOf(warnings);
  }

  /**
   * Returns whether no refusal was added so far.
   *
   * @return true if {@link #all} is empty
   */
  public boolean isEmpty() {
    return all.isEmpty();
  }
}
