// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.api.state.Digest;
import dev.espalier.api.state.TrialFailed;
import dev.espalier.runner.store.OtherProcess;
import dev.espalier.runner.store.Safetensors;
import dev.espalier.runner.store.Store;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedStepsTest {

  private static final Digest KEY = Digest.of("a step");
  private static final Safetensors STEP = new Safetensors(Map.of(), Map.of("step", "train"));

  private final StringWriter screen = new StringWriter();
  private final Interruption interruption = new Interruption();

  @TempDir private Path root;

  private Store store() {
    return new Store(root, damage -> {});
  }

  private SharedSteps steps(boolean waits, Instant retryBefore) {
    return new SharedSteps(
        store(),
        new SharedSteps.Policy(waits, retryBefore),
        new Progress(new Screen(new PrintWriter(screen, true))),
        interruption);
  }

  @AfterEach
  void close() {
    interruption.close();
  }

  @Test
  void aStepIsComputedOnceAndItsClaimIsFreed() throws IOException {
    SharedSteps steps = steps(true, Instant.EPOCH);
    assertThat(steps.find(KEY, () -> STEP).isStored()).isFalse();
    assertThat(steps.find(KEY, () -> fail()).isStored()).isTrue();
    assertThat(store().claim(KEY)).doesNotExist();
  }

  private static Safetensors fail() {
    throw new AssertionError("computed");
  }

  @Test
  void aFailureIsRememberedUntilItIsRetried() throws IOException {
    Instant begin = Instant.now();
    AtomicInteger computed = new AtomicInteger();
    SharedSteps.Computation failing =
        () -> {
          computed.incrementAndGet();
          throw new TrialFailed("the loss is not a number");
        };
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> steps(true, begin).find(KEY, failing))
          .isInstanceOf(TrialFailed.class)
          .hasMessage("the loss is not a number");
    }
    assertThat(computed).hasValue(1);
    assertThat(store().claim(KEY)).doesNotExist();
    SharedSteps.Found again = steps(true, Instant.now().plusSeconds(1)).find(KEY, () -> STEP);
    assertThat(again.isStored()).isFalse();
    assertThat(steps(true, begin).find(KEY, () -> fail()).isStored()).isTrue();
    assertThat(store().findFailure(KEY)).as("the success replaces it").isEmpty();
  }

  @Test
  void aFailureOfTheMachineIsNotRemembered() throws IOException {
    assertNotRemembered(TrialFailed.ofMachine("the memory of the GPU is full"));
  }

  @Test
  void aFaultIsNotRemembered() throws IOException {
    assertNotRemembered(new IllegalStateException("a fault"));
  }

  private void assertNotRemembered(RuntimeException failure) throws IOException {
    SharedSteps.Computation failing =
        () -> {
          throw failure;
        };
    assertThatThrownBy(() -> steps(true, Instant.EPOCH).find(KEY, failing)).isSameAs(failure);
    assertThat(store().claim(KEY)).doesNotExist();
    assertThat(steps(true, Instant.EPOCH).find(KEY, () -> STEP).isStored()).isFalse();
  }

  @Test
  void aWorkerLeavesAStepOfAnotherProcess() throws IOException {
    OtherProcess other = new OtherProcess(store().claim(KEY));
    assertThatThrownBy(() -> steps(false, Instant.EPOCH).find(KEY, () -> fail()))
        .isInstanceOf(SharedSteps.HeldElsewhere.class);
    other.close();
    assertThat(steps(false, Instant.EPOCH).find(KEY, () -> STEP).isStored()).isFalse();
  }

  @Test
  void aRunWaitsForAStepOfAnotherProcess() throws Exception {
    CountDownLatch waits = new CountDownLatch(1);
    OtherProcess other = new OtherProcess(store().claim(KEY));
    try (other) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  waits.await();
                  store().save(KEY, STEP);
                } catch (IOException | InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      thread.start();
      SharedSteps steps =
          new SharedSteps(
              store(),
              SharedSteps.Policy.DEFAULT,
              new Progress(
                  new Screen(
                      new PrintWriter(screen) {
                        @Override
                        public void println(String line) {
                          super.println(line);
                          waits.countDown(); // it has said that it waits
                        }
                      })),
              interruption);
      assertThat(steps.find(KEY, () -> fail()).isStored()).isTrue();
      thread.join();
      assertThat(screen.toString()).contains("waiting for a step that process 1 on elsewhere");
    }
  }

  @Test
  void anInterruptionEndsTheWait() throws IOException {
    interruption.ask();
    OtherProcess other = new OtherProcess(store().claim(KEY));
    try (other) {
      assertThatThrownBy(() -> steps(true, Instant.EPOCH).find(KEY, () -> fail()))
          .isInstanceOf(Interruption.Interrupted.class);
      assertThat(Files.exists(store().claim(KEY))).isTrue();
    }
  }
}
