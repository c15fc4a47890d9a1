// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import dev.espalier.api.Catalog;
import dev.espalier.api.Method;
import dev.espalier.api.network.Group;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Widths;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Seed;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import dev.espalier.api.structure.ChannelScores;
import dev.espalier.api.structure.Channels;
import dev.espalier.api.structure.Cost;
import dev.espalier.zoo.ZooPlugin;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every network, narrowed to random channels of all its groups. */
@Tag("slow")
class NarrowTest {

  private static final Initialiser GLOROT = Initialiser.GLOROT_NORMAL;
  private static final Shape SMALL = new Shape(3, 16, 16);

  /** Networks, on which images, and how much narrower than usual they are before it begins. */
  static List<Arguments> networks() {
    List<Arguments> all = new ArrayList<>();
    add(all, "lenet-300-100", new Lenet300100(true, GLOROT), Nets.MNIST, 0.3);
    add(all, "lenet-300-100", new Lenet300100(false, GLOROT), Nets.MNIST, 0.3);
    add(all, "mlp", new Mlp(List.of(7, 1, 9, 5), true, GLOROT), new Shape(4), 1);
    add(all, "lenet-5", new Lenet5(false, GLOROT), new Shape(1, 20, 24), 0.5);
    add(all, "lenet-5", new Lenet5(true, GLOROT), new Shape(1, 20, 24), 0.5);
    add(all, "conv-2", new ConvNets.Conv2(true, true, 0.5, GLOROT), new Shape(3, 8, 12), 0.2);
    add(all, "conv-2", new ConvNets.Conv2(false, false, 0, GLOROT), new Shape(3, 8, 12), 0.2);
    add(all, "conv-4", new ConvNets.Conv4(true, true, 0, GLOROT), SMALL, 0.2);
    add(all, "conv-4", new ConvNets.Conv4(false, false, 0.5, GLOROT), SMALL, 0.2);
    add(all, "conv-6", new ConvNets.Conv6(true, true, 0, GLOROT), SMALL, 0.1);
    add(all, "conv-6", new ConvNets.Conv6(true, false, 0.5, GLOROT), new Shape(1, 28, 28), 0.1);
    add(all, "conv-8", new ConvNets.Conv8(false, true, 0, GLOROT), SMALL, 0.1);
    for (CodeFamily variant : CodeFamily.values()) {
      add(all, "vgg-11", new Vgg.Vgg11(8, variant), SMALL, 1);
    }
    add(all, "vgg-13", new Vgg.Vgg13(8, CodeFamily.SYNFLOW), SMALL, 1);
    add(all, "vgg-16", new Vgg.Vgg16(8, CodeFamily.SLIMMING), SMALL, 1);
    add(all, "vgg-19", new Vgg.Vgg19(8, CodeFamily.SYNFLOW), SMALL, 1);
    for (Vgg.Snip.Layout layout : Vgg.Snip.Layout.values()) {
      add(all, "vgg-snip", new Vgg.Snip(layout), Nets.CIFAR, 0.1);
    }
    // 2x2 pixels a channel when it is flattened
    add(all, "vgg-snip", new Vgg.Snip(Vgg.Snip.Layout.LIKE), new Shape(3, 128, 128), 0.05);
    add(all, "resnet-20", new CifarResnet.Resnet20(8, CodeFamily.SYNFLOW), SMALL, 1);
    add(all, "resnet-20", new CifarResnet.Resnet20(8, CodeFamily.SLOT_MACHINES), SMALL, 1);
    add(all, "resnet-32", new CifarResnet.Resnet32(8, CodeFamily.GRASP), SMALL, 1);
    add(all, "resnet-56", new CifarResnet.Resnet56(6, CodeFamily.SLIMMING), SMALL, 1);
    for (Resnet.Stem stem : Resnet.Stem.values()) {
      add(all, "resnet-18", new Resnet.Resnet18(stem, CodeFamily.IMAGENET), SMALL, 0.1);
      add(all, "resnet-50", new Resnet.Resnet50(stem, CodeFamily.OPEN_LTH), SMALL, 0.08);
    }
    add(all, "wide-resnet", new WideResnet(16, 2, CodeFamily.SNIP), SMALL, 0.5);
    add(all, "wide-resnet", new WideResnet(10, 1, CodeFamily.SNIP), SMALL, 0.5);
    add(all, "wide-resnet", new WideResnet(10, 1, CodeFamily.SLOT_MACHINES), SMALL, 0.5);
    for (Resnet.Stem stem : Resnet.Stem.values()) {
      add(all, "mobilenet", new Mobilenet(0.25, stem, CodeFamily.SYNFLOW), SMALL, 1);
    }
    add(all, "resnext", new Resnext(20, 4, 2, 8, CodeFamily.SYNFLOW), SMALL, 1);
    return all;
  }

