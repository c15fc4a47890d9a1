// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.weights;

import static dev.espalier.runner.store.TicketArrays.MASK;
import static dev.espalier.runner.store.TicketArrays.START;
import static dev.espalier.runner.store.TicketArrays.TRAINED;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.HostCopy;
import dev.espalier.api.state.Tensor;
import dev.espalier.runner.results.TicketWeights;
import dev.espalier.runner.results.TicketWeights.MissingWeights;
import dev.espalier.runner.store.Safetensors;
import dev.espalier.runner.store.Safetensors.Array;
import dev.espalier.runner.store.TicketFiles;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/** Finds out the format of a file of weights, and reads its arrays. */
final class WeightsFile {

  private static final String ALLOWED =
      "a file in the layout of safetensors or of NumPy's npz, such as a ticket of a run or an export";

  private WeightsFile() {}

  /**
   * Reads all arrays of a file by name. Those of a ticket are the ones under a prefix, without it.
   *
   * @param file the file; of a ticket also its description, or the path of both without an ending
   * @param prefix the arrays that a ticket gives: its mask, its start weights or its trained ones
   * @throws RefusedException if it cannot be read, or has another format
   */
  static Map<String, Array> read(Path file, String prefix) {
    Path arrays = file;
    if (TicketFiles.isDescription(file) || !Files.exists(file)) {
      arrays = TicketFiles.of(file).arrays();
    }
    if (Files.isDirectory(arrays) || !Files.exists(arrays)) {
      throw new RefusedException(
          "file",
          Files.isDirectory(arrays) ? "the folder " + arrays : "no file " + file,
          ALLOWED,
          Files.isDirectory(arrays) ? "Name one file in it" : "Check the path");
    }
    try {
      return ofTicket(isZip(arrays) ? npz(arrays) : safetensors(arrays, prefix), prefix);
    } catch (RefusedException e) {
      throw e;
    } catch (MissingWeights e) {
      throw new RefusedException(List.of(e.of("file")));
    } catch (FileSystemException e) {
      String why = e.getReason() == null ? e.getClass().getSimpleName() : e.getReason();
      throw new RefusedException("file", arrays + ", which cannot be read (" + why + ")", ALLOWED);
    } catch (IOException | IllegalArgumentException e) {
      throw new RefusedException("file", arrays + " (" + e.getMessage() + ")", ALLOWED);
    }
  }

  private static Map<String, Array> ofTicket(Map<String, Array> all, String prefix) {
    boolean isTicket =
        all.keySet().stream()
            .allMatch(
                name ->
                    name.startsWith(MASK) || name.startsWith(START) || name.startsWith(TRAINED));
    if (!isTicket) {
      return all;
    }
    Map<String, Array> some = new LinkedHashMap<>();
    all.forEach(
        (name, array) -> {
          if (name.startsWith(prefix)) {
            some.put(name.substring(prefix.length()), array);
          }
        });
    return some;
  }

  private static boolean isZip(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] magic = in.readNBytes(Long.BYTES);
      // A safetensors file begins with a length below 2^32, so that its fifth byte is 0.
      if (magic.length > 4 && magic[0] == (byte) 0x80 && magic[1] < 6 && magic[4] != 0) {
        throw ofPytorch(file);
      }
      return magic.length > 4 && magic[0] == 'P' && magic[1] == 'K' && magic[2] == 3;
    }
  }

  private static Map<String, Array> safetensors(Path file, String prefix) throws IOException {
    Safetensors arrays = Safetensors.mapped(file);
    boolean isOfMasks = arrays.arrays().keySet().stream().allMatch(name -> name.startsWith(MASK));
    return isOfMasks && !prefix.equals(MASK)
        ? TicketWeights.complete(file, arrays).arrays()
        : arrays.arrays();
  }

  /** Reads the archive with DJL, which knows all types of numbers in NumPy's order of axes. */
  private static Map<String, Array> npz(Path file) throws IOException {
    refuseOthers(file);
    Map<String, Array> arrays = new LinkedHashMap<>();
    try (NDManager manager = NDManager.newBaseManager(Device.cpu());
        InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      for (NDArray array : decode(manager, in)) {
        float[] values = HostCopy.floats(array.toType(DataType.FLOAT32, false));
        arrays.put(array.getName(), Array.of(Tensor.of(array.getShape(), values)));
      }
    }
    return arrays;
  }

  private static NDList decode(NDManager manager, InputStream in) throws IOException {
    try {
      return NDList.decode(manager, in);
    } catch (IllegalArgumentException e) {
      throw new IOException(
          e.getMessage() + "; save arrays of numbers in C order, by numpy.ascontiguousarray", e);
    }
  }

  private static void refuseOthers(Path file) throws IOException {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      Enumeration<? extends ZipEntry> entries = zip.entries();
      while (entries.hasMoreElements()) {
        String name = entries.nextElement().getName();
        if (name.endsWith("data.pkl")) {
          throw ofPytorch(file);
        }
        if (!name.endsWith(".npy")) {
          throw new IOException("a zip with " + name + ", allowed are entries .npy");
        }
      }
    } catch (ZipException e) {
      throw new IOException("a damaged zip: " + e.getMessage(), e);
    }
  }

  private static RefusedException ofPytorch(Path file) {
    String out = file.getFileName().toString().replaceFirst("\\.\\w+$", "") + ".safetensors";
    return new RefusedException(
        "file",
        file + ", a pickle of PyTorch, which is a program",
        ALLOWED,
        "Convert it in Python: import torch; from safetensors.torch import save_file;"
            + " save_file(torch.load(\""
            + file
            + "\", map_location=\"cpu\"), \""
            + out
            + "\")");
  }
}
