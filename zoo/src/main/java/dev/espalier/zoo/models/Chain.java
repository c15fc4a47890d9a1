// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Widths;
import dev.espalier.api.state.Layer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * Blocks put one after the other, in any widths. Whatever is added reads the channels that the last
 * layer made, so a group's ends are known where its layers are added. A layer makes a group called
 * by its own name, such as {@code stage1.block1.conv1}, unless told to add to another.
 */
final class Chain {

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

  /** What the chains of one network note; input channels are in no group. */
  private static final class Notes {

    private final Widths widths;
    private final Map<String, List<String>> makers = new LinkedHashMap<>();
    private final Map<String, List<String>> readers = new LinkedHashMap<>();
    private final List<String> shortcuts = new ArrayList<>();

    Notes(Widths widths) {
      this.widths = widths;
    }

    static void note(Map<String, List<String>> ends, String group, String block) {
      if (group != null) {
        ends.computeIfAbsent(group, name -> new ArrayList<>()).add(block);
      }
    }
  }

  /**
   * A network of the layers that somebody adds, every time it is made anew. They are added once in
   * their usual widths to note the groups.
   */
  static Network.Builder network(String name, Shape input, Consumer<Chain> layers) {
    Notes notes = new Notes(Widths.usual());
    blocks(notes, layers);
    Network.Builder network =
        Network.builder(name, widths -> blocks(new Notes(widths), layers), input);
    notes.makers.forEach((group, from) -> network.optGroup(group, from, notes.readers.get(group)));
    notes.shortcuts.forEach(layer -> network.optKind(layer + ".weight", Layer.Kind.SHORTCUT));
    return network;
  }

  private static Block blocks(Notes notes, Consumer<Chain> layers) {
    NamedBlocks blocks = new NamedBlocks();
    layers.accept(new Chain(notes, "", blocks::add, null));
    return blocks;
  }

  /** A layer of so many channels or neurons, unless the network is made in other widths. */
  Chain layer(String name, int width, IntFunction<Block> layer) {
    return layer(name, path + name, width, layer);
  }

  /** A layer whose channels are numbered as those of all layers of this group, to be added up. */
  Chain layer(String name, String group, int width, IntFunction<Block> layer) {
    output(name, layer.apply(notes.widths.of(group, width)));
    Notes.note(notes.makers, group, path + name);
    channels = group;
    return this;
  }

  /** As {@link #layer}, on a shortcut. */
  Chain shortcut(String name, String group, int width, IntFunction<Block> layer) {
    notes.shortcuts.add(path + name);
    return layer(name, group, width, layer);
  }

  /** A layer whose outputs are always so many: the network's. */
  Chain output(String name, Block layer) {
    Notes.note(notes.readers, channels, path + name);
    return add(name, layer);
  }

  /** Batch norm. */
  Chain norm(String name, Block norm) {
    Notes.note(notes.makers, channels, path + name);
    return add(name, norm);
  }

  /** A block without parameters. */
  Chain add(String name, Block block) {
    blocks.accept(name, block);
    return this;
  }

  /** A block without parameters, whose name nobody needs. */
  Chain add(Block block) {
    return add(block.getClass().getSimpleName(), block);
  }

  /** A chain within a block of this one, which begins with the channels that this one has now. */
  Chain within(String block, BiConsumer<String, Block> inner) {
    return new Chain(notes, path + block + ".", inner, channels);
  }

  /** Says what the chains {@link #within} the last block have ended with. */
  void goOnFrom(String group) {
    channels = group;
  }

  /** The group that the next block reads. */
  String channels() {
    return channels;
  }
}
