// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.types.Shape;
import ai.djl.repository.RemoteRepository;
import dev.espalier.api.data.Crop;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Flip;
import dev.espalier.api.data.Normalisation;
import dev.espalier.api.data.Prepared;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CifarTest {

  private static final int PIXELS = 3072;

  @TempDir Path temp;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void readsAllBatchesOfCifar10InOrder(boolean zipped) throws IOException {
    Data data = cifar10(folder10(zipped), Cifar10Scale.STANDARD);
    // Batch b has b records, of labels b.
    assertThat(data.train().labels()).containsExactly(1, 2, 2, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 5);
    assertThat(data.test().labels()).containsExactly(6, 6);
    assertThat(data.validation().size()).isZero();
    assertThat(data.train().shape()).isEqualTo(new Shape(3, 32, 32)).isEqualTo(data.input());
    assertThat(data.classes()).isEqualTo(10);
    ByteBuffer pixels = (ByteBuffer) data.train().features().values();
    // The second record of batch 2: its red, green and blue planes.
    assertThat(pixels.get(2 * PIXELS)).isEqualTo(pixel(2, 1, 0));
    assertThat(pixels.get(2 * PIXELS + 1024)).isEqualTo(pixel(2, 1, 1024));
    assertThat(pixels.get(3 * PIXELS - 1)).isEqualTo(pixel(2, 1, PIXELS - 1));
  }

  @Test
  void takesTheFirstExamplesAndNeedsNoFileAfterThem() throws IOException {
    Path folder = folder10(false);
    Data whole = cifar10(folder, Cifar10Scale.NONE);
    Data first = firstOf10(folder, 5);
    assertThat(first.train().digest()).isEqualTo(whole.train().take(0, 1, 2, 3, 4).digest());
    assertThat(first.test().digest()).isEqualTo(whole.test().digest());
    Files.delete(folder.resolve("data_batch_4.bin"));
    Files.delete(folder.resolve("data_batch_5.bin"));
    assertThat(firstOf10(folder, 6).train().labels()).containsExactly(1, 2, 2, 3, 3, 3);
    assertThatThrownBy(() -> firstOf10(folder, 7))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(
            "found neither data_batch_4.bin", "data.examples to 6 or less", "contain");
    assertThatThrownBy(() -> cifar10(folder, Cifar10Scale.NONE))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("data.examples to 6 or less");
  }

  @Test
  void refusesMoreExamplesThanThereAre() throws IOException {
    Path folder = folder10(false);
    assertThatThrownBy(() -> firstOf10(folder, 16))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("examples", "found 16", "at most the 15");
    assertThatThrownBy(() -> firstOf10(folder, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("examples", "found 0");
  }

  @Test
  void fromDataNormalisesByTheExamplesThatAreTaken() throws IOException {
    Path folder = folder10(false);
    Data first =
        new Cifar10(Optional.of(folder.toString()), Cifar10Scale.FROM_DATA, Optional.of(2))
            .load(Prepared.inMemory());
    assertThat(first.normalisation()).isEqualTo(Colours.of(first.train()));
  }

  @Test
  void takesTheFineLabelsOfCifar100() throws IOException {
    Data data = cifar100(folder100(99), Cifar100Scale.NONE);
    assertThat(data.train().labels()).containsExactly(99, 99, 99);
    assertThat(data.test().labels()).containsExactly(7);
    assertThat(data.classes()).isEqualTo(100);
    assertThat(((ByteBuffer) data.train().features().values()).get(PIXELS))
        .isEqualTo(pixel(99, 1, 0));
  }

  @Test
  void trainingImagesAreCroppedAndMirroredByDefault() throws IOException {
    assertThat(cifar10(folder10(false), Cifar10Scale.NONE).augmentations())
        .containsExactly(new Crop(4), new Flip(0.5));
    assertThat(cifar100(folder100(1), Cifar100Scale.NONE).augmentations())
        .containsExactly(new Crop(4), new Flip(0.5));
  }

  @Test
  void normalisesAsTheCodesOfPapersDo() throws IOException {
    Path folder = folder10(false);
    assertThat(cifar10(folder, Cifar10Scale.GRASP).normalisation().std())
        .containsExactly(0.2023, 0.1994, 0.2010);
    assertThat(cifar10(folder, Cifar10Scale.OPEN_LTH).normalisation().mean())
        .containsExactly(0.485, 0.456, 0.406);
    assertThat(cifar10(folder, Cifar10Scale.SLOTS).normalisation().std())
        .containsExactly(0.247, 0.243, 0.261);
    assertThat(cifar10(folder, Cifar10Scale.NONE).normalisation()).isEqualTo(Normalisation.NONE);
    assertThat(cifar100(folder100(1), Cifar100Scale.SLIMMING).normalisation())
        .isEqualTo(cifar10(folder, Cifar10Scale.GRASP).normalisation());
  }

  @Test
  void computesMomentsFromTheTrainingImages() throws IOException {
    Path folder = folder10(false);
    byte[] half = new byte[2 * (1 + PIXELS)];
    Arrays.fill(half, 1 + PIXELS + 1, half.length, (byte) 255);
    half[1 + PIXELS] = 1;
    for (int batch = 1; batch <= 5; batch++) {
      Files.write(folder.resolve("data_batch_" + batch + ".bin"), half);
    }
    Normalisation normalisation = cifar10(folder, Cifar10Scale.FROM_DATA).normalisation();
    assertThat(normalisation.mean()).containsExactly(0.5, 0.5, 0.5);
    assertThat(normalisation.std()).containsExactly(0.5, 0.5, 0.5);
  }

  @Test
  void refusesAFileThatIsCutShort() throws IOException {
    Path folder = folder10(false);
    Path file = folder.resolve("data_batch_3.bin");
    Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 3 * (1 + PIXELS) - 1));
    assertThatThrownBy(() -> cifar10(folder, Cifar10Scale.NONE))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(
            file.toString(), "whole records of 3073 bytes", "found 9218 bytes", "cut short");
    Files.write(file, new byte[0]);
    assertThatThrownBy(() -> cifar10(folder, Cifar10Scale.NONE))
        .hasMessageContainingAll(file.toString(), "found 0 bytes");
  }

  @Test
  void refusesALabelOfNoClass() throws IOException {
    Path folder = folder10(false);
    Files.write(folder.resolve("test_batch.bin"), records(3, 10));
    assertThatThrownBy(() -> cifar10(folder, Cifar10Scale.NONE))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("test_batch.bin", "from 0 to 9", "found 10 in record 0");
    Path other = folder100(100);
    assertThatThrownBy(() -> cifar100(other, Cifar100Scale.NONE))
        .hasMessageContainingAll("train.bin", "from 0 to 99", "found 100 in record 0");
  }

  @Test
  void refusesAFileOfTheOtherSet() throws IOException {
    Path folder = folder10(false);
    Files.copy(folder.resolve("data_batch_2.bin"), folder.resolve("train.bin"));
    assertThatThrownBy(() -> cifar100(folder, Cifar100Scale.NONE))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("train.bin", "3074", "not of this data set");
  }

  @Test
  void namesAMissingFileAndAllThatBelongThere() throws IOException {
    Path folder = folder10(true);
    Files.delete(folder.resolve("data_batch_4.bin.gz"));
    assertThatThrownBy(() -> cifar10(folder, Cifar10Scale.NONE))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(
            "found neither data_batch_4.bin nor data_batch_4.bin.gz",
            "data_batch_1.bin, data_batch_2.bin",
            "test_batch.bin",
            "data.path");
  }

  @Test
  void readsTheJoinedBatchesOfDjlsRepository() throws IOException {
    String resource = "dataset/cv/ai/djl/basicdataset/cifar10";
    Path site = Files.createDirectories(temp.resolve("site").resolve(resource));
    Stub.write(site, "data_batch.bin", records(4, 8), true);
    Stub.write(site, "test_batch.bin", records(2, 9), true);
    Files.writeString(
        site.resolve("metadata.json"),
        """
        {
          "metadataVersion": "0.2",
          "resourceType": "dataset",
          "application": "cv",
          "groupId": "ai.djl.basicdataset",
          "artifactId": "cifar10",
          "artifacts": [{
            "version": "1.0",
            "files": {
              "data_batch.bin": {"uri": "data_batch.bin.gz"},
              "test_batch.bin": {"uri": "test_batch.bin.gz"}
            }
          }]
        }
        """);
    RemoteRepository remote =
        new RemoteRepository("site", temp.resolve("site").toUri()) {
          @Override
          public Path getCacheDirectory() {
            return temp.resolve("cache");
          }
        };
    Data data =
        new Cifar10(Optional.empty(), Cifar10Scale.NONE, Optional.empty())
            .read(DataFiles.from(remote, "cifar10", List.of()), Cifar10.JOINED);
    assertThat(data.train().labels()).containsExactly(8, 8, 8, 8);
    assertThat(data.test().labels()).containsExactly(9, 9);
  }

  @Test
  void aPartOfTheRealSetIsAboutNormalWithTheStandardPreset() throws IOException {
    Data data = Shared.cifar10(Cifar10Scale.STANDARD);
    assertThat(data.train().size()).isEqualTo(10_000);
    assertThat(data.test().size()).isEqualTo(2_000);
    Normalisation real = Colours.of(data.train());
    for (int c = 0; c < 3; c++) {
      double std = data.normalisation().std().get(c);
      // A fifth of the training images, JPEG'd once: near the moments of all, not at them.
      assertThat((real.mean().get(c) - data.normalisation().mean().get(c)) / std)
          .isCloseTo(0, within(0.02));
      assertThat(real.std().get(c) / std).isCloseTo(1, within(0.01));
    }
  }

  @Test
  void theSmallerStandardDeviationsAreMeansOfEachImagesOwn() throws IOException {
    Data data = Shared.cifar10(Cifar10Scale.GRASP);
    double[] sum = new double[3];
    for (int i = 0; i < data.train().size(); i++) {
      List<Double> own = Colours.of(data.train().take(i)).std();
      for (int c = 0; c < 3; c++) {
        sum[c] += own.get(c);
      }
    }
    for (int c = 0; c < 3; c++) {
      assertThat(sum[c] / data.train().size())
          .isCloseTo(data.normalisation().std().get(c), within(0.0015));
    }
  }

  private static Data cifar10(Path folder, Cifar10Scale normalisation) throws IOException {
    return new Cifar10(Optional.of(folder.toString()), normalisation, Optional.empty())
        .load(Prepared.inMemory());
  }

  private static Data firstOf10(Path folder, int examples) throws IOException {
    return new Cifar10(Optional.of(folder.toString()), Cifar10Scale.NONE, Optional.of(examples))
        .load(Prepared.inMemory());
  }

  private static Data cifar100(Path folder, Cifar100Scale normalisation) throws IOException {
    return new Cifar100(folder.toString(), normalisation, Optional.empty())
        .load(Prepared.inMemory());
  }

  private Path folder10(boolean zipped) throws IOException {
    Path folder = Files.createDirectories(temp.resolve("cifar-10"));
    for (int batch = 1; batch <= 5; batch++) {
      Stub.write(folder, "data_batch_" + batch + ".bin", records(batch, batch), zipped);
    }
    Stub.write(folder, "test_batch.bin", records(2, 6), zipped);
    return folder;
  }

  private Path folder100(int label) throws IOException {
    Path folder = Files.createDirectories(temp.resolve("cifar-100"));
    Stub.write(folder, "train.bin", records(3, 4, label), false);
    Stub.write(folder, "test.bin", records(1, 4, 7), false);
    return folder;
  }

  /** Records with these label bytes. */
  private static byte[] records(int count, int... labels) {
    ByteBuffer file = ByteBuffer.allocate(count * (labels.length + PIXELS));
    for (int record = 0; record < count; record++) {
      for (int label : labels) {
        file.put((byte) label);
      }
      for (int i = 0; i < PIXELS; i++) {
        file.put(pixel(labels[labels.length - 1], record, i));
      }
    }
    return file.array();
  }

  private static byte pixel(int label, int record, int i) {
    return (byte) (label * 31 + record * 7 + i * 3);
  }
}
