// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import ai.djl.engine.Engine;
import ai.djl.engine.StandardCapabilities;
import ai.djl.util.Platform;
import com.sun.jna.NativeLibrary;
import dev.espalier.runner.config.ConfigProblem;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The state of CUDA on this machine. PyTorch decides whether a GPU computes; DJL counts GPUs by
 * CUDA's runtime library, cudart, which it finds by JNA.
 *
 * @param counted the number of GPUs that DJL counts
 * @param isReady whether PyTorch can compute on a GPU
 * @param isBuilt whether PyTorch is built with CUDA
 * @param isGiven whether PyTorch is in the distribution or chosen by the user; else DJL downloads a
 *     build, that for the CPU if it counts no GPU
 * @param driver the version of NVIDIA's driver; empty without one
 * @param cudart the file of cudart; empty if JNA does not find it
 */
record Cuda(
    int counted,
    boolean isReady,
    boolean isBuilt,
    boolean isGiven,
    Optional<String> driver,
    Optional<String> cudart) {

  static final String LIBRARY_PATH = "PYTORCH_LIBRARY_PATH";
  static final String FLAVOR = "PYTORCH_FLAVOR";

  private static final String CUDART = "cudart";
  private static final Path VERSION = Path.of("/proc/driver/nvidia/version");
  private static final Path FIRST_GPU = Path.of("/dev/nvidia0");
  private static final Pattern NUMBER = Pattern.compile("\\b\\d+\\.\\d+(\\.\\d+)?\\b");

  /** Finds the state of this machine, after PyTorch has started. */
  static Cuda here(Engine engine) {
    return new Cuda(
        engine.getGpuCount(),
        engine.hasCapability(StandardCapabilities.CUDA),
        libraries(engine)
            .map(folder -> Files.exists(folder.resolve(System.mapLibraryName("torch_cuda"))))
            .orElse(false),
        variable(LIBRARY_PATH).isPresent() || !Platform.detectPlatform("pytorch").isPlaceholder(),
        driver(VERSION, FIRST_GPU),
        loadedCudart());
  }

  /** Returns the number of usable GPUs. Without cudart DJL counts none, and the first is usable. */
  int gpus() {
    return isReady ? Math.max(1, counted) : 0;
  }

  /** Returns why no GPU is usable, with a remedy if this machine has a driver. */
  String whyNone() {
    if (driver.isEmpty()) {
      return "no GPU on this machine";
    }
    String machine = "although this machine has NVIDIA's driver " + driver.get() + ": ";
    if (!isBuilt && isGiven) {
      return machine
          + "this PyTorch is built without CUDA. Build Espalier with -Pcuda, or set "
          + LIBRARY_PATH
          + ", PYTORCH_VERSION and "
          + FLAVOR
          + " for a PyTorch with CUDA";
    }
    if (!isBuilt && cudart.isEmpty()) {
      return machine
          + "CUDA's runtime library is not found, so that DJL took PyTorch for the CPU. Start java"
          + " with -Djna.library.path, or set LD_LIBRARY_PATH, to a folder with a file named "
          + System.mapLibraryName(CUDART);
    }
    return machine
        + "CUDA does not start with it. Check that nvidia-smi shows a GPU, that CUDA_VISIBLE_DEVICES"
        + " names it, and that the driver is new enough for this PyTorch";
  }

  /** Returns the rows of {@code doctor}. */
  Map<String, String> rows(Engine engine) {
    Map<String, String> rows = new LinkedHashMap<>();
    rows.put("libtorch", libraries(engine).map(Path::toString).orElse("an unknown folder"));
    rows.put(
        "cuda",
        (isBuilt ? "PyTorch is built with CUDA" : "PyTorch is built without CUDA")
            + (isReady ? ", which works" : "")
            + "; cudart: "
            + cudart.orElse("not found")
            + "; driver: "
            + driver.orElse("none"));
    rows.put("gpus", Integer.toString(gpus()));
    return rows;
  }

  /** Returns the version of NVIDIA's driver, if there is one, from files of the kernel. */
  static Optional<String> driver(Path version, Path gpu) {
    if (Files.isReadable(version)) {
      try (Stream<String> lines = Files.lines(version)) {
        return Optional.of(
            lines
                .limit(1)
                .map(NUMBER::matcher)
                .filter(Matcher::find)
                .map(Matcher::group)
                .findFirst()
                .orElse("of an unknown version"));
      } catch (IOException e) {
        return Optional.of("of an unknown version");
      }
    }
    return Files.exists(gpu) ? Optional.of("of an unknown version") : Optional.empty();
  }

  /** Returns whether this machine has NVIDIA's driver. */
  static boolean hasDriver() {
    return driver(VERSION, FIRST_GPU).isPresent();
  }

  /**
   * Lets JNA search the folders of a PyTorch that pip installed for cudart. JNA finds a name with a
   * version, such as {@code libcudart.so.12}, in folders that it was given, and not elsewhere.
   */
  static void findCudart() {
    try {
      variable(LIBRARY_PATH).map(Cuda::foldersOfCudart).orElse(List.of()).stream()
          .map(Path::toString)
          .forEach(folder -> NativeLibrary.addSearchPath(CUDART, folder));
    } catch (LinkageError e) {
      // Without JNA DJL counts no GPU, which doctor shows.
    }
  }

  /** Returns the folders with cudart of a PyTorch: its own, or those of pip next to it. */
  static List<Path> foldersOfCudart(String libraryPath) {
    return Stream.of(libraryPath.split(File.pathSeparator))
        .map(folder -> Path.of(folder).toAbsolutePath())
        .flatMap(
            folder ->
                Stream.of("", "../../nvidia/cuda_runtime/lib", "../../nvidia/cu13/lib")
                    .map(folder::resolve))
        .map(Path::normalize)
        .filter(Cuda::hasCudart)
        .toList();
  }

  private static boolean hasCudart(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.anyMatch(
          file ->
              file.getFileName().toString().startsWith(System.mapLibraryName(CUDART)));
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Refuses an installed PyTorch without a flavour, for which DJL would search a library that does
   * not exist.
   *
   * @param libraryPath the folder of PyTorch, if the user chose one
   * @param flavor the flavour, if the user chose one
   */
  static void requireFlavor(Optional<String> libraryPath, Optional<String> flavor) {
    boolean isWithOwnJni =
        libraryPath.stream()
            .flatMap(folders -> Stream.of(folders.split(File.pathSeparator)))
            .anyMatch(
                folder -> Files.exists(Path.of(folder, System.mapLibraryName("djl_torch"))));
    if (libraryPath.isPresent() && flavor.isEmpty() && !isWithOwnJni) {
      throw new ConfigProblem(
          FLAVOR
              + ": found none next to "
              + LIBRARY_PATH
              + "="
              + libraryPath.get()
              + ", allowed is cpu or the CUDA of that PyTorch, such as cu128. Set it in the"
              + " environment");
    }
  }

  /** Returns a variable of the environment or, as in DJL, a property of the same name. */
  static Optional<String> variable(String name) {
    return Optional.ofNullable(System.getenv(name))
        .or(() -> Optional.ofNullable(System.getProperty(name)))
        .filter(value -> !value.isEmpty());
  }

  /** Returns the file of cudart that JNA loads. */
  private static Optional<String> loadedCudart() {
    try {
      return Optional.of(NativeLibrary.getInstance(CUDART).getFile().getPath());
    } catch (LinkageError e) {
      return Optional.empty();
    }
  }

  /** Returns the folder of PyTorch's libraries, which only a class of DJL's engine knows. */
  private static Optional<Path> libraries(Engine engine) {
    try {
      Object folder =
          Class.forName("ai.djl.pytorch.jni.LibUtils", true, engine.getClass().getClassLoader())
              .getMethod("getLibtorchPath")
              .invoke(null);
      return Optional.of(Path.of((String) folder));
    } catch (ClassNotFoundException
        | NoSuchMethodException
        | IllegalAccessException
        | InvocationTargetException e) {
      return Optional.empty();
    }
  }
}
