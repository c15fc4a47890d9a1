// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.track;

import dev.espalier.api.Tracker;
import dev.espalier.runner.store.RunLayout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Writes event files for TensorBoard. A training has the folder {@code
 * tensorboard/<replicate>-training-03} while it computes, with the wall time of each point. When
 * its ticket is published, the folder becomes {@code tensorboard/<ticket>}. A ticket whose points
 * were not all seen has those of its history; see {@link TensorBoardFile}. A training without a
 * ticket keeps its folder until the next ticket of its replicate.
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

    /** The folders of trainings since the last ticket. */
    private final List<Path> trainings = new ArrayList<>();

    /** The file of the training that computes. */
    private Optional<TensorBoardFile> live = Optional.empty();

    Curves(Start start) {
      folder = start.folder().resolve(RunLayout.TENSORBOARD);
      name = start.name();
    }

    @Override
    public void training(Training training) {
      Path path = folder.resolve("%s-training-%02d".formatted(name, training.number()));
      trainings.add(path);
      // The file of its ticket has all points of one in the store.
      live = training.isStored() ? Optional.empty() : Optional.of(open(path));
    }

    @Override
    public void measured(Measurement measurement) {
      live.ifPresent(file -> write(() -> file.append(measurement)));
    }

    @Override
    public void ticket(Published published) {
      live = Optional.empty();
      Path ticket = folder.resolve(published.name());
      if (!open(ticket).isOf(published.history())) {
        Optional<Path> seen =
            trainings.stream()
                .filter(training -> !published.history().isEmpty())
                .filter(training -> open(training).isOf(published.history()))
                .reduce((earlier, later) -> later);
        write(
            () -> {
              delete(ticket);
              if (seen.isPresent()) {
                Files.move(seen.get(), ticket);
              } else {
                TensorBoardFile.write(ticket, published);
              }
            });
      }
      trainings.forEach(training -> write(() -> delete(training)));
      trainings.clear();
    }

    private static TensorBoardFile open(Path folder) {
      try {
        return TensorBoardFile.open(folder);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static void delete(Path folder) throws IOException {
      if (Files.isDirectory(folder)) {
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
          files = all.toList();
        }
        for (Path file : files) {
          Files.delete(file);
        }
        Files.delete(folder);
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
