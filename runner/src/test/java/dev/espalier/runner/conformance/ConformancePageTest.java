// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.conformance;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The table in docs/conformance.md has every comparison of this package. To write it again, run
 * this test with {@code -Dgolden.write=true}.
 */
class ConformancePageTest {

  private static final Path ROOT =
      Stream.of(Path.of(".."), Path.of(""))
          .filter(folder -> Files.exists(folder.resolve("CHANGELOG.md")))
          .findFirst()
          .orElseThrow();
  private static final Path PAGE = ROOT.resolve("docs/conformance.md");
  private static final Path BUNDLED = ROOT.resolve("runner/src/test/resources/conformance");
  private static final String BEGIN = "<!-- table -->\n";
  private static final String END = "<!-- end of table -->\n";

  private record Row(String result, String program, String bound) {}

  private static List<Comparison> comparisons() {
    return Stream.<Supplier<Stream<Comparison>>>of(
            CriterionConformanceTest::comparisons,
            ImpConformanceTest::comparisons,
            OptimizerConformanceTest::comparisons,
            ScheduleConformanceTest::comparisons,
            TrainingConformanceTest::comparisons,
            BatchNormConformanceTest::comparisons)
        .flatMap(Supplier::get)
        .toList();
  }

  private static String table() {
    StringBuilder table =
        new StringBuilder(
            """
            | result | program | network | allowed difference | comparisons | bundled |
            |---|---|---|---|---:|---:|
            """);
    comparisons().stream()
        .collect(
            groupingBy(
                c -> new Row(c.result(), c.program(), c.bound()),
                LinkedHashMap::new,
                Collectors.toList()))
        .forEach(
            (row, all) ->
                table.append(
                    "| %s | %s | %s | %s | %d | %d |\n"
                        .formatted(
                            row.result(),
                            row.program(),
                            all.stream().map(Comparison::subject).distinct().collect(joining("; ")),
                            row.bound(),
                            all.size(),
                            all.stream().filter(Comparison::isBundled).count())));
    long bundled = comparisons().stream().filter(Comparison::isBundled).count();
    table.append("| all | | | | %d | %d |\n".formatted(comparisons().size(), bundled));
    return table.toString();
  }

  @Test
  void theTableOfThePageIsCurrent() throws IOException {
    String page = Files.readString(PAGE);
    int begin = page.indexOf(BEGIN) + BEGIN.length();
    int end = page.indexOf(END);
    if (Boolean.getBoolean("golden.write")) {
      Files.writeString(PAGE, page.substring(0, begin) + table() + page.substring(end));
    } else {
      assertThat(page.substring(begin, end)).isEqualTo(table());
    }
  }

  @Test
  void everyComparisonIsAvailableWithTheSharedFolder() {
    assumeTrue(Reference.isShared());
    assertThat(comparisons()).allMatch(Comparison::isAvailable);
  }

  @Test
  void theBundledPartIsSmall() throws IOException {
    try (Stream<Path> files = Files.list(BUNDLED)) {
      assertThat(files.mapToLong(file -> file.toFile().length()).sum()).isLessThan(2_000_000);
    }
  }
}