  private static void add(
      List<Arguments> all, String id, Model model, Shape input, double narrower) {
    all.add(Arguments.of(id, model, input, narrower));
  }

  /** Models without groups, and one whose outputs are no classes. */
  private static final Set<String> OTHERS =
      Set.of("transformer", "lstm", "gru", "vit", "djl", "autoencoder");

  @Test
  void noNetworkIsLeftOut() {
    assertThat(networks().stream().map(arguments -> (String) arguments.get()[0]).distinct())
        .containsExactlyInAnyOrderElementsOf(registered());
  }

  /** The ids of all models of the plugin for images with classes that have groups of channels. */
  private static List<String> registered() {
    List<String> ids = new ArrayList<>();
    Catalog.Entry entry =
        new Catalog.Entry() {
          @Override
          public Catalog.Entry summary(String sentence) {
            return this;
          }

          @Override
          public Catalog.Entry paper(String citation) {
            return this;
          }
        };
    new ZooPlugin()
        .contribute(
            new Catalog() {
              @Override
              public <T> Entry add(Class<T> kind, String id, Class<? extends T> type) {
                if (kind == Model.class && !OTHERS.contains(id)) {
                  ids.add(id);
                }
                return entry;
              }

              @Override
              public Entry method(
                  String id, Class<? extends Method> type, Class<? extends Record> settings) {
                throw new AssertionError("the zoo has no methods");
              }
            });
    return ids;
  }

  @ParameterizedTest(name = "{1} {2}")
  @MethodSource("networks")
  void aNarrowNetworkSaysWhatTheWideOneSaysWithItsOtherChannelsOff(
      String id, Model model, Shape input, double narrower) {
    try (Network usual = model.build(input, 10);
        Network wide = usual.resized(Widths.times(narrower))) {
      int varied = 0;
      for (double least : new double[] {0, 0.4, 0.7}) {
        RandomStream random = new Seed(1, 0).stream(id, (int) (10 * least));
        State state = random(wide, random);
        Channels channels = Channels.of(wide.groups(), group -> some(group, least, random));
        try (Network narrow = wide.resized(channels.widths())) {
          assertThat(narrow.name()).isEqualTo(id);
          assertThat(narrow.shapes(Widths.usual())).isEqualTo(shapes(channels.narrow(state)));
          assertThat(Cost.of(narrow)).isEqualTo(Cost.of(wide, channels.widths()));
          assertThat(classes(narrow.block())).isEqualTo(classes(usual.block()));

          double[] off = outputs(wide, channels.gatedOff(state));
          double[] kept = outputs(narrow, channels.narrow(state));
          double scale = 0;
          for (double output : off) {
            scale = Math.max(scale, Math.abs(output));
          }
          assertThat(kept).as(channels.toString()).containsExactly(off, within(1e-5 * scale));
          varied += Arrays.equals(off, constant(off)) ? 0 : 1;
        }
      }
      // Where all ReLUs of a layer are silent, every image gets the same; that proves little.
      assertThat(varied).isPositive();
    }
  }

  @ParameterizedTest(name = "{1} {2}")
  @MethodSource("networks")
  void channelsThatNoLivingWeightReadsAreNotMissed(
      String id, Model model, Shape input, double narrower) {
    try (Network usual = model.build(input, 10);
        Network wide = usual.resized(Widths.times(narrower))) {
      int removed = 0;
      int varied = 0;
      for (double density : new double[] {0.3, 0.6, 0.9, 1}) {
        RandomStream random = new Seed(1, 0).stream(id, (int) (100 * density));
        State state = random(wide, random);
        Mask mask = sparse(wide, density, random);
        Channels channels = Channels.read(wide.groups(), mask);
        try (Network narrow = wide.resized(channels.widths())) {
          Mask rest = channels.narrow(mask);
          assertThat(rest.layers()).isEqualTo(narrow.layers());
          double[] whole = outputs(wide, mask.apply(state));
          double[] small = outputs(narrow, rest.apply(channels.narrow(state)));
          double scale = Arrays.stream(whole).map(Math::abs).max().orElseThrow();
          assertThat(small).as(channels.toString()).containsExactly(whole, within(1e-5 * scale));
          removed += Cost.of(narrow).parameters() < Cost.of(wide).parameters() ? 1 : 0;
          varied += Arrays.equals(whole, constant(whole)) ? 0 : 1;
        }
      }
      assertThat(removed).isPositive();
      assertThat(varied).isPositive();
    }
  }

