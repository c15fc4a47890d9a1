// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NativeMemoryTest {

  /** So large that what the JVM takes in passing, compiling, is little beside it. */
  private static final int SIZE = 512 << 20;

  private static final String G1 =
      """
       garbage-first heap   total 389120K, used 17347K [0x00000000c0000000, 0x0000000100000000)
        region size 1024K, 15 young (15360K), 3 survivors (3072K)
       Metaspace       used 11930K, committed 12096K, reserved 1114112K
      """;

  private static final String SERIAL =
      """
       def new generation   total 116160K, used 35161K [0x00000000c0000000, 0x00000000c7e00000, 0x00000000d5550000)
        eden space 103296K,  34% used [0x00000000c0000000, 0x00000000c2256460, 0x00000000c64e0000)
       tenured generation   total 258048K, used 0K [0x00000000d5550000, 0x00000000e5150000, 0x0000000100000000)
      """;

  private static final String PARALLEL =
      """
       PSYoungGen      total 113152K, used 35021K [0x00000000eab00000, 0x00000000f2900000, 0x0000000100000000)
        eden space 97280K, 36% used [0x00000000eab00000,0x00000000ecd336f8,0x00000000f0a00000)
       ParOldGen       total 258048K, used 0K [0x00000000c0000000, 0x00000000cfc00000, 0x00000000eab00000)
      """;

  private static final String Z =
      """
       ZHeap           used 70M, capacity 378M, max capacity 1024M
       Metaspace       used 11898K, committed 12096K, reserved 1114112K
      """;

  /** Part of the heap, a neighbour, the heap's end with a neighbour in one mapping, a library. */
  private static final String MAPPINGS =
      """
      c0000000-d7a00000 rw-p 00000000 00:00 0
      Size:             387072 kB
      Rss:               22652 kB
      Pss:               22652 kB
      bfff0000-c0000000 rw-p 00000000 00:00 0
      Rss:                  60 kB
      ff000000-100010000 rw-p 00000000 00:00 0
      Rss:               10000 kB
      7f0000000000-7f0000100000 r-xp 00000000 08:01 1025   /usr/lib/libfoo.so
      Rss:                 700 kB
      Anonymous:           600 kB
      """;

  @Test
  void whatLiesInTheHeapDoesNotCount() throws IOException {
    for (String info : new String[] {G1, SERIAL, PARALLEL}) {
      NativeMemory memory = NativeMemory.of(info).orElseThrow();
      try (BufferedReader mappings = new BufferedReader(new StringReader(MAPPINGS))) {
        assertThat(memory.resident(mappings)).isEqualTo((60 + 64 + 700) << 10);
      }
    }
  }

  @Test
  void aHeapWithoutAddressesIsNotGuessedAt() {
    assertThat(NativeMemory.of(Z)).isEmpty();
  }

  /** Looked at before, so that the looking itself has what it needs. */
  private static NativeMemory memory() {
    Optional<NativeMemory> memory = NativeMemory.here();
    assumeTrue(memory.isPresent(), "native memory cannot be measured here");
    NativeMemory.release();
    assertThat(memory.orElseThrow().bytes()).isPositive();
    NativeMemory.release();
    return memory.orElseThrow();
  }

  private static void assertIsSize(long bytes) {
    assertThat((double) bytes / SIZE).isCloseTo(1, within(0.1));
  }

  @Test
  void anArrayCountsUntilItIsClosed() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      NativeMemory memory = memory();
      long before = memory.bytes();
      try (NDArray array = manager.ones(new Shape(SIZE / Float.BYTES))) {
        assertIsSize(memory.bytes() - before);
        assertThat(array.size()).isEqualTo(SIZE / Float.BYTES);
      }
      assertThat(memory.bytes() - before).isLessThan(SIZE / 10);
    }
  }

  @Test
  void aDirectBufferCountsUntilItIsReleasedAndAnArrayOfJavaDoesNot() {
    NativeMemory memory = memory();
    long before = memory.bytes();
    ByteBuffer direct = ByteBuffer.allocateDirect(SIZE);
    byte[] array = new byte[SIZE];
    assertIsSize(memory.bytes() - before);
    assertThat(direct.capacity()).isEqualTo(array.length);
    direct = null;
    NativeMemory.release();
    assertThat(memory.bytes() - before).isLessThan(SIZE / 10);
  }

  @Test
  void thePeakIsWhatThereWasMost() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      NativeMemory memory = memory();
      long before = memory.bytes();
      NDArray array = manager.ones(new Shape(SIZE / Float.BYTES));
      try (Peak peak = Peak.of(memory)) {
        array.close();
        assertIsSize(peak.bytes() - before);
      }
    }
  }
}
