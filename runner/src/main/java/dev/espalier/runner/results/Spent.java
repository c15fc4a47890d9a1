// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What steps cost. A backward pass counts as two forward passes, as is usual, and so does a second
 * derivative's; what measures a network on validation and test examples is not counted.
 *
 * @param examples how many times a training example was shown
 * @param macs multiply-accumulates in convolutions and linear layers, zeros of masks included
 * @param effectiveMacs those that zeros of masks leave
 * @param seconds how long it took when it was done
 */
public record Spent(long examples, long macs, long effectiveMacs, double seconds) {

  public static final Spent NOTHING = new Spent(0, 0, 0, 0);

  private static final String EXAMPLES = "examples-shown";
  private static final String MACS = "macs";
  private static final String EFFECTIVE_MACS = "effective-macs";
  private static final String SECONDS = "seconds";

  /** What a pass of one example comes to, forward and so many times back, in forward passes. */
  public static long passes(int derivatives) {
    return 1 + 2L * derivatives;
  }

  public Spent plus(Spent other) {
    return new Spent(
        examples + other.examples,
        macs + other.macs,
        effectiveMacs + other.effectiveMacs,
        seconds + other.seconds);
  }

  /** As text by name, for the record of a step. */
  public Map<String, String> metadata() {
    Map<String, String> text = new LinkedHashMap<>();
    text.put(EXAMPLES, Long.toString(examples));
    text.put(MACS, Long.toString(macs));
    text.put(EFFECTIVE_MACS, Long.toString(effectiveMacs));
    text.put(SECONDS, Double.toString(seconds));
    return text;
  }

  /** What {@link #metadata} says. */
  public static Spent of(Map<String, String> metadata) {
    return new Spent(
        Long.parseLong(metadata.get(EXAMPLES)),
        Long.parseLong(metadata.get(MACS)),
        Long.parseLong(metadata.get(EFFECTIVE_MACS)),
        Double.parseDouble(metadata.get(SECONDS)));
  }
}
