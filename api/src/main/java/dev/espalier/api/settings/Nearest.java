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
   * least two) and leave a letter.
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
        .filter(candidate -> edits(word, candidate) < candidate.length())
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

  /**
   * Computes the number of letters to insert, delete or replace, and of neighbours to swap (Damerau
   * and Levenshtein, without edits inside of a swap).
   */
  private static int edits(String a, String b) {
    int[][] edits = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          edits[i][j] = i + j;
          continue;
        }
        int replaced = edits[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        edits[i][j] = Math.min(replaced, 1 + Math.min(edits[i - 1][j], edits[i][j - 1]));
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          edits[i][j] = Math.min(edits[i][j], edits[i - 2][j - 2] + 1);
        }
      }
    }
    return edits[a.length()][b.length()];
  }
}
