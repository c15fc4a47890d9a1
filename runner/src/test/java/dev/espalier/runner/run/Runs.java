// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.espalier.api.Plugin;
import dev.espalier.methods.imp.ImpPlugin;
import dev.espalier.runner.BuiltIns;
import dev.espalier.runner.collapse.CollapseSearch;
import dev.espalier.runner.collapse.CollapseSearch.Candidate;
import dev.espalier.runner.config.Draft;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.config.Sweep;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.zoo.ZooPlugin;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** Runs of a tiny experiment in a folder. */
public final class Runs {

  private static final String TINY =
      """
      name = tiny
      device = cpu
      model { id = mlp, hidden = [16] }
      data { id = digits, validation = 500 }
      training {
        optimizer { id = adam, learning-rate = 0.01 }
        batch-size = 20
        iterations = 40
        evaluate-every = 10
      }
      method {
        id = imp
        rounds = 2
        schedule { id = geometric, rate = 0.4 }
      }
      """;

  private final Registry registry;
  private final ExperimentReader reader;
  private final StringWriter screen = new StringWriter();
  private final Path root;

  /** With all the plugins there are. */
  public Runs(Path root) {
    this(root, Registry.load());
  }

  /** With those that come with Espalier for magnitude pruning, and one more. */
  Runs(Path root, Plugin plugin) {
    this(root, Registry.of(new BuiltIns(), new ZooPlugin(), new ImpPlugin(), plugin));
  }

  private Runs(Path root, Registry registry) {
    this.root = root;
    this.registry = registry;
    reader = new ExperimentReader(registry);
  }

  /** The plugins. */
  Registry registry() {
    return registry;
  }

  /** The tiny experiment with some settings replaced. */
  public Sweep experiment(String... sets) {
    return draft(sets).complete();
  }

  Draft draft(String... sets) {
    try {
      Path file = Files.createTempFile("tiny", ".conf");
      try {
        Files.writeString(file, TINY);
        return reader.draft(file.toString(), List.of(sets), Optional.empty());
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Runs it, and returns its folder. */
  public Path run(String... sets) {
    return run(draft(sets));
  }

  /** Runs it, with event files for TensorBoard, and returns its folder. */
  Path runWithTensorBoard(String... sets) {
    String[] all = Arrays.copyOf(sets, sets.length + 1);
    all[sets.length] = "trackers=[tensorboard]";
    return run(draft(all));
  }

  private Path run(Draft draft) {
    screen.getBuffer().setLength(0);
    ExperimentRun run =
        new ExperimentRun(
            registry,
            root,
            new Screen(new PrintWriter(screen, true)),
            ExperimentRun.Options.DEFAULT);
    try (Interruption interruption = new Interruption()) {
      run.run(draft, interruption, log -> {});
    }
    return run.folder(draft.complete());
  }

  /** Analyses it without training. */
  void analyse(String... sets) {
    screen.getBuffer().setLength(0);
    ExperimentAnalysis analysis =
        new ExperimentAnalysis(registry, root, new Screen(new PrintWriter(screen, true)));
    try (Interruption interruption = new Interruption()) {
      analysis.run(draft(sets), OptionalInt.empty(), interruption);
    }
  }

  /** Searches for the critical compression of criteria on it. */
  public String collapse(double step, List<Candidate> candidates, String... sets) {
    screen.getBuffer().setLength(0);
    CollapseSearch search =
        new CollapseSearch(registry, root, new Screen(new PrintWriter(screen, true)));
    try (Interruption interruption = new Interruption()) {
      return search.run(draft(sets), experiment -> candidates, step, interruption);
    }
  }

  /** Where its folder is. */
  Path folder(String... sets) {
    return new ExperimentRun(
            registry, root, new Screen(new PrintWriter(screen)), ExperimentRun.Options.DEFAULT)
        .folder(experiment(sets));
  }

  /** What the last run showed. */
  public String screen() {
    return screen.toString();
  }

  static String results(Path folder) throws IOException {
    return Files.readString(folder.resolve("results.csv"));
  }

  /** A column of results.csv. */
  static List<String> column(Path folder, String name) throws IOException {
    List<String[]> rows = results(folder).lines().map(line -> line.split(",", -1)).toList();
    int column = Arrays.asList(rows.get(0)).indexOf(name);
    return rows.stream().skip(1).map(row -> row[column]).toList();
  }

  /** Events of one name since the last beginning of the run. */
  static List<JsonObject> events(Path folder, String name) throws IOException {
    List<JsonObject> events = new ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve("events.jsonl"))) {
      JsonObject event = JsonParser.parseString(line).getAsJsonObject();
      if (event.get("event").getAsString().equals("begin")) {
        events.clear();
      }
      if (event.get("event").getAsString().equals(name)) {
        events.add(event);
      }
    }
    return events;
  }

  /** Whether each training of the last run was found, in order. */
  static List<Boolean> found(Path folder) throws IOException {
    return events(folder, "train").stream()
        .map(event -> event.get("found").getAsBoolean())
        .toList();
  }

  /** All files under a folder, none if it is not there. */
  public static List<Path> files(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }
}
