// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.network;

import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import java.util.function.Function;
import org.apiguardian.api.API;

/**
 * A sequence of named blocks; the name of a block is the prefix of its parameters' names: {@code
 * new NamedBlocks().add("fc1", Linear.builder().setUnits(300).build())}.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class NamedBlocks extends SequentialBlock {

  /** Creates an empty sequence. */
  public NamedBlocks() {}

  /**
   * Appends a block under a name.
   *
   * @param name the name, unique in this sequence
   * @param block the block
   * @return this sequence
   */
  public NamedBlocks add(String name, Block block) {
    addChildBlock(name, block);
    return this;
  }

  @Override
  public NamedBlocks add(Block block) {
    super.add(block);
    return this;
  }

  @Override
  public NamedBlocks add(Function<NDList, NDList> function) {
    super.add(function);
    return this;
  }
}
