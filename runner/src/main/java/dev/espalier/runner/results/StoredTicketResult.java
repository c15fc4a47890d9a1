// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.espalier.api.state.Digest;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.store.RunLayout;
import dev.espalier.runner.store.TicketFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The result of a ticket, read from its description.
 *
 * @param file the description
 * @param input the shape of an example
 * @param name the ticket's name
 * @param row its result
 * @param weights the keys of the store entries with its weights; none if its file has them
 */
public record StoredTicketResult(
    Path file, List<Long> input, String name, TicketResult row, List<Digest> weights) {

  /**
   * Reads the tickets at a path: a ticket's {@code .json} or {@code .safetensors}, with or without
   * that ending, a run's folder, its folder {@code tickets}, or that of a variant.
   *
   * @return the tickets by name; none if the path is none of these
   * @throws ConfigProblem if a folder has no tickets, or a record cannot be read
   */
  public static List<StoredTicketResult> at(Path path) {
    if (Files.isDirectory(path)) {
      Path folder = path.resolve(RunLayout.TICKETS);
      List<StoredTicketResult> tickets =
          TicketFolder.read(Files.isDirectory(folder) ? folder : path).complete();
      if (tickets.isEmpty()) {
        throw new ConfigProblem(
            "found no tickets in "
                + path
                + ", allowed is the folder of a run that has published some, such as"
                + " runs/demo-1a2b3c4d");
      }
      return tickets;
    }
    Path record = TicketFiles.of(path).description();
    if (Files.isRegularFile(record)) {
      return read(record).stream().toList();
    }
    if (TicketFiles.isArrays(path) && Files.exists(path)) {
      throw new ConfigProblem(
          "found "
              + path
              + " without its record "
              + record
              + "; put that back into the same folder");
    }
    return List.of();
  }

  /**
   * Reads like {@link #at}, but needs at least one ticket.
   *
   * @throws ConfigProblem also if there is none
   */
  public static List<StoredTicketResult> oneAtLeast(Path path) {
    List<StoredTicketResult> tickets = at(path);
    if (tickets.isEmpty()) {
      throw new ConfigProblem(
          "found no ticket at "
              + path
              + ", allowed is one such as runs/demo-1a2b3c4d/tickets/replicate-0-round-03, or the"
              + " folder of a run");
    }
    return tickets;
  }

  /** The folder of its run; without a run the folder above that of its files. */
  public Path run() {
    Path folder = file.toAbsolutePath().getParent();
    return RunLayout.runOf(folder).orElse(folder.getParent());
  }

  /** The file with the mask and perhaps the weights, in the same folder. */
  public Path arrays() {
    return TicketFiles.of(file).arrays();
  }

  /**
   * Reads the ticket that a file describes.
   *
   * @return empty if the file is that of another program, and not in the folder of a run
   * @throws ConfigProblem if the record is damaged
   */
  static Optional<StoredTicketResult> read(Path file) {
    try {
      JsonElement json = JsonParser.parseString(Files.readString(file));
      if (json.isJsonObject() && TicketRecord.isIn(json.getAsJsonObject())) {
        return Optional.of(of(file, RecordJson.read(json.getAsJsonObject(), TicketRecord.class)));
      }
      if (!isExpected(file)) {
        return Optional.empty();
      }
      throw damaged(file, "it describes no ticket");
    } catch (JsonParseException e) {
      if (!isExpected(file)) {
        return Optional.empty();
      }
      throw damaged(file, "it is not JSON, or ends too early");
    } catch (IOException e) {
      throw damaged(file, e.getMessage());
    }
  }

  private static StoredTicketResult of(Path file, TicketRecord record) throws IOException {
    List<String> problems = new ArrayList<>(RecordCheck.of(record));
    String variant = record.title().variant() == null ? "" : record.title().variant();
    if (problems.isEmpty() && !TicketFiles.of(file).areOf(variant, record.title().ticket())) {
      problems.add("it is the record of " + record.title().ticket());
    }
    if (!problems.isEmpty()) {
      throw new IOException(String.join("; ", problems));
    }
    return new StoredTicketResult(
        file,
        record.task().input(),
        record.title().ticket(),
        record.result(),
        record.digests().steps());
  }

  /** Whether a file must be a record: it has arrays, or is in the folder of a run. */
  private static boolean isExpected(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    return Files.exists(TicketFiles.of(file).arrays())
        || RunLayout.runOf(folder)
            .filter(run -> Files.exists(run.resolve(RunLayout.EXPERIMENT)))
            .isPresent();
  }

  private static ConfigProblem damaged(Path file, String why) {
    return new ConfigProblem(
        List.of(
            TicketFolder.problem(
                file,
                "a damaged record, or one of an earlier version (" + why + ")",
                "the record of a ticket",
                TicketFolder.remedy(file.toAbsolutePath().getParent()))));
  }

  /** The analysis as a table under the ticket's name, folded. */
  public String table(ScreenWidth width) {
    return name + "\n" + AnalysisTable.of(row.analysis(), width);
  }
}
