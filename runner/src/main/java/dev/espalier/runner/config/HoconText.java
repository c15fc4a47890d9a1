// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The keys of a HOCON text with their lines. The library that evaluates HOCON forgets keys that a
 * later one replaces, ignores missing includes, and overflows the stack on deep sections.
 */
final class HoconText {

  /** The deepest nesting of sections and lists. */
  static final int DEEPEST = 50;

  /** The largest number of keys: those of the largest sweep, as a run records it. */
  static final int KEYS = 500_000;

  /** The kind of a value, as far as it decides about replacement. */
  enum Kind {
    /** A section, which merges with others. */
    SECTION,
    /** A value that replaces another one. */
    PLAIN,
    /** A value with a reference, an appended one, or null: it may use an earlier value. */
    DERIVED
  }

  /**
   * A key with a value.
   *
   * @param path the key from the root on; elements of lists have an index in brackets
   * @param line its line, from 1
   * @param kind the kind of its value
   */
  record Assignment(String path, int line, Kind kind) {}

  /**
   * An include statement.
   *
   * @param section the section that it fills; empty for the root
   * @param how empty for a plain file name, or the word in front of brackets, such as {@code url}
   * @param what the name
   * @param line its line
   */
  record Include(String section, String how, String what, int line) {}

  /**
   * An error of form.
   *
   * @param line its line
   * @param found the found text
   * @param allowed the allowed text
   * @param isLimit whether the text is too large or too deep, not malformed
   */
  record Fault(int line, String found, String allowed, boolean isLimit) {}

  private static final class Stop extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient Fault fault;

