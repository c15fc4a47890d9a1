// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.api.state.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreparedFilesTest {

  private static final String NAME = "image-folder/a.images";
  private static final Digest ORIGIN = Digest.of("a");

  @TempDir private Path temp;
  private PreparedFiles prepared;
  private int computed;

  @BeforeEach
  void folder() {
    prepared = new PreparedFiles(temp.resolve("prepared"));
  }

  @Test
  void anEntryIsComputedOnceForEachOrigin() throws IOException {
    assertThat(get(ORIGIN)).containsExactly(1, 2, 3);
    assertThat(get(ORIGIN)).containsExactly(1, 2, 3);
    assertThat(computed).isEqualTo(1);
    assertThat(get(Digest.of("b"))).containsExactly(1, 2, 3);
    assertThat(computed).isEqualTo(2);
    assertThat(prepared.folder().resolve(NAME)).hasSize(64 + 3);
  }

  @Test
  void anEntryIsThereOnceItIsWholeAndOfTheSameOrigin() throws IOException {
    assertThat(prepared.has(NAME, ORIGIN, 3)).isFalse();
    get(ORIGIN);
    assertThat(prepared.has(NAME, ORIGIN, 3)).isTrue();
    assertThat(prepared.has(NAME, ORIGIN, 4)).isFalse();
    assertThat(prepared.has(NAME, Digest.of("b"), 3)).isFalse();
    assertThat(computed).isEqualTo(1);
  }

  @Test
  void theFreeSpaceIsThatOfTheDiskBeforeAndAfterTheFolderExists() throws IOException {
    long disk = Files.getFileStore(temp).getTotalSpace();
    assertThat(prepared.free()).isBetween(1L, disk);
    get(ORIGIN);
    assertThat(prepared.free()).isBetween(1L, disk);
  }

  @Test
  void anEntryMayBeLargerThanTheBytesBetweenTwoSyncs() throws IOException {
    byte[] piece = new byte[(1 << 20) + 1];
    piece[3] = 7;
    ByteBuffer entry =
        prepared.get(
            NAME,
            ORIGIN,
            40 * piece.length,
            out -> {
              for (int i = 0; i < 40; i++) {
                out.write(piece);
              }
            });
    for (int i = 0; i < 40; i++) {
      assertThat(entry.slice(i * piece.length, piece.length)).isEqualTo(ByteBuffer.wrap(piece));
    }
  }

  @Test
  void aFileThatWasCutShortIsComputedAgain() throws IOException {
    get(ORIGIN);
    Path file = prepared.folder().resolve(NAME);
    byte[] whole = Files.readAllBytes(file);
    for (int length : new int[] {65, 3, 0}) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThat(get(ORIGIN)).containsExactly(1, 2, 3);
      assertThat(file).hasBinaryContent(whole);
    }
    assertThat(computed).isEqualTo(4);
  }

  @Test
  void aFailedComputationLeavesNoFile() throws IOException {
    assertThatThrownBy(
            () ->
                prepared.get(
                    NAME,
                    ORIGIN,
                    3,
                    out -> {
                      out.write(1);
                      throw new IOException("unreadable");
                    }))
        .hasMessage("unreadable");
    assertThat(prepared.folder().resolve("image-folder")).isEmptyDirectory();
  }

  private byte[] get(Digest origin) throws IOException {
    ByteBuffer entry =
        prepared.get(
            NAME,
            origin,
            3,
            out -> {
              computed++;
              out.write(new byte[] {1, 2, 3});
            });
    byte[] bytes = new byte[entry.remaining()];
    entry.get(bytes);
    return bytes;
  }
}
