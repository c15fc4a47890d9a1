// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.export;

import com.google.gson.JsonObject;
import dev.espalier.api.network.Model;
import dev.espalier.api.state.Digest;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.config.RecordedExperiment;
import dev.espalier.runner.export.TicketWriter.FileSet;
import dev.espalier.runner.plugin.Registry;
import dev.espalier.runner.store.AtomicFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Puts exported tickets into {@code runs/imported-<experiment>-<hash>}: those of one run, which are
 * those of one experiment and provenance, into one folder.
 *
 * @param registry what models there are
 * @param root the folder that {@code runs} is in
 */
public record TicketImport(Registry registry, Path root) {

  /**
   * Imports tickets. All is looked at before anything is written: the layout, names, types, shapes,
   * digests and, where the model is installed, the network that comes of its settings.
   *
   * @param what a ticket's {@code .json} or {@code .safetensors}, with or without that ending, or a
   *     folder of some
   * @param news hears of each when it is written
   * @throws ConfigProblem naming everything that is wrong with any of them, with nothing written
   */
  public void read(Path what, Consumer<String> news) {
    TicketWriter.deliver(
        descriptions(what),
        this::pack,
        false,
        "move that away, or import into another --dir",
        news);
  }

  private static List<Path> descriptions(Path what) {
    if (!Files.isDirectory(what)) {
      Path base = ExportedTicket.base(what);
      Path description = ExportedTicket.file(base, ExportedTicket.DESCRIPTION);
      if (!Files.exists(description)
          && !Files.exists(ExportedTicket.file(base, ExportedTicket.ARRAYS))) {
        throw new ConfigProblem(
            "found no exported ticket at "
                + what
                + ", allowed is what 'espalier export' wrote: a folder, or one of its files");
      }
      return List.of(description);
    }
    Set<Path> descriptions = new TreeSet<>();
    try (Stream<Path> files = Files.list(what)) {
      files
          .filter(file -> file.toString().endsWith(ExportedTicket.ARRAYS) || isOfATicket(file))
          .forEach(
              file ->
                  descriptions.add(
                      ExportedTicket.file(ExportedTicket.base(file), ExportedTicket.DESCRIPTION)));
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

  /** Whether a description that may have lost its arrays is one. */
  private static boolean isOfATicket(Path file) {
    try {
      return file.toString().endsWith(ExportedTicket.DESCRIPTION)
          && ExportedTicket.json(file).has("ticket");
    } catch (IOException e) {
      return false;
    }
  }

  private FileSet pack(Path file) throws IOException {
    Path arrays = ExportedTicket.file(ExportedTicket.base(file), ExportedTicket.ARRAYS);
    for (Path part : List.of(file, arrays)) {
      if (!Files.isRegularFile(part)) {
        throw new InvalidTicket(
            "found no file " + part + ", allowed are a description and its arrays");
      }
    }
    JsonObject json = ExportedTicket.json(file);
    ExportedTicket ticket = ExportedTicket.read(json, arrays);
    Description description = Description.of(json);
    String name = ExportedTicket.base(file).getFileName().toString();
    if (!description.ticket().equals(name)) {
      throw new InvalidTicket(
          "found the ticket "
              + description.ticket()
              + ", allowed is one that is called as its file; give them back their name");
    }
    String model = String.valueOf(description.architecture().model().get("id"));
    boolean isInstalled = registry.find(Model.class, model).isPresent();
    if (isInstalled) {
      Architecture.build(new ExperimentReader(registry), description).close();
    }
    String conf =
        RecordedExperiment.of(description.experiment(), description.provenance()).render();
    Path run =
        root.resolve("runs")
            .resolve(
                "imported-"
                    + description.experiment().get("name")
                    + "-"
                    + Digest.of(conf).prefix(8));
    Map<Path, AtomicFile.Content> files = new LinkedHashMap<>();
    files.put(
        run.resolve("experiment.conf"), out -> out.write(conf.getBytes(StandardCharsets.UTF_8)));
    Path tickets = run.resolve("tickets");
    files.put(tickets.resolve(name + ExportedTicket.ARRAYS), ticket.arrays()::write);
    files.put(tickets.resolve(name + ExportedTicket.DESCRIPTION), out -> out.write(ticket.text()));
    return new FileSet(
        files,
        tickets.resolve(name)
            + ": "
            + ExportedTicket.summary(description)
            + (isInstalled
                ? ""
                : "; no plugin brings its model " + model + ", so its shapes are as described"));
  }
}
