// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Widths;
import dev.espalier.api.state.Layer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.apiguardian.api.API;

/**
 * A sequence of blocks that records groups of channels while layers are added, so that a model is
 * available in other widths. A layer reads the channels of the previous layer. Its output channels
 * form a group with the layer's path as name, such as {@code stage1.block1.conv1}, unless another
 * group is given. Channels of the input are in no group.
 *
 * <pre>{@code
 * Chain.network(
 *         "two-layers",
 *         input,
 *         chain ->
 *             chain
 *                 .layer("conv1", 16, filters -> Parts.convolution(3, filters, 1, false))
 *                 .norm("bn1", Parts.norm(true))
 *                 .add(Parts.relu())
 *                 .add(Blocks.batchFlattenBlock())
 *                 .output("fc", Parts.linear(classes, true)))
 *     .build();
 * }</pre>
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class Chain {

  private final Notes notes;
  private final String path;
  private final BiConsumer<String, Block> blocks;
  private String channels;

  private Chain(Notes notes, String path, BiConsumer<String, Block> blocks, String channels) {
    this.notes = notes;
    this.path = path;
    this.blocks = blocks;
    this.channels = channels;
  }

  /** The groups of one network: the layers that make and read the channels of each. */
  private static final class Notes {

    private final Widths widths;
    private final Map<String, List<String>> makers = new LinkedHashMap<>();
    private final Map<String, List<String>> readers = new LinkedHashMap<>();
    private final Map<String, Integer> sizes = new HashMap<>();
    private final Set<String> sums = new HashSet<>();
    private final Map<String, String> gates = new HashMap<>();
    private final List<String> shortcuts = new ArrayList<>();

    Notes(Widths widths) {
      this.widths = widths;
    }

    static void note(Map<String, List<String>> ends, String group, String block) {
      if (group != null) {
        ends.computeIfAbsent(group, name -> new ArrayList<>()).add(block);
      }
    }

    /** Declares the groups. A gate is where channels that a layer transformed are read. */
    void declare(Network.Builder network) {
      makers.forEach(
          (group, from) -> {
            List<String> to = readers.get(group);
            if (gates.containsKey(group) && !sums.contains(group) && to.size() == 1) {
              network.optGroup(group, from, to, gates.get(group));
            } else {
              network.optGroup(group, from, to);
            }
          });
      shortcuts.forEach(layer -> network.optKind(layer + ".weight", Layer.Kind.SHORTCUT));
    }
  }

  /**
   * Starts the description of a network.
   *
   * @param name the network's name; a model's id
   * @param input the shape of one example, without the batch axis
   * @param layers adds all layers to the chain; called once for the groups and once for each
   *     network that is built, and must add new blocks each time
   * @return a builder that has the groups and the kinds of the layers
   */
  public static Network.Builder network(String name, Shape input, Consumer<Chain> layers) {
    Notes notes = new Notes(Widths.usual());
    blocks(notes, layers);
    Network.Builder network =
        Network.builder(name, widths -> blocks(new Notes(widths), layers), input);
    notes.declare(network);
    return network;
  }

  private static Block blocks(Notes notes, Consumer<Chain> layers) {
    NamedBlocks blocks = new NamedBlocks();
    layers.accept(new Chain(notes, "", blocks::add, null));
    return blocks;
  }

  /**
   * Adds a layer whose output channels form a new group.
   *
   * @param name the block's name
   * @param width the usual number of output channels or neurons
   * @param layer creates the block for a number of output channels
   * @return this chain
   */
  public Chain layer(String name, int width, IntFunction<Block> layer) {
    return layer(name, path + name, width, layer);
  }

  /**
   * Adds a layer whose output channels belong to a given group, because they are added to those of
   * the group's other layers.
   *
   * @param name the block's name
   * @param group the group's name
   * @param width the usual number of output channels or neurons, the same for all its layers
   * @param layer creates the block for a number of output channels
   * @return this chain
   */
  public Chain layer(String name, String group, int width, IntFunction<Block> layer) {
    int own = notes.widths.of(group, width);
    output(name, layer.apply(own));
    if (notes.sizes.put(group, own) != null) {
      notes.sums.add(group);
    }
    Notes.note(notes.makers, group, path + name);
    channels = group;
    return this;
  }

  /**
   * Adds a layer that transforms the current channels one by one, such as a depthwise convolution.
   * The channels stay in their group. The last layer or batch norm of the group is the place of a
   * gate, if one layer computes the group and one reads it.
   *
   * @param name the block's name
   * @param layer creates the block for a number of channels
   * @return this chain
   * @throws IllegalStateException if the current channels are in no group
   */
  public Chain depthwise(String name, IntFunction<Block> layer) {
    if (channels == null) {
      throw new IllegalStateException(path + name + " needs a layer before it in the chain");
    }
    Notes.note(notes.makers, channels, path + name);
    notes.gates.put(channels, path + name);
    return add(name, layer.apply(notes.sizes.get(channels)));
  }

  /**
   * Adds a layer as {@link #layer(String, String, int, IntFunction)} does, and gives it the kind
   * {@link Layer.Kind#SHORTCUT}.
   *
   * @param name the block's name
   * @param group the group's name
   * @param width the usual number of output channels
   * @param layer creates the block for a number of output channels
   * @return this chain
   */
  public Chain shortcut(String name, String group, int width, IntFunction<Block> layer) {
    notes.shortcuts.add(path + name);
    return layer(name, group, width, layer);
  }

  /**
   * Adds a layer with a fixed number of outputs, such as the network's last. They are in no group.
   *
   * @param name the block's name
   * @param layer the block
   * @return this chain
   */
  public Chain output(String name, Block layer) {
    Notes.note(notes.readers, channels, path + name);
    channels = null;
    return add(name, layer);
  }

  /**
   * Adds batch norm of the current channels.
   *
   * @param name the block's name
   * @param norm the block
   * @return this chain
   */
  public Chain norm(String name, Block norm) {
    Notes.note(notes.makers, channels, path + name);
    notes.gates.computeIfPresent(channels, (group, gate) -> path + name);
    return add(name, norm);
  }

  /**
   * Adds a block that has no parameters, or whose layers were added to a chain {@link #within} it.
   *
   * @param name the block's name
   * @param block the block
   * @return this chain
   */
  public Chain add(String name, Block block) {
    blocks.accept(name, block);
    return this;
  }

  /**
   * Adds a block without parameters under the name of its class.
   *
   * @param block the block
   * @return this chain
   */
  public Chain add(Block block) {
    return add(block.getClass().getSimpleName(), block);
  }

  /**
   * Creates a chain of layers inside a block of this chain, such as a branch of a residual block.
   * Its first layer reads the current channels of this chain.
   *
   * @param block the block's name in this chain, part of the names of the groups
   * @param inner adds a block to that block under a name
   * @return a new chain
   */
  public Chain within(String block, BiConsumer<String, Block> inner) {
    return new Chain(notes, path + block + ".", inner, channels);
  }

  /**
   * Sets the current channels, after a block whose inner chains end in another group.
   *
   * @param group the group that the next layer reads
   */
  public void continueFrom(String group) {
    channels = group;
  }

  /**
   * Returns the group of the current channels.
   *
   * @return the group that the next layer reads, null at the input
   */
  public String channels() {
    return channels;
  }
}
