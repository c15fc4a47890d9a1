// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import dev.espalier.api.data.Tokenizer;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Setting;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apiguardian.api.API;

/**
 * Each word is a token, in lower case: a run of letters and digits with apostrophes inside. Every
 * other character but white space is a token, too. The vocabulary has the most frequent words of
 * the training texts, after token 0 for all others; of equally frequent ones, the first in the
 * order of Unicode.
 *
 * @param most the number of words in the vocabulary
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Words(
    @Setting(
            value = "words in the vocabulary, the most frequent in the training texts",
            defaults = "10000",
            range = "[1, inf)")
        int most)
    implements Tokenizer {

  private static final Pattern WORD =
      Pattern.compile("[\\p{L}\\p{M}\\p{N}]+(['\u2019][\\p{L}\\p{M}\\p{N}]+)*|\\S");

  /** Creates the tokenizer and checks the range. */
  public Words {
    Ranges.check(Words.class, most);
  }

  @Override
  public Vocabulary vocabulary(List<String> training) {
    Map<String, Long> counts =
        training.stream()
            .flatMap(Words::words)
            .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    return new Known(
        counts.entrySet().stream()
            .sorted(
                Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                    .thenComparing(Map.Entry.comparingByKey()))
            .limit(most)
            .map(Map.Entry::getKey)
            .toList(),
        Words::words);
  }

  private static Stream<String> words(String text) {
    return WORD.matcher(text.toLowerCase(Locale.ROOT)).results().map(MatchResult::group);
  }
}
