// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apiguardian.api.API;

/** What an {@link Optimizer} keeps between steps for one array of variables. */
@API(status = API.Status.STABLE, since = "0.1")
public final class Moments {

  private final NDArray w;
  private final BiConsumer<String, NDArray> saved;
  private final Map<String, NDArray> arrays = new LinkedHashMap<>();
  private long steps;
  private boolean isCounted;

  /**
   * Creates moments that are 0.
   *
   * @param w the variables (n), whose manager owns the moments
   */
  public Moments(NDArray w) {
    this(w, 0, (name, zeros) -> {});
  }

  /**
   * Creates the moments of a training that resumes.
   *
   * @param w the variables (n), whose manager owns the moments
   * @param steps the number of completed steps
   * @param saved accepts the name of a moment and its zeros, and sets them to the saved values
   */
  public Moments(NDArray w, long steps, BiConsumer<String, NDArray> saved) {
    this.w = w;
    this.steps = steps;
    this.saved = saved;
  }

  /**
   * Returns a moment.
   *
   * @param name its name
   * @return float32 (n), the same array in each call, for changes in place: zeros at the start of a
   *     training
   */
  public NDArray of(String name) {
    return arrays.computeIfAbsent(
        name,
        each -> {
          NDArray zeros = w.getManager().zeros(w.getShape(), DataType.FLOAT32);
          NDScope.unregister(zeros);
          saved.accept(each, zeros);
          return zeros;
        });
  }

  /** Counts a step. The engine calls this method in each step, before the update. */
  public void count() {
    steps++;
  }

  /**
   * Returns the number of steps since the moments were 0.
   *
   * @return the number, this step included
   */
  public long steps() {
    isCounted = true;
    return steps;
  }

  /**
   * Returns whether the rule has read the number of steps, which is then part of what is saved.
   *
   * @return whether {@link #steps} was called
   */
  public boolean isCounted() {
    return isCounted;
  }

  /**
   * Returns the moments that the rule has asked for.
   *
   * @return the arrays by name, in the order of the first calls
   */
  public Map<String, NDArray> arrays() {
    return Collections.unmodifiableMap(arrays);
  }
}
