// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.cos.COSName;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDResources;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.NodeList;

class CompareTest extends CommandTest {

  private static final String COMMON =
      """
      device = cpu
      replicates = 2
      model { id = mlp, hidden = [12] }
      data { id = digits, validation = 500 }
      training {
        optimizer { id = adam, learning-rate = 0.01 }
        batch-size = 20
        iterations = 30
        evaluate-every = 10
      }
      """;

  private static final String PRUNED =
      """
      name = pruned
      method { id = imp, rounds = 2, schedule { id = geometric, rate = 0.4 } }
      """;

  private static final String UNTRAINED =
      """
      name = untrained
      controls = [ dense ]
      method { id = prune-at-init, densities = [0.36], criterion { id = snip } }
      variants {
        snip {}
        random { method { criterion { id = random } } }
      }
      """;

  @TempDir private static Path root;
  private static Path pruned;
  private static Path untrained;

  @TempDir private Path folder;

  @BeforeAll
  static void run() throws IOException {
    pruned = run("pruned", PRUNED);
    untrained = run("untrained", UNTRAINED);
  }

  private static Path run(String name, String conf, String... sets) throws IOException {
    Path file = Files.writeString(root.resolve(name + ".conf"), conf + COMMON);
    List<String> args = new ArrayList<>(List.of("run", file.toString(), "--dir", root.toString()));
    args.addAll(List.of(sets));
    CompareTest test = new CompareTest();
    test.assertDone(test.espalier(args.toArray()));
    try (Stream<Path> runs = Files.list(root.resolve("runs"))) {
      return runs.filter(run -> run.getFileName().toString().startsWith(name + "-"))
          .findFirst()
          .orElseThrow();
    }
  }

  /** Rows of a file in the folder, by the names of their columns. */
  private List<Map<String, String>> rows(String file) throws IOException {
    List<List<String>> lines =
        Files.readAllLines(folder.resolve(file)).stream()
            .map(line -> List.of(line.split(",", -1)))
            .toList();
    return lines.stream()
        .skip(1)
        .map(
            line -> {
              Map<String, String> row = new HashMap<>();
              IntStream.range(0, line.size())
                  .forEach(i -> row.put(lines.get(0).get(i), line.get(i)));
              return row;
            })
        .toList();
  }

  /** The cost of the cheapest sparse ticket of a run. */
  private static double cheapest(List<Map<String, String>> rows, String name) {
    return rows.stream()
        .filter(row -> row.get("name").equals(name) && number(row, "density") < 1)
        .mapToDouble(row -> number(row, "cost"))
        .min()
        .orElseThrow();
  }

  private static double number(Map<String, String> row, String column) {
    return Double.parseDouble(row.get(column));
  }

  @Test
  void runsAreSideBySideAtEqualDensityAndCost() throws IOException {
    assertDone(espalier("compare", pruned, untrained, "--to", folder));
    assertThat(out)
        .containsPattern("(?m)^pruned +imp +mlp +digits +1 +2 +30 ")
        .containsPattern("(?m)^untrained/random +prune-at-init ")
        .containsPattern("(?m)^density % +pruned +untrained/snip +- pruned, paired ")
        .contains("page: " + folder.resolve("comparison.html"));

    List<Map<String, String>> rows = rows("comparison.csv");
    List<Map<String, String>> dense =
        rows.stream()
            .filter(row -> row.get("equal").equals("density") && row.get("at").equals("1.0"))
            .toList();
    assertThat(dense)
        .extracting(row -> row.get("name"))
        .containsExactly("pruned", "untrained/snip", "untrained/random");
    // The store remembers the dense network's training for all of them.
    assertThat(dense.subList(1, 3))
        .allSatisfy(
            row -> {
              assertThat(row).containsEntry("difference_by", "paired");
              assertThat(number(row, "difference_mean")).isZero();
              assertThat(number(row, "cost_shared")).isEqualTo(number(row, "cost")).isPositive();
            });
    assertThat(rows)
        .filteredOn(row -> row.get("equal").equals("density") && !row.get("at").equals("1.0"))
        .extracting(row -> row.get("name"))
        .containsExactly("pruned", "pruned", "untrained/snip", "untrained/random");

    List<Map<String, String>> atCost =
        rows.stream().filter(row -> row.get("equal").equals("cost")).toList();
    assertThat(atCost)
        .allSatisfy(
            row -> {
              assertThat(number(row, "cost")).isLessThanOrEqualTo(number(row, "at"));
              boolean isDense = number(row, "density") == 1;
              assertThat(isDense)
                  .as(
                      "the dense network stands in where no ticket of that run is within the budget")
                  .isEqualTo(number(row, "at") < cheapest(rows, row.get("name")));
              assertThat(row).containsEntry("chosen_by", "validation");
            });
    String cheapest = atCost.get(0).get("at");
    assertThat(atCost)
        .filteredOn(row -> row.get("at").equals(cheapest))
        .extracting(row -> row.get("name"))
        .as("a ticket of iterative pruning costs several trainings")
        .doesNotContain("pruned");
  }

