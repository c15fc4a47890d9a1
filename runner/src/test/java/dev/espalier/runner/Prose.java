// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The rules of docs/writing.md that a program can check: words that are banned, and how long
 * sentences and cells of tables may be. Text in code marks is quoted, and not checked.
 */
final class Prose {

  static final int SENTENCE = 30;
  static final int CELL = 20;

  private static final Pattern BANNED =
      Pattern.compile(
          "\\b(ours|one's own|of (its|their) own|somebody|nobody|anew|beside|but for|for want of"
              + "|whatever|there (is|are) to|it is said)\\b",
          Pattern.CASE_INSENSITIVE);

  private static final Pattern FENCED = Pattern.compile("(?m)^ *```(?s:.*?)^ *```");
  private static final Pattern INDENTED = Pattern.compile("(?m)^(?: {4}.*(?:\\R|\\z))+");
  private static final Pattern COMMENT = Pattern.compile("<!--(?s:.*?)-->");
  private static final Pattern CODE = Pattern.compile("`[^`]+`");
  private static final Pattern LINK = Pattern.compile("!?\\[([^]]*)]\\([^)]*\\)");
  private static final Pattern CELL_END = Pattern.compile("(?<!\\\\)\\|");
  private static final Pattern SENTENCE_END = Pattern.compile("(?<=[.!?])['\")]?\\s+(?=\\S)");
  private static final Pattern WORD = Pattern.compile("\\S*[\\p{L}\\p{N}]\\S*");

  /** A string or a comment; a character is matched so that its quote does not begin a string. */
  private static final Pattern JAVA =
      Pattern.compile(
          "\"\"\"(?s:.*?)\"\"\"|\"(?:[^\"\\\\\\n]++|\\\\.)*+\"|'(?:[^'\\\\\\n]|\\\\.[^']*)'"
              + "|/\\*(?s:.*?)\\*/|//.*");

  private static final Pattern JAVADOC_CODE = Pattern.compile("\\{@(?:code|literal) [^}]*}");

  private Prose() {}

  /** The words of a text that are banned, in order. */
  static List<String> banned(String text) {
    return BANNED.matcher(text.replaceAll("\\s+", " ")).results().map(MatchResult::group).toList();
  }

  /** The sentences of a text that are longer than {@link #SENTENCE} words. */
  static List<String> longSentences(String text) {
    return SENTENCE_END
        .splitAsStream(CODE.matcher(text).replaceAll("code").replaceAll("\\s+", " ").strip())
        .filter(sentence -> words(sentence) > SENTENCE)
        .toList();
  }

  private static long words(String text) {
    return WORD.matcher(text).results().count();
  }

  /** A page without what is quoted: code, comments, the addresses of links. */
  static String unquoted(String page) {
    String text = COMMENT.matcher(page).replaceAll("");
    text = FENCED.matcher(text).replaceAll("");
    text = INDENTED.matcher(text).replaceAll("\n");
    return LINK.matcher(CODE.matcher(text).replaceAll("code")).replaceAll("$1");
  }

  /** What is too long in a page: its sentences and the cells of its tables. */
  static List<String> tooLong(String page) {
    List<String> found = new ArrayList<>();
    for (String block : blocks(unquoted(page))) {
      if (block.startsWith("|")) {
        CELL_END
            .splitAsStream(block)
            .filter(cell -> words(cell) > CELL)
            .map(String::strip)
            .forEach(found::add);
      } else {
        found.addAll(longSentences(block));
      }
    }
    return found;
  }

  /** Paragraphs, items of lists, headings, and rows of tables. */
  private static List<String> blocks(String text) {
    List<String> blocks = new ArrayList<>();
    StringBuilder block = new StringBuilder();
    for (String line : text.lines().map(String::strip).toList()) {
      if (line.isEmpty() || line.matches("[|#>].*|[-*] .*|\\d+\\. .*")) {
        blocks.add(block.toString());
        block.setLength(0);
      }
      block.append(line.replaceFirst("^(?:[-*>]|#+|\\d+\\.) ", "")).append(' ');
    }
    blocks.add(block.toString());
    return blocks;
  }

  /** Comments and strings of a Java file, those that belong together joined. */
  static String ofJava(String source) {
    StringBuilder text = new StringBuilder();
    Matcher matcher = JAVA.matcher(source);
    int end = 0;
    while (matcher.find()) {
      String piece = matcher.group();
      if (piece.startsWith("'")) {
        continue;
      }
      boolean comment = piece.startsWith("/");
      if (!source.substring(end, matcher.start()).matches(comment ? "\\s*" : "\\s*\\+?\\s*")) {
        text.append("\n;\n"); // no banned phrase spans what does not belong together
      }
      text.append(
          comment
              ? piece.replaceAll("(?m)^\\s*\\*(?!/)|^/\\*+|\\*/$|^//", " ")
              : piece.replaceAll("^\"+|\"+$", ""));
      end = matcher.end();
    }
    return JAVADOC_CODE.matcher(text).replaceAll("code");
  }
}
