// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.export;

import com.google.gson.JsonObject;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Refusal;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.config.ModelSettings;
import dev.espalier.runner.config.RecordedExperiment;
import dev.espalier.runner.export.TicketWriter.FileSet;
import dev.espalier.runner.results.RecordJson;
import dev.espalier.runner.results.StoredTicketResult;
import dev.espalier.runner.results.TicketRecord;
import dev.espalier.runner.results.TicketWeights;
import dev.espalier.runner.store.AtomicFile;
import dev.espalier.runner.store.RunLayout;
import dev.espalier.runner.store.Safetensors;
import dev.espalier.runner.store.TicketFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Exports tickets of a run or of another export: {@code <ticket>.safetensors} with the arrays and
 * {@code <ticket>.json} with a complete description.
 *
 * @param reader finds models
 * @param folder the folder of the files
 * @param form the files to write
 * @param force whether to replace other files
 * @param scores the folder with the scores of tickets; empty to export none
 */
public record TicketExport(
    ExperimentReader reader, Path folder, Form form, boolean force, Optional<Path> scores) {

  /**
   * The files of a ticket.
   *
   * @param narrow whether to remove channels without a reader
   * @param numpy whether to write {@code <ticket>.npz} as well
   * @param order whether to write {@code <ticket>.order.safetensors} as well
   */
  public record Form(boolean narrow, boolean numpy, boolean order) {}

  /**
   * Exports tickets. One ticket is refused if it has no scores or no order, and these are exported.
   * Of several tickets, each without them is named.
   *
   * @param tickets their records
   * @param news receives a line for each ticket that is written
   * @throws ConfigProblem naming all problems of all tickets; nothing is written then
   */
  public void export(List<StoredTicketResult> tickets, Consumer<String> news) {
    TicketWriter.deliver(
        tickets.stream().map(StoredTicketResult::file).toList(),
        record -> pack(record, tickets.size() == 1),
        force,
        "Choose another folder with --to, or replace the file with --force",
        news);
  }

  private FileSet pack(Path record, boolean isOnly) throws IOException {
    ExportedTicket ticket = read(record);
    TicketRecord recorded = ticket.description().ticket();
    if (form.narrow()) {
      try (Network network = Architecture.build(reader, ticket.description())) {
        ticket = Narrow.of(ticket, network);
      }
    }
    FileSet files = fileSet(ticket);
    Map<Path, AtomicFile.Content> contents = new LinkedHashMap<>(files.files());
    List<Refusal> missing = new ArrayList<>();
    TicketFiles names = new TicketFiles(folder.resolve(recorded.title().ticket()));
    if (scores.isPresent()) {
      Path computed = new TicketFiles(scores.get().resolve(names.name())).scores();
      if (Files.exists(computed)) {
        contents.put(names.scores(), out -> Files.copy(computed, out));
      } else {
        missing.add(
            new Refusal(
                "--scores", "a mask that no criterion made", "one by a criterion and its scores"));
      }
    }
    if (form.order()) {
      Optional<BatchOrder> order = BatchOrder.of(recorded);
      order.ifPresent(it -> contents.put(names.order(), it.arrays(names.name())::write));
      if (order.isEmpty()) {
        missing.add(new Refusal("--order", "no training behind the ticket", "a trained ticket"));
      }
    }
    if (isOnly && !missing.isEmpty()) {
      throw new InvalidTicket(missing.stream().map(Refusal::toString).toList());
    }
    String notes = missing.stream().map(note -> "; " + note).collect(Collectors.joining());
    return new FileSet(contents, files.news() + notes);
  }

  private FileSet fileSet(ExportedTicket ticket) {
    Safetensors arrays = ticket.arrays();
    Map<Path, AtomicFile.Content> contents = new LinkedHashMap<>();
    TicketFiles files = new TicketFiles(folder.resolve(ticket.description().name()));
    contents.put(files.arrays(), arrays::write);
    if (form.numpy()) {
      contents.put(files.numpy(), out -> Npz.write(arrays, out));
    }
    contents.put(files.description(), out -> out.write(ticket.text()));
    return new FileSet(contents, files.arrays() + ": " + ticket.summary());
  }

  /** Reads a ticket of a run or of an export. */
  private ExportedTicket read(Path file) throws IOException {
    Path arrays = TicketFiles.of(file).arrays();
    if (!Files.isRegularFile(arrays)) {
      throw new InvalidTicket(
          new Refusal(
                  "",
                  "no file " + arrays,
                  "a record with its arrays",
                  "Put the file back, or run its experiment again")
              .toString());
    }
    JsonObject json = ExportedTicket.json(file);
    return Description.isExported(json)
        ? ExportedTicket.read(json, arrays)
        : complete(RecordJson.read(json, TicketRecord.class), file, arrays);
  }

  /** Adds the additional values of an export to the record of a run. */
  private ExportedTicket complete(TicketRecord ticket, Path file, Path arrays) throws IOException {
    Path tickets = file.toAbsolutePath().getParent();
    Path conf = RunLayout.runOf(tickets).orElse(tickets.getParent()).resolve(RunLayout.EXPERIMENT);
    RecordedExperiment experiment = RecordedExperiment.read(conf);
    String variant = ticket.title().variant() == null ? "" : ticket.title().variant();
    if (!(experiment.of(variant).get("model") instanceof Map<?, ?> settings)) {
      throw new InvalidTicket(
          "found no model in " + conf + ", allowed is the experiment of its run");
    }
    Map<String, Object> model = new LinkedHashMap<>();
    settings.forEach((key, value) -> model.put((String) key, value));
    model.remove(ModelSettings.WEIGHTS);
    Map<String, Integer> widths = new LinkedHashMap<>();
    if (ticket.size().channels() != null) {
      ticket.size().channels().forEach((group, channels) -> widths.put(group, channels.width()));
    }
    try (Network network =
        Architecture.build(reader.model(model, conf.toString()), ticket.task().ofModel(), widths)) {
      Description.Export export =
          new Description.Export(
              Architecture.of(model, network),
              experiment.experiment(),
              experiment.provenance(),
              Map.of());
      TicketRecord exported = ticket.with(ticket.digests().withoutSteps());
      Safetensors all = TicketWeights.complete(file, Safetensors.read(arrays));
      return ExportedTicket.of(exported, export, all, new JsonObject()).checked();
    }
  }
}
