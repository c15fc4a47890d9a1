// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.plugin;

import dev.espalier.api.Catalog;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** A type that a user can choose by id. The plugin that brings it sets the values. */
public final class PluginEntry implements Catalog.Entry {

  private final Class<?> kind;
  private final String id;
  private final Class<?> type;
  private final Class<? extends Record> settings;
  private final String origin;
  private String summary = "";
  private String paper;
  private final Map<String, Finding> findings = new LinkedHashMap<>();
  private final Map<String, String> curves = new LinkedHashMap<>();

  /**
   * The description of a finding of a method.
   *
   * @param name its name in reports
   * @param unit the unit of a number; empty without one
   * @param meaning one sentence
   */
  public record Finding(String name, String unit, String meaning) {

    /** The name with the unit. */
    public String title() {
      return unit.isEmpty() ? name : name + " (" + unit + ")";
    }
  }

  PluginEntry(
      Class<?> kind, String id, Class<?> type, Class<? extends Record> settings, String origin) {
    this.kind = kind;
    this.id = id;
    this.type = type;
    this.settings = settings;
    this.origin = origin;
  }

  /** The interface of its kind. */
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

  /** The record of its settings; the class itself, unless it is a method. */
  public Class<? extends Record> settings() {
    return settings;
  }

  /** The jar and module that brought it. */
  public String origin() {
    return origin;
  }

  /** A sentence about it; empty if its plugin did not give one. */
  public String summary() {
    return summary;
  }

  /** The paper of it, if its plugin gave one. */
  public Optional<String> paper() {
    return Optional.ofNullable(paper);
  }

  /** The findings that its plugin declared, by key, in their order. */
  public Map<String, Finding> findings() {
    return Collections.unmodifiableMap(findings);
  }

  /** The findings that are drawn over others: the key of the other one by key. */
  public Map<String, String> curves() {
    return Collections.unmodifiableMap(curves);
  }

  @Override
  public PluginEntry curve(String key, String x) {
    curves.put(key, x);
    return this;
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

  @Override
  public PluginEntry finding(String key, String name, String unit, String meaning) {
    findings.put(key, new Finding(name, unit, meaning));
    return this;
  }
}
