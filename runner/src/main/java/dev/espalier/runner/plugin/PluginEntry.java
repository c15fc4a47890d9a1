// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.plugin;

import dev.espalier.api.Catalog;
import java.util.Optional;

/** Something a user can name. Filled by the plugin that brings it, read by everyone else. */
public final class PluginEntry implements Catalog.Entry {

  private final Class<?> kind;
  private final String id;
  private final Class<?> type;
  private final Class<? extends Record> settings;
  private final String origin;
  private String summary = "";
  private String paper;

  PluginEntry(
      Class<?> kind, String id, Class<?> type, Class<? extends Record> settings, String origin) {
    this.kind = kind;
    this.id = id;
    this.type = type;
    this.settings = settings;
    this.origin = origin;
  }

  /** The interface it is chosen for. */
  public Class<?> kind() {
    return kind;
  }

  /** The id it is chosen by. */
  public String id() {
    return id;
  }

  /** The class to build. */
  public Class<?> type() {
    return type;
  }

  /** The record that its settings are read into; the class itself, but for methods. */
  public Class<? extends Record> settings() {
    return settings;
  }

  /** The jar and module that brought it. */
  public String origin() {
    return origin;
  }

  /** What it is, in a sentence; empty if its plugin did not say. */
  public String summary() {
    return summary;
  }

  /** The paper it comes from, if its plugin said. */
  public Optional<String> paper() {
    return Optional.ofNullable(paper);
  }

  @Override
  public PluginEntry summary(String sentence) {
    summary = sentence;
    return this;
  }

  @Override
  public PluginEntry paper(String citation) {
    paper = citation;
    return this;
  }
}