    Stop(Fault fault) {
      super(fault.found(), null, false, false);
      this.fault = fault;
    }
  }

  private final String text;
  private final List<Assignment> assignments = new ArrayList<>();
  private final List<Include> includes = new ArrayList<>();
  private Fault fault;
  private int at;
  private int line = 1;

  /** Reads a text up to its first error. */
  HoconText(String text) {
    this.text = text.startsWith("\uFEFF") ? text.substring(1) : text;
    try {
      skip();
      if (peek() == '[') {
        throw stop("a list", "keys with values: key = value, or key { ... }");
      }
      boolean braces = peek() == '{';
      if (braces) {
        at++;
      }
      object("", braces ? line : 0, 1);
      skip();
      if (at < this.text.length()) {
        throw stop("\"" + rest() + "\" after the end", "nothing after the last }");
      }
    } catch (Stop e) {
      fault = e.fault;
    }
  }

  List<Assignment> assignments() {
    return assignments;
  }

  List<Include> includes() {
    return includes;
  }

  Optional<Fault> fault() {
    return Optional.ofNullable(fault);
  }

  /** The text of a line, from 1. */
  String line(int number) {
    return text.lines().skip(Math.max(0, number - 1)).findFirst().orElse("").strip();
  }

  /** Reads the keys of a section up to its end; one without braces begins in line 0. */
  private void object(String prefix, int opened, int depth) {
    checkDepth(depth);
    while (true) {
      skip();
      while (peek() == ',') {
        at++;
        skip();
      }
      if (at >= text.length()) {
        if (opened > 0) {
          throw unclosed("section", opened, "}");
        }
        return;
      }
      if (peek() == '}') {
        if (opened == 0) {
          throw stop("a } that closes no section", "one } for each {");
        }
        at++;
        return;
      }
      if (peek() == ']') {
        throw stop(
            "a ] in " + (opened > 0 ? "the section of line " + opened : "no list"),
            opened > 0 ? "a }" : "one ] for each [");
      }
      if (!include(prefix)) {
        assignment(prefix, depth);
      }
    }
  }

  private void assignment(String prefix, int depth) {
    int begun = line;
    List<String> key = key();
    if (key.isEmpty()) {
      throw stop("\"" + rest() + "\"", "key = value, or key { ... }");
    }
    checkDepth(depth + key.size() - 1);
    String path = prefix;
    for (String step : key.subList(0, key.size() - 1)) {
      path = join(path, step);
      add(new Assignment(path, begun, Kind.SECTION));
    }
    path = join(path, key.get(key.size() - 1));
    skip();
    boolean appends = text.startsWith("+=", at);
    if (appends) {
      at++;
    }
    char next = peek();
    if (next == '=' || next == ':') {
      at++;
    } else if (next != '{') {
      line = begun;
      throw stop("the key \"" + Printable.cut(path) + "\" without a value", "key = value");
    }
    Kind kind = value(path, depth + key.size());
    add(new Assignment(path, begun, appends ? Kind.DERIVED : kind));
  }

  /** Reads a value, which may be several in a row, up to the end of its line. */
  private Kind value(String path, int depth) {
    checkDepth(depth);
    skip();
    Kind kind = null;
    StringBuilder unquoted = new StringBuilder();
    while (at < text.length()) {
      char c = peek();
      if (c == '\n' || c == ',' || c == '}' || c == ']' || isComment()) {
        break;
      }
      if (c == '{') {
        int opened = line;
        at++;
        object(path, opened, depth + 1);
        kind = kind == null ? Kind.SECTION : kind;
      } else if (c == '[') {
        int opened = line;
        at++;
        list(path, opened, depth + 1);
        kind = kind == null ? Kind.PLAIN : kind;
      } else if (c == '$') {
        at++;
        kind = Kind.DERIVED;
        while (at < text.length() && peek() != '}' && peek() != '\n') {
          at++;
        }
        at = Math.min(text.length(), at + (peek() == '}' ? 1 : 0));
      } else if (c == '"') {
        quoted();
        kind = kind == Kind.DERIVED ? kind : Kind.PLAIN;
      } else {
        unquoted.append(c);
        at++;
        if (!Character.isWhitespace(c) && kind != Kind.DERIVED) {
          kind = Kind.PLAIN;
        }
      }
    }
    if (kind == null) {
      throw stop("no value of " + Printable.cut(path), "key = value");
    }
    return unquoted.toString().strip().equals("null") ? Kind.DERIVED : kind;
  }

  private void list(String path, int opened, int depth) {
    checkDepth(depth);
    for (int i = 0; ; i++) {
      skip();
      while (peek() == ',') {
        at++;
        skip();
      }
      if (at >= text.length()) {
        throw unclosed("list", opened, "]");
      }
      if (peek() == ']') {
        at++;
        return;
      }
      if (peek() == '}') {
        throw stop("a } in the list of line " + opened, "a ]");
      }
      value(path + "[" + i + "]", depth);
    }
  }

  /** Reads a key of one or more steps between dots. */
  private List<String> key() {
    List<String> steps = new ArrayList<>();
    StringBuilder step = new StringBuilder();
    boolean isQuoted = false;
    while (at < text.length()) {
      char c = peek();
      if (c == '"') {
        step.append(quoted());
        isQuoted = true;
      } else if (c == '.') {
        steps.add(step.toString().strip());
        step.setLength(0);
        isQuoted = false;
        at++;
      } else if ("=:{}[],\n$".indexOf(c) >= 0 || text.startsWith("+=", at) || isComment()) {
        break;
      } else {
        step.append(c);
        at++;
      }
    }
    if (isQuoted || !step.toString().isBlank()) {
      steps.add(step.toString().strip());
    }
    return steps;
  }

  private boolean include(String prefix) {
    if (!text.startsWith("include", at)) {
      return false;
    }
    int begun = line;
    int before = at;
    at += "include".length();
    blanks();
    String how = "";
    while (Character.isLetter(peek())) {
      int word = at;
      while (Character.isLetter(peek())) {
        at++;
      }
      String name = text.substring(word, at);
      blanks();
      if (peek() != '(') {
        at = before;
        return false;
      }
      at++;
      blanks();
      how = name.equals("required") ? how : name;
    }
    if (peek() != '"') {
      at = before;
      return false;
    }
    String what = quoted();
    blanks();
    while (peek() == ')') {
      at++;
      blanks();
    }
    if (peek() == '=' || peek() == ':' || peek() == '{' || peek() == '.') { // a key
      at = before;
      line = begun;
      return false;
    }
    includes.add(new Include(prefix, how, what, begun));
    return true;
  }

  /** Reads a quoted text, and returns its content, in which escapes stay as they are. */
  private String quoted() {
    int begun = line;
    if (text.startsWith("\"\"\"", at)) {
      int end = text.indexOf("\"\"\"", at + 3);
      if (end < 0) {
        throw unclosed("text", begun, "\"\"\"");
      }
      end += 3;
      while (end < text.length() && text.charAt(end) == '"') {
        end++;
      }
      String content = text.substring(at + 3, end - 3);
      line += (int) content.chars().filter(c -> c == '\n').count();
      at = end;
      return content;
    }
    int end = at + 1;
    while (end < text.length() && text.charAt(end) != '"' && text.charAt(end) != '\n') {
      end += text.charAt(end) == '\\' ? 2 : 1;
    }
    if (end >= text.length() || text.charAt(end) != '"') {
      throw unclosed("text", begun, "\"");
    }
    String content = text.substring(at + 1, end);
    at = end + 1;
    return content;
  }

  /** Skips white space, ends of lines and comments. */
  private void skip() {
    while (at < text.length()) {
      if (isComment()) {
        int end = text.indexOf('\n', at);
        at = end < 0 ? text.length() : end;
      } else if (isBlank(peek())) {
        line += peek() == '\n' ? 1 : 0;
        at++;
      } else {
        return;
      }
    }
  }

  private void blanks() {
    while (at < text.length() && peek() != '\n' && isBlank(peek())) {
      at++;
    }
  }

  private static boolean isBlank(char c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\uFEFF';
  }

  private boolean isComment() {
    return peek() == '#' || text.startsWith("//", at);
  }

  private char peek() {
    return at < text.length() ? text.charAt(at) : '\0';
  }

  private String rest() {
    int end = text.indexOf('\n', at);
    return Printable.cut(text.substring(at, end < 0 ? text.length() : end).strip());
  }

  private void add(Assignment assignment) {
    if (assignments.size() == KEYS) {
      throw new Stop(new Fault(line, "more than " + KEYS + " keys", "at most " + KEYS, true));
    }
    assignments.add(assignment);
  }

  private void checkDepth(int depth) {
    if (depth > DEEPEST) {
      throw new Stop(
          new Fault(
              line,
              "sections and lists more than " + DEEPEST + " deep",
              "at most " + DEEPEST,
              true));
    }
  }

  private Stop stop(String found, String allowed) {
    return new Stop(new Fault(line, found, allowed, false));
  }

  private static Stop unclosed(String what, int opened, String end) {
    return new Stop(new Fault(opened, "a " + what + " without an end", "a " + end, false));
  }

  private static String join(String path, String step) {
    return path.isEmpty() ? step : path + "." + step;
  }

  /** A key that replaces an earlier one of the same file. */
  record Repeat(Assignment earlier, Assignment later) {}

  /** The keys whose earlier value has no effect; of nested ones the outermost. */
  List<Repeat> repeats() {
    List<Repeat> repeats = new ArrayList<>();
    Map<String, Assignment> last = new HashMap<>();
    Set<String> repeated = new LinkedHashSet<>();
    for (Assignment assignment : inOrder()) {
      Assignment earlier = last.put(assignment.path(), assignment);
      if (earlier != null
          && earlier.kind() != Kind.DERIVED
          && assignment.kind() != Kind.DERIVED
          && (earlier.kind() == Kind.PLAIN || assignment.kind() == Kind.PLAIN)) {
        repeated.add(assignment.path());
        repeats.add(new Repeat(earlier, assignment));
      }
    }
    return repeats.stream()
        .filter(repeat -> repeated.stream().noneMatch(p -> isInside(repeat.later().path(), p)))
        .toList();
  }

  /** The assignments in the order of their keys; a section is added after its content. */
  private List<Assignment> inOrder() {
    return assignments.stream().sorted(Comparator.comparingInt(Assignment::line)).toList();
  }

  private static boolean isInside(String inner, String outer) {
    return inner.startsWith(outer + ".") || inner.startsWith(outer + "[");
  }
}
