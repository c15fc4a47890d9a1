// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The cost of steps. A backward pass counts as two forward passes, as is usual, and so does a
 * second derivative's; evaluation on validation and test examples is not counted.
 *
 * @param examples the number of training examples shown, with repetitions
 * @param macs multiply-accumulates in convolutions and linear layers, zeros of masks included
 * @param effectiveMacs multiply-accumulates without those of masked weights
 * @param seconds the duration of the computation
 */
public record Spent(long examples, long macs, long effectiveMacs, double seconds) {

  public static final Spent NOTHING = new Spent(0, 0, 0, 0);

  private static final String EXAMPLES = "examples-shown";
  private static final String MACS = "macs";
  private static final String EFFECTIVE_MACS = "effective-macs";
  private static final String SECONDS = "seconds";

  /** The number of forward passes that equals one pass with some derivatives. */
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

  /** Formats a number of examples or operations to three digits: 1.23 T. */
  public static String shown(double number) {
    String letter = "";
    double shown = number;
    for (String next : List.of(" k", " M", " G", " T", " P", " E")) {
      if (shown >= 999.5) {
        shown /= 1000;
        letter = next;
      }
    }
    return (shown == 0 ? "0" : String.format(Locale.ROOT, "%.3g", shown)) + letter;
  }

  /** The values as text by name, for the record of a step. */
  public Map<String, String> metadata() {
    Map<String, String> text = new LinkedHashMap<>();
    text.put(EXAMPLES, Long.toString(examples));
    text.put(MACS, Long.toString(macs));
    text.put(EFFECTIVE_MACS, Long.toString(effectiveMacs));
    text.put(SECONDS, Double.toString(seconds));
    return text;
  }

  /** Reads the values of {@link #metadata}. */
  public static Spent of(Map<String, String> metadata) {
    return new Spent(
        Long.parseLong(metadata.get(EXAMPLES)),
        Long.parseLong(metadata.get(MACS)),
        Long.parseLong(metadata.get(EFFECTIVE_MACS)),
        Double.parseDouble(metadata.get(SECONDS)));
  }
}
