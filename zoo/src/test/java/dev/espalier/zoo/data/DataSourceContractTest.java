// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import dev.espalier.api.contract.DataSourceContract;
import dev.espalier.api.data.DataSource;
import dev.espalier.api.state.RandomStream;
import dev.espalier.api.state.Seed;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/** All data sets of the zoo keep the contract, on files of random pixels where none are bundled. */
class DataSourceContractTest {

  private static final int CIFAR_PIXELS = 3072;

  @TempDir private Path folder;

  @Nested
  class OfDigits extends DataSourceContract {
    @Override
    protected DataSource source() {
      return new Digits(PixelScale.STANDARD);
    }
  }

  @Nested
  class OfMnist extends DataSourceContract {
    @Override
    protected DataSource source() throws IOException {
      return new Mnist(Optional.of(mnist()), PixelScale.STANDARD, Optional.empty());
    }
  }

  @Nested
  class OfFashionMnist extends DataSourceContract {
    @Override
    protected DataSource source() throws IOException {
      return new FashionMnist(Optional.of(mnist()), PixelScale.NONE, Optional.empty());
    }
  }

  @Nested
  class OfCifar10 extends DataSourceContract {
    @Override
    protected DataSource source() throws IOException {
      RandomStream random = random();
      for (int batch = 1; batch <= 5; batch++) {
        Files.write(folder.resolve("data_batch_" + batch + ".bin"), cifar(4, 1, random));
      }
      Files.write(folder.resolve("test_batch.bin"), cifar(4, 1, random));
      return new Cifar10(Optional.of(folder.toString()), Cifar10Scale.FROM_DATA, Optional.empty());
    }
  }

  @Nested
  class OfCifar100 extends DataSourceContract {
    @Override
    protected DataSource source() throws IOException {
      RandomStream random = random();
      Files.write(folder.resolve("train.bin"), cifar(12, 2, random));
      Files.write(folder.resolve("test.bin"), cifar(4, 2, random));
      return new Cifar100(folder.toString(), Cifar100Scale.FROM_DATA, Optional.empty());
    }
  }

  @Nested
  class OfAnImageFolder extends DataSourceContract {
    @Override
    protected DataSource source() throws IOException {
      RandomStream random = random();
      for (String part : new String[] {"train", "val", "test"}) {
        for (String name : new String[] {"apple/a.png", "apple/b.png", "pear/c.png"}) {
          Path file = folder.resolve(part).resolve(name);
          if (!Files.exists(file)) {
            Files.createDirectories(file.getParent());
            ImageIO.write(image(random), "png", file.toFile());
          }
        }
      }
      return new ImageFolder(
          folder.toString(),
          6,
          Optional.of(5),
          Optional.of(ImageScale.FROM_DATA),
          Colour.RGB,
          Optional.empty());
    }
  }

  @Nested
  class OfTheBundledText extends DataSourceContract {
    @Override
    protected DataSource source() {
      return new Text(Optional.empty(), new Characters(), 500, 0.1);
    }
  }

  @Nested
  class OfAText extends DataSourceContract {
    @Override
    protected DataSource source() throws IOException {
      Files.writeString(folder.resolve("a.txt"), words(60));
      Files.writeString(folder.resolve("b.txt"), words(61));
      return new Text(Optional.of(folder.toString()), new Bytes(), 7, 0.25);
    }
  }

  @Nested
  class OfTextsWithClasses extends DataSourceContract {
    @Override
    protected DataSource source() throws IOException {
      StringBuilder lines = new StringBuilder();
      for (int i = 0; i < 12; i++) {
        lines.append(i % 3 == 0 ? "good" : "bad").append('\t').append(words(5 + i)).append('\n');
      }
      Path file = Files.writeString(folder.resolve("texts.tsv"), lines);
      return new TextClassification(
          file.toString(), "0.3", new Words(10), 8, TextClassification.Longer.CUT);
    }
  }

  @Nested
  class OfATableOfNumbers extends DataSourceContract {
    @Override
    protected DataSource source() throws IOException {
      return table("y", List.of("colour"));
    }
  }

  @Nested
  class OfATableOfClasses extends DataSourceContract {
    @Override
    protected DataSource source() throws IOException {
      return table("colour", List.of());
    }
  }

  @Nested
  class OfFriedman extends DataSourceContract {
    @Override
    protected DataSource source() {
      return new Friedman(20, 10, 1);
    }
  }

  /** Words of the first letters, each of a random one. */
  private static String words(int count) {
    RandomStream random = new Seed(1, count).stream("words", 0);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append((char) ('a' + random.nextInt(20))).append(' ');
    }
    return text.toString();
  }

  private DataSource table(String target, List<String> categorical) throws IOException {
    RandomStream random = random();
    StringBuilder rows = new StringBuilder("x,colour,y\n");
    for (int i = 0; i < 30; i++) {
      rows.append(random.nextDouble())
          .append(i % 3 == 0 ? ",red," : ",blue,")
          .append(random.nextDouble())
          .append('\n');
    }
    Path file = Files.writeString(folder.resolve("rows.csv"), rows);
    return new Table(file.toString(), target, Optional.empty(), categorical, ",", "0.2");
  }

  private static RandomStream random() {
    return new Seed(1, 0).stream("pixels", 0);
  }

  private static byte[] pixels(int count, RandomStream random) {
    byte[] pixels = new byte[count];
    random.nextBytes(pixels);
    return pixels;
  }

  /** The four files, with 12 training and 4 test images of 4 x 4 pixels. */
  private String mnist() throws IOException {
    RandomStream random = random();
    for (String name : MnistFiles.NAMES) {
      int count = name.startsWith("train") ? 12 : 4;
      byte[] file;
      if (name.contains("images")) {
        file = Stub.images(count, 4, 4);
        byte[] pixels = pixels(count * 16, random);
        System.arraycopy(pixels, 0, file, file.length - pixels.length, pixels.length);
      } else {
        file = Stub.labels(count);
        for (int i = 0; i < count; i++) {
          file[file.length - count + i] = (byte) (i % 10);
        }
      }
      Stub.write(folder, name, file, false);
    }
    return folder.toString();
  }

  /** Records of as many label bytes, the same, and random pixels. */
  private static byte[] cifar(int count, int labels, RandomStream random) {
    ByteBuffer file = ByteBuffer.allocate(count * (labels + CIFAR_PIXELS));
    for (int i = 0; i < count; i++) {
      for (int label = 0; label < labels; label++) {
        file.put((byte) i);
      }
      file.put(pixels(CIFAR_PIXELS, random));
    }
    return file.array();
  }

  private static BufferedImage image(RandomStream random) {
    BufferedImage image = new BufferedImage(9, 7, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 63; i++) {
      image.setRGB(i % 9, i / 9, random.nextInt(1 << 24));
    }
    return image;
  }
}
