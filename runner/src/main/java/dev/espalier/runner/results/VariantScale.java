// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The numbers at the end of the names of variants, which place them on an axis to scale.
 *
 * @param name the text before the number, the same in all names, without its last hyphen
 * @param numbers a number per variant, in the order of the variants
 */
public record VariantScale(String name, List<Double> numbers) {

  /** A number at the end of a name; after another number it may be decimals: p-0-5. */
  private static final Pattern NUMBERED =
      Pattern.compile("(.*)(?<![0-9])(?<![0-9]-)(0|[1-9][0-9]{0,8})");

  /** The scale of two variants or more whose names differ in a number at the end only. */
  public static Optional<VariantScale> of(List<String> variants) {
    List<Matcher> numbered = variants.stream().map(NUMBERED::matcher).toList();
    if (variants.size() < 2
        || !numbered.stream().allMatch(Matcher::matches)
        || numbered.stream().map(name -> name.group(1)).distinct().count() > 1) {
      return Optional.empty();
    }
    return Optional.of(
        new VariantScale(
            numbered.get(0).group(1).replaceFirst("-$", ""),
            numbered.stream().map(name -> Double.valueOf(name.group(2))).toList()));
  }
}
