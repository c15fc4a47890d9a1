// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import dev.espalier.api.Criterion;
import dev.espalier.api.Parametrization;
import dev.espalier.api.Schedule;
import dev.espalier.api.Scoring;
import dev.espalier.api.data.Augmentation;
import dev.espalier.api.data.Blur;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Examples;
import dev.espalier.api.data.Inputs;
import dev.espalier.api.data.LabelNoise;
import dev.espalier.api.data.Normalisation;
import dev.espalier.api.data.View;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.settings.Setting;
import dev.espalier.api.settings.Span;
import dev.espalier.api.state.Digest;
import dev.espalier.api.state.Mask;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Scores;
import dev.espalier.api.train.AdamW;
import dev.espalier.api.train.Cosine;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class StepKeyTest {

  private record Pear(double weight, Optional<String> colour) {}

  private record Plum(double weight, Optional<String> colour) {}

  private record Aged(
      @Setting("old") int old,
      @Setting(value = "new", defaults = "keep", later = true) Colour young) {}

  private record Basket(List<Pear> pears) {}

  /** Chosen for what it does. */
  private record Peeled(int knives) implements Criterion {
    @Override
    public Scores score(Scoring scoring) {
      throw new UnsupportedOperationException();
    }
  }

  private record Same(int setting) implements Augmentation {
    @Override
    public View apply(View image, RandomStream random) {
      return image;
    }
  }

  private enum Colour {
    ONE,
    KEEP
  }

  private enum Sign implements IntUnaryOperator {
    ONE;

    @Override
    public int applyAsInt(int operand) {
      return operand;
    }
  }

  private static final class Doubled extends ParallelBlock {
    Doubled() {
      super(lists -> lists.get(0));
    }
  }

  private static Digest key(Object... parts) {
    return StepKey.of("step", parts);
  }

  @Test
  void theKindAndTheOrderOfPartsCount() {
    assertThat(Stream.of(StepKey.of("a", "b"), StepKey.of("b", "a"), key("a", "b"), key("b", "a")))
        .doesNotHaveDuplicates();
  }

  @Test
  void aSettingAddedLaterCountsOnlyIfItDiffersFromItsDefault() {
    // The key that the record had before it got the setting.
    Digest before =
        Digest.of("record", List.of(Aged.class.getName(), "old", 1), Optional.<Object>empty());
    assertThat(key(new Aged(1, Colour.KEEP))).isEqualTo(Digest.of("step", List.of(before)));
    assertThat(key(new Aged(1, Colour.ONE))).isNotEqualTo(key(new Aged(1, Colour.KEEP)));
  }

  @Test
  void theClassAndEveryComponentOfARecordCount() {
    Digest pear = key(new Pear(1, Optional.of("green")));
    assertThat(key(new Pear(1, Optional.of("green")))).isEqualTo(pear);
    assertThat(key(new Pear(2, Optional.of("green")))).isNotEqualTo(pear);
    assertThat(key(new Pear(1, Optional.empty()))).isNotEqualTo(pear);
    assertThat(key(new Plum(1, Optional.of("green")))).isNotEqualTo(pear);
  }

  @Test
  void recordsInRecordsCount() {
    Pear pear = new Pear(1, Optional.empty());
    assertThat(key(new Basket(List.of(pear)))).isEqualTo(key(new Basket(List.of(pear))));
    assertThat(
            Stream.of(
                key(new Basket(List.of())),
                key(new Basket(List.of(pear))),
                key(new Basket(List.of(pear, pear))),
                key(new Basket(List.of(new Pear(2, Optional.empty())))),
                key(Map.of("pear", pear)),
                key(List.of(pear)),
                key(pear)))
        .doesNotHaveDuplicates();
  }

  @Test
  void aRecordDiffersFromItsNameAndComponents() {
    assertThat(key(new Span(1, false)))
        .isNotEqualTo(key(1))
        .isNotEqualTo(key(Span.class.getName(), "count", 1, "epochs", false))
        .isNotEqualTo(key(List.of(Span.class.getName(), "count", 1, "epochs", false)));
  }

  @Test
  void theCodeOfARecordThatActsCounts() {
    Digest withoutCode =
        key(
            Digest.of(
                "record", List.of(Peeled.class.getName(), "knives", 2), Optional.<Digest>empty()));
    Digest withCode =
        key(
            Digest.of(
                "record",
                List.of(Peeled.class.getName(), "knives", 2),
                Optional.of(StepKey.code(Peeled.class))));
    assertThat(key(new Peeled(2))).isEqualTo(withCode).isNotEqualTo(withoutCode);
  }

  @Test
  void theCodeOfAnEnumThatActsCounts() {
    assertThat(key(Sign.ONE))
        .isEqualTo(key(Digest.of("enum", Sign.ONE, Optional.of(StepKey.code(Sign.class)))));
    assertThat(key(Colour.ONE))
        .isEqualTo(key(Digest.of("enum", Colour.ONE, Optional.<Digest>empty())));
  }

  @Test
  void schedulesOfTheApiCountByClassAndSettings() {
    assertThat(key(Schedule.exponential(0.1, 5)))
        .isEqualTo(key(Schedule.exponential(0.1, 5)))
        .isNotEqualTo(key(Schedule.exponential(0.1, 6)))
        .isNotEqualTo(key(Schedule.linear(0.1, 5)));
  }

  @Test
  void theCodeOfBlocksThatAreNotDjlsCounts() {
    try (Network plain = network(new SequentialBlock().add(Blocks.batchFlattenBlock()));
        Network same = network(new SequentialBlock().add(Blocks.batchFlattenBlock()));
        Network other = network(new Doubled().add(Blocks.batchFlattenBlock()))) {
      assertThat(key(plain)).isEqualTo(key(same)).isNotEqualTo(key(other));
      assertThat(key(plain))
          .as("the code of named blocks")
          .isEqualTo(
              key(
                  Digest.of(
                      "network",
                      plain,
                      Map.of(NamedBlocks.class.getName(), StepKey.code(NamedBlocks.class)))));
      assertThat(key(other))
          .as("the code of a block inside of another")
          .isEqualTo(
              key(
                  Digest.of(
                      "network",
                      other,
                      Map.of(
                          NamedBlocks.class.getName(), StepKey.code(NamedBlocks.class),
                          Doubled.class.getName(), StepKey.code(Doubled.class)))));
    }
  }

  private static Network network(Block first) {
    NamedBlocks blocks =
        new NamedBlocks().add("first", first).add("out", Linear.builder().setUnits(2).build());
    return Network.builder("tiny", blocks, new Shape(4)).build();
  }

  @Test
  void augmentationsAndInputsOfDataCount() {
    Data small = images(new Shape(3, 2, 2));
    assertThat(
            Stream.of(
                key(small),
                key(images(new Shape(3, 2, 3))),
                key(small.withAugmentations(List.of(new Same(1)))),
                key(small.withAugmentations(List.of(new Same(2)))),
                key(small.withAugmentations(List.of(new Same(1), new Same(1))))))
        .doesNotHaveDuplicates();
    assertThat(key(images(new Shape(3, 2, 2)))).isEqualTo(key(small));
  }

  @Test
  void aDeficitOfDataCounts() {
    Data plain = images(new Shape(3, 4, 4));
    assertThat(
            Stream.of(
                key(plain),
                key(plain.withDeficit(new Blur(0, 5, 2))),
                key(plain.withDeficit(new Blur(1, 5, 2))),
                key(plain.withDeficit(new Blur(0, 6, 2))),
                key(plain.withDeficit(new Blur(0, 5, 3))),
                key(plain.withDeficit(new LabelNoise(0, 5, 1)))))
        .doesNotHaveDuplicates();
  }

  private static Data images(Shape input) {
    Examples two = Examples.ofBytes(ByteBuffer.allocate(96), new Shape(3, 4, 4), 0, 0);
    Examples empty = two.take();
    return new Data("images", two, empty, two, Normalisation.NONE, 1)
        .withInputs(Inputs.of(input, Normalisation.NONE));
  }

  @Test
  void refusesAValueOfUnknownContent() {
    assertThatThrownBy(() -> key(new Object()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("java.lang.Object", "record");
  }

  @Test
  void codeTellsClassesApartAndRepeats() {
    assertThat(StepKey.code(Mask.class))
        .isEqualTo(StepKey.code(Mask.class))
        .isNotEqualTo(StepKey.code(Scores.class));
  }

  @Test
  void codeIsTheSameForAllClassesOfANest() {
    assertThat(StepKey.code(Peeled.class)).isEqualTo(StepKey.code(StepKeyTest.class));
  }

  @Test
  void codeHasTheClassesOfItsPackageThatItRefersTo() {
    String folder = "dev.espalier.api.train.";
    assertThat(ClassFile.around(AdamW.class).keySet())
        .contains(folder + "AdamW", folder + "Adam", folder + "DecayExemption")
        .allMatch(name -> name.startsWith(folder))
        .doesNotContain(folder + "LocalTrial");
    assertThat(ClassFile.around(Cosine.class).keySet()).containsExactly(folder + "Cosine");
  }

  @Test
  void codeLeavesTheContractsToTheVersionOfTheEngine() {
    String masked = Parametrization.masked(mask()).getClass().getName();
    assertThat(ClassFile.around(Parametrization.masked(mask()).getClass()).keySet())
        .isNotEmpty()
        .allMatch(name -> name.startsWith(masked));
  }

  private static Mask mask() {
    try (Network network = network(new SequentialBlock().add(Blocks.batchFlattenBlock()))) {
      return Mask.dense(network.layers());
    }
  }
}
