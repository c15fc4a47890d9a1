// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.network;

import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.nn.SequentialBlock;
import java.util.function.Function;
import org.apiguardian.api.API;

/**
 * Blocks one after the other, each under a name of its own, which the names of its parameters then
 * begin with: {@code new NamedBlocks().add("fc1", Linear.builder().setUnits(300).build())}.
 */
@API(status = API.Status.STABLE, since = "0.1")
public final class NamedBlocks extends SequentialBlock {

  /** An empty sequence. */
  public NamedBlocks() {}

  /**
   * Appends a block under a name.
   *
   * @param name the name, unique here
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
