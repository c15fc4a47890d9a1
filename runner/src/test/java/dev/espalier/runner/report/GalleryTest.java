// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.espalier.runner.plugin.Registry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GalleryTest {

  private static final Path DOCS = Path.of("..", "docs");

  @TempDir private Path folder;

  /** All files below a folder, relative to it. */
  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).map(folder::relativize).sorted().toList();
    }
  }

  @Test
  void theGalleryIsWhatItsFilesMakeWithoutTraining() throws IOException {
    Path gallery = DOCS.resolve("gallery");
    for (Path file : files(gallery)) {
      if (!file.toString().endsWith(".svg")) {
        Path copy = folder.resolve("gallery").resolve(file);
        Files.createDirectories(copy.getParent());
        Files.copy(gallery.resolve(file), copy);
      }
    }
    List<Path> entries;
    try (Stream<Path> all = Files.list(folder.resolve("gallery"))) {
      entries = all.sorted().toList();
    }
    Path page = folder.resolve("gallery.md");
    Report.markdown(entries, page, Registry.load());
    assertThat(page).hasSameTextualContentAs(DOCS.resolve("gallery.md"));
    assertThat(page).content().contains("## init-lenet", "Not run.", "losing", ".svg)");
    assertThat(files(folder.resolve("gallery"))).isEqualTo(files(gallery));
    for (Path file : files(gallery)) {
      assertThat(folder.resolve("gallery").resolve(file))
          .hasSameTextualContentAs(gallery.resolve(file));
    }
  }
}
