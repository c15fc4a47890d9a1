// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.settings;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import org.apiguardian.api.API;

/** The word closest to a misspelt one. */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class Nearest {

  /** The longest word that is compared; longer ones are no typing errors. */
  private static final int LONGEST = 100;

  private Nearest() {}

  /**
   * Finds the candidate with the fewest edits, if those are at most a third of its letters (at
   * least two).
   *
   * @param word the word
   * @param candidates the known words
   * @return the candidate; the first in the alphabet of several; empty if there is none
   */
  public static Optional<String> to(String word, Collection<String> candidates) {
    if (word.length() > LONGEST) {
      return Optional.empty();
    }
    return candidates.stream()
        .filter(candidate -> edits(word, candidate) <= Math.max(2, candidate.length() / 3))
        .min(
            Comparator.<String>comparingInt(candidate -> edits(word, candidate))
                .thenComparing(Comparator.naturalOrder()));
  }

  /**
   * Returns the nearest candidate as a remedy.
   *
   * @param word the word
   * @param candidates the known words
   * @return a question; empty if no candidate is near
   */
  public static String remedy(String word, Collection<String> candidates) {
    return to(word, candidates).map(near -> "Did you mean " + near + "?").orElse("");
  }

  /** Returns the candidate as a question that ends a clause, or just a full stop. */
  private static String question(String word, Collection<String> candidates) {
    return to(word, candidates).map(near -> "; did you mean " + near + "?").orElse(".");
  }

  /**
   * Returns the message for an unknown name: the nearest known one as a question, and all of them.
   *
   * @param found what was found, such as {@code no kind}
   * @param word the unknown name
   * @param candidates the known names
   * @return the message
   */
  public static String unknown(String found, String word, Collection<String> candidates) {
    return "found "
        + found
        + " \""
        + word
        + "\""
        + question(word, candidates)
        + " Allowed are "
        + String.join(", ", candidates);
  }

  /** Computes the number of letters to insert, delete or replace (Levenshtein). */
  private static int edits(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
