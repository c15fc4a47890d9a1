// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.track;

import dev.espalier.api.Tracker;
import dev.espalier.runner.store.RunLayout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Writes event files for TensorBoard. A training has the folder {@code
 * tensorboard/<replicate>-training-03} while it computes, with the wall time of each point. When
 * its ticket is published, {@code tensorboard/<ticket>} replaces it; see {@link TensorBoardFile}. A
 * training without a ticket keeps its folder until the next ticket of its replicate.
 */
public record TensorBoard() implements Tracker {

  @Override
  public Session begin(Start start) {
    return new Curves(start);
  }

  /** The curves of one replicate. */
  private static final class Curves implements Session {

    private final Path folder;
    private final String name;

    /** A process that resumes a training writes another file, as the last may be incomplete. */
    private final String file = "events.out.tfevents." + Instant.now().toEpochMilli();

    /** The folders of trainings since the last ticket. */
    private final List<Path> trainings = new ArrayList<>();

    private boolean isStored;

    Curves(Start start) {
      folder = start.folder().resolve(RunLayout.TENSORBOARD);
      name = start.name();
    }

    private Path training(int number) {
      return folder.resolve("%s-training-%02d".formatted(name, number));
    }

    @Override
    public void training(Training training) {
      trainings.add(training(training.number()));
      isStored = training.isStored();
    }

    @Override
    public void measured(Measurement measurement) {
      if (!isStored) { // else the file of its ticket has all points
        Path training = training(measurement.training());
        write(() -> TensorBoardFile.append(training.resolve(file), measurement));
      }
    }

    @Override
    public void ticket(Published published) {
      write(
          () -> {
            TensorBoardFile.write(folder.resolve(published.name()), published);
            for (Path training : trainings) {
              delete(training);
            }
          });
      trainings.clear();
    }

    private static void delete(Path training) throws IOException {
      if (Files.isDirectory(training)) {
        List<Path> files;
        try (Stream<Path> all = Files.list(training)) {
          files = all.toList();
        }
        for (Path file : files) {
          Files.delete(file);
        }
        Files.delete(training);
      }
    }

    private static void write(Writing writing) {
      try {
        writing.run();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** Writes files. */
    @FunctionalInterface
    private interface Writing {
      void run() throws IOException;
    }
  }
}
