// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.espalier.runner.store.Safetensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bit flips in every entry of the store, again and again, in every part of an entry. */
class BitFlipsTest {

  private static final String[] SMALL = {
    "data.per-class=30", "training.iterations=20", "model.hidden=[8]"
  };

  private static final int CHECKSUM = 32;

  private enum Part {
    LENGTH,
    HEADER,
    DATA,
    CHECKSUM
  }

  @TempDir private Path root;

  /** Flips one bit at random in a part of an entry. */
  private static void flip(Path entry, Part part, Random random) throws IOException {
    byte[] bytes = Files.readAllBytes(entry);
    int data =
        Long.BYTES
            + Math.toIntExact(
                ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong()); // ends the header
    int checksum = bytes.length - CHECKSUM;
    int at =
        switch (part) {
          case LENGTH -> random.nextInt(Long.BYTES);
          case HEADER -> random.nextInt(Long.BYTES, data);
          case DATA -> random.nextInt(data, checksum);
          case CHECKSUM -> random.nextInt(checksum, bytes.length);
        };
    bytes[at] ^= (byte) (1 << random.nextInt(8));
    Files.write(entry, bytes);
  }

  /** The arrays in an entry, which must be whole; when and how long it was made may differ. */
  private static Map<String, Safetensors.Array> arrays(Path entry)
      throws IOException, NoSuchAlgorithmException {
    byte[] bytes = Files.readAllBytes(entry);
    int length = bytes.length - CHECKSUM;
    assertThat(MessageDigest.getInstance("SHA-256").digest(Arrays.copyOf(bytes, length)))
        .as("checksum of %s", entry)
        .isEqualTo(Arrays.copyOfRange(bytes, length, bytes.length));
    return Safetensors.read(ByteBuffer.wrap(bytes, 0, length).slice()).arrays();
  }

  @Test
  void aHundredFlippedBitsAreFoundNamedAndMended() throws IOException, NoSuchAlgorithmException {
    Runs runs = new Runs(root);
    Path run = runs.run(SMALL);
    String results = Runs.results(run);
    List<Path> store = Runs.files(root.resolve("store"));
    assertThat(store).as("three trainings and two prunings").hasSize(5);
    Map<Path, Map<String, Safetensors.Array>> whole = new LinkedHashMap<>();
    for (Path entry : store) {
      whole.put(entry, arrays(entry));
    }
    Random random = new Random(7);
    Map<Part, Integer> flips = new EnumMap<>(Part.class);
    for (int round = 0; round < 20; round++) {
      for (int i = 0; i < store.size(); i++) {
        Part part = Part.values()[(round + i) % Part.values().length];
        flip(store.get(i), part, random);
        flips.merge(part, 1, Integer::sum);
      }
      Files.delete(run.resolve("results.csv"));

      assertThat(runs.run(SMALL)).isEqualTo(run);
      List<String> damage =
          Runs.events(run, "damage").stream()
              .map(event -> event.get("what").getAsString())
              .toList();
      assertThat(damage).hasSameSizeAs(store);
      for (Path entry : store) {
        assertThat(damage).filteredOn(what -> what.contains(entry.toString())).hasSize(1);
        assertThat(runs.screen()).contains("espalier: damaged store entry " + entry + ": ");
        assertThat(arrays(entry)).isEqualTo(whole.get(entry));
      }
      List<JsonObject> steps = new ArrayList<>(Runs.events(run, "train"));
      steps.addAll(Runs.events(run, "prune"));
      assertThat(steps)
          .hasSameSizeAs(store)
          .allMatch(step -> !step.get("found").getAsBoolean(), "done again");
      assertThat(Runs.results(run)).isEqualTo(results);
      assertThat(Runs.files(root.resolve("store"))).isEqualTo(store);
    }
    assertThat(flips)
        .hasSameSizeAs(Part.values())
        .allSatisfy((part, n) -> assertThat(n).isEqualTo(25));
  }
}