  /** Weights alive at random, of some inputs of a layer none. */
  private static Mask sparse(Network network, double density, RandomStream random) {
    return Mask.of(
        network.layers(),
        (layer, bits) -> {
          int inputs = Math.toIntExact(layer.shape().get(1));
          int kernel = Math.toIntExact(layer.shape().slice(2).size());
          boolean[] reads = new boolean[inputs];
          for (int i = 0; i < inputs; i++) {
            reads[i] =
                random.nextDouble() < 0.6 || (inputs == 1 && kernel > 1); // not a depthwise one
          }
          for (int i = 0; i < layer.size(); i++) {
            bits.set(i, reads[i / kernel % inputs] && random.nextDouble() < density);
          }
          return bits;
        });
  }

  private static Widths widths(Network network) {
    return Widths.of(network.groups().stream().collect(Collectors.toMap(Group::name, Group::size)));
  }

  @ParameterizedTest(name = "{1} {2}")
  @MethodSource("networks")
  void keepingAllChannelsChangesNothing(String id, Model model, Shape input, double narrower) {
    try (Network usual = model.build(input, 10);
        Network wide = usual.resized(Widths.times(narrower))) {
      Channels all =
          Channels.of(
              wide.groups(),
              group -> {
                BitSet channels = new BitSet();
                channels.set(0, group.size());
                return channels;
              });
      State state = Nets.initial(wide);
      assertThat(all.narrow(state)).isEqualTo(state);
      assertThat(all.gatedOff(state)).isEqualTo(state);
      try (Network same = wide.resized(all.widths());
          Network back = wide.resized(widths(usual))) {
        assertThat(same.digest()).isEqualTo(wide.digest());
        assertThat(back.digest()).isEqualTo(usual.digest());
        assertThat(back.layers()).isEqualTo(usual.layers());
        assertThat(Nets.initial(back)).isEqualTo(Nets.initial(usual));
      }
    }
  }

  @ParameterizedTest(name = "{1} {2}")
  @MethodSource("networks")
  void everyChannelIsInAGroupButThoseOfTheImagesAndTheOutput(
      String id, Model model, Shape input, double narrower) {
    try (Network network = model.build(input, 10)) {
      // The channels before and behind a grouped convolution are in no group.
      Predicate<String> isApart =
          axis ->
              model instanceof Resnext && axis.matches(".*(conv[12]|bn[12])\\..* 0|.*conv[23].* 1");
      List<String> axes =
          network.groups().stream()
              .flatMap(group -> group.slices().stream())
              .map(slice -> slice.parameter() + " " + slice.axis())
              .toList();
      List<String> expected = new ArrayList<>();
      String first = network.layers().get(0).name();
      Layer last =
          network.layers().stream()
              .filter(layer -> layer.kind() == Layer.Kind.OUTPUT)
              .findFirst()
              .orElseThrow();
      network
          .parameters()
          .forEach(
              (name, parameter) -> {
                if (!name.startsWith(block(last.name()))) {
                  expected.add(name + " 0");
                }
                boolean reads = !name.equals(first) && !name.contains("depthwise");
                if (parameter.getType() == Parameter.Type.WEIGHT && reads) {
                  expected.add(name + " 1");
                }
              });
      expected.removeIf(isApart.and(axis -> axis.startsWith("stage")));
      assertThat(axes).containsExactlyInAnyOrderElementsOf(expected);
    }
  }

