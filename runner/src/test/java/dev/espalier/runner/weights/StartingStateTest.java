// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.weights;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.BatchNorm;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Task;
import dev.espalier.api.network.Widths;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.runner.config.StartingWeights;
import dev.espalier.runner.config.StartingWeights.TicketWeights;
import dev.espalier.runner.store.Safetensors;
import dev.espalier.runner.store.Safetensors.Array;
import dev.espalier.zoo.models.CodeFamily;
import dev.espalier.zoo.models.Resnet;
import dev.espalier.zoo.models.Transformer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartingStateTest {

  /** NumPy 2.4: savez_compressed of fc.weight, float64 (3, 2), and fc.bias, float16 (3). */
  private static final String NUMPY =
      "UEsDBC0AAAAIAAAAIQDcJNF4//////////8NABQAZmMud2VpZ2h0Lm5weQEAEACwAAAAAAAAAFoAAAAA"
          + "AAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNmoa6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvka"
          + "xjoKRpo6CrUKZAMuBjB4YA+hP0DpH1CawQFCsUBpDgcAUEsDBC0AAAAIAAAAIQByJbmW//////////8L"
          + "ABQAZmMuYmlhcy5ucHkBABAAhgAAAAAAAABKAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqSu"
          + "o6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6mjoKtQoUAC4GGwYHBicAUEsBAi0DLQAAAAgA"
          + "AAAhANwk0XhaAAAAsAAAAA0AAAAAAAAAAAAAAIABAAAAAGZjLndlaWdodC5ucHlQSwECLQMtAAAACAAA"
          + "ACEAciW5lkoAAACGAAAACwAAAAAAAAAAAAAAgAGZAAAAZmMuYmlhcy5ucHlQSwUGAAAAAAIAAgB0AAAA"
          + "IAEAAAAA";

  private static final Tensor WEIGHT = Tensor.of(new Shape(3, 2), 0.5f, 1, 1.5f, 2, 2.5f, 3);
  private static final Tensor BIAS = Tensor.of(new Shape(3), 1, 2, 3);

  @TempDir private Path folder;
  private final Network linear =
      Network.builder(
              "linear",
              new NamedBlocks().add("fc", Linear.builder().setUnits(3).build()),
              new Shape(2))
          .build();
  private final Refusals refusals = new Refusals();

  @AfterEach
  void close() {
    linear.close();
  }

  private Path write(Map<String, Array> arrays) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new Safetensors(arrays, Map.of()).write(out);
    return Files.write(folder.resolve("w.safetensors"), out.toByteArray());
  }

  private static Map<String, Array> fc() {
    return new LinkedHashMap<>(Map.of("fc.weight", Array.of(WEIGHT), "fc.bias", Array.of(BIAS)));
  }

  private Optional<State> read(Network network, Path file, Map<String, String> rename) {
    return read(network, file, rename, List.of(), TicketWeights.TRAINED);
  }

  private Optional<State> read(
      Network network,
      Path file,
      Map<String, String> rename,
      List<String> draw,
      TicketWeights ticket) {
    StartingWeights settings = new StartingWeights(file.toString(), rename, draw, ticket);
    return StartingState.read(settings, network, refusals);
  }

  private void assertRefused(Path file, String... facts) {
    assertThat(read(linear, file, Map.of())).isEmpty();
    assertThat(refusals.all().toString()).contains(facts);
  }

  private void assertRead(Optional<State> state) {
    assertThat(refusals.all()).isEmpty();
    assertThat(refusals.warnings()).isEmpty();
    assertThat(state.orElseThrow().names()).isEqualTo(linear.parameters().keySet());
    assertThat(state.orElseThrow().get("fc.weight")).isEqualTo(WEIGHT);
    assertThat(state.orElseThrow().get("fc.bias")).isEqualTo(BIAS);
  }

  @Test
  void readsSafetensorsByName() throws IOException {
    assertRead(read(linear, write(fc()), Map.of()));
  }

  @Test
  void readsAnArchiveOfNumpyWithFloatsOfAnyLength() throws IOException {
    byte[] archive = Base64.getDecoder().decode(NUMPY);
    assertRead(read(linear, Files.write(folder.resolve("w.npz"), archive), Map.of()));
  }

  @Test
  void convertsFloatsOfAnyLengthToFloat32() throws IOException {
    ByteBuffer half = bytes(6).putShort((short) 0x3c00).putShort((short) 0x4000);
    ByteBuffer brain = bytes(12);
    for (int i = 0; i < 6; i++) {
      brain.putShort((short) (Float.floatToIntBits(WEIGHT.get(i)) >> 16));
    }
    Map<String, Array> arrays = new LinkedHashMap<>();
    arrays.put("fc.weight", new Array("BF16", WEIGHT.shape(), brain.flip()));
    arrays.put("fc.bias", new Array("F16", BIAS.shape(), half.putShort((short) 0x4200).flip()));
    assertRead(read(linear, write(arrays), Map.of()));
    arrays.put("fc.bias", Array.of(BIAS.shape(), 1, 2, 3));
    assertRead(read(linear, write(arrays), Map.of()));
  }

  private static ByteBuffer bytes(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Test
  void aTicketGivesItsTrainedWeightsOrThoseBeforeTraining() throws IOException {
    Map<String, Array> arrays = new LinkedHashMap<>();
    fc().forEach((name, array) -> arrays.put("trained/" + name, array));
    arrays.put("start/fc.weight", Array.of(WEIGHT.map(x -> -x)));
    arrays.put("start/fc.bias", Array.of(BIAS.map(x -> 0)));
    arrays.put("mask/fc.weight", new Array("U8", WEIGHT.shape(), ByteBuffer.wrap(new byte[6])));
    Path file = write(arrays);
    assertRead(read(linear, file, Map.of()));
    assertRead(read(linear, folder.resolve("w.json"), Map.of()));
    assertRead(read(linear, folder.resolve("w"), Map.of()));
    State start = read(linear, file, Map.of(), List.of(), TicketWeights.START).orElseThrow();
    assertThat(start.get("fc.weight")).isEqualTo(WEIGHT.map(x -> -x));
  }

  @Test
  void renamesTheLongestPrefixFirstAndRemovesOrAddsOne() throws IOException {
    Map<String, Array> arrays = new LinkedHashMap<>();
    arrays.put("module.head.weight", Array.of(WEIGHT));
    arrays.put("module.fc.bias", Array.of(BIAS));
    assertRead(read(linear, write(arrays), Map.of("module", "", "module.head", "fc")));
    Map<String, Array> bare = Map.of("weight", Array.of(WEIGHT), "bias", Array.of(BIAS));
    assertRead(read(linear, write(bare), Map.of("", "fc")));
  }

  @Test
  void torchvisionsNamesOfResnetsAreKnown() throws IOException {
    assertTorchvision(new Resnet.Resnet18(Resnet.Stem.IMAGENET, CodeFamily.IMAGENET), 102);
    assertTorchvision(new Resnet.Resnet50(Resnet.Stem.IMAGENET, CodeFamily.IMAGENET), 267);
  }

  /** A narrow network, with the names that its parameters have in torchvision. */
  private void assertTorchvision(Model model, int count) throws IOException {
    try (Network usual = model.build(new Shape(3, 32, 32), 10);
        Network network = usual.resized(Widths.times(0.05))) {
      State state = network.initial(new Seed(3, 0).stream("init", 0));
      Map<String, Array> arrays = new LinkedHashMap<>();
      state.tensors().forEach((name, tensor) -> arrays.put(torchvision(name), Array.of(tensor)));
      assertThat(arrays).hasSize(count).containsKeys("layer1.0.bn1.running_var", "bn1.bias");
      assertThat(arrays).containsKeys("layer2.0.downsample.0.weight", "layer4.1.bn2.weight");
      arrays.put("bn1.num_batches_tracked", new Array("I64", new Shape(), ByteBuffer.allocate(8)));
      assertThat(read(network, write(arrays), Map.of())).contains(state);
      assertThat(refusals.all()).isEmpty();
      assertThat(refusals.warnings()).isEmpty();
    }
  }

  private static String torchvision(String ours) {
    StringBuilder theirs = new StringBuilder();
    for (String part : ours.split("\\.", -1)) {
      String block = part.startsWith("block") ? part.substring(5) : "";
      theirs
          .append(theirs.isEmpty() ? "" : ".")
          .append(
              block.isEmpty()
                  ? part.replace("stage", "layer")
                  : Integer.toString(Integer.parseInt(block) - 1));
    }
    return theirs
        .toString()
        .replace("shortcutBn", "downsample.1")
        .replace("shortcut", "downsample.0")
        .replace("gamma", "weight")
        .replace("beta", "bias")
        .replace("runningMean", "running_mean")
        .replace("runningVar", "running_var");
  }

  @Test
  void everythingThatDoesNotFitIsListedWithNamesAndShapesTogether() throws IOException {
    Map<String, Array> arrays = new LinkedHashMap<>();
    arrays.put("head.weight", Array.of(Tensor.of(new Shape(1, 2), 1, 2)));
    arrays.put("extra.bias", Array.of(BIAS));
    Path file = write(arrays);
    assertThat(read(linear, file, Map.of("head", "fc", "tail", "fc"))).isEmpty();
    assertThat(refusals.all().toString())
        .contains(
            "file: found head.weight of shape (1, 2), allowed is shape (3, 2) for parameter"
                + " fc.weight",
            "file: found no array for the parameters fc.bias (3)",
            "rename: found \"tail\", allowed is a prefix of names in the file, which begin with"
                + " [extra, head]");
    assertThat(refusals.warnings().toString())
        .contains("file: found arrays of no parameter: extra.bias (3)");
  }

  @Test
  void twoArraysForOneParameterAreRefused() throws IOException {
    Map<String, Array> arrays = fc();
    arrays.put("head.bias", Array.of(BIAS));
    read(linear, write(arrays), Map.of("head", "fc"));
    assertThat(refusals.all().toString()).contains("fc.bias", "head.bias", "one array for each");
  }

  @Test
  void parametersToDrawAreNotReadAndMayBeMissing() throws IOException {
    Map<String, Array> arrays = fc();
    arrays.put("fc.bias", Array.of(Tensor.of(new Shape(1000), new float[1000])));
    Path file = write(arrays);
    State state =
        read(linear, file, Map.of(), List.of("fc.bias"), TicketWeights.START).orElseThrow();
    assertThat(state.names()).containsExactly("fc.weight");
    assertThat(refusals.warnings()).isEmpty();
    read(linear, file, Map.of(), List.of("f"), TicketWeights.START);
    assertThat(refusals.all().toString())
        .contains("draw: found \"f\", allowed is a prefix of parameters, which begin with [fc]");
  }

  @Test
  void pytorchsNamesOfBatchNormAreKnownForEveryNetwork() throws IOException {
    try (Network network =
        Network.builder(
                "normed",
                new NamedBlocks()
                    .add("bn", BatchNorm.builder().build())
                    .add("fc", Linear.builder().setUnits(3).build()),
                new Shape(2))
            .build()) {
      Map<String, Array> arrays = fc();
      Array two = Array.of(Tensor.of(new Shape(2), 4, 5));
      for (String name : List.of("weight", "bias", "running_mean", "running_var")) {
        arrays.put("bn." + name, two);
      }
      State state = read(network, write(arrays), Map.of()).orElseThrow();
      assertThat(state.names()).containsExactlyElementsOf(network.parameters().keySet());
      assertThat(state.get("bn.gamma")).isEqualTo(two.tensor());
    }
  }

  @Test
  void refusesArraysThatAreNoFiniteFloats() throws IOException {
    Map<String, Array> arrays = fc();
    arrays.put("fc.weight", Array.of(WEIGHT.map(x -> x == 2 ? Double.NaN : x)));
    arrays.put("fc.bias", Array.of(new Shape(3), IntStream.of(1, 2, 3)));
    assertRefused(
        write(arrays),
        "file: found fc.weight with a value that is not finite",
        "file: found fc.bias of type I32, allowed is floating-point numbers");
  }

  @Test
  void refusesFilesOfOtherFormats() throws IOException {
    assertRefused(folder.resolve("none"), "found no file", "Check the path");
    assertRefused(folder, "found the folder", "Name one file in it");
    assertRefused(
        Files.writeString(folder.resolve("junk"), "This is no file of weights."),
        "not in the safetensors layout");
    assertRefused(Files.createFile(folder.resolve("empty")), "found 0 bytes");
    assertRefused(zip("text.zip", "readme.txt"), "a zip with readme.txt");
    assertRefused(zip("bad.npz", "a.npy"), "bad.npz (");
    byte[] archive = Base64.getDecoder().decode(NUMPY);
    byte[] cut = Arrays.copyOf(archive, archive.length / 2);
    assertRefused(Files.write(folder.resolve("cut.npz"), cut), "a damaged zip");
  }

  @Test
  void aHeaderWhoseLengthLooksLikeAPickleIsNone() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new Safetensors(fc(), Map.of("x", "")).write(out);
    long length = bytes(8).put(out.toByteArray(), 0, 8).flip().getLong();
    out.reset();
    // The length of the header is 0x280, whose first bytes are those of a pickle.
    new Safetensors(fc(), Map.of("x", " ".repeat((int) (0x280 - length)))).write(out);
    assertThat(out.toByteArray()).startsWith(0x80, 2, 0, 0, 0, 0, 0, 0);
    assertRead(
        read(linear, Files.write(folder.resolve("w.safetensors"), out.toByteArray()), Map.of()));
  }

  @Test
  void refusesAPickleOfPytorchAndShowsHowToConvertIt() throws IOException {
    String[] facts = {
      "a pickle of PyTorch", "save_file(torch.load(", "map_location=\"cpu\"), \"r18.safetensors\")"
    };
    assertRefused(zip("r18.pt", "archive/data.pkl"), facts);
    Refusals old = new Refusals();
    byte[] pickle = {
      (byte) 0x80, 2, (byte) 0x8a, 10, 'l', (byte) 0xfc, (byte) 0x9c, 'F', (byte) 0xf9
    };
    Path file = Files.write(folder.resolve("r18.pth"), pickle);
    StartingState.read(
        new StartingWeights(file.toString(), Map.of(), List.of(), TicketWeights.START),
        linear,
        old);
    assertThat(old.all().toString()).contains(facts);
  }

  private Path zip(String name, String entry) throws IOException {
    Path file = folder.resolve(name);
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.putNextEntry(new ZipEntry(entry));
      zip.write("no array".getBytes(StandardCharsets.UTF_8));
      zip.closeEntry();
    }
    return file;
  }

  @Test
  void aTiedTableIsReadUnderEitherNameOrBoth() throws IOException {
    Model model =
        new Transformer(
            1,
            4,
            1,
            Optional.empty(),
            0,
            true,
            false,
            Initialiser.GLOROT_UNIFORM,
            Initialiser.SMALL_NORMAL);
    try (Network tied = model.build(new Task(new Shape(2), 3, new Shape(2, 3)))) {
      String other = tied.aliases().keySet().iterator().next();
      Map<String, Array> arrays = new LinkedHashMap<>();
      tied.initial(new Seed(1, 0).stream("init", 0))
          .tensors()
          .forEach((name, tensor) -> arrays.put(name, Array.of(tensor)));
      Array table = arrays.get("embedding.weight");
      arrays.put(other, table);
      assertThat(read(tied, write(arrays), Map.of())).isPresent();
      arrays.remove("embedding.weight");
      assertThat(read(tied, write(arrays), Map.of())).isPresent();
      assertThat(refusals.all()).isEmpty();
      assertThat(refusals.warnings()).isEmpty();
      float[] zeros = new float[Math.toIntExact(table.shape().size())];
      arrays.put("embedding.weight", Array.of(Tensor.of(table.shape(), zeros)));
      assertThat(read(tied, write(arrays), Map.of())).isEmpty();
      assertThat(refusals.all().toString()).contains("one array for each parameter");
    }
  }
}
