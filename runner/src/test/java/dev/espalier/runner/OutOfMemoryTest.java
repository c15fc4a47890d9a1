// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.EngineException;
import org.junit.jupiter.api.Test;

class OutOfMemoryTest {

  @Test
  void aFullHeapNamesItsSizeAndTheOption() {
    assertThat(OutOfMemory.message(new OutOfMemoryError("Java heap space")))
        .hasValueSatisfying(
            message ->
                assertThat(message)
                    .containsPattern("found a full Java heap of [0-9,.]+ GB \\(Java heap space\\)")
                    .containsPattern("java -Xmx[0-9]+g -jar espalier.jar"));
  }

  @Test
  void anArrayThatTheMachineHasNoRoomForIsNamedInGigabytes() {
    EngineException thrown =
        new EngineException(
            "[enforce fail at alloc_cpu.cpp:118] err == 0. DefaultCPUAllocator: can't allocate"
                + " memory: you tried to allocate 6272000000000 bytes. Error code 12");
    assertThat(OutOfMemory.message(new IllegalStateException(thrown)))
        .hasValueSatisfying(
            message ->
                assertThat(message)
                    .startsWith("found one array of 6,272.00 GB, allowed is")
                    .contains("the memory of the machine", "smaller network or batch-size"));
  }

  @Test
  void anArrayThatTheGpuHasNoRoomForIsNamed() {
    EngineException thrown =
        new EngineException("CUDA out of memory. Tried to allocate 2.00 GiB (GPU 0; 79 GiB total)");
    assertThat(OutOfMemory.message(thrown))
        .hasValueSatisfying(
            message -> assertThat(message).contains("one array of 2.00 GiB", "memory of the GPU"));
  }

  @Test
  void otherFailuresAreOther() {
    assertThat(OutOfMemory.message(new IllegalStateException("allocate"))).isEmpty();
  }
}
