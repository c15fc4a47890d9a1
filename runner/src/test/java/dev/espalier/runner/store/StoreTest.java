// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.state.Digest;
import dev.espalier.runner.store.Safetensors.Array;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreTest {

  private static final Digest KEY = Digest.of("a step");

  @TempDir private Path root;
  private final List<String> damage = new ArrayList<>();
  private Store store;

  @BeforeEach
  void open() {
    store = new Store(root, damage::add);
  }

  private static Safetensors content(double value) {
    return new Safetensors(Map.of("x", Array.of(new Shape(2), value, 1)), Map.of("a", "b"));
  }

  private Path entry() {
    return root.resolve(KEY.prefix(2)).resolve(KEY.hex().substring(2));
  }

  private void damageEntry(UnaryOperator<byte[]> change) throws IOException {
    store.save(KEY, content(3));
    Files.write(entry(), change.apply(Files.readAllBytes(entry())));
  }

  private void assertReportedAndRemoved() throws IOException {
    assertThat(store.find(KEY)).isEmpty();
    assertThat(damage)
        .singleElement()
        .asString()
        .contains("damaged", entry().toString(), "computed again");
    assertThat(entry()).doesNotExist();
    damage.clear();
    assertThat(store.find(KEY)).isEmpty();
    assertThat(damage).isEmpty();
  }

  @Test
  void aFolderInPlaceOfAnEntryIsNamedBeforeTheStepIsComputed() throws IOException {
    Files.createDirectories(entry());
    assertThatThrownBy(() -> store.find(KEY))
        .isInstanceOf(NotWritten.class)
        .hasMessage("cannot write " + entry() + ": there is a folder in place of a file");
    assertThat(entry()).isDirectory();
  }

  @Test
  void anEmptyStoreMakesNoFolders() throws IOException {
    Path folder = root.resolve("not there");
    assertThat(new Store(folder, damage::add).find(KEY)).isEmpty();
    assertThat(folder).doesNotExist();
    assertThat(damage).isEmpty();
  }

  @Test
  void findsWhatWasSavedUnderItsKeyAlone() throws IOException {
    store.save(KEY, content(3));
    assertThat(entry()).isRegularFile();
    assertThat(store.find(KEY).orElseThrow().arrays().get("x").doubles()).containsExactly(3, 1);
    assertThat(store.find(KEY).orElseThrow().metadata()).containsExactly(Map.entry("a", "b"));
    assertThat(store.find(Digest.of("another step"))).isEmpty();
    assertThat(damage).isEmpty();
  }

  @Test
  void isFoundByAnotherProcess() throws IOException {
    store.save(KEY, content(3));
    assertThat(new Store(root, damage::add).find(KEY)).isPresent();
  }

  @Test
  void aCheckpointIsNotAFinishedStepAndGoesWhenTheStepIsFinished() throws IOException {
    store.saveCheckpoint(KEY, content(1));
    store.saveCheckpoint(KEY, content(2));
    assertThat(store.find(KEY)).isEmpty();
    assertThat(store.findCheckpoint(KEY).orElseThrow().arrays().get("x").doubles())
        .containsExactly(2, 1);
    store.save(KEY, content(3));
    assertThat(store.findCheckpoint(KEY)).isEmpty();
    assertThat(store.find(KEY)).isPresent();
    try (var files = Files.list(entry().getParent())) {
      assertThat(files).containsExactly(entry());
    }
  }

  @Test
  void everyFlippedBitIsNoticed() throws IOException {
    store.save(KEY, content(3));
    int length = Files.readAllBytes(entry()).length;
    for (int at : new int[] {0, 8, 20, length / 2, length - 33, length - 32, length - 1}) {
      damageEntry(
          bytes -> {
            bytes[at] ^= 0x10;
            return bytes;
          });
      assertReportedAndRemoved();
    }
  }

  @Test
  void aTruncatedEntryIsNoticed() throws IOException {
    store.save(KEY, content(3));
    int length = Files.readAllBytes(entry()).length;
    for (int left : new int[] {length - 1, length / 2, 32, 31, 1, 0}) {
      damageEntry(bytes -> Arrays.copyOf(bytes, left));
      assertReportedAndRemoved();
    }
  }

  @Test
  void anEntryThatHasGrownIsNoticed() throws IOException {
    damageEntry(bytes -> Arrays.copyOf(bytes, bytes.length + 1));
    assertReportedAndRemoved();
  }

  @Test
  void aDamagedCheckpointIsNoticed() throws IOException {
    store.saveCheckpoint(KEY, content(3));
    Path file = Path.of(entry() + ".checkpoint");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
    assertThat(store.findCheckpoint(KEY)).isEmpty();
    assertThat(damage).singleElement().asString().contains(file.toString());
    assertThat(file).doesNotExist();
  }
}
