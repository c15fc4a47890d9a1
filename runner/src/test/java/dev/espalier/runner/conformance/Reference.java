// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Normalisation;
import dev.espalier.api.data.Prepared;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.runner.store.Safetensors;
import dev.espalier.zoo.data.Cifar10;
import dev.espalier.zoo.data.Cifar10Scale;
import dev.espalier.zoo.data.Mnist;
import dev.espalier.zoo.data.PixelScale;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ref.SoftReference;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/**
 * The results of reference programs. All files are in the folder {@code shared/conformance} of a
 * parent folder, where that exists. A part of them is bundled with the tests.
 */
final class Reference {

  private static final Optional<Path> SHARED =
      Stream.iterate(Path.of("").toAbsolutePath(), folder -> folder != null, Path::getParent)
          .map(folder -> folder.resolve("shared"))
          .filter(folder -> Files.isDirectory(folder.resolve("conformance")))
          .filter(folder -> Files.isDirectory(folder.resolve("data")))
          .findFirst();

  private static final Map<String, SoftReference<Safetensors>> READ = new HashMap<>();
  private static SoftReference<Data> mnist = new SoftReference<>(null);
  private static SoftReference<Data> cifar = new SoftReference<>(null);

  private Reference() {}

  /** Returns whether all files are here. */
  static boolean isShared() {
    return SHARED.isPresent();
  }

  /** The numbers of a case in text: program, rows, settings. All of these files are bundled. */
  static JsonObject json(String name) {
    try (InputStream in = new GZIPInputStream(resource(name + ".json.gz"))) {
      return JsonParser.parseString(new String(in.readAllBytes(), UTF_8)).getAsJsonObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The arrays of a file: all where the shared folder exists, or the bundled ones. */
  static Map<String, Safetensors.Array> arrays(String name) {
    return SHARED.isPresent() ? read(name, true) : bundled(name);
  }

  /** The arrays of a file that are bundled with the tests. */
  static Map<String, Safetensors.Array> bundled(String name) {
    return read(name, false);
  }

  private static Map<String, Safetensors.Array> read(String name, boolean isShared) {
    String key = (isShared ? "shared " : "bundled ") + name;
    SoftReference<Safetensors> kept = READ.get(key);
    Safetensors file = kept == null ? null : kept.get();
    if (file == null) {
      file = file(name + ".safetensors.gz", isShared);
      READ.put(key, new SoftReference<>(file));
    }
    return file.arrays();
  }

  private static Safetensors file(String name, boolean isShared) {
    InputStream bytes =
        isShared ? open(SHARED.orElseThrow().resolve("conformance").resolve(name)) : resource(name);
    if (bytes == null) {
      return new Safetensors(Map.of(), Map.of());
    }
    try (InputStream in = new GZIPInputStream(bytes, 1 << 16)) {
      return Safetensors.read(ByteBuffer.wrap(in.readAllBytes()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream open(Path file) {
    try {
      return Files.newInputStream(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream resource(String name) {
    return Reference.class.getResourceAsStream("/conformance/" + name);
  }

  /** The mask of a case, such as {@code snip-sf/mask-0.1}. */
  static Mask mask(String file, String name, List<Layer> layers) {
    Map<String, Safetensors.Array> arrays = arrays(file);
    return Mask.of(layers, (layer, bits) -> arrays.get(name + "/" + layer.name()).alive());
  }

  /** The tensors of a case by name. */
  static State state(String file, String prefix) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    arrays(file)
        .forEach(
            (name, array) -> {
              if (name.startsWith(prefix)) {
                tensors.put(name.substring(prefix.length()), array.tensor());
              }
            });
    return State.of(tensors);
  }

  /** The elements of an array of F32 or F64. */
  static double[] doubles(Safetensors.Array array) {
    if (array.type().equals("F64")) {
      return array.doubles();
    }
    Tensor tensor = array.tensor();
    double[] doubles = new double[tensor.size()];
    for (int i = 0; i < doubles.length; i++) {
      doubles[i] = tensor.get(i);
    }
    return doubles;
  }

  static List<Integer> integers(JsonElement array) {
    return array.getAsJsonArray().asList().stream().map(JsonElement::getAsInt).toList();
  }

  static double[] doubles(JsonElement array) {
    return array.getAsJsonArray().asList().stream().mapToDouble(JsonElement::getAsDouble).toArray();
  }

  /** The L2 norm of a difference, relative to that of the expected numbers. */
  static double difference(double[] found, double[] expected) {
    double difference = 0;
    double size = 0;
    for (int i = 0; i < expected.length; i++) {
      difference += (found[i] - expected[i]) * (found[i] - expected[i]);
      size += expected[i] * expected[i];
    }
    return Math.sqrt(difference / size);
  }

  /** MNIST; without the shared folder, images that no bundled case reads are black. */
  static synchronized Data mnist() throws IOException {
    Data data = mnist.get();
    if (data == null) {
      data =
          SHARED.isPresent()
              ? new Mnist(Optional.of(folder("mnist")), PixelScale.STANDARD, Optional.empty())
                  .load(Prepared.inMemory())
              : bundledMnist();
      mnist = new SoftReference<>(data);
    }
    return data;
  }

  private static Data bundledMnist() {
    Map<String, Safetensors.Array> arrays = bundled("mnist");
    Shape shape = new Shape(1, 28, 28);
    int each = (int) shape.size();
    ByteBuffer images = arrays.get("images").bytes().duplicate();
    ByteBuffer labels = arrays.get("labels").bytes();
    ByteBuffer pixels = ByteBuffer.allocate(each * labels.remaining());
    arrays.get("present").alive().stream()
        .forEach(row -> images.get(pixels.array(), each * row, each));
    int[] classes = new int[labels.remaining()];
    for (int i = 0; i < classes.length; i++) {
      classes[i] = labels.get(labels.position() + i);
    }
    Examples none = Examples.ofBytes(ByteBuffer.allocate(0), shape);
    return new Data(
        "mnist",
        Examples.ofBytes(pixels, shape, classes),
        none,
        none,
        new Normalisation(List.of(0.1307), List.of(0.3081)),
        10);
  }

  /** The part of CIFAR-10 in the shared folder, without augmentations. */
  static synchronized Data cifar() throws IOException {
    Data data = cifar.get();
    if (data == null) {
      data =
          new Cifar10(Optional.of(folder("cifar10")), Cifar10Scale.STANDARD, Optional.empty())
              .load(Prepared.inMemory())
              .withAugmentations(List.of());
      cifar = new SoftReference<>(data);
    }
    return data;
  }

  private static String folder(String name) {
    return SHARED.orElseThrow().resolve("data").resolve(name).toString();
  }
}
