// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.Ticket;
import dev.espalier.api.data.Data;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.State;
import dev.espalier.runner.config.KeepWeights;
import dev.espalier.runner.results.RecordJson;
import dev.espalier.runner.results.TicketRecord;
import dev.espalier.runner.results.TicketWeights;
import dev.espalier.runner.store.AtomicFile;
import dev.espalier.runner.store.AtomicFile.Content;
import dev.espalier.runner.store.Codec;
import dev.espalier.runner.store.RunLayout;
import dev.espalier.runner.store.Safetensors;
import dev.espalier.runner.store.Store;
import dev.espalier.runner.store.TicketArrays;
import dev.espalier.runner.store.TicketFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Writes the files of the tickets of one replicate: {@code
 * tickets/[variant/]replicate-0-round-03[-branch].safetensors} with {@code mask/...} (U8, 1 where
 * alive), {@code start/...} and {@code trained/...} (F32), and a json with its {@link
 * TicketRecord}. A file may be without weights: then the record has the keys of the store entries
 * with these. A file that has its content already is not written again.
 */
final class TicketRecorder {

  private final RunFolder folder;
  private final Data data;
  private final KeepWeights keep;
  private final Store store;
  private final Ledger ledger;
  private final List<Latest> latest = new ArrayList<>();
  private int last;

  /** A ticket of the last round so far, which keeps its weights unless another round follows. */
  private record Latest(TicketFiles files, Content mask, TicketRecord record) {}

  /**
   * Creates a recorder of a replicate.
   *
   * @param keep the tickets whose files have the weights
   * @param store receives weights that are the result of no step
   * @param ledger has the steps of the replicate
   */
  TicketRecorder(RunFolder folder, Data data, KeepWeights keep, Store store, Ledger ledger) {
    this.folder = folder;
    this.data = data;
    this.keep = keep;
    this.store = store;
    this.ledger = ledger;
  }

  void write(PublishedTicket published) throws IOException {
    Path tickets = folder.file(RunLayout.TICKETS);
    String name = published.name();
    TicketFiles files = TicketFiles.of(tickets, published.variant(), name);
    Ticket ticket = published.ticket();
    TicketRecord record = TicketFile.record(folder, published, data);
    Content all =
        TicketArrays.of(name, ticket.mask(), ticket.start(), ticket.trained().state())::write;
    if (keep == KeepWeights.ALL) {
      write(files, all, record);
    } else {
      Latest one =
          new Latest(
              files,
              TicketArrays.of(name, ticket.mask(), State.EMPTY, State.EMPTY)::write,
              record.with(
                  record
                      .digests()
                      .with(key(ticket.start()).hex(), key(ticket.trained().state()).hex())));
      if (keep == KeepWeights.NONE || ticket.round() < last || isThere(one)) {
        write(one);
      } else {
        write(files, all, record);
      }
      add(one, ticket.round());
    }
    if (!published.variant().isEmpty()) {
      removeEarlier(new TicketFiles(tickets.resolve(name)));
    }
  }

  private void add(Latest one, int round) throws IOException {
    if (keep == KeepWeights.LAST && round >= last) {
      if (round > last) {
        for (Latest before : latest) {
          write(before);
        }
        latest.clear();
      }
      last = round;
      latest.add(one);
    }
  }

  /** Adds the weights to the tickets of the last round that a start with fewer weights wrote. */
  void end() throws IOException {
    for (Latest one : latest) {
      if (isThere(one)) {
        Path arrays = one.files().arrays();
        Safetensors all = TicketWeights.complete(arrays, Safetensors.read(arrays));
        write(one.files(), all::write, one.record().with(one.record().digests().withoutSteps()));
      }
    }
  }

  /** The key of the store entry with a state: that of the step that made it, or of its values. */
  private Digest key(State state) throws IOException {
    Digest key = ledger.step(state).orElseGet(() -> Digest.of("state", state.digest()));
    if (!store.has(key)) {
      store.save(key, Codec.encode(state, Map.of("step", "state")));
    }
    return key;
  }

  private static boolean isThere(Latest one) throws IOException {
    return AtomicFile.has(one.files().arrays(), one.mask());
  }

  private static void write(Latest one) throws IOException {
    if (Files.exists(one.files().arrays())) {
      write(one.files(), one.record()); // first, else a crash leaves neither weights nor keys
    }
    write(one.files(), one.mask(), one.record());
  }

  private static void write(TicketFiles files, Content arrays, TicketRecord record)
      throws IOException {
    AtomicFile.update(files.arrays(), arrays);
    write(files, record);
  }

  private static void write(TicketFiles files, TicketRecord record) throws IOException {
    byte[] json = RecordJson.text(RecordJson.write(record));
    AtomicFile.update(files.description(), out -> out.write(json));
  }

  /** Removes the files of an earlier version, which had no folder for a variant. */
  private static void removeEarlier(TicketFiles files) throws IOException {
    Files.deleteIfExists(files.description());
    Files.deleteIfExists(files.arrays());
  }
}
