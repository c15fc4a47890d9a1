// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.plugin.Registry;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Everything that is read in English keeps the rules of docs/writing.md. */
class WordsTest {

  /** A link to a file of the project. */
  private static final Pattern LINK = Pattern.compile("]\\((?!https?:)([^)#]+)");

  private static final Path ROOT =
      Stream.of(Path.of(".."), Path.of(""))
          .filter(folder -> Files.exists(folder.resolve("CHANGELOG.md")))
          .findFirst()
          .orElseThrow();

  /**
   * How many banned words a Java file still has. Counts only fall: with {@code
   * -Dwords.regenerate=true} this test writes the file again, unless their sum would grow.
   */
  private static final Path ALLOWANCE = ROOT.resolve("runner/src/test/resources/words/allowance");

  static Stream<String> pages() throws IOException {
    try (Stream<Path> top = Files.list(ROOT);
        Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
      return Stream.concat(top, docs)
          .filter(file -> file.toString().endsWith(".md"))
          .map(file -> ROOT.relativize(file).toString())
          .sorted()
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("pages")
  void aPageHasNoBannedWordAndNoLongSentenceOrCell(String page) throws IOException {
    String text = Files.readString(ROOT.resolve(page));
    assertThat(Prose.banned(Prose.unquoted(text))).as("banned").isEmpty();
    assertThat(Prose.tooLong(text)).as("too long").isEmpty();
  }

  @ParameterizedTest
  @MethodSource("pages")
  void theLinksOfAPageLeadToFiles(String page) throws IOException {
    Path file = ROOT.resolve(page);
    assertThat(LINK.matcher(Files.readString(file)).results().map(link -> link.group(1)))
        .allSatisfy(target -> assertThat(file.resolveSibling(target)).exists());
  }

  @Test
  void theReadmeIsShort() throws IOException {
    assertThat(Files.readAllLines(ROOT.resolve("README.md"))).hasSizeLessThan(200);
  }

  static Stream<String> ids() {
    Registry registry = Registry.load();
    return Stream.concat(
        Stream.of("experiment", "training", "data", "cluster", "kubernetes"),
        registry.kinds().stream()
            .flatMap(kind -> registry.all(kind).stream())
            .map(entry -> entry.id()));
  }

  @ParameterizedTest
  @MethodSource("ids")
  void aDescriptionHasNoBannedWordAndNoLongSentence(String id) {
    StringWriter out = new StringWriter();
    Main.execute(new PrintWriter(out), new PrintWriter(out), "describe", id);
    assertThat(out.toString()).startsWith(id);
    assertThat(out.toString().lines().flatMap(WordsTest::faults)).isEmpty();
  }

  static Stream<Class<?>> commands() {
    return Stream.concat(
        Stream.of(Main.class),
        Arrays.stream(Main.class.getAnnotation(Command.class).subcommands()));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void theHelpOfACommandHasNoBannedWordAndNoLongSentence(Class<?> command) {
    List<String> texts = new ArrayList<>();
    texts.addAll(List.of(command.getAnnotation(Command.class).description()));
    texts.addAll(options(command));
    assertThat(texts).isNotEmpty();
    assertThat(texts.stream().flatMap(WordsTest::faults)).isEmpty();
  }

  private static List<String> options(Class<?> type) {
    List<String> texts = new ArrayList<>();
    for (Field field : type.getDeclaredFields()) {
      if (field.isAnnotationPresent(Option.class)) {
        texts.addAll(List.of(field.getAnnotation(Option.class).description()));
      } else if (field.isAnnotationPresent(Parameters.class)) {
        texts.addAll(List.of(field.getAnnotation(Parameters.class).description()));
      } else if (field.isAnnotationPresent(Mixin.class)) {
        texts.addAll(options(field.getType()));
      }
    }
    return texts;
  }

  @Test
  void anExperimentBeginsWithOneShortSentence() {
    assertThat(ExperimentReader.builtIn().values())
        .isNotEmpty()
        .allMatch(line -> line.endsWith("."));
    assertThat(ExperimentReader.builtIn().values().stream().flatMap(WordsTest::faults)).isEmpty();
  }

  @Test
  void commentsOfExperimentsHaveNoBannedWord() throws IOException {
    assertThat(banned("conf", text -> text)).isEmpty();
  }

  /** Banned words and long sentences of a text. */
  private static Stream<String> faults(String text) {
    return Stream.concat(
        Prose.banned(text).stream().map(word -> "\"" + word + "\" in: " + text),
        Prose.longSentences(text).stream().map(sentence -> "too long: " + sentence));
  }

  @Test
  void noJavaFileHasMoreBannedWordsThanItIsAllowed() throws IOException {
    Map<String, Integer> found = new TreeMap<>();
    banned("java", Prose::ofJava).forEach((file, words) -> found.put(file, words.size()));
    Map<String, Integer> allowed = allowance();
    if (Boolean.getBoolean("words.regenerate")) {
      assertThat(sum(found)).as("banned words in all").isLessThanOrEqualTo(sum(allowed));
      Files.writeString(
          ALLOWANCE,
          found.entrySet().stream()
              .map(file -> file.getValue() + " " + file.getKey() + "\n")
              .collect(joining()));
      return;
    }
    found.entrySet().removeIf(file -> file.getValue() <= allowed.getOrDefault(file.getKey(), 0));
    assertThat(found).as("files with more banned words than %s", allowed).isEmpty();
  }

  /** The banned words of every file below src/main with the given ending. */
  private static Map<String, List<String>> banned(String ending, UnaryOperator<String> prose)
      throws IOException {
    Map<String, List<String>> banned = new TreeMap<>();
    for (Path module : modules()) {
      try (Stream<Path> files = Files.walk(module.resolve("src/main"))) {
        for (Path file : files.filter(f -> f.toString().endsWith("." + ending)).toList()) {
          List<String> words = Prose.banned(prose.apply(Files.readString(file)));
          if (!words.isEmpty()) {
            banned.put(ROOT.relativize(file).toString().replace('\\', '/'), words);
          }
        }
      }
    }
    return banned;
  }

  private static List<Path> modules() throws IOException {
    try (Stream<Path> folders = Files.list(ROOT)) {
      return folders.filter(folder -> Files.isDirectory(folder.resolve("src/main"))).toList();
    }
  }

  private static int sum(Map<String, Integer> counts) {
    return counts.values().stream().mapToInt(Integer::intValue).sum();
  }

  private static Map<String, Integer> allowance() throws IOException {
    return Files.readAllLines(ALLOWANCE).stream()
        .map(line -> line.split(" ", 2))
        .collect(toMap(line -> line[1], line -> Integer.valueOf(line[0])));
  }
}
