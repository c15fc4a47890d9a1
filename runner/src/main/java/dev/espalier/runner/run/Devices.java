// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.util.cuda.CudaUtils;
import com.sun.management.OperatingSystemMXBean;
import dev.espalier.api.engine.GpuMode;
import dev.espalier.api.settings.Refusals;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.config.Experiment;
import java.lang.management.ManagementFactory;
import java.util.Map;

/** Chooses the device that computes. */
public final class Devices {

  /** The variable of the environment with the GPUs that a process may see. */
  static final String VISIBLE = "CUDA_VISIBLE_DEVICES";

  private Devices() {}

  /**
   * Sets the number of threads of an operation; PyTorch reads it once, when it starts. Several
   * threads sleep while they wait, unless the user has set OMP_WAIT_POLICY.
   *
   * @param threads the number of threads
   */
  public static void threads(int threads) {
    Cuda.findCudart();
    System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(threads));
    System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
    if (threads > 1) {
      NativeEnvironment.waitWithoutSpinning();
    }
  }

  /** Sets what PyTorch reads when it starts: the threads, and the mode of cuDNN. */
  static void prepare(Experiment experiment) {
    threads(experiment.threads());
    System.setProperty(GpuMode.BENCHMARK, Boolean.toString(experiment.cudnnBenchmark()));
  }

  /**
   * Returns the memory of a device in bytes: that of the GPU, or that of the machine where it is
   * the CPU. It is 0 where DJL cannot ask the GPU, because cudart is missing.
   */
  static long memory(Device device) {
    if (device.isGpu()) {
      return CudaUtils.hasCuda() ? CudaUtils.getGpuMemory(device).getMax() : 0;
    }
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
  }

  /**
   * Starts PyTorch.
   *
   * @throws ConfigProblem if its native library is neither installed nor can be downloaded, saying
   *     what to do
   */
  public static Engine engine() {
    if (com.sun.jna.Platform.isLinux()) { // elsewhere DJL's default is right
      Cuda.requireFlavor(Cuda.variable(Cuda.LIBRARY_PATH), Cuda.variable(Cuda.FLAVOR));
    }
    try {
      return Engine.getInstance();
    } catch (EngineException | IllegalStateException | LinkageError e) {
      Throwable cause = e;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      throw new ConfigProblem(
          "PyTorch does not start on "
              + System.getProperty("os.name")
              + " "
              + System.getProperty("os.arch")
              + ": "
              + e.getMessage()
              + (cause == e ? "" : " (" + cause + ")")
              + ". Without a bundled library DJL downloads one: connect this machine once, or copy"
              + " a pytorch-native-cpu jar for this system into the folder natives, or set"
              + " PYTORCH_LIBRARY_PATH, PYTORCH_VERSION and PYTORCH_FLAVOR for an installed one");
    }
  }

  /**
   * Checks the device of an option, as the key of an experiment is checked.
   *
   * @return the setting
   * @throws ConfigProblem if it is neither auto, cpu, gpu nor gpu:n
   */
  public static String required(String option) {
    if (!option.matches(Experiment.DEVICES)) {
      throw new ConfigProblem(
          "--device: found "
              + option
              + ", allowed is auto, cpu, gpu or gpu:n, such as gpu:1. auto is the first GPU if"
              + " there is one");
    }
    return option;
  }

  /**
   * Returns the device of a setting.
   *
   * @param setting auto, cpu, gpu or gpu:n
   * @throws ConfigProblem if that GPU does not exist, naming the available ones
   */
  public static Device choose(String setting) {
    Refusals refusals = new Refusals();
    Device device = choose(setting, refusals);
    if (!refusals.isEmpty()) {
      throw ConfigProblem.of(refusals.all());
    }
    return device;
  }

  /**
   * Returns the device of a setting.
   *
   * @param setting auto, cpu, gpu or gpu:n
   * @param refusals collects a missing GPU, under the key {@code device}
   * @return the device; the CPU if it does not exist
   */
  static Device choose(String setting, Refusals refusals) {
    engine(); // first, so that a PyTorch that does not start is a problem of configuration
    int gpus = gpus();
    int wanted = setting.startsWith("gpu:") ? Integer.parseInt(setting.substring(4)) : 0;
    if (setting.equals("cpu") || (setting.equals("auto") && gpus == 0)) {
      return Device.cpu();
    } else if (wanted < gpus) {
      return Device.gpu(wanted);
    }
    refusals.add(
        "device",
        setting,
        (gpus == 0 ? "auto or cpu" : "auto, cpu, or gpu:0 to gpu:" + (gpus - 1))
            + ", as PyTorch "
            + Engine.getInstance().getVersion()
            + " finds "
            + (gpus == 0 ? "no GPU" : gpus + " GPU(s)")
            + (gpus == 0 && hasDriver() ? ", " + Found.CUDA.whyNone() : ""),
        gpus == 0 && hasDriver() ? "" : "Or start on a machine with that GPU");
    return Device.cpu();
  }

  /** The state of CUDA, found once: PyTorch does not start a second time. */
  private static final class Found {
    private static final Cuda CUDA = Cuda.here(engine());
  }

  /** Returns the number of GPUs that this process can use. */
  static int gpus() {
    return Found.CUDA.gpus();
  }

  /** Returns the rows of {@code doctor} about CUDA. */
  public static Map<String, String> cuda() {
    return Found.CUDA.rows(engine());
  }

  /** Returns whether this machine has a driver for GPUs, working or not. */
  public static boolean hasDriver() {
    return Cuda.hasDriver();
  }

  /**
   * Returns a line with the device of a setting.
   *
   * @param setting auto, cpu, gpu or gpu:n; its device exists
   */
  public static String line(String setting) {
    return "device: " + described(setting);
  }

  /**
   * Returns the device of a setting, with the model of a GPU or the reason for a CPU, for people.
   *
   * @param setting auto, cpu, gpu or gpu:n; its device exists
   */
  public static String described(String setting) {
    Device device = choose(setting);
    return words(device)
        + (device.isGpu() ? " (" + Provenance.model(device) + ")" : ", " + whyCpu(setting));
  }

  /** Returns why a setting, auto or cpu, means the CPU. */
  static String whyCpu(String setting) {
    return setting.equals("cpu") ? "the chosen one" : Found.CUDA.whyNone();
  }

  /** Names a device, with the GPUs that this process may see if they were restricted. */
  static String words(Device device) {
    String visible = System.getenv(VISIBLE);
    return !device.isGpu()
        ? "cpu"
        : "gpu:"
            + device.getDeviceId()
            + (visible == null ? "" : " (" + VISIBLE + "=" + visible + ")");
  }
}
