// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.api.state.Digest;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.export.TicketExport;
import dev.espalier.runner.results.StoredTicketResult;
import dev.espalier.runner.store.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tickets whose weights are in the store are used like those whose files have them. */
class KeepWeightsTest {

  private static final String REWIND = "method.rewind-to=10";
  private static final String CONTROLS = "controls=[reinit]";
  private static final String LAST = "replicate-0-round-02";

  @TempDir private static Path root;
  private static Runs runs;
  private static Path run;
  private static Map<Path, Digest> all;
  private static Map<Path, Digest> exported;

  @TempDir private Path temp;

  @BeforeAll
  static void runOnce(@TempDir Path folder) throws IOException {
    runs = new Runs(root);
    run = keep("all");
    all = contents(run.resolve("tickets"));
    exported = export(folder);
  }

  private static Path keep(String weights) {
    return runs.run(REWIND, CONTROLS, "keep-weights=" + weights);
  }

  /** The digests of files, without the seconds of steps and the key of their experiment. */
  private static Map<Path, Digest> contents(Path folder) throws IOException {
    Map<Path, Digest> contents = new TreeMap<>();
    for (Path file : Runs.files(folder)) {
      contents.put(
          folder.relativize(file),
          file.toString().endsWith(".json")
              ? Digest.of(
                  Files.readString(file)
                      .replaceAll("\"(seconds\": [-.E0-9]+|keep-weights\": \"\\w+\")", ""))
              : Digest.of(Files.readAllBytes(file)));
    }
    return contents;
  }

  private static Map<Path, Digest> export(Path folder) throws IOException {
    new TicketExport(
            new ExperimentReader(runs.registry()),
            folder,
            new TicketExport.Form(false, true, false),
            true,
            Optional.empty())
        .export(StoredTicketResult.at(run), news -> {});
    return contents(folder);
  }

  /** The names of the tickets whose files have weights. */
  private static Set<String> withWeights() throws IOException {
    Set<String> names = new TreeSet<>();
    for (StoredTicketResult ticket : StoredTicketResult.at(run)) {
      Set<String> arrays = Safetensors.header(ticket.arrays()).arrays().keySet();
      assertThat(arrays).anyMatch(name -> name.startsWith("mask/"));
      boolean hasStart = arrays.stream().anyMatch(name -> name.startsWith("start/"));
      boolean hasTrained = arrays.stream().anyMatch(name -> name.startsWith("trained/"));
      assertThat(hasStart).isEqualTo(hasTrained).isEqualTo(ticket.weights().isEmpty());
      if (hasStart) {
        names.add(ticket.name());
      }
    }
    return names;
  }

  @Test
  void theKeyChangesFilesAndNeitherTheRunNorItsResults() throws IOException {
    String results = Runs.results(run);
    for (String weights : new String[] {"none", "last", "all", "last", "none", "all"}) {
      assertThat(keep(weights)).isEqualTo(run);
      assertThat(Runs.found(run)).containsOnly(true);
      assertThat(Runs.results(run)).isEqualTo(results);
      assertThat(withWeights())
          .isEqualTo(
              switch (weights) {
                case "none" -> Set.of();
                case "last" -> Set.of(LAST, LAST + "-reinit");
                default ->
                    new TreeSet<>(
                        Set.of(
                            "replicate-0-round-00",
                            "replicate-0-round-01",
                            "replicate-0-round-01-reinit",
                            LAST,
                            LAST + "-reinit"));
              });
      assertThat(export(temp.resolve(weights))).isEqualTo(exported);
    }
    assertThat(contents(run.resolve("tickets"))).isEqualTo(all);
  }

  @Test
  void aRunThatIsAssembledAgainLeavesUnchangedFilesAlone() throws IOException {
    FileTime before = FileTime.fromMillis(0);
    for (String weights : new String[] {"none", "last", "all"}) {
      keep(weights);
      for (Path file : Runs.files(run.resolve("tickets"))) {
        Files.setLastModifiedTime(file, before);
      }
      Path damaged = run.resolve("tickets/replicate-0-round-01.json");
      Files.writeString(damaged, "{");
      keep(weights);
      for (Path file : Runs.files(run.resolve("tickets"))) {
        boolean isOld = Files.getLastModifiedTime(file).equals(before);
        assertThat(isOld).as("%s with %s", file, weights).isEqualTo(!file.equals(damaged));
      }
    }
    assertThat(contents(run.resolve("tickets"))).isEqualTo(all);
  }

  @Test
  void clearingTheStoreKeepsTheWeightsOfTickets() throws IOException {
    keep("none");
    try (UnreferencedSteps unreferenced = new UnreferencedSteps(root, false)) {
      unreferenced.remove();
    }
    assertThat(export(temp.resolve("export"))).isEqualTo(exported);
    keep("all");
    assertThat(Runs.found(run)).as("steps found").containsOnly(true);
  }

  @Test
  void weightsThatWereRemovedAreNamedWithTheExperimentToRunAgain() throws IOException {
    keep("none");
    Path ticket = run.resolve("tickets").resolve(LAST);
    String key = StoredTicketResult.at(ticket).get(0).weights().get(1).hex();
    Path entry = root.resolve("store").resolve(key.substring(0, 2)).resolve(key.substring(2));
    Files.delete(entry);
    String remedy =
        "Run its experiment again: espalier run " + run.resolve("experiment.conf") + " --dir";
    assertThatThrownBy(() -> export(temp))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll(
            "found no weights of " + ticket, key.substring(0, 12), "trained weights", remedy);
    assertThatThrownBy(
            () -> runs.run("model.weights={ file = \"" + ticket + "\", ticket = trained }"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll("file: found no weights of " + ticket, remedy);
    runs.run(REWIND, CONTROLS, "keep-weights=none");
    assertThat(entry).exists();
    assertThat(export(temp.resolve("again"))).isEqualTo(exported);
    keep("all");
  }

  @Test
  void aTicketWithoutWeightsServesAsStartLikeOneWithThem() throws IOException {
    Path ticket = run.resolve("tickets").resolve(LAST + ".safetensors");
    String[] sets = {"model.weights={ file = \"" + ticket + "\" }", "method.rounds=1"};
    String expected = Runs.results(runs.run(sets));
    keep("none");
    assertThat(Runs.results(runs.run(sets))).isEqualTo(expected);
    assertThat(Runs.found(runs.folder(sets))).containsOnly(true);
    Path elsewhere = temp.resolve(LAST + ".safetensors");
    Files.copy(ticket, elsewhere);
    Files.copy(ticket.resolveSibling(LAST + ".json"), temp.resolve(LAST + ".json"));
    assertThatThrownBy(() -> runs.run("model.weights={ file = \"" + elsewhere + "\" }"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll("in the store of its run", "Export the ticket of the run");
    keep("all");
  }
}
