// SPDX-License-Identifier: Apache-2.0
package dev.espalier.api.structure;

import ai.djl.ndarray.types.Shape;
import dev.espalier.api.Pattern;
import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.state.Layer;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.Scores;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apiguardian.api.API;

/**
 * The pattern of whole blocks: each layer is divided into blocks of some outputs and some inputs,
 * and a block is kept or removed as a whole. A convolution has such blocks at each position of the
 * kernel. Blocks at the edges may be smaller.
 *
 * <p>The score of a block is the mean score of its living weights, so that smaller blocks compete
 * on equal terms. Scope and tie rule rank and count blocks, so the density is that of blocks.
 *
 * <p>S. Narang, E. Undersander, G. Diamos, "Block-Sparse Recurrent Neural Networks", 2017,
 * arXiv:1711.02782, ranks blocks by their largest weight.
 *
 * @param rows the number of outputs of a block
 * @param columns the number of inputs of a block
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Blocks(
    @Setting(value = "outputs of a block", defaults = "4", range = "[1, inf)") int rows,
    @Setting(value = "inputs of a block", defaults = "4", range = "[1, inf)") int columns)
    implements Pattern {

  /** Creates the pattern and checks the ranges. */
  public Blocks {
    Ranges.check(Blocks.class, rows, columns);
  }

  @Override
  public Mask prune(Scores scores, Mask alive, Rule rule) {
    Map<Layer, Layer> weights = new LinkedHashMap<>();
    scores.layers().forEach(layer -> weights.put(blocks(layer), layer));
    List<Layer> blocks = List.copyOf(weights.keySet());
    Mask living =
        Mask.of(
            blocks,
            (block, bits) -> {
              int[] numbers = numbers(weights.get(block));
              alive.alive(weights.get(block)).stream().forEach(i -> bits.set(numbers[i]));
              return bits;
            });
    Scores means =
        Scores.of(blocks, block -> means(weights.get(block), block.size(), scores, alive));
    Mask kept = rule.prune(means, living);
    return Mask.of(
        scores.layers(),
        (layer, bits) -> {
          int[] numbers = numbers(layer);
          BitSet whole = kept.alive(blocks(layer));
          alive.alive(layer).stream().filter(i -> whole.get(numbers[i])).forEach(bits::set);
          return bits;
        });
  }

  private double[] means(Layer layer, int blocks, Scores scores, Mask alive) {
    double[] means = new double[blocks];
    int[] counts = new int[blocks];
    int[] numbers = numbers(layer);
    double[] values = scores.of(layer);
    alive.alive(layer).stream()
        .forEach(
            i -> {
              means[numbers[i]] += values[i];
              counts[numbers[i]]++;
            });
    for (int block = 0; block < blocks; block++) {
      means[block] /= Math.max(1, counts[block]);
    }
    return means;
  }

  /** A layer of one element for each block, of the same name. */
  private Layer blocks(Layer layer) {
    Matrices matrices = Matrices.of(layer);
    Shape shape = new Shape(count(matrices.out(), rows), count(matrices.in(), columns));
    return new Layer(layer.name(), shape.add(matrices.positions()), layer.kind());
  }

  private static int count(int size, int width) {
    return (size - 1) / width + 1;
  }

  /** The number of the block of each weight, by flat index. */
  private int[] numbers(Layer layer) {
    Matrices matrices = Matrices.of(layer);
    int across = count(matrices.in(), columns);
    int[] numbers = new int[layer.size()];
    for (int i = 0; i < numbers.length; i++) {
      int block = matrices.row(i) / rows * across + matrices.column(i) / columns;
      numbers[i] = block * matrices.positions() + matrices.position(i);
    }
    return numbers;
  }
}
