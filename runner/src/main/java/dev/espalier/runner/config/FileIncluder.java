// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import java.io.File;
import java.net.URL;
import java.util.function.Supplier;

/**
 * Includes files, and nothing else: an experiment does not depend on the network. What is missing
 * or no file is empty here, and {@link ConfigFile} refuses it with its line.
 */
final class FileIncluder
    implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL, ConfigIncluderClasspath {

  private final ConfigIncluder usual;

  FileIncluder() {
    this(null);
  }

  private FileIncluder(ConfigIncluder usual) {
    this.usual = usual;
  }

  @Override
  public ConfigIncluder withFallback(ConfigIncluder fallback) {
    return new FileIncluder(fallback);
  }

  @Override
  public ConfigObject include(ConfigIncludeContext context, String what) {
    return what.contains("://") ? empty() : orEmpty(() -> usual.include(context, what));
  }

  @Override
  public ConfigObject includeFile(ConfigIncludeContext context, File what) {
    return usual instanceof ConfigIncluderFile files
        ? orEmpty(() -> files.includeFile(context, what))
        : empty();
  }

  @Override
  public ConfigObject includeURL(ConfigIncludeContext context, URL what) {
    return empty();
  }

  @Override
  public ConfigObject includeResources(ConfigIncludeContext context, String what) {
    return empty();
  }

  private static ConfigObject orEmpty(Supplier<ConfigObject> included) {
    try {
      return included.get();
    } catch (ConfigException.IO e) {
      return empty();
    }
  }

  private static ConfigObject empty() {
    return ConfigFactory.empty().root();
  }
}
