// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigObject;
import dev.espalier.runner.plugin.Registry;
import java.nio.file.Path;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the settings of a site, which are no part of an experiment. */
public final class SiteFile {

  private static final Logger LOG = LoggerFactory.getLogger(SiteFile.class);

  private SiteFile() {}

  /**
   * Reads a file into a record.
   *
   * @param file a regular file
   * @param type its components are the keys of the file
   * @throws ConfigProblem naming all problems of the file
   */
  public static <R extends Record> R read(Path file, Class<R> type, Registry registry) {
    try {
      ConfigFile text = ConfigFile.read(file);
      ConfigProblem.lines(text.warnings(), "warning").forEach(LOG::warn);
      ConfigObject root = text.placed(text.config().resolve().root());
      Binder binder = new Binder(registry, text.incomplete());
      binder.problems().addAll(text.problems());
      return binder.read(type, root, Set.of());
    } catch (ConfigException e) {
      throw ConfigFile.unresolved(e, file.toString());
    } catch (StackOverflowError e) {
      throw ConfigFile.tooDeep();
    }
  }
}
