// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Blocks;
import dev.espalier.api.contract.ModelContract;
import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Task;
import dev.espalier.zoo.models.Chain;
import dev.espalier.zoo.models.Parts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** A model of another package, written with the zoo's helpers, keeps the contract. */
class ThirdPartyModelTest extends ModelContract {

  // example: begin
  public record SmallNet(int width) implements Model {
    @Override
    public Network build(Task task) {
      Shape input = task.numbers();
      int classes = task.outputs();
      Parts.check("small-net", input, 4);
      return Chain.network(
              "small-net",
              input,
              chain ->
                  chain
                      .layer("conv1", width, filters -> Parts.convolution(3, filters, 1, false))
                      .norm("bn1", Parts.norm(true))
                      .add(Parts.relu())
                      .add(Parts.halve())
                      .layer("conv2", 2 * width, filters -> Parts.convolution(3, filters, 1, false))
                      .norm("bn2", Parts.norm(true))
                      .add(Parts.relu())
                      .add(Blocks.batchFlattenBlock())
                      .output("fc", Parts.linear(classes, true)))
          .optInitialiser(Initialiser.KAIMING_NORMAL)
          .build();
    }
  }

  // example: end

  @Override
  protected Model model() {
    return new SmallNet(8);
  }

  @Override
  protected String id() {
    return "small-net";
  }

  @Override
  protected Shape input() {
    return new Shape(2, 6, 6);
  }

  @Test
  void isTheExampleOfThePackageAndOfTheDocumentation() throws IOException {
    String source =
        Files.readString(Path.of("src/test/java/dev/espalier/zoo/ThirdPartyModelTest.java"));
    String example =
        source.substring(
            source.indexOf("// example: begin") + 17, source.indexOf("// example: end"));
    String javadoc =
        Files.readString(Path.of("src/main/java/dev/espalier/zoo/models/package-info.java"))
            .replaceAll("(?m)^ \\* ?", "");
    assertThat(javadoc).contains(example.stripIndent().strip());
    assertThat(Files.readString(Path.of("../docs/library.md")))
        .contains(example.stripIndent().strip());
  }
}
