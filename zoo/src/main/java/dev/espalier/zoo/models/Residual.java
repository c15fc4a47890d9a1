// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import java.util.ArrayList;
import java.util.List;
import org.apiguardian.api.API;

/**
 * A residual block: body(y) + shortcut(y) with y = first(x). A part without blocks is the identity.
 * The blocks of all three parts are direct children of this block, so that a layer is named {@code
 * block1.conv1} and not {@code block1.body.conv1}.
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public final class Residual extends AbstractBlock {

  private final List<Block> first = new ArrayList<>();
  private final List<Block> body = new ArrayList<>();
  private final List<Block> shortcut = new ArrayList<>();

  /** Creates a block of three empty parts: x + x. */
  public Residual() {}

  /**
   * Appends a block to the part that the other two read.
   *
   * @param name the block's name, unique in this block
   * @param block the block
   * @return this block
   */
  public Residual first(String name, Block block) {
    first.add(addChildBlock(name, block));
    return this;
  }

  /**
   * Appends a block to the body.
   *
   * @param name the block's name, unique in this block
   * @param block the block
   * @return this block
   */
  public Residual body(String name, Block block) {
    body.add(addChildBlock(name, block));
    return this;
  }

  /**
   * Appends a block to the shortcut.
   *
   * @param name the block's name, unique in this block
   * @param block the block
   * @return this block
   */
  public Residual shortcut(String name, Block block) {
    shortcut.add(addChildBlock(name, block));
    return this;
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore store, NDList x, boolean training, PairList<String, Object> params) {
    NDList y = run(first, store, x, training);
    NDArray sum =
        run(body, store, y, training)
            .singletonOrThrow()
            .add(run(shortcut, store, y, training).singletonOrThrow());
    return new NDList(sum);
  }

  @Override
  protected void initializeChildBlocks(NDManager manager, DataType type, Shape... x) {
    Shape[] y = initialize(first, manager, type, x);
    initialize(body, manager, type, y);
    initialize(shortcut, manager, type, y);
  }

  @Override
  public Shape[] getOutputShapes(Shape[] x) {
    return shapes(body, shapes(first, x));
  }

  private static NDList run(
      List<Block> blocks, ParameterStore store, NDList input, boolean training) {
    NDList current = input;
    for (Block block : blocks) {
      current = block.forward(store, current, training);
    }
    return current;
  }

  private static Shape[] initialize(
      List<Block> blocks, NDManager manager, DataType type, Shape... input) {
    Shape[] current = input;
    for (Block block : blocks) {
      block.initialize(manager, type, current);
      current = block.getOutputShapes(current);
    }
    return current;
  }

  private static Shape[] shapes(List<Block> blocks, Shape... input) {
    Shape[] current = input;
    for (Block block : blocks) {
      current = block.getOutputShapes(current);
    }
    return current;
  }
}
