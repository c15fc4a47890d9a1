// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.types.Shape;
import ai.djl.repository.RemoteRepository;
import dev.espalier.api.data.Data;
import dev.espalier.api.data.Normalisation;
import dev.espalier.api.data.Prepared;
import dev.espalier.api.state.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MnistFilesTest {

  private static final String RESOURCE = "dataset/cv/ai/djl/basicdataset/mnist";

  @TempDir Path temp;

  @Test
  void readsAFolderOfPlainFiles() throws IOException {
    Data data = read(in(Stub.folder(temp, false)));
    assertThat(data.train().size()).isEqualTo(6);
    assertThat(data.validation().size()).isZero();
    assertThat(data.test().size()).isEqualTo(3);
    assertThat(data.train().shape()).isEqualTo(new Shape(1, 2, 4));
    assertThat(data.train().labels()).containsExactly(0, 1, 2, 3, 4, 5);
    assertThat(data.classes()).isEqualTo(10);
  }

  @Test
  void hasOneDigestWhereverTheFilesLieAndHoweverTheyAreStored() throws IOException {
    Path plain = Stub.folder(temp.resolve("plain"), false);
    Path zipped = Stub.folder(temp.resolve("zipped"), true);
    Path mixed = Stub.folder(temp.resolve("mixed"), true);
    Files.delete(mixed.resolve("t10k-labels-idx1-ubyte.gz"));
    Files.write(mixed.resolve("t10k-labels-idx1-ubyte"), Stub.labels(3));
    assertThat(read(in(zipped)).digest())
        .isEqualTo(read(in(plain)).digest())
        .isEqualTo(read(in(mixed)).digest());
  }

  @Test
  void hasAnotherDigestForOtherPixels() throws IOException {
    Path folder = Stub.folder(temp, false);
    Data before = read(in(folder));
    byte[] images = Stub.images(3, 2, 4);
    images[20]++;
    Files.write(folder.resolve("t10k-images-idx3-ubyte"), images);
    assertThat(read(in(folder)).digest()).isNotEqualTo(before.digest());
  }

  @Test
  void namesAMissingFileAndAllThatBelongThere() throws IOException {
    Path folder = Stub.folder(temp, true);
    Files.delete(folder.resolve("t10k-images-idx3-ubyte.gz"));
    assertThatThrownBy(() -> read(in(folder)))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(
            folder.toString(),
            "found neither t10k-images-idx3-ubyte nor t10k-images-idx3-ubyte.gz",
            "train-images-idx3-ubyte, train-labels-idx1-ubyte",
            "t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte",
            "data.path");
  }

  @Test
  void refusesAFileAndItsGzipOfOtherContent() throws IOException {
    Path folder = Stub.folder(temp, false);
    Stub.folder(temp, true);
    assertThat(read(in(folder)).train().size()).isEqualTo(6);
    byte[] images = Stub.images(3, 2, 4);
    images[20]++;
    Stub.write(folder, "t10k-images-idx3-ubyte", images, true);
    assertThatThrownBy(() -> read(in(folder)))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(
            folder.resolve("t10k-images-idx3-ubyte").toString(),
            "found another content in t10k-images-idx3-ubyte.gz");
  }

  @Test
  void namesAFolderInPlaceOfAFile() throws IOException {
    Path folder = Stub.folder(temp, false);
    Path file = folder.resolve("train-labels-idx1-ubyte");
    Files.delete(file);
    Files.createDirectory(file);
    assertThatThrownBy(() -> read(in(folder)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file + ": cannot be read (it is a folder); replace it");
  }

  @Test
  void takesTheFirstExamples() throws IOException {
    Optional<String> path = Optional.of(Stub.folder(temp, true).toString());
    Data all = new Mnist(path, PixelScale.NONE, Optional.empty()).load(Prepared.inMemory());
    Data first = new Mnist(path, PixelScale.NONE, Optional.of(4)).load(Prepared.inMemory());
    assertThat(first.train().digest()).isEqualTo(all.train().take(0, 1, 2, 3).digest());
    assertThat(first.test().digest()).isEqualTo(all.test().digest());
    assertThatThrownBy(
            () -> new FashionMnist(path, PixelScale.NONE, Optional.of(7)).load(Prepared.inMemory()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("examples", "found 7", "at most the 6");
  }

  @Test
  void namesAMissingFolder() {
    assertThatThrownBy(
            () ->
                new Mnist(Optional.of("nowhere"), PixelScale.NONE, Optional.empty())
                    .load(Prepared.inMemory()))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("nowhere: found no such folder", "data.path");
  }

  @Test
  void namesADamagedFileByItsPath() throws IOException {
    Path folder = Stub.folder(temp, false);
    Path labels = Files.write(folder.resolve("train-labels-idx1-ubyte"), Stub.images(6, 2, 4));
    assertThatThrownBy(() -> read(in(folder)))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(labels.toString(), "magic 2049", "found 2051");
  }

  @Test
  void refusesTestImagesOfAnotherSize() throws IOException {
    Path folder = Stub.folder(temp, false);
    Files.write(folder.resolve("t10k-images-idx3-ubyte"), Stub.images(3, 4, 2));
    assertThatThrownBy(() -> read(in(folder)))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("(1, 2, 4)", "found (1, 4, 2)");
  }

  @Test
  void scalesPixelsAsAsked() throws IOException {
    Optional<String> path = Optional.of(Stub.folder(temp, true).toString());
    assertThat(
            new Mnist(path, PixelScale.NONE, Optional.empty())
                .load(Prepared.inMemory())
                .normalisation())
        .isEqualTo(Normalisation.NONE);
    assertThat(
            new Mnist(path, PixelScale.STANDARD, Optional.empty())
                .load(Prepared.inMemory())
                .normalisation()
                .mean())
        .containsExactly(0.1307);
    Data fashion =
        new FashionMnist(path, PixelScale.STANDARD, Optional.empty()).load(Prepared.inMemory());
    assertThat(fashion.normalisation().std()).containsExactly(0.3530);
    assertThat(fashion.name()).isEqualTo("fashion-mnist");
  }

  @Test
  void downloadsOnceAndThenNeedsNoNetwork() throws IOException {
    Path site = site();
    RemoteRepository remote = remote(site);
    assertThat(read(from(remote)).digest()).isEqualTo(expected());
    Files.move(site, temp.resolve("gone"));
    // Without it, as with metadata older than a day, DJL would ask the site.
    Path metadata = temp.resolve("cache").resolve(RESOURCE).resolve("metadata.json");
    assertThat(metadata).exists();
    Files.delete(metadata);
    assertThat(read(from(remote)).digest()).isEqualTo(expected());
  }

  @Test
  void saysWhatToPutWhereWhenThereIsNoNetwork() {
    assertThatThrownBy(() -> from(remote(temp.resolve("unreachable"))))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll(
            "mnist: cannot be downloaded from",
            "unreachable",
            "connect this machine",
            "train-images-idx3-ubyte, train-labels-idx1-ubyte",
            "data.path");
  }

  @Test
  void saysTheSameWhenSomethingElseAnswers() throws IOException {
    Path site = site();
    Files.writeString(site.resolve(RESOURCE).resolve("metadata.json"), "<html>Log in</html>");
    assertThatThrownBy(() -> from(remote(site)))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("mnist: cannot be downloaded from", "data.path");
  }

  private static DataFiles in(Path folder) {
    return DataFiles.in(folder, MnistFiles.NAMES);
  }

  private static DataFiles from(RemoteRepository remote) throws IOException {
    return DataFiles.from(remote, "mnist", MnistFiles.NAMES);
  }

  private static Data read(DataFiles files) throws IOException {
    return MnistFiles.read(files, "mnist", Normalisation.NONE, Optional.empty());
  }

  private Digest expected() throws IOException {
    return read(in(Stub.folder(temp.resolve("expected"), false))).digest();
  }

  /** A remote repository on this disk, with a cache of its own. */
  private RemoteRepository remote(Path site) {
    return new RemoteRepository("site", site.toUri()) {
      @Override
      public Path getCacheDirectory() {
        return temp.resolve("cache");
      }
    };
  }

  /** Such a repository, with the stub as its MNIST; named as in the metadata of DJL's own. */
  private Path site() throws IOException {
    Path folder = temp.resolve("site").resolve(RESOURCE);
    Stub.folder(folder.resolve("1.0"), true);
    Files.writeString(
        folder.resolve("metadata.json"),
        """
        {
          "metadataVersion": "0.2",
          "resourceType": "dataset",
          "application": "cv",
          "groupId": "ai.djl.basicdataset",
          "artifactId": "mnist",
          "artifacts": [{
            "version": "1.0",
            "files": {
              "train_data": {"uri": "1.0/train-images-idx3-ubyte.gz"},
              "train_labels": {"uri": "1.0/train-labels-idx1-ubyte.gz"},
              "test_data": {"uri": "1.0/t10k-images-idx3-ubyte.gz"},
              "test_labels": {"uri": "1.0/t10k-labels-idx1-ubyte.gz"}
            }
          }]
        }
        """);
    return temp.resolve("site");
  }
}