  @Test
  void namesTheGroupsOfAResidualNetworkByWhatIsAddedUp() {
    try (Network network = new CifarResnet.Resnet20(4, CodeFamily.SYNFLOW).build(SMALL, 10)) {
      assertThat(network.groups())
          .extracting(group -> group.name() + " " + group.size())
          .containsExactly(
              "stem 4",
              "stage1.block1.conv1 4",
              "stage1.block2.conv1 4",
              "stage1.block3.conv1 4",
              "stage2.block1.conv1 8",
              "stage2 8",
              "stage2.block2.conv1 8",
              "stage2.block3.conv1 8",
              "stage3.block1.conv1 16",
              "stage3 16",
              "stage3.block2.conv1 16",
              "stage3.block3.conv1 16");
      assertThat(group(network, "stage3").slices())
          .containsExactlyInAnyOrder(
              rows("stage3.block1.conv2.weight"),
              rows("stage3.block1.bn2.gamma"),
              rows("stage3.block1.bn2.beta"),
              rows("stage3.block1.bn2.runningMean"),
              rows("stage3.block1.bn2.runningVar"),
              rows("stage3.block1.shortcut.weight"),
              rows("stage3.block1.shortcutBn.gamma"),
              rows("stage3.block1.shortcutBn.beta"),
              rows("stage3.block1.shortcutBn.runningMean"),
              rows("stage3.block1.shortcutBn.runningVar"),
              rows("stage3.block2.conv2.weight"),
              rows("stage3.block2.bn2.gamma"),
              rows("stage3.block2.bn2.beta"),
              rows("stage3.block2.bn2.runningMean"),
              rows("stage3.block2.bn2.runningVar"),
              rows("stage3.block3.conv2.weight"),
              rows("stage3.block3.bn2.gamma"),
              rows("stage3.block3.bn2.beta"),
              rows("stage3.block3.bn2.runningMean"),
              rows("stage3.block3.bn2.runningVar"),
              new Group.Slice("stage3.block2.conv1.weight", 1, 1),
              new Group.Slice("stage3.block3.conv1.weight", 1, 1),
              new Group.Slice("fc.weight", 1, 1));
    }
    try (Network network =
            new Resnet.Resnet50(Resnet.Stem.CIFAR, CodeFamily.IMAGENET).build(SMALL, 10);
        Network wide = new WideResnet(10, 2, CodeFamily.SNIP).build(SMALL, 10)) {
      assertThat(network.groups())
          .extracting(Group::name)
          .startsWith("stem", "stage1.block1.conv1", "stage1.block1.conv2", "stage1")
          .doesNotContain("stage1.block1.conv3");
      assertThat(wide.groups())
          .extracting(Group::name)
          .containsExactly(
              "stem",
              "stage1.block1.conv1",
              "stage1",
              "stage2.block1.conv1",
              "stage2",
              "stage3.block1.conv1",
              "stage3");
    }
  }

  @Test
  void shortcutsAreThoseOfTheUsualWidthsInAnyWidths() {
    // A first stage as wide as the stem has no convolution on its first shortcut, and one of twice
    // its width has one, whatever widths they are made in.
    Widths equal = (group, usual) -> 6;
    try (Network wide = new WideResnet(10, 2, CodeFamily.SNIP).build(SMALL, 10);
        Network resized = wide.resized(equal)) {
      assertThat(resized.layers())
          .extracting(Layer::name)
          .isEqualTo(wide.layers().stream().map(Layer::name).toList())
          .contains("stage1.block1.shortcut.weight");
      assertThat(resized.layers())
          .extracting(Layer::kind)
          .isEqualTo(wide.layers().stream().map(Layer::kind).toList());
    }
  }

  @Test
  void everyConvolutionOfAVggIsGatedByItsBatchNorm() {
    try (Network network = new Vgg.Vgg16(4, CodeFamily.SYNFLOW).build(SMALL, 10)) {
      assertThat(network.groups()).hasSize(13);
      for (int i = 1; i <= 13; i++) {
        assertThat(group(network, "conv" + i).gated())
            .containsExactly("bn" + i + ".gamma", "bn" + i + ".beta");
      }
    }
    try (Network network = new Vgg.Snip(Vgg.Snip.Layout.D).build(Nets.CIFAR, 10)) {
      assertThat(group(network, "fc2").gated()).containsExactly("bn15.gamma", "bn15.beta");
    }
  }

  @Test
  void channelsWithinAResidualBlockAreGatedAndThoseThatAreAddedUpAreNot() {
    for (Model model :
        List.of(
            new CifarResnet.Resnet20(4, CodeFamily.SYNFLOW),
            new Resnet.Resnet18(Resnet.Stem.IMAGENET, CodeFamily.IMAGENET),
            new Resnet.Resnet50(Resnet.Stem.IMAGENET, CodeFamily.IMAGENET),
            new WideResnet(10, 1, CodeFamily.SNIP),
            new WideResnet(16, 2, CodeFamily.SNIP))) {
      try (Network network = model.build(SMALL, 10)) {
        for (Group group : network.groups()) {
          if (!group.name().contains(".conv")) {
            assertThat(group.gated()).as("%s of %s", group.name(), model).isEmpty();
          } else {
            // Pre-activated, the norm in front of the next convolution has the next number.
            int norm = Integer.parseInt(group.name().substring(group.name().length() - 1));
            String bn =
                block(group.name()) + "bn" + (model instanceof WideResnet ? norm + 1 : norm);
            assertThat(group.gated()).containsExactly(bn + ".gamma", bn + ".beta");
          }
        }
        assertThat(ChannelScores.withScale(network))
            .extracting(Group::name)
            .isNotEmpty()
            .allMatch(name -> name.contains(".conv"));
      }
    }
  }

