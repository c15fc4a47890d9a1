// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.plugin.Registry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Commands of the pages exist, with their options and their ids; those of blocks are complete. */
class DocumentedCommandsTest {

  private static final Path DOCS = Path.of("../docs");

  /** A line of a block of code, or a piece of text in code marks. */
  private static final Pattern COMMAND =
      Pattern.compile("(?m)(?:^ {4}|`)(?:[\\w/]*/)?espalier ([a-z][^`\\n]*)");

  /** A line of a block, which {@code .ci/docs} runs if it has no comment against that. */
  private static final Pattern BLOCK =
      Pattern.compile("(?m)^ {4}(?:[\\w/]*/)?espalier ([a-z][^\\n]*)");

  /** A word of a command line, or a quoted part of it. */
  private static final Pattern WORD = Pattern.compile("'([^']*)'|\\S+");

  private static final Pattern OPTION = Pattern.compile("(?<= )--[a-z][a-z-]*");

  @Test
  void commandsOptionsAndIdsOfThePagesExist() throws IOException {
    List<String> ids = Ids.described(Registry.load()).toList();
    List<String> lines = lines(COMMAND);
    assertThat(lines).hasSizeGreaterThan(40).contains("run demo");
    Map<String, CommandLine> commands = commands();
    for (String line : lines) {
      String[] words = line.split("\\s+");
      CommandLine command = commands.get(words[0]);
      assertThat(command).as(line).isNotNull();
      assertThat(OPTION.matcher(line).results().map(option -> option.group()))
          .as(line)
          .isSubsetOf(command.getCommandSpec().optionsMap().keySet());
      argument(words)
          .filter(word -> words[0].equals("run") || words[0].equals("show"))
          .ifPresent(word -> assertThat(ExperimentReader.builtIn()).as(line).containsKey(word));
      argument(words)
          .filter(word -> words[0].equals("describe"))
          .ifPresent(word -> assertThat(ids).as(line).contains(word));
    }
  }

  @Test
  void commandsOfBlocksHaveAllTheyNeed() throws IOException {
    List<String> lines = lines(BLOCK);
    assertThat(lines).hasSizeGreaterThan(30).contains("run demo");
    Map<String, CommandLine> commands = commands();
    for (String line : lines) {
      String[] words =
          WORD.matcher(line.replaceFirst(" > .*| +#.*", ""))
              .results()
              .map(word -> word.group(1) == null ? word.group() : word.group(1))
              .toArray(String[]::new);
      assertThatCode(
              () -> commands.get(words[0]).parseArgs(Arrays.copyOfRange(words, 1, words.length)))
          .as(line)
          .doesNotThrowAnyException();
    }
  }

  private static Map<String, CommandLine> commands() {
    return Stream.of(Main.class.getAnnotation(Command.class).subcommands())
        .map(CommandLine::new)
        .collect(toMap(CommandLine::getCommandName, command -> command));
  }

  /** The argument of a command, if it is an id and not a file or a placeholder. */
  private static Optional<String> argument(String[] words) {
    return Optional.of(words)
        .filter(all -> all.length > 1)
        .map(all -> all[1])
        .filter(word -> word.matches("[a-z0-9-]+") && !word.startsWith("-"))
        .filter(word -> !List.of("experiment", "data", "sweep", "model").contains(word));
  }

  private static List<String> lines(Pattern pattern) throws IOException {
    List<Path> pages = new ArrayList<>(List.of(Path.of("../README.md")));
    try (Stream<Path> files = Files.walk(DOCS)) {
      files.filter(file -> file.toString().endsWith(".md")).forEach(pages::add);
    }
    List<String> lines = new ArrayList<>();
    for (Path page : pages) {
      Matcher command = pattern.matcher(Files.readString(page));
      while (command.find()) {
        lines.add(command.group(1).strip());
      }
    }
    return lines;
  }
}
