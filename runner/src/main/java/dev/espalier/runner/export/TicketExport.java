// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.export;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import dev.espalier.api.network.Network;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.ExperimentReader;
import dev.espalier.runner.config.RecordedExperiment;
import dev.espalier.runner.export.TicketWriter.FileSet;
import dev.espalier.runner.results.StoredTicketResult;
import dev.espalier.runner.store.AtomicFile;
import dev.espalier.runner.store.Safetensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Takes tickets out of a run, or out of another export, for use elsewhere: {@code
 * <ticket>.safetensors} and {@code <ticket>.json}, which say all there is to say about them.
 *
 * @param reader finds models
 * @param folder where the files go
 * @param narrow whether to take out channels that nothing reads
 * @param numpy whether to write {@code <ticket>.npz} too
 * @param force whether to replace other files
 */
public record TicketExport(
    ExperimentReader reader, Path folder, boolean narrow, boolean numpy, boolean force) {

  /**
   * Exports tickets.
   *
   * @param tickets their records
   * @param news hears of each when it is written
   * @throws ConfigProblem naming everything that is wrong with any of them, with nothing written
   */
  public void export(List<StoredTicketResult> tickets, Consumer<String> news) {
    TicketWriter.deliver(
        tickets.stream().map(StoredTicketResult::file).toList(),
        this::pack,
        force,
        "choose another folder with --to, or replace it with --force",
        news);
  }

  private FileSet pack(Path record) throws IOException {
    ExportedTicket ticket = read(record);
    if (narrow) {
      Description description = Description.of(ticket.json());
      try (Network network = Architecture.build(reader, description)) {
        ticket = Narrow.of(ticket, network);
      }
    }
    return fileSet(ticket);
  }

  private FileSet fileSet(ExportedTicket ticket) throws InvalidTicket {
    Safetensors arrays = ticket.arrays();
    Map<Path, AtomicFile.Content> files = new LinkedHashMap<>();
    Path base = folder.resolve(ticket.name());
    files.put(ExportedTicket.file(base, ExportedTicket.ARRAYS), arrays::write);
    if (numpy) {
      files.put(ExportedTicket.file(base, ".npz"), out -> Npz.write(arrays, out));
    }
    files.put(
        ExportedTicket.file(base, ExportedTicket.DESCRIPTION), out -> out.write(ticket.text()));
    return new FileSet(
        files,
        ExportedTicket.file(base, ExportedTicket.ARRAYS)
            + ": "
            + ExportedTicket.summary(Description.of(ticket.json())));
  }

  /** Reads a ticket, and completes the record that a run has of it. */
  private ExportedTicket read(Path file) throws IOException {
    Path arrays = ExportedTicket.file(ExportedTicket.base(file), ExportedTicket.ARRAYS);
    JsonObject record = ExportedTicket.json(file);
    return record.has("format")
        ? ExportedTicket.read(record, arrays)
        : complete(record, file, arrays);
  }

  private ExportedTicket complete(JsonObject record, Path file, Path arrays) throws IOException {
    if (!record.has("normalisation")) {
      throw new InvalidTicket(
          "found no normalisation, since an earlier version wrote it; run its experiment again:"
              + " trainings that are remembered are not done again");
    }
    Path run = file.toAbsolutePath().getParent().getParent();
    Path conf = run.resolve("experiment.conf");
    RecordedExperiment experiment = RecordedExperiment.read(conf);
    Gson gson = new Gson();
    Recorded recorded = gson.fromJson(record, Recorded.class);
    String variant = recorded.variant == null ? "" : recorded.variant;
    if (!(experiment.of(variant).get("model") instanceof Map<?, ?> settings)) {
      throw new InvalidTicket(
          "found no model in " + conf + ", allowed is the experiment of its run");
    }
    Map<String, Object> model = new LinkedHashMap<>();
    settings.forEach((key, value) -> model.put((String) key, value));
    Map<String, Integer> widths = new LinkedHashMap<>();
    if (recorded.channels != null) {
      recorded.channels.forEach((group, channels) -> widths.put(group, channels.width()));
    }
    try (Network network =
        Architecture.build(
            reader.model(model, conf.toString()),
            Description.shape(recorded.input),
            recorded.classes,
            widths)) {
      record.add("architecture", Architecture.of(model, network));
      record.add("experiment", gson.toJsonTree(experiment.experiment()));
      record.add("provenance", gson.toJsonTree(experiment.provenance()));
      ExportedTicket ticket = ExportedTicket.of(record, Safetensors.read(arrays));
      return ticket.checked(Description.of(ticket.json()));
    }
  }

  /** What a run's own record says of its network. */
  private record Recorded(
      String variant, List<Long> input, int classes, Map<String, Description.Width> channels) {}
}