  @Test
  void everyGroupOfAMobilenetIsGatedByTheBatchNormThatItsReaderReads() {
    try (Network network =
        new Mobilenet(0.25, Resnet.Stem.CIFAR, CodeFamily.SLIMMING).build(SMALL, 10)) {
      assertThat(network.groups()).hasSize(14);
      assertThat(group(network, "conv1").gated())
          .containsExactly("block1.bn1.gamma", "block1.bn1.beta");
      for (int i = 1; i <= 12; i++) {
        String bn = "block" + (i + 1) + ".bn1";
        assertThat(group(network, "block" + i + ".pointwise").gated())
            .containsExactly(bn + ".gamma", bn + ".beta");
      }
      assertThat(group(network, "block13.pointwise").gated())
          .containsExactly("block13.bn2.gamma", "block13.bn2.beta");
      assertThat(ChannelScores.withScale(network)).isEqualTo(network.groups());
    }
  }

  @Test
  void withoutBatchNormWeightsAndBiasAreGated() {
    try (Network with = new ConvNets.Conv2(true, true, 0, GLOROT).build(SMALL, 10);
        Network without = new ConvNets.Conv2(false, true, 0, GLOROT).build(SMALL, 10)) {
      assertThat(group(with, "conv1").gated()).containsExactly("conv1.weight", "conv1.bias");
      assertThat(group(with, "fc2").gated()).containsExactly("fc2.weight", "fc2.bias");
      assertThat(group(without, "conv1").gated()).containsExactly("conv1.weight");
    }
  }

  private static Group group(Network network, String name) {
    return network.groups().stream()
        .filter(group -> group.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static Group.Slice rows(String parameter) {
    return new Group.Slice(parameter, 0, 1);
  }

  /** The name without its last part. */
  private static String block(String name) {
    return name.substring(0, name.lastIndexOf('.') + 1);
  }

  /** Weights as they are drawn; biases, batch norm and its statistics far from where they start. */
  private static State random(Network network, RandomStream random) {
    State drawn = network.initial(random);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    drawn
        .tensors()
        .forEach(
            (name, tensor) -> {
              float[] values = new float[tensor.size()];
              for (int i = 0; i < values.length; i++) {
                values[i] =
                    switch (network.parameters().get(name).getType()) {
                      case WEIGHT -> tensor.get(i);
                      case GAMMA, RUNNING_VAR -> (float) (0.5 + random.nextDouble());
                      default -> (float) (random.nextDouble() - 0.3);
                    };
              }
              tensors.put(name, Tensor.of(tensor.shape(), values));
            });
    return State.of(tensors);
  }

  /** At least one channel, and of every group another share, but not less than this one. */
  private static BitSet some(Group group, double least, RandomStream random) {
    BitSet channels = new BitSet();
    double density = least + (1 - least) * random.nextDouble();
    for (int c = 0; c < group.size(); c++) {
      channels.set(c, random.nextDouble() < density);
    }
    channels.set(random.nextInt(group.size()));
    return channels;
  }

  private static Map<String, Shape> shapes(State state) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    state.tensors().forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    return shapes;
  }

  /** What the blocks are made of: no more in a narrow network than in the usual one. */
  private static Set<String> classes(Block block) {
    Set<String> names = new TreeSet<>();
    names.add(block.getClass().getName().replaceAll("Lambda.*", "Lambda"));
    block.getChildren().values().forEach(child -> names.addAll(classes(child)));
    return names;
  }

  /** What an ordinary DJL program gets from the block with these parameters loaded. */
  private static double[] outputs(Network network, State state) {
    network.load(state);
    try (NDManager manager = NDManager.newBaseManager()) {
      return network
          .block()
          .forward(
              new ParameterStore(manager, false),
              new NDList(Nets.images(network, manager, DataType.FLOAT32)),
              false)
          .singletonOrThrow()
          .toType(DataType.FLOAT64, false)
          .toDoubleArray();
    }
  }

  /** The logits of the first image for both. */
  private static double[] constant(double[] logits) {
    double[] constant = logits.clone();
    System.arraycopy(logits, 0, constant, logits.length / 2, logits.length / 2);
    return constant;
  }
}