  @Test
  void figuresAndTablesAreFilesForAPaper() throws Exception {
    Path figures = folder.resolve("figures");
    assertDone(espalier("compare", pruned, untrained, "--to", folder, "--figures", figures));
    assertThat(out).contains("figures: ", " files in " + figures);
    assertThat(figures)
        .isDirectoryContaining("glob:**/table-density.tex")
        .isDirectoryContaining("glob:**/table-cost.csv")
        .isDirectoryContaining("glob:**/table-overlap-seeds.tex");
    Map<String, List<String>> lines =
        Map.of(
            "test-accuracy-by-density", List.of("pruned", "untrained/snip", "untrained/random"),
            "mask-overlap-of-seeds-by-density", List.of("pruned", "untrained/snip"),
            "mask-overlap-of-levels-by-density", List.of("pruned"));
    for (Map.Entry<String, List<String>> figure : lines.entrySet()) {
      Path svg = figures.resolve("figure-" + figure.getKey() + ".svg");
      NodeList texts =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(svg.toFile())
              .getElementsByTagName("text");
      assertThat(
              IntStream.range(0, texts.getLength()).mapToObj(i -> texts.item(i).getTextContent()))
          .contains("density (%)")
          .containsAll(figure.getValue());
      File pdf = figures.resolve("figure-" + figure.getKey() + ".pdf").toFile();
      try (PDDocument document = Loader.loadPDF(pdf)) {
        PDResources resources = document.getPage(0).getResources();
        assertThat(resources.getFontNames()).isNotEmpty();
        for (COSName name : resources.getFontNames()) {
          assertThat(resources.getFont(name).isEmbedded()).isTrue();
        }
      }
    }
    assertThat(figures.resolve("figure-mask-overlap-of-seeds-by-density.tex"))
        .content()
        .contains("mlp on digits", "Vertical axis: Jaccard", "dotted lines are the means by chance")
        .doesNotContain("bars");
    assertThat(figures.resolve("table-overlap-seeds.tex"))
        .content()
        .contains("\\textbar{}A and B\\textbar{}");
  }

  @Test
  void overlapsAreBesideWhatChanceGives() throws IOException {
    assertDone(espalier("compare", pruned, untrained, "--to", folder));
    List<Map<String, String>> rows = rows("overlap.csv");
    assertThat(rows).extracting(row -> row.get("differ_in")).contains("methods", "seeds", "levels");
    assertThat(rows)
        .filteredOn(row -> row.get("differ_in").equals("levels"))
        .hasSize(2 * 3) // replicates, and two layers with the whole
        .allSatisfy(
            row -> {
              assertThat(row.get("both_kept")).as("nested").isEqualTo(row.get("other_kept"));
              assertThat(number(row, "jaccard"))
                  .isEqualTo(number(row, "other_kept") / number(row, "kept"));
            });
    assertThat(rows)
        .filteredOn(row -> row.get("name").equals("untrained/random"))
        .filteredOn(row -> row.get("differ_in").equals("seeds"))
        .filteredOn(row -> row.get("layer").equals("all"))
        .hasSize(1)
        .allSatisfy(row -> assertThat(number(row, "ratio")).isBetween(0.9, 1.1));
    assertThat(rows)
        .filteredOn(row -> row.get("differ_in").equals("methods"))
        .filteredOn(row -> row.get("name").equals("pruned"))
        .filteredOn(row -> row.get("other_name").equals("untrained/snip"))
        .filteredOn(row -> row.get("layer").equals("all"))
        .hasSize(2)
        .allSatisfy(row -> assertThat(number(row, "ratio")).isGreaterThan(1.2));
  }

