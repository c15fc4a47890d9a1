// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.results;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.espalier.api.settings.Refusal;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.State;
import dev.espalier.runner.results.TicketRecord.Digests;
import dev.espalier.runner.store.Codec;
import dev.espalier.runner.store.RunLayout;
import dev.espalier.runner.store.Safetensors;
import dev.espalier.runner.store.Safetensors.Array;
import dev.espalier.runner.store.Store;
import dev.espalier.runner.store.TicketArrays;
import dev.espalier.runner.store.TicketFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The weights of tickets whose files have the mask alone: their records name store entries. */
public final class TicketWeights {

  private static final int KEY_DIGITS = 12;

  private TicketWeights() {}

  /** The store does not have the weights of a ticket. */
  public static final class MissingWeights extends IOException {

    private static final long serialVersionUID = 1;
    private final transient Refusal refusal;

    private MissingWeights(Refusal refusal) {
      super(refusal.toString());
      this.refusal = refusal;
    }

    /** The same problem by the key of a file. */
    public Refusal of(String key) {
      return new Refusal(key, refusal.found(), refusal.allowed(), refusal.remedy());
    }
  }

  /**
   * Adds the weights of a ticket to the arrays of its file, if that does not have them.
   *
   * @param file one of the files of the ticket
   * @param arrays the arrays of its file
   * @return all arrays; those of the file if its record names no store entries
   * @throws MissingWeights if the store does not have them
   * @throws IOException if its record or the store cannot be read
   */
  public static Safetensors complete(Path file, Safetensors arrays) throws IOException {
    if (has(arrays, TicketArrays.START) && has(arrays, TicketArrays.TRAINED)) {
      return arrays;
    }
    Path description = TicketFiles.of(file).description();
    if (!Files.exists(description)) {
      return arrays;
    }
    Digests digests = digests(description);
    if (digests.startStep() == null || digests.trainedStep() == null) {
      return arrays;
    }
    String ticket = TicketFiles.of(file).base().toString();
    Optional<Path> run = RunLayout.runOf(file.toAbsolutePath().getParent());
    Map<String, Array> all = new LinkedHashMap<>();
    if (run.isEmpty()) {
      throw new MissingWeights(
          new Refusal(
              "",
              "no weights of " + ticket + ": they are in the store of its run",
              "a ticket with its weights",
              "Export the ticket of the run"));
    }
    put(TicketArrays.START, digests.startStep(), digests.startSha256(), run.get(), all, ticket);
    put(
        TicketArrays.TRAINED,
        digests.trainedStep(),
        digests.trainedSha256(),
        run.get(),
        all,
        ticket);
    all.putAll(arrays.arrays());
    return new Safetensors(all, arrays.metadata());
  }

  private static boolean has(Safetensors arrays, String prefix) {
    return arrays.arrays().keySet().stream().anyMatch(name -> name.startsWith(prefix));
  }

  private static Digests digests(Path description) throws IOException {
    try {
      JsonObject json = JsonParser.parseString(Files.readString(description)).getAsJsonObject();
      return RecordJson.read(json, TicketRecord.class).digests();
    } catch (JsonParseException | IllegalStateException e) {
      throw new IOException(description + " is not the record of a ticket", e);
    }
  }

  private static void put(
      String prefix, String key, String digest, Path run, Map<String, Array> all, String ticket)
      throws IOException {
    Path root = run.getParent().getParent();
    Path folder = root.resolve(RunLayout.STORE);
    Optional<State> state =
        new Store(folder, damage -> {})
            .find(new Digest(key))
            .map(Codec::state)
            .filter(found -> found.digest().hex().equals(digest));
    if (state.isEmpty()) {
      throw new MissingWeights(
          new Refusal(
              "",
              "no weights of "
                  + ticket
                  + ": "
                  + folder
                  + " does not have step "
                  + key.substring(0, KEY_DIGITS)
                  + " of its "
                  + prefix.replace("/", "")
                  + " weights",
              "the store of its run",
              "Run its experiment again: espalier run "
                  + run.resolve(RunLayout.EXPERIMENT)
                  + " --dir "
                  + root));
    }
    state.get().tensors().forEach((name, tensor) -> all.put(prefix + name, Array.of(tensor)));
  }
}
