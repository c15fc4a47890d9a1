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

  private static List<Path> in(Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.sorted().toList();
    }
  }

  @Test
  void theGalleryIsWhatItsFilesMakeWithoutTraining() throws IOException {
    for (Path entry : in(DOCS.resolve("gallery"))) {
      Path copy = Files.createDirectories(folder.resolve("gallery").resolve(entry.getFileName()));
      for (Path file : in(entry)) {
        if (!file.toString().endsWith(".svg")) {
          Files.copy(file, copy.resolve(file.getFileName()));
        }
      }
    }
    Path page = folder.resolve("gallery.md");
    Report.markdown(in(folder.resolve("gallery")), page, Registry.load());
    assertThat(page).hasSameTextualContentAs(DOCS.resolve("gallery.md"));
    assertThat(page).content().contains("## init-lenet", "Not run.", "losing", ".svg)");
    for (Path entry : in(folder.resolve("gallery"))) {
      for (Path file : in(entry)) {
        assertThat(file)
            .hasSameTextualContentAs(
                DOCS.resolve("gallery").resolve(entry.getFileName()).resolve(file.getFileName()));
      }
    }
  }
}
