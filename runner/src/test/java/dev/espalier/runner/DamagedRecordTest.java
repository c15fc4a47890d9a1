// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No command shows figures of a run whose records are not all there. */
@Tag("slow")
class DamagedRecordTest extends CommandTest {

  private static final String TINY =
      """
      name = tiny
      device = cpu
      replicates = 2
      model { id = mlp, hidden = [4] }
      data { id = digits, validation = 500 }
      training { optimizer { id = adam, learning-rate = 0.01 }, batch-size = 20, iterations = 20 }
      method { id = imp, rounds = 1, schedule { id = geometric, rate = 0.4 } }
      """;

  @TempDir private static Path shared;
  private static Path conf;
  private static Path original;

  @TempDir private Path root;
  private Path run;
  private Path record;

  @BeforeAll
  static void runOnce() throws IOException {
    conf = Files.writeString(shared.resolve("tiny.conf"), TINY);
    DamagedRecordTest test = new DamagedRecordTest();
    test.assertDone(test.espalier("run", conf, "--dir", shared));
    try (Stream<Path> runs = Files.list(shared.resolve("runs"))) {
      original = runs.findFirst().orElseThrow();
    }
  }

  @BeforeEach
  void copy() throws IOException {
    try (Stream<Path> files = Files.walk(shared)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path copy = root.resolve(shared.relativize(file).toString());
        Files.createDirectories(copy.getParent());
        Files.copy(file, copy);
      }
    }
    run = root.resolve(shared.relativize(original).toString());
    record = run.resolve("tickets/replicate-1-round-01.json");
  }

  /** Asserts that every command that reads records names a file, and writes no page. */
  private void assertNamed(Path file, String... facts) throws IOException {
    Files.deleteIfExists(run.resolve("report.html"));
    for (List<Object> command :
        List.<List<Object>>of(
            List.of("report", run),
            List.of("analyse", run),
            List.of("compare", run, original, "--to", root.resolve("compared")),
            List.of("export", run, "--to", root.resolve("exported")),
            List.of("lineage", run, "--dir", root),
            List.of("gc", "--dir", root))) {
      assertMistake(espalier(command.toArray()), facts);
      assertThat(err).as("%s", command.get(0)).contains(file + ": found ");
    }
    assertThat(run.resolve("report.html")).doesNotExist();
    assertThat(root.resolve("compared")).doesNotExist();
    assertThat(root.resolve("exported")).doesNotExist();
  }

  private void edit(Path file, Consumer<JsonObject> change) throws IOException {
    JsonObject json = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    change.accept(json);
    Files.writeString(file, json.toString());
  }

  @Test
  void aTruncatedRecordIsNamedByEveryCommandAndRepairedByTheRun() throws IOException {
    String whole = Files.readString(record);
    Files.writeString(record, whole.substring(0, 500));
    assertNamed(record, "damaged record", "Run its experiment again");
    assertDone(espalier("run", conf, "--dir", root));
    assertThat(out).contains(record + " is missing or damaged; it is written again");
    assertThat(record).hasContent(whole);
    Files.delete(record);
    assertDone(espalier("run", conf, "--dir", root));
    assertThat(out).contains(record + " is missing or damaged; it is written again");
    assertDone(espalier("report", run));
  }

  @Test
  void aMissingRecordIsNamedByEveryCommand() throws IOException {
    Files.delete(record);
    Files.delete(run.resolve("tickets/replicate-0-round-00.json"));
    assertNamed(record, "found no record", "replicate-0-round-00.json", "Run its experiment again");
  }

  @Test
  void anEmptyRecordAndOneThatIsNoObjectAreNamed() throws IOException {
    for (String text : List.of("", "{}", "[1]", "null")) {
      Files.writeString(record, text);
      assertMistake(espalier("report", run), record + ": found a damaged record");
    }
  }

  @Test
  void aRecordUnderAnotherNameIsNoFurtherReplicate() throws IOException {
    Path copy = record.resolveSibling("replicate-0-round-01.json");
    Files.writeString(copy, Files.readString(record));
    assertMistake(
        espalier("report", run), copy + ": found", "it is the record of replicate-1-round-01");
  }

  @Test
  void aSecondRecordOfANetworkIsNoFurtherReplicate() throws IOException {
    Path second = record.resolveSibling("replicate-1-round-01-narrow.json");
    Files.writeString(second, Files.readString(record));
    edit(second, json -> json.addProperty("ticket", "replicate-1-round-01-narrow"));
    for (Object[] command :
        new Object[][] {
          {"report", run}, {"compare", run, original, "--to", root.resolve("compared")}
        }) {
      assertMistake(
          espalier(command), ".json: found a second record of the network in replicate-1-round-01");
    }
  }

  @Test
  void valuesThatContradictTheOthersAreNamed() throws IOException {
    String whole = Files.readString(record);
    Map<String, Object> changes =
        Map.of("density", 0.9, "kept", 7, "effective-density", 0.1, "round", 2, "branch", "reinit");
    for (Map.Entry<String, Object> change : changes.entrySet()) {
      Files.writeString(record, whole);
      edit(
          record,
          json ->
              json.add(change.getKey(), JsonParser.parseString(String.valueOf(change.getValue()))));
      assertMistake(
          espalier("report", run),
          record + ": found a damaged record",
          (change.getKey().matches("round|branch") ? "ticket" : change.getKey()) + ": found ");
    }
  }

  @Test
  void aReplicateThatTheExperimentDoesNotHaveIsNamed() throws IOException {
    Path settings = run.resolve("experiment.conf");
    Files.writeString(settings, Files.readString(settings).replace("replicates=2", "replicates=1"));
    assertMistake(
        espalier("report", run), record + ": replicate: found 1, allowed is less than the 1");
  }

  @Test
  void anExperimentWithoutAKeyIsNamed() throws IOException {
    Path settings = run.resolve("experiment.conf");
    String text = Files.readString(settings);
    Files.writeString(settings, text.replaceAll("margin=\\S+", ""));
    assertMistake(espalier("report", run), settings + ": found (", "margin");
    Files.writeString(settings, "");
    assertMistake(espalier("report", run), settings.toString());
  }

  @Test
  void aDamagedTableIsNamedAndRepairedByTheRun() throws IOException {
    Path results = run.resolve("results.csv");
    String whole = Files.readString(results);
    for (String text : List.of("", "a,b\n1,2\n", whole.replaceFirst(",0,0,", ",0,\"0,"))) {
      Files.writeString(results, text);
      assertMistake(espalier("report", run), results + ": found a damaged table");
    }
    assertDone(espalier("run", conf, "--dir", root));
    assertThat(results).hasContent(whole);
  }

  @Test
  void aRunThatIsWritingIsNotDamaged() throws IOException {
    // As between two files of a ticket: arrays without a record, and a record without a row.
    Path results = run.resolve("results.csv");
    List<String> lines = Files.readAllLines(results);
    Files.write(results, lines.subList(0, lines.size() - 2));
    Files.delete(record);
    Files.writeString(record.resolveSibling(record.getFileName() + ".1.tmp"), "{");
    assertDone(espalier("report", run));
    assertThat(run.resolve("report.html")).exists();
    Files.delete(results);
    assertDone(espalier("report", run));
  }

  @Test
  void filesOfOtherProgramsNextToExportsAreLeftAlone() throws IOException {
    Path exported = root.resolve("exported");
    assertDone(espalier("export", run, "--to", exported));
    Files.writeString(exported.resolve("package.json"), "{\"name\": \"x\"}");
    Files.writeString(exported.resolve("notes.json"), "no JSON");
    assertDone(espalier("analyse", exported));
    Files.delete(exported.resolve(record.getFileName()));
    assertMistake(
        espalier("analyse", exported),
        exported.resolve(record.getFileName()) + ": found no record");
  }
}
