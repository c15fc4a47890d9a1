// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.export;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.espalier.api.network.Model;
import dev.espalier.api.state.Digest;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.config.RecordedExperiment;
import dev.espalier.runner.export.TicketWriter.FileSet;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.results.RecordCheck;
import dev.espalier.runner.results.TicketRecord;
import dev.espalier.runner.store.AtomicFile;
import dev.espalier.runner.store.RunLayout;
import dev.espalier.runner.store.TicketFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Imports exported tickets into {@code runs/imported-<experiment>-<hash>}: tickets of one run,
 * which share experiment and provenance, into one folder; those that the export made narrow into
 * {@code runs/imported-<experiment>-narrow-<hash>}.
 *
 * @param registry the installed models
 * @param root the parent folder of {@code runs}
 */
public record TicketImport(Registry registry, Path root) {

  /**
   * Imports tickets. All checks precede all writing: the layout, names, types, shapes, digests and,
   * where the model is installed, the network of its settings.
   *
   * @param what a ticket's {@code .json} or {@code .safetensors}, with or without that ending, or a
   *     folder of some
   * @param news receives a line for each ticket that is written
   * @throws ConfigProblem naming all problems of all tickets; nothing is written then
   */
  public void read(Path what, Consumer<String> news) {
    TicketWriter.deliver(
        descriptions(what),
        this::pack,
        false,
        "Move that away, or import into another --dir",
        news);
  }

  private static List<Path> descriptions(Path what) {
    if (!Files.isDirectory(what)) {
      TicketFiles ticket = TicketFiles.of(what);
      if (!Files.exists(ticket.description()) && !Files.exists(ticket.arrays())) {
        throw new ConfigProblem(
            "found no exported ticket at "
                + what
                + ", allowed is what 'espalier export' wrote: a folder, or one of its files");
      }
      return List.of(ticket.description());
    }
    Set<Path> descriptions = new TreeSet<>();
    try (Stream<Path> files = Files.list(what)) {
      files
          .filter(file -> TicketFiles.isArrays(file) || isOfATicket(file))
          .forEach(file -> descriptions.add(TicketFiles.of(file).description()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (descriptions.isEmpty()) {
      throw new ConfigProblem(
          "found no exported ticket in "
              + what
              + ", allowed is a folder that 'espalier export'"
              + " wrote to");
    }
    return List.copyOf(descriptions);
  }

  /** Whether a description is a ticket's, even if the arrays are missing. */
  private static boolean isOfATicket(Path file) {
    try {
      return TicketFiles.isDescription(file) && TicketRecord.isIn(ExportedTicket.json(file));
    } catch (IOException e) {
      return false;
    }
  }

  private FileSet pack(Path file) throws IOException {
    TicketFiles files = TicketFiles.of(file);
    for (Path part : List.of(file, files.arrays())) {
      if (!Files.isRegularFile(part)) {
        throw new InvalidTicket(
            "found no file " + part + ", allowed is a description with its arrays");
      }
    }
    ExportedTicket ticket = ExportedTicket.read(ExportedTicket.json(file), files.arrays());
    Description description = ticket.description();
    TicketRecord.Title title = description.ticket().title();
    String variant = title.variant() == null ? "" : title.variant();
    if (!files.areOf(variant, title.ticket())) {
      throw new InvalidTicket(
          "found the ticket "
              + description.name()
              + ", allowed is the name of its file. Rename its files");
    }
    Description.Export export = description.export();
    String model = String.valueOf(export.architecture().model().get("id"));
    boolean isInstalled = registry.find(Model.class, model).isPresent();
    if (isInstalled) {
      Architecture.build(new ExperimentReader(registry), description).close();
    }
    String conf = RecordedExperiment.of(export.experiment(), export.provenance()).render();
    // In the run of its wide network, a narrow one would count as a further replicate.
    String narrow = description.isNarrowed() ? "narrow-" : "";
    String folder = "imported-" + export.experiment().get("name") + "-" + narrow;
    Path run = root.resolve(RunLayout.RUNS).resolve(folder + Digest.of(conf).prefix(8));
    TicketFiles imported = TicketFiles.of(run.resolve(RunLayout.TICKETS), variant, title.ticket());
    checkExperiment(description, conf);
    Map<Path, AtomicFile.Content> contents = new LinkedHashMap<>();
    contents.put(
        run.resolve(RunLayout.EXPERIMENT), out -> out.write(conf.getBytes(StandardCharsets.UTF_8)));
    contents.put(imported.arrays(), ticket.arrays()::write);
    contents.put(imported.description(), out -> out.write(ticket.text()));
    return new FileSet(
        contents,
        imported.base()
            + ": "
            + ticket.summary()
            + (isInstalled
                ? ""
                : "; no plugin brings its model " + model + ", so its shapes are as described"));
  }

  private static void checkExperiment(Description description, String conf) throws InvalidTicket {
    Config experiment = ConfigFactory.parseString(conf).resolve();
    Object variants = description.export().experiment().get("variants");
    List<String> names =
        variants instanceof Map<?, ?> map
            ? map.keySet().stream().map(String::valueOf).toList()
            : List.of();
    List<String> problems = new ArrayList<>();
    RecordCheck.of(experiment, names).forEach(found -> problems.add("experiment: " + found));
    problems.addAll(RecordCheck.of(description.ticket().result(), experiment, names));
    if (!problems.isEmpty()) {
      throw new InvalidTicket(problems);
    }
  }
}