  @Test
  void thePageHasAllInIt() throws IOException {
    assertDone(espalier("compare", pruned, untrained, "--to", folder, "--cost", "examples"));
    assertThat(Files.readString(folder.resolve("comparison.html")))
        .contains(
            "<title>pruned, untrained/snip, untrained/random</title>", "\"unit\":\"examples\"")
        .contains("echarts", "Overlap by layer")
        .doesNotContain("@@")
        .doesNotContainPattern("<(script|link|img)[^>]+(src|href)=\"http");
  }

  @Test
  void variantsOfOneRunAreCompared() {
    assertDone(espalier("compare", untrained, "--to", folder));
    assertThat(out).containsPattern("(?m)^density % +snip +random +- snip, paired");
  }

  @Test
  void runsOfOtherSeedsDataAndModelsAreComparedAsFarAsTheyCanBe() throws IOException {
    Path other =
        run(
            "other",
            PRUNED.replace("pruned", "other"),
            "--set",
            "seed=2",
            "--set",
            "data.validation=400",
            "--set",
            "model.hidden=[10]",
            "--set",
            "replicates=1");
    assertDone(espalier("compare", pruned, other, "--to", folder));
    assertThat(out)
        .contains(
            "other has another seed or other data than pruned: its differences are not paired",
            "other is of another model than pruned")
        .containsPattern("\\d+ pairs of masks are left out")
        .containsPattern("(?m)^density % +pruned +other +- pruned, Welch");
    assertThat(rows("overlap.csv"))
        .isNotEmpty()
        .noneMatch(row -> row.get("differ_in").equals("methods"));
  }

  @Test
  void allMistakesAreNamedAtOnce() throws IOException {
    Path empty = Files.createDirectory(folder.resolve("empty"));
    assertMistake(
        espalier("compare", pruned, empty, pruned, "--cost", "money"),
        "--cost: found money, allowed are examples, macs, effective-macs, seconds",
        "found no experiment.conf in " + empty,
        "found the run " + pruned + " twice");
    assertMistake(espalier("compare", pruned), "found nothing to compare " + pruned + " with");
    assertMistake(espalier("compare"), "<run>");
    Path file = Files.writeString(folder.resolve("file"), "");
    assertMistake(
        espalier("compare", pruned, untrained, "--to", file),
        "the folder " + file,
        "choose another with --to");
  }

  /** The run's folder once more, to be changed. */
  private Path copy() throws IOException {
    Path copy = folder.resolve("copy");
    try (Stream<Path> files = Files.walk(pruned)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(pruned.relativize(file).toString()));
      }
    }
    return copy;
  }

  @Test
  void aRunThatHasNotEndedIsComparedAsFarAsItIs() throws IOException {
    Path copy = copy();
    for (String ending : List.of(".json", ".safetensors")) {
      Files.delete(copy.resolve("tickets/replicate-1-round-02" + ending));
    }
    Path results = copy.resolve("results.csv");
    List<String> lines = Files.readAllLines(results);
    Files.write(results, lines.subList(0, lines.size() - 1));
    assertDone(espalier("compare", untrained, copy, "--to", folder));
    assertThat(out)
        .containsPattern("(?m)^pruned +imp +mlp +digits +1 +1 or 2 of 2 ")
        .contains("pruned lacks replicates of some networks: 1 or 2 of 2.")
        .containsPattern("(?m)^ +36 .* n=1 \\(36\\.36\\)");
  }

  @Test
  void aDamagedMaskIsNamed() throws IOException {
    Path copy = copy();
    Path mask = copy.resolve("tickets/replicate-1-round-02.safetensors");
    Files.write(mask, new byte[20]);
    assertMistake(
        espalier("compare", copy, untrained, "--to", folder.resolve("to")),
        "the masks in " + mask + " cannot be read",
        "run its experiment again");
    assertThat(folder.resolve("to")).doesNotExist();
  }
}
