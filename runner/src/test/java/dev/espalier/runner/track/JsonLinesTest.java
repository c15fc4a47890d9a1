// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.track;

import dev.espalier.api.Tracker;
import dev.espalier.api.contract.TrackerContract;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;

class JsonLinesTest extends TrackerContract {

  @Override
  protected Tracker tracker() {
    return new JsonLines();
  }

  @Override
  protected String written(Tracker.Start start) {
    try {
      return Files.readString(
          start.folder().resolve("json-lines").resolve(start.name() + ".jsonl"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
