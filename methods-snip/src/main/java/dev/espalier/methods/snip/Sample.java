// SPDX-License-Identifier: Apache-2.0
package dev.espalier.methods.snip;

import ai.djl.ndarray.NDArray;
import dev.espalier.api.Gradients;
import dev.espalier.api.Gradients.BatchNorm;
import dev.espalier.api.Scoring;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Examples;
import dev.espalier.api.settings.Refusals;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * A sample of training examples, over which a loss is averaged.
 *
 * @param examples the number of examples
 * @param perClass the number of examples of each class; replaces examples
 * @param batchSize the largest number of examples in one pass
 */
record Sample(int examples, Optional<Integer> perClass, int batchSize) {

  void check(Data data, BatchNorm batchNorm, Refusals refusals) {
    int size = data.train().size();
    if (perClass.isEmpty() && examples > size) {
      refusals.add(
          "examples", examples, "at most the " + size + " training examples of " + data.name());
    }
    perClass.ifPresent(n -> data.checkPerClass(n, refusals));
    int drawn = perClass.map(n -> n * data.classes()).orElse(examples);
    checkPasses(batchNorm, drawn / passes(drawn), refusals);
  }

  /** Refuses passes of a single example: batch norm needs two for a deviation. */
  static void checkPasses(BatchNorm batchNorm, int smallest, Refusals refusals) {
    if (batchNorm == BatchNorm.BATCH && smallest < 2) {
      refusals.add(
          "batch-norm",
          "batch with " + smallest + " example in a pass",
          "batch with 2 or more",
          "Take more examples, or batch-norm = running");
    }
  }

  /** Draws a sample from the scoring's stream, in passes of about equal size. */
  List<int[]> draw(Scoring scoring) {
    Examples train = scoring.data().train();
    int[] drawn =
        perClass
            .map(n -> train.balanced(n, scoring.random()))
            .orElseGet(() -> train.sample(examples, scoring.random()));
    int passes = passes(drawn.length);
    return IntStream.range(0, passes)
        .mapToObj(
            pass ->
                Arrays.copyOfRange(
                    drawn,
                    (int) ((long) drawn.length * pass / passes),
                    (int) ((long) drawn.length * (pass + 1) / passes)))
        .toList();
  }

  private int passes(int size) {
    return (size + batchSize - 1) / batchSize;
  }

  /** Returns L as a sum over the passes, each weighted by its share of the sample. */
  static List<Supplier<NDArray>> meanLoss(Gradients gradients, List<int[]> passes) {
    double size = passes.stream().mapToInt(pass -> pass.length).sum();
    return passes.stream()
        .<Supplier<NDArray>>map(
            pass ->
                () ->
                    gradients
                        .loss(gradients.outputs(gradients.features(pass)), pass)
                        .mul(gradients.number(pass.length / size)))
        .toList();
  }
}
