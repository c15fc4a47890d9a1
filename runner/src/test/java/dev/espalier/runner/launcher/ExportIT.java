// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tickets leave a run and come back, with the program as users start it. */
@Tag("slow")
class ExportIT {

  @TempDir private Path work;

  @Test
  void aTicketGoesToAnotherFolderAndIsARunThere() throws IOException, InterruptedException {
    Distribution espalier = new Distribution(work);
    Files.writeString(work.resolve("tiny.conf"), Distribution.TINY);
    espalier.run(work, "run", "tiny.conf").succeeded();
    Path ticket = Distribution.onlyRun(work).resolve("tickets/replicate-0-round-02");
    espalier.run(work, "export", ticket.toString(), "--to", "out", "--numpy").succeeded();
    try (Stream<Path> files = Files.list(work.resolve("out"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(
              List.of(
                  "replicate-0-round-02.json",
                  "replicate-0-round-02.npz",
                  "replicate-0-round-02.safetensors"));
    }
    Path elsewhere = Files.createDirectories(work.resolve("elsewhere"));
    espalier.run(elsewhere, "import", "../out").succeeded();
    Path imported = Distribution.onlyRun(elsewhere);
    assertThat(espalier.run(elsewhere, "analyse", imported.toString()).succeeded().out())
        .isEqualTo(espalier.run(work, "analyse", ticket.toString()).succeeded().out());
  }
}
