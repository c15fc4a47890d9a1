// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.espalier.api.data.Augmentation;
import dev.espalier.api.data.Crop;
import dev.espalier.api.data.Flip;
import dev.espalier.runner.config.ConfigProblem;
import dev.espalier.runner.store.PreparedFiles;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AugmentedRunTest {

  @TempDir Path root;
  private Runs runs;

  @BeforeEach
  void runs() {
    runs = new Runs(root);
  }

  @Test
  void augmentationIsTheSourcesOwnUnlessTheExperimentSaysOtherwise() throws IOException {
    assertThat(augmentations()).isEmpty();
    assertThat(augmentations("data.augmentation=[flip, { id = crop, padding = 2 }]"))
        .containsExactly(new Flip(0.5), new Crop(2));
    String images =
        "data={ id = image-folder, path = \"" + images() + "\", validation = 0, size = 6";
    assertThat(augmentations(images + " }")).hasSize(2);
    assertThat(augmentations(images + ", augmentation = [] }")).isEmpty();
  }

  private List<Augmentation> augmentations(String... sets) throws IOException {
    return runs.experiment(sets).only().data().load(1, new PreparedFiles(root)).augmentations();
  }

  @Test
  void aProblemInAnAugmentationIsNamed() {
    assertThatThrownBy(() -> runs.experiment("data.augmentation=[filp]"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll("data.augmentation[0]", "unknown augmentation \"filp\"", "flip");
    assertThatThrownBy(() -> runs.experiment("data.augmentation=[{ id = crop, padding = -1 }]"))
        .isInstanceOf(ConfigProblem.class)
        .hasMessageContainingAll("data.augmentation[0].padding", "found -1");
  }

  @Test
  void anotherAugmentationIsAnotherTrainingAndTheSameIsRemembered() throws IOException {
    Path plain = runs.run("method.rounds=1");
    String crop = "data.augmentation=[{ id = crop, padding = 2 }]";
    Path augmented = runs.run("method.rounds=1", crop);
    assertThat(Runs.found(augmented)).containsExactly(false, false);
    assertThat(Runs.results(augmented)).isNotEqualTo(Runs.results(plain));
    runs.run("method.rounds=1", crop);
    assertThat(Runs.found(augmented)).containsExactly(true, true);
  }

  @Test
  void imagesAreKeptBesideTheStoreAndNetworksSeeTheirCrop() throws IOException {
    Path run =
        runs.run(
            "method.rounds=1",
            "data={ id = image-folder, path = \""
                + images()
                + "\", validation = 0, size = 6, crop = 4 }",
            "training.batch-size=4");
    assertThat(Runs.files(root.resolve("prepared/image-folder"))).hasSize(2);
    // Dark against bright, though seen through random crops.
    assertThat(Runs.column(run, "test_accuracy")).allMatch(a -> Double.parseDouble(a) > 0.9);
    // 3 * 4 * 4 inputs of 16 units, and 2 classes.
    assertThat(Runs.column(run, "kept").get(0)).isEqualTo("800");
  }

  /** Noise of two brightnesses, eight training and four test images of each. */
  private Path images() throws IOException {
    Path images = root.resolve("images");
    for (String part : List.of("train", "test")) {
      for (int i = 0; i < (part.equals("train") ? 16 : 8); i++) {
        BufferedImage image = new BufferedImage(9, 7, BufferedImage.TYPE_INT_RGB);
        for (int p = 0; p < 63; p++) {
          image.setRGB(p % 9, p / 9, (i % 2 * 0x808080) + (i * 63 + p) * 37 % 60);
        }
        Path file =
            images.resolve(part + "/" + (i % 2 == 0 ? "dark" : "bright") + "/" + i + ".png");
        Files.createDirectories(file.getParent());
        ImageIO.write(image, "png", file.toFile());
      }
    }
    return images;
  }
}
