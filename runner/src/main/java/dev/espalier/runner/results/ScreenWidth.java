// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

/**
 * The width to which text and tables are folded.
 *
 * @param columns the largest number of characters in a line
 */
public record ScreenWidth(int columns) {

  /** The width of files and pipes, where nothing is folded. */
  public static final ScreenWidth UNLIMITED = new ScreenWidth(Integer.MAX_VALUE);

  /**
   * Folds text between words. A word that is longer than a line is alone in it.
   *
   * @param text one paragraph
   * @param indent the spaces in front of the second and all further lines
   */
  public String fold(String text, int indent) {
    StringBuilder folded = new StringBuilder();
    int column = -1; // no space in front of the first word
    for (String word : text.split(" ", -1)) {
      if (column > indent && (long) column + 1 + word.length() > columns) {
        folded.append('\n').append(" ".repeat(indent)).append(word);
        column = indent + word.length();
      } else {
        folded.append(column < 0 ? "" : " ").append(word);
        column += 1 + word.length();
      }
    }
    return folded.toString();
  }
}
