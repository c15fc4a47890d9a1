// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Blocks;
import ai.djl.nn.core.Linear;
import dev.espalier.api.Catalog;
import dev.espalier.api.Plugin;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.NamedBlocks;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Task;
import dev.espalier.api.settings.Setting;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelInKeyTest {

  /** Two activations. */
  public enum Nonlinearity {
    RELU,
    TANH
  }

  /** A model whose setting shows in no parameter. */
  public record Choosy(@Setting("the activation") Nonlinearity activation) implements Model {
    @Override
    public Network build(Task task) {
      Block between =
          activation == Nonlinearity.RELU ? Activation.reluBlock() : Activation.tanhBlock();
      NamedBlocks blocks =
          new NamedBlocks()
              .add("flatten", Blocks.batchFlattenBlock())
              .add("fc1", Linear.builder().setUnits(16).build())
              .add("between", between)
              .add("fc2", Linear.builder().setUnits(task.outputs()).build());
      return Network.builder("choosy", blocks, task.numbers()).build();
    }
  }

  private static final class Models implements Plugin {
    @Override
    public void contribute(Catalog catalog) {
      catalog.model("choosy", Choosy.class);
    }
  }

  @TempDir private Path root;

  @Test
  void whatAModelDoesWithItsParametersIsPartOfAStep() throws IOException {
    Runs runs = new Runs(root, new Models());
    String[] relu = {"model=null", "model={ id = choosy, activation = relu }", "method.rounds=1"};
    String[] tanh = {"model=null", "model={ id = choosy, activation = tanh }", "method.rounds=1"};
    Path first = runs.run(relu);
    Path second = runs.run(tanh);
    assertThat(Runs.found(second)).containsExactly(false, false);
    assertThat(Runs.column(second, "test_loss"))
        .doesNotContainAnyElementsOf(Runs.column(first, "test_loss"));
    runs.run(relu);
    assertThat(Runs.found(first)).containsExactly(true, true);
  }
}
