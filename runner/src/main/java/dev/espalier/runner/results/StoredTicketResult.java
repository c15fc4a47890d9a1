// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.store.RunLayout;
import dev.espalier.runner.store.TicketFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The result of a ticket, read from its description.
 *
 * @param file the description
 * @param input the shape of an example
 * @param name the ticket's name
 * @param row its result
 */
public record StoredTicketResult(Path file, List<Long> input, String name, TicketResult row) {

  /**
   * Reads the tickets at a path: a ticket's {@code .json} or {@code .safetensors}, with or without
   * that ending, a run's folder, or its folder {@code tickets}.
   *
   * @return the tickets by name; none if the path is none of these
   * @throws ConfigProblem if a folder has no tickets, or a record cannot be read
   */
  public static List<StoredTicketResult> at(Path path) {
    if (Files.isDirectory(path)) {
      Path folder = path.resolve(RunLayout.TICKETS);
      List<StoredTicketResult> tickets = in(Files.isDirectory(folder) ? folder : path);
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

  /** The file with the mask and the weights, in the same folder. */
  public Path arrays() {
    return TicketFiles.of(file).arrays();
  }

  /** All tickets of a folder, in the order of their files' names. */
  public static List<StoredTicketResult> in(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(TicketFiles::isDescription)
          .sorted()
          .flatMap(file -> read(file).stream())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The ticket that a file describes; empty if it describes none. */
  private static Optional<StoredTicketResult> read(Path file) {
    JsonElement json;
    try {
      json = JsonParser.parseString(Files.readString(file));
    } catch (JsonParseException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new ConfigProblem("the record " + file + " cannot be read (" + e + ")");
    }
    if (!json.isJsonObject() || !TicketRecord.isIn(json.getAsJsonObject())) {
      return Optional.empty();
    }
    try {
      TicketRecord record = RecordJson.read(json.getAsJsonObject(), TicketRecord.class);
      return Optional.of(
          new StoredTicketResult(
              file, record.task().input(), record.title().ticket(), record.result()));
    } catch (IOException | RuntimeException e) { // a digest that is none, a shape without axes, ...
      throw new ConfigProblem(
          "the record "
              + file
              + " is damaged, or an earlier version wrote it ("
              + e.getMessage()
              + "); run its experiment again");
    }
  }

  /** The analysis as a table under the ticket's name, folded. */
  public String table(ScreenWidth width) {
    return name + "\n" + AnalysisTable.of(row.analysis(), width);
  }
}
