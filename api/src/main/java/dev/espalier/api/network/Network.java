// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.network;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.convolutional.Convolution;
import ai.djl.nn.core.Embedding;
import ai.djl.nn.transformer.IdEmbedding;
import ai.djl.training.initializer.Initializer;
import ai.djl.util.Pair;
import dev.espalier.api.settings.Refusal;
import dev.espalier.api.settings.Refusals;
import dev.espalier.api.settings.RefusedException;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.State;
import dev.espalier.api.state.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apiguardian.api.API;

/**
 * A DJL block with stable names for its parameters, its prunable layers, and its initialiser.
 *
 * <p>DJL numbers children by position ({@code 03Linear_weight}), so that inserting an activation
 * renames everything behind it. Here a parameter's name is the path of its blocks' names without
 * those numbers, joined by dots, such as {@code fc1.weight}; siblings of one name are numbered
 * among themselves ({@code linear1.weight}, {@code linear2.weight}). {@link NamedBlocks} sets the
 * names of blocks.
 *
 * <p>A network with variable widths declares its groups of channels; see {@link #builder(String,
 * Function, Shape)}. Only methods that remove channels need the groups.
 *
 * <p>A block, or a parameter, may be used in several places. It then has the name of its first
 * place, and its weights are counted, drawn and pruned once. The names of its other places are its
 * {@link #aliases}.
 *
 * <p>The network is a description: states hold the weights. An uninitialised block gets arrays of
 * NaN, so that a block which bypasses the parameter store, and thus every mask, fails. This network
 * owns these arrays, and {@link #close} takes them out of the block and frees them. Initialised
 * parameters keep their arrays.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class Network implements AutoCloseable, Digest.Digested {

  /** The initial slope of PReLU for negative inputs; He et al., ICCV 2015. */
  private static final float PRELU_START = 0.25f;

  private final Builder builder;
  private final String name;
  private final Block block;
  private final Shape input;
  private final Initialiser convolutions;
  private final Initialiser linears;
  private final double lowGamma;
  private final double highGamma;
  private final NDManager manager;
  private final Set<Parameter> filled = new HashSet<>();
  private final Map<String, Parameter> parameters;
  private final Map<String, String> aliases;
  private final List<Layer> layers;
  private final List<Group> groups;

  private Network(Builder builder) {
    this.builder = builder.with(builder.widths);
    name = builder.name;
    block = builder.block.apply(builder.widths);
    input = builder.input;
    convolutions = builder.convolutions;
    linears = builder.linears;
    lowGamma = builder.lowGamma;
    highGamma = builder.highGamma;
    manager = NDManager.newBaseManager(Device.cpu());
    try {
      if (!block.isInitialized()) {
        fill();
      }
      Map<String, Parameter> places = new LinkedHashMap<>();
      name(block, new ArrayDeque<>(), places);
      aliases = Collections.unmodifiableMap(aliases(places));
      Map<String, Parameter> named = new LinkedHashMap<>(places);
      named.keySet().removeAll(aliases.keySet());
      parameters = Collections.unmodifiableMap(named);
      requireParameters(builder.initialisers.keySet());
      layers = layersOf(places, builder);
      groups = GroupSpec.groups(builder.groups, parameters, grouped(block));
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Refuses initialisers of parameters that the block does not have. */
  private void requireParameters(Set<String> initialised) {
    Refusals.require(
        refusals ->
            initialised.stream()
                .filter(parameter -> !parameters.containsKey(parameter))
                .forEach(
                    parameter ->
                        refusals.add(
                            "initialiser",
                            "an initialiser of " + parameter,
                            "one of " + parameters.keySet())));
  }

  /** Initialises the parameters that have no arrays; their own initialisers stay theirs. */
  private void fill() {
    HeapNeed need = new HeapNeed();
    Map<Parameter, Initializer> initialisers = new HashMap<>();
    for (Parameter parameter : block.getParameters().values()) {
      if (!parameter.isInitialized() && filled.add(parameter)) {
        initialisers.put(parameter, parameter.getInitializer());
        parameter.setInitializer(
            (owner, shape, type) -> {
              need.add(shape, name);
              return owner.full(shape, Float.NaN, DataType.FLOAT32);
            });
      }
    }
    try {
      block.initialize(manager, DataType.FLOAT32, batch(1));
    } finally {
      initialisers.forEach(Parameter::setInitializer);
    }
  }

  /**
   * Creates a builder of a network with fixed widths.
   *
   * @param name the name of the network
   * @param block the block; the network owns it
   * @param input the shape of one example, without the batch axis
   * @return a builder
   */
  public static Builder builder(String name, Block block, Shape input) {
    return new Builder(name, widths -> block, input, false, Widths.usual());
  }

  /**
   * Creates a builder of an architecture with variable widths, whose groups of channels {@link
   * Builder#optGroup} declares. The example has two convolutions and an output on images of 28x28
   * pixels. After flattening, each channel of the second convolution has 14x14 pixels:
   *
   * <pre>{@code
   * Network network =
   *     Network.builder(
   *             "mine",
   *             widths ->
   *                 new NamedBlocks()
   *                     .add("conv1", convolution(widths.of("conv1", 16)))
   *                     .add("bn1", BatchNorm.builder().build())
   *                     .add(Activation::relu)
   *                     .add(Pool.maxPool2dBlock(new Shape(2, 2), new Shape(2, 2)))
   *                     .add("conv2", convolution(widths.of("conv2", 32)))
   *                     .add("bn2", BatchNorm.builder().build())
   *                     .add(Activation::relu)
   *                     .add(Blocks.batchFlattenBlock())
   *                     .add("fc", Linear.builder().setUnits(10).build()),
   *             new Shape(1, 28, 28))
   *         .optGroup("conv1", List.of("conv1", "bn1"), List.of("conv2"))
   *         .optGroup("conv2", List.of("conv2", "bn2"), List.of("fc"))
   *         .build();
   * }</pre>
   *
   * @param name the name of the network
   * @param block creates a new block of the given widths; called once per network
   * @param input the shape of one example, without the batch axis
   * @return a builder
   */
  public static Builder builder(String name, Function<Widths, Block> block, Shape input) {
    return new Builder(name, block, input, true, Widths.usual());
  }

  /**
   * Returns the name.
   *
   * @return the name
   */
  public String name() {
    return name;
  }

  /**
   * Returns the block. Its arrays are undefined before {@link #load}: the engine passes it the
   * parameters of a state.
   *
   * @return the block
   */
  public Block block() {
    return block;
  }

  /**
   * Returns the shape of a batch.
   *
   * @param examples the number of examples
   * @return the input shape with the batch axis in front
   */
  public Shape batch(long examples) {
    return new Shape(examples).addAll(input);
  }

  /**
   * Returns the prunable layers.
   *
   * @return convolutions and linear layers, in the order of the block, as {@link
   *     Builder#optPrunable} chose them
   */
  public List<Layer> layers() {
    return layers;
  }

  /**
   * Returns the number of prunable weights, without biases.
   *
   * @return the sum of the sizes of {@link #layers}
   */
  public long weights() {
    return layers.stream().mapToLong(Layer::size).sum();
  }

  /**
   * Returns the biases of convolutions and linear layers, for methods that prune biases.
   *
   * @return the bias tensors as layers of kind BIAS, in the order of the block
   */
  public List<Layer> biases() {
    return parameters.entrySet().stream()
        .filter(entry -> entry.getValue().getType() == Parameter.Type.BIAS)
        .map(entry -> new Layer(entry.getKey(), entry.getValue().getShape(), Layer.Kind.BIAS))
        .toList();
  }

  /**
   * Returns the groups of channels.
   *
   * @return the groups in the order of their declaration; empty if the network declares none
   */
  public List<Group> groups() {
    return groups;
  }

  /**
   * Creates a network of the same architecture in other widths.
   *
   * @param widths the width of each group; "usual" is its width in this network
   * @return a new network with new blocks, to be closed by the caller
   * @throws IllegalArgumentException if this network has no groups, if a width is below 1, or if
   *     its blocks do not have the given widths
   */
  public Network resized(Widths widths) {
    if (groups.isEmpty()) {
      throw new RefusedException(
          "network",
          name + ", which names no groups of channels",
          "one made by Network.builder(name, widths -> block, input) and optGroup");
    }
    Map<String, Integer> all = new HashMap<>();
    groups.forEach(group -> all.put(group.name(), widths.of(group.name(), group.size())));
    Map<String, Shape> asked = shapes(Widths.of(all));
    Network resized = new Network(builder.with(Widths.of(all)));
    Map<String, Shape> found = resized.shapes(Widths.usual());
    if (!found.equals(asked)) {
      resized.close();
      throw notAsAsked(asked, found);
    }
    return resized;
  }

  /**
   * Computes the shapes of the parameters in other widths, from the groups, without building a
   * network.
   *
   * @param widths the width of each group; "usual" is its width in this network
   * @return shapes by stable name, in the order of the block
   * @throws IllegalArgumentException if a width is below 1
   */
  public Map<String, Shape> shapes(Widths widths) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    parameters.forEach((path, parameter) -> shapes.put(path, parameter.getShape()));
    for (Group group : groups) {
      int width = widths.of(group.name(), group.size());
      if (width < 1) {
        throw new RefusedException("group." + group.name(), "a width of " + width, "at least 1");
      }
      for (Group.Slice slice : group.slices()) {
        long[] axes = shapes.get(slice.parameter()).getShape().clone();
        axes[slice.axis()] = (long) width * slice.stride();
        shapes.put(slice.parameter(), new Shape(axes));
      }
    }
    return shapes;
  }

  private RefusedException notAsAsked(Map<String, Shape> asked, Map<String, Shape> found) {
    Set<String> all = new LinkedHashSet<>(asked.keySet());
    all.addAll(found.keySet());
    String first =
        all.stream()
            .filter(path -> !Objects.equals(asked.get(path), found.get(path)))
            .findFirst()
            .orElseThrow();
    List<String> its =
        groups.stream()
            .filter(group -> group.slices().stream().anyMatch(s -> s.parameter().equals(first)))
            .map(Group::name)
            .toList();
    return new RefusedException(
        first,
        "shape " + Objects.toString(found.get(first), "none") + " in other widths of " + name,
        "shape " + Objects.toString(asked.get(first), "none") + " by its groups " + its,
        "Make a layer of widths.of(group, ...) channels, and name in optGroup every layer that makes"
            + " them, passes them on or reads them");
  }

  /**
   * Returns the parameters by stable name, including batch-norm statistics.
   *
   * @return an unmodifiable map, in the order of the block
   */
  public Map<String, Parameter> parameters() {
    return parameters;
  }

  /**
   * Returns the further names of parameters that are used in several places, such as an embedding
   * that is the output layer too.
   *
   * @return an unmodifiable map from each further name to the name in {@link #parameters}, in the
   *     order of the block
   */
  public Map<String, String> aliases() {
    return aliases;
  }

  /**
   * Returns whether a parameter is trained by default: neither a running statistic nor frozen.
   *
   * @param parameter its stable name
   * @return true if it is trained
   */
  public boolean trains(String parameter) {
    Parameter.Type type = parameters.get(parameter).getType();
    return type != Parameter.Type.RUNNING_MEAN
        && type != Parameter.Type.RUNNING_VAR
        && parameters.get(parameter).requiresGradient();
  }

  /**
   * Returns the running statistics of batch norm.
   *
   * @return their stable names, in the order of the block; empty without batch norm
   */
  public List<String> statistics() {
    return parameters.entrySet().stream()
        .filter(
            parameter ->
                parameter.getValue().getType() == Parameter.Type.RUNNING_MEAN
                    || parameter.getValue().getType() == Parameter.Type.RUNNING_VAR)
        .map(Map.Entry::getKey)
        .toList();
  }

  /**
   * Checks that a tensor is one of a parameter.
   *
   * @param parameter its stable name
   * @param shape the shape of the tensor
   * @param refusals collects an unknown name, or another shape
   */
  public void check(String parameter, Shape shape, Refusals refusals) {
    Parameter known = parameters.get(parameter);
    if (known == null) {
      refusals.add(parameter, "an unknown parameter", "one of " + parameters.keySet());
    } else if (!known.getShape().equals(shape)) {
      refusals.add(parameter, "shape " + shape, "shape " + known.getShape());
    }
  }

  /**
   * Draws initial values for every parameter: theta_0. Parameters with an initialiser in the
   * builder have its distribution, and other weights and gamma those of the builder. Other biases,
   * beta and running means are 0, running variances 1. A scalar weight is the slope of a PReLU, and
   * starts at 0.25.
   *
   * @param random the random stream, read in the order of the block
   * @return a state of all parameters
   */
  public State initial(RandomStream random) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    parameters.forEach(
        (path, parameter) -> {
          Shape shape = parameter.getShape();
          Initialiser own = builder.initialisers.get(path);
          tensors.put(
              path,
              Tensor.adopt(
                  shape,
                  own == null
                      ? draw(parameter.getType(), shape, random)
                      : own.draw(shape, random)));
        });
    return State.of(tensors);
  }

  /**
   * Redraws the weights of some layers, as the codes of SNIP and GraSP do before scoring. It
   * changes a copy, and the network in training keeps its weights.
   *
   * @param state a state of this network; unchanged
   * @param initialiser the distribution of the weights
   * @param which the layers, such as {@code layer -> true}
   * @param random the random stream, read in the order of the block
   * @return the state with new weights in those layers, otherwise equal
   */
  public State redraw(
      State state, Initialiser initialiser, Predicate<Layer> which, RandomStream random) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    layers.stream()
        .filter(which)
        .forEach(
            layer ->
                tensors.put(
                    layer.name(),
                    Tensor.adopt(layer.shape(), initialiser.draw(layer.shape(), random))));
    return state.with(State.of(tensors));
  }

  /**
   * Copies a state into the block's own arrays, for use as an ordinary DJL block.
   *
   * @param state a state of all parameters
   * @throws RefusedException if a tensor has another shape than its parameter
   */
  public void load(State state) {
    parameters.forEach(
        (path, parameter) -> {
          Tensor tensor = state.get(path);
          Refusals.require(refusals -> check(path, tensor.shape(), refusals));
          NDArray array = parameter.getArray();
          try (NDArray values = tensor.on(array.getManager())) {
            values.copyTo(array);
          }
        });
  }

  /**
   * Returns the digest of the name, the input shape, the parameters' names, shapes and kinds, and
   * the tree of blocks with the names of their classes. It does not contain a block's options or
   * the code of its class.
   */
  @Override
  public Digest digest() {
    List<String> lines = new ArrayList<>();
    describe(block, "", lines);
    parameters.forEach(
        (path, parameter) ->
            lines.add(path + " " + parameter.getShape() + " " + parameter.getType()));
    return Digest.of(name, input.toString(), lines);
  }

  /** Frees the arrays that this network gave to its block, which can be initialised again. */
  @Override
  public void close() {
    filled.forEach(Parameter::close);
    manager.close();
  }

  @Override
  public String toString() {
    return name + layers;
  }

  private float[] draw(Parameter.Type type, Shape shape, RandomStream random) {
    if (type == Parameter.Type.WEIGHT) {
      if (shape.dimension() == 0) {
        return new float[] {PRELU_START};
      }
      return (shape.dimension() > 2 ? convolutions : linears).draw(shape, random);
    }
    float[] values = new float[Math.toIntExact(shape.size())];
    if (type == Parameter.Type.RUNNING_VAR) {
      Arrays.fill(values, 1);
    } else if (type == Parameter.Type.GAMMA) {
      for (int i = 0; i < values.length; i++) {
        double share = lowGamma == highGamma ? 0 : random.nextDouble();
        values[i] = (float) (lowGamma + (highGamma - lowGamma) * share);
      }
    }
    return values;
  }

  private static void describe(Block block, String path, List<String> lines) {
    lines.add(path + " " + block.getClass().getName());
    for (Pair<String, Block> child : block.getChildren()) {
      describe(child.getValue(), path + "/" + child.getKey(), lines);
    }
  }

  private static Map<String, String> aliases(Map<String, Parameter> places) {
    Map<String, String> first = new HashMap<>();
    Map<String, String> aliases = new LinkedHashMap<>();
    places.forEach(
        (name, parameter) -> {
          String same = first.putIfAbsent(parameter.getId(), name);
          if (same != null) {
            aliases.put(name, same);
          }
        });
    return aliases;
  }

  private static void name(Block block, Deque<String> path, Map<String, Parameter> named) {
    for (Pair<String, Parameter> parameter : block.getDirectParameters()) {
      path.addLast(parameter.getKey());
      String name = String.join(".", path);
      if (named.put(name, parameter.getValue()) != null) {
        throw new RefusedException(
            name, "two parameters", "one of each name", "Give their blocks other names");
      }
      path.removeLast();
    }
    List<String> plain = new ArrayList<>();
    Map<String, Integer> namesakes = new HashMap<>();
    for (String child : block.getChildren().keys()) {
      plain.add(plain(child, plain.size() + 1));
      namesakes.merge(plain.get(plain.size() - 1), 1, Integer::sum);
    }
    Map<String, Integer> seen = new HashMap<>();
    for (int i = 0; i < plain.size(); i++) {
      int number = seen.merge(plain.get(i), 1, Integer::sum);
      path.addLast(namesakes.get(plain.get(i)) == 1 ? plain.get(i) : plain.get(i) + number);
      name(block.getChildren().valueAt(i), path, named);
      path.removeLast();
    }
  }

  /** Returns a child's name without its position number; names may begin with digits. */
  private static String plain(String child, int position) {
    String number = String.format(Locale.ROOT, "%02d", position);
    String name = child.startsWith(number) ? child.substring(number.length()) : child;
    return name.isEmpty() ? child : Character.toLowerCase(name.charAt(0)) + name.substring(1);
  }

  /** Returns the number of groups of each grouped convolution, by the ids of its parameters. */
  private static Map<String, Integer> grouped(Block block) {
    Map<String, Integer> grouped = new HashMap<>();
    for (Pair<String, Block> child : block.getChildren()) {
      grouped.putAll(grouped(child.getValue()));
    }
    if (block instanceof Convolution convolution && convolution.getGroups() > 1) {
      block
          .getDirectParameters()
          .values()
          .forEach(parameter -> grouped.put(parameter.getId(), convolution.getGroups()));
    }
    return grouped;
  }

  /** Returns the ids of the tables of DJL's embeddings. */
  private static Set<String> embeddings(Block block) {
    Set<String> embeddings = new HashSet<>();
    for (Pair<String, Block> child : block.getChildren()) {
      embeddings.addAll(embeddings(child.getValue()));
    }
    if (block instanceof Embedding<?> || block instanceof IdEmbedding) {
      block.getDirectParameters().values().forEach(table -> embeddings.add(table.getId()));
    }
    return embeddings;
  }

  /**
   * Returns the prunable layers. The output is the last linear layer by its last place, if it can
   * be pruned.
   */
  private List<Layer> layersOf(Map<String, Parameter> places, Builder builder) {
    Map<String, Boolean> chosen = chosen(builder);
    Set<String> embeddings = embeddings(block);
    Map<String, Layer> layers = new LinkedHashMap<>();
    String output = "";
    for (Map.Entry<String, Parameter> place : places.entrySet()) {
      Parameter parameter = place.getValue();
      Shape shape = parameter.getShape();
      if (parameter.getType() != Parameter.Type.WEIGHT || shape.dimension() < 2) {
        continue;
      }
      String layer = aliases.getOrDefault(place.getKey(), place.getKey());
      Layer.Kind kind = shape.dimension() == 2 ? Layer.Kind.LINEAR : Layer.Kind.CONVOLUTION;
      if (kind == Layer.Kind.LINEAR) {
        output = layer;
      }
      if (chosen.getOrDefault(layer, !embeddings.contains(parameter.getId()))) {
        layers.put(layer, new Layer(layer, shape, builder.kinds.getOrDefault(layer, kind)));
      }
    }
    if (layers.isEmpty()) {
      throw new RefusedException(
          "network",
          parameters.isEmpty()
              ? "a block without parameters"
              : "no prunable weights among " + parameters.keySet(),
          "a block with a convolution or a linear layer",
          "Add one. Weights can be pruned if their type is WEIGHT and they have two axes or more."
              + " Embeddings need optPrunable");
    }
    for (String name : builder.kinds.keySet()) {
      if (!layers.containsKey(name)) {
        throw new RefusedException(
            "kind", "a kind for layer " + name, "one of the layers " + layers.keySet());
      }
    }
    if (!builder.kinds.containsValue(Layer.Kind.OUTPUT)) {
      layers.computeIfPresent(
          output, (name, last) -> new Layer(name, last.shape(), Layer.Kind.OUTPUT));
    }
    return List.copyOf(layers.values());
  }

  /** Returns the choices of {@link Builder#optPrunable} by the names of {@link #parameters}. */
  private Map<String, Boolean> chosen(Builder builder) {
    Map<String, Boolean> chosen = new HashMap<>();
    builder.prunable.forEach(
        (name, isPrunable) -> {
          String parameter = aliases.getOrDefault(name, name);
          if (!parameters.containsKey(parameter)
              || parameters.get(parameter).getShape().dimension() < 2) {
            throw new RefusedException(
                "prunable",
                "parameter " + name,
                "the name of weights of two axes or more among " + parameters.keySet());
          }
          chosen.put(parameter, isPrunable);
        });
    return chosen;
  }

  /** A builder of networks. */
  public static final class Builder {

    private final String name;
    private final Function<Widths, Block> block;
    private final Shape input;
    private final boolean comesInWidths;
    private final Widths widths;
    private final List<GroupSpec> groups = new ArrayList<>();
    private final Map<String, Layer.Kind> kinds = new HashMap<>();
    private final Map<String, Boolean> prunable = new LinkedHashMap<>();
    private final Map<String, Initialiser> initialisers = new LinkedHashMap<>();
    private Initialiser convolutions = Initialiser.KAIMING_NORMAL;
    private Initialiser linears = Initialiser.KAIMING_NORMAL;
    private double lowGamma = 1;
    private double highGamma = 1;

    private Builder(
        String name,
        Function<Widths, Block> block,
        Shape input,
        boolean comesInWidths,
        Widths widths) {
      this.name = name;
      this.block = block;
      this.input = input;
      this.comesInWidths = comesInWidths;
      this.widths = widths;
    }

    private Builder with(Widths others) {
      Builder copy = new Builder(name, block, input, comesInWidths, others);
      copy.groups.addAll(groups);
      copy.kinds.putAll(kinds);
      copy.prunable.putAll(prunable);
      copy.initialisers.putAll(initialisers);
      copy.convolutions = convolutions;
      copy.linears = linears;
      copy.lowGamma = lowGamma;
      copy.highGamma = highGamma;
      return copy;
    }

    /**
     * Sets the distribution of initial weights; the default is {@link Initialiser#KAIMING_NORMAL}.
     *
     * @param initialiser the distribution, for convolutions and linear layers
     * @return this builder
     */
    public Builder optInitialiser(Initialiser initialiser) {
      return optInitialiser(initialiser, initialiser);
    }

    /**
     * Sets the distributions of initial weights of convolutions and of linear layers.
     *
     * @param convolutions the distribution for weights of more than two axes
     * @param linears the distribution for all others
     * @return this builder
     */
    public Builder optInitialiser(Initialiser convolutions, Initialiser linears) {
      this.convolutions = convolutions;
      this.linears = linears;
      return this;
    }

    /**
     * Sets the distribution of the initial values of one parameter: weights, biases, gamma, or an
     * embedding.
     *
     * @param parameter its stable name, such as {@code fc1.bias}
     * @param initialiser the distribution
     * @return this builder
     */
    public Builder optInitialiser(String parameter, Initialiser initialiser) {
      initialisers.put(parameter, initialiser);
      return this;
    }

    /**
     * Sets the distribution of batch norm's initial gamma: uniform on an interval, or constant if
     * both ends are equal. The default is constant 1.
     *
     * @param low the lower end
     * @param high the upper end
     * @return this builder
     */
    public Builder optGamma(double low, double high) {
      lowGamma = low;
      highGamma = high;
      return this;
    }

    /**
     * Sets the kind of a layer where its shape does not determine it: a shortcut, or an output that
     * is not the last linear layer.
     *
     * @param layer the stable name of its weights
     * @param kind its kind
     * @return this builder
     */
    public Builder optKind(String layer, Layer.Kind kind) {
      kinds.put(layer, kind);
      return this;
    }

    /**
     * Sets whether weights can be pruned. By default those of two axes or more can, except the
     * tables of DJL's embeddings.
     *
     * @param weights the stable name of the weights, which have two axes or more
     * @param isPrunable whether they are a layer
     * @return this builder
     */
    public Builder optPrunable(String weights, boolean isPrunable) {
      prunable.put(weights, isPrunable);
      return this;
    }

    /**
     * Declares a group of channels, which some blocks compute or transform one by one, and others
     * read. The shapes determine its size and the number of inputs per channel of a reading layer.
     * A factor on a channel multiplies the one batch norm of the group or, without batch norm, its
     * one layer. A group with several layers, norms or readers has no place for a factor.
     *
     * @param group the name, as in the function's call of {@link Widths#of}
     * @param from the blocks whose parameters have a row for each channel: the layers that compute
     *     them, all layers of a sum, their batch norms, and convolutions with a group for each
     *     channel
     * @param to the layers that read the channels, flattened or not
     * @return this builder
     * @throws IllegalStateException if the builder has a fixed block instead of a function of
     *     widths
     */
    public Builder optGroup(String group, List<String> from, List<String> to) {
      return optGroup(group, from, to, Optional.empty());
    }

    /**
     * Declares a group of channels as {@link #optGroup(String, List, List)} does, with the place of
     * a factor on a channel. Where the factor is 0, every layer of {@code to} must read 0.
     *
     * @param group the name, as in the function's call of {@link Widths#of}
     * @param from the blocks whose parameters have a row for each channel
     * @param to the layers that read the channels
     * @param gate the block of {@code from} whose gamma and beta, or weights and bias, the factor
     *     multiplies
     * @return this builder
     * @throws IllegalStateException if the builder has a fixed block instead of a function of
     *     widths
     */
    public Builder optGroup(String group, List<String> from, List<String> to, String gate) {
      return optGroup(group, from, to, Optional.of(gate));
    }

    private Builder optGroup(
        String group, List<String> from, List<String> to, Optional<String> gate) {
      if (!comesInWidths) {
        throw new IllegalStateException(
            new Refusal("group." + group, "a finished block", "a function from widths to a block")
                .toString());
      }
      groups.add(new GroupSpec(group, List.copyOf(from), List.copyOf(to), gate));
      return this;
    }

    /**
     * Builds the network, and initialises an uninitialised block.
     *
     * @return the network, to be closed by the caller
     * @throws IllegalArgumentException if two parameters have one name, no weights can be pruned, a
     *     kind is set for an unknown layer, {@link #optPrunable} names no weights, or a group does
     *     not fit the shapes
     */
    public Network build() {
      return new Network(this);
    }
  }
}
