// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.util.cuda.CudaUtils;
import dev.espalier.api.data.Data;
import dev.espalier.api.engine.GpuMode;
import dev.espalier.api.state.State;
import dev.espalier.runner.plugin.Registry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The facts other than the experiment on which a result depends. */
public final class Provenance {

  private Provenance() {}

  /** The version of this program, from its jar. */
  public static String version() {
    return Optional.ofNullable(Provenance.class.getPackage().getImplementationVersion())
        .or(
            () ->
                Provenance.class.getModule().getDescriptor() == null
                    ? Optional.empty()
                    : Provenance.class.getModule().getDescriptor().rawVersion())
        .orElse("unpackaged");
  }

  /**
   * Collects versions, machine, device and the data's checksums.
   *
   * @param digests of the data, or of each variant's
   */
  static Map<String, Object> of(
      Registry registry, String setting, int threads, Map<String, ?> digests) {
    Device device = Devices.choose(setting);
    Map<String, Object> provenance = new LinkedHashMap<>();
    provenance.put("espalier", version());
    provenance.put("plugins", registry.origins());
    provenance.put("djl", Engine.getDjlVersion());
    Engine engine = Engine.getInstance();
    provenance.put("engine", engine.getEngineName() + " " + engine.getVersion());
    provenance.put("device", device.isGpu() ? "gpu:" + device.getDeviceId() : "cpu");
    if (!device.isGpu()) {
      provenance.put("device-reason", Devices.whyCpu(setting));
    }
    provenance.putAll(hardware());
    if (device.isGpu()) {
      provenance.putAll(gpuMode(device));
    }
    provenance.put("threads", threads);
    provenance.put("java", System.getProperty("java.vm.name") + " " + Runtime.version());
    provenance.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    provenance.put("data-digests", digests);
    command("git", "describe", "--always", "--dirty", "--abbrev=40")
        .ifPresent(commit -> provenance.put("git-commit", commit));
    return provenance;
  }

  /** The checksums of a data set, and of starting weights that were read from a file. */
  static Map<String, String> digests(Data data, State start) {
    Map<String, String> digests = new LinkedHashMap<>();
    digests.put("train", data.train().digest().hex());
    digests.put("validation", data.validation().digest().hex());
    digests.put("test", data.test().digest().hex());
    if (!start.names().isEmpty()) {
      digests.put("weights", start.digest().hex());
    }
    return digests;
  }

  /** The model of the CPU, its processors, and the memory of the machine. */
  public static Map<String, String> hardware() {
    Map<String, String> hardware = new LinkedHashMap<>();
    int processors = Runtime.getRuntime().availableProcessors();
    hardware.put(
        "cpu",
        cpu().orElse(System.getProperty("os.arch"))
            + (processors == 1 ? ", 1 processor" : ", " + processors + " processors"));
    if (ManagementFactory.getOperatingSystemMXBean()
        instanceof com.sun.management.OperatingSystemMXBean machine) {
      hardware.put(
          "memory", String.format(Locale.ROOT, "%.1f GiB", machine.getTotalMemorySize() / 0x1p30));
    }
    return hardware;
  }

  /** The model of a device. */
  static String model(Device device) {
    Optional<String> model = device.isGpu() ? gpu(device) : cpu();
    return model.orElse("an unknown model");
  }

  /** The model and the capability of a GPU, and what changes its bits. */
  private static Map<String, Object> gpuMode(Device device) {
    Map<String, Object> facts = new LinkedHashMap<>();
    gpu(device).ifPresent(gpu -> facts.put("gpu", gpu));
    query("compute_cap", device).ifPresent(found -> facts.put("compute-capability", found));
    if (CudaUtils.hasCuda()) {
      facts.put("cuda", CudaUtils.getCudaVersionString());
    }
    GpuMode mode = GpuMode.here();
    facts.put("tf32", mode.tf32());
    facts.put("cudnn-benchmark", mode.benchmarks());
    for (String name : List.of(GpuMode.TF32, GpuMode.TF32_PRODUCTS)) {
      Optional.ofNullable(System.getenv(name)).ifPresent(found -> facts.put(name, found));
    }
    return facts;
  }

  /** The model of a GPU, and its memory. */
  private static Optional<String> gpu(Device device) {
    return query("name,memory.total", device);
  }

  private static Optional<String> query(String columns, Device device) {
    return command("nvidia-smi", "--query-gpu=" + columns, "--format=csv,noheader")
        .flatMap(gpus -> gpus.lines().skip(device.getDeviceId()).findFirst());
  }

  private static Optional<String> cpu() {
    Path linux = Path.of("/proc/cpuinfo");
    if (!Files.isReadable(linux)) {
      return command("sysctl", "-n", "machdep.cpu.brand_string"); // macOS
    }
    try (Stream<String> lines = Files.lines(linux)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.replaceFirst("^.*?:", "").strip().replaceAll("\\s+", " "))
          .findFirst();
    } catch (IOException | UncheckedIOException e) {
      return Optional.empty();
    }
  }

  /** The output of a program, if it is installed and succeeds. */
  private static Optional<String> command(String... words) {
    try {
      Process process =
          new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      String output =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      return process.waitFor(5, TimeUnit.SECONDS) && process.exitValue() == 0 && !output.isEmpty()
          ? Optional.of(output)
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }
}
