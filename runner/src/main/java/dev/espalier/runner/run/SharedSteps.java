// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import dev.espalier.api.state.Digest;
import dev.espalier.api.state.TrialFailed;
import dev.espalier.runner.store.Claims;
import dev.espalier.runner.store.Safetensors;
import dev.espalier.runner.store.Store;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Finds steps in the store, or computes and saves them. Each is computed by one process at a time,
 * and one that has failed is not computed again.
 */
final class SharedSteps {

  /** Thrown by a worker at a step that another process computes: it continues with other work. */
  static final class HeldElsewhere extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient Digest key;

    HeldElsewhere(Digest key) {
      super("another process computes the step " + key.hex());
      this.key = key;
    }

    /** The step. */
    Digest key() {
      return key;
    }
  }

  /**
   * Decides what a process does about the steps of others.
   *
   * @param waits whether it waits for a step that another process computes; else {@link
   *     HeldElsewhere} is thrown
   * @param retryBefore failures before this time are forgotten
   */
  record Policy(boolean waits, Instant retryBefore) {

    /** Waits for others, and takes every failure as it is. */
    static final Policy DEFAULT = new Policy(true, Instant.EPOCH);
  }

  /** Computes a step that the store does not have. */
  @FunctionalInterface
  interface Computation {
    Safetensors compute() throws IOException;
  }

  /** A step, and whether the store had it. */
  record Found(Safetensors step, boolean isStored) {}

  private static final String WHY = "why";

  private static final long FIRST_WAIT = 100;
  private static final long LONGEST_WAIT = 2000;

  private final Store store;
  private final Policy policy;
  private final Progress progress;
  private final Interruption interruption;

  SharedSteps(Store store, Policy policy, Progress progress, Interruption interruption) {
    this.store = store;
    this.policy = policy;
    this.progress = progress;
    this.interruption = interruption;
  }

  Store store() {
    return store;
  }

  /**
   * Finds or computes a step.
   *
   * @throws TrialFailed if the computation fails, now or earlier
   * @throws HeldElsewhere if another process computes it and the policy is not to wait
   */
  Found find(Digest key, Computation computation) throws IOException {
    Optional<Safetensors> stored = find(key);
    long wait = FIRST_WAIT;
    while (stored.isEmpty()) {
      Optional<Claims.Claim> taken = Claims.ofProcess().claim(store.claim(key));
      if (taken.isPresent()) {
        Claims.Claim claim = taken.get();
        try (claim) {
          stored = find(key); // another process may have finished it just before
          return stored.isPresent()
              ? new Found(stored.get(), true)
              : new Found(compute(key, computation), false);
        }
      }
      if (!policy.waits) {
        throw new HeldElsewhere(key);
      }
      await(key, wait);
      wait = Math.min(2 * wait, LONGEST_WAIT);
      stored = find(key);
    }
    return new Found(stored.get(), true);
  }

  private Optional<Safetensors> find(Digest key) throws IOException {
    Optional<Safetensors> stored = store.find(key);
    if (stored.isEmpty()) {
      store
          .findFailure(key)
          .map(Safetensors::metadata)
          .filter(
              failure ->
                  !Instant.parse(failure.get(RememberedSteps.FINISHED))
                      .isBefore(policy.retryBefore))
          .ifPresent(
              failure -> {
                throw new TrialFailed(failure.get(WHY));
              });
    }
    return stored;
  }

  private Safetensors compute(Digest key, Computation computation) throws IOException {
    try {
      Safetensors step = computation.compute();
      store.save(key, step);
      return step;
    } catch (TrialFailed e) {
      if (e.isOfMachine()) { // another machine, or this one later, may compute it
        throw e;
      }
      store.saveFailure(
          key,
          new Safetensors(
              Map.of(),
              Map.of(WHY, e.getMessage(), RememberedSteps.FINISHED, Instant.now().toString())));
      throw e;
    }
  }

  /** Waits for a step of another process, which is named at the first time. */
  private void await(Digest key, long milliseconds) throws IOException {
    if (milliseconds == FIRST_WAIT) {
      Claims.ofProcess()
          .holder(store.claim(key))
          .ifPresent(holder -> progress.line("waiting for a step that " + holder + " computes"));
    }
    interruption.await(milliseconds, TimeUnit.MILLISECONDS);
    if (interruption.asked()) {
      throw new Interruption.Interrupted();
    }
  }
}
