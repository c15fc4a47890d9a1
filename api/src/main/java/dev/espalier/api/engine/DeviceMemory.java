// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.engine;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;
import dev.espalier.api.state.TrialFailed;
import java.lang.reflect.InvocationTargetException;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns exceptions for memory that ran out on a device into failures of a trial, with advice. */
final class DeviceMemory {

  private static final Logger LOG = LoggerFactory.getLogger(DeviceMemory.class);

  private static final List<String> FULL =
      List.of("out of memory", "can't allocate memory", "status_alloc_failed");
  private static final Pattern TRIED =
      Pattern.compile("tried to allocate ([0-9.]+ (?:bytes|[KMGT]i?B))", Pattern.CASE_INSENSITIVE);

  private DeviceMemory() {}

  /**
   * Runs a computation.
   *
   * @param manager the owner of the data on the device
   * @throws TrialFailed if memory ran out; it frees the memory that PyTorch caches
   */
  static <T> T guard(NDManager manager, Supplier<T> computation) {
    try {
      return computation.get();
    } catch (RuntimeException e) {
      throw failure(manager, e);
    }
  }

  /** Returns the exception to throw: a failure of the trial if memory ran out, else the same. */
  static RuntimeException failure(NDManager manager, RuntimeException thrown) {
    if (!isFull(thrown)) {
      return thrown;
    }
    boolean isGpu = manager.getDevice().isGpu();
    freeCache(manager);
    LOG.info("memory ran out", thrown); // for the log of a run
    long bytes =
        manager.isOpen()
            ? manager.getManagedArrays().stream()
                .mapToLong(array -> array.size() * array.getDataType().getNumOfBytes())
                .sum()
            : 0;
    return TrialFailed.ofMachine(advice(thrown, isGpu, bytes));
  }

  /** Returns whether memory of a device ran out. */
  static boolean isFull(Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      String message = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
      if (cause instanceof EngineException && FULL.stream().anyMatch(message::contains)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Returns the message of a failure.
   *
   * @param bytes the size of the data set on the device
   */
  static String advice(Throwable thrown, boolean isGpu, long bytes) {
    String array = "an array";
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      Matcher tried = TRIED.matcher(String.valueOf(cause.getMessage()));
      if (tried.find()) {
        array = "an array of " + tried.group(1);
      }
    }
    return "the memory of the "
        + (isGpu ? "GPU" : "machine")
        + " has no room for "
        + array
        + String.format(Locale.ROOT, "; the data set takes %,.1f MB of it. ", bytes / 1e6)
        + "Choose a smaller batch-size or network, or end other processes"
        + (isGpu ? " on this GPU, which nvidia-smi lists" : "")
        + "; finished steps are kept, and the same command goes on";
  }

  /** Frees cached memory of a GPU, which other processes and later trainings can use. */
  static void freeCache(NDManager manager) {
    if (!manager.getDevice().isGpu()) {
      return;
    }
    try {
      Class.forName(SecondBackward.CLASS, true, manager.getEngine().getClass().getClassLoader())
          .getMethod("emptyCudaCache")
          .invoke(null);
    } catch (ClassNotFoundException
        | NoSuchMethodException
        | IllegalAccessException
        | InvocationTargetException e) {
      LOG.info("the cache of the GPU could not be emptied", e);
    }
  }
}
