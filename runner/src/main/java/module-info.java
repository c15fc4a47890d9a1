// SPDX-License-Identifier: Apache-2.0
/**
 * The command line, configuration, wiring, the run store and reports.
 *
 * @provides dev.espalier.api.Plugin
 * @uses dev.espalier.api.Plugin
 */
module dev.espalier.runner {
  requires ai.djl.api;
  requires ch.qos.logback.classic;
  requires ch.qos.logback.core;
  requires com.google.gson;
  requires com.google.guice;
  requires com.sun.jna;
  requires transitive dev.espalier.api;
  requires info.picocli;
  requires jakarta.inject;
  requires java.desktop;
  requires java.management;
  requires jdk.management;
  requires me.tongfei.progressbar;
  requires org.apache.commons.csv;
  requires org.apache.commons.statistics.distribution;
  requires org.apache.fontbox;
  requires org.apache.pdfbox;
  requires org.knowm.xchart;
  requires org.slf4j;
  requires typesafe.config;

  // The launcher starts it by name.
  exports dev.espalier.runner;

  // Guice builds the method.
  exports dev.espalier.runner.retrain to
      com.google.guice;

  opens dev.espalier.runner to
      info.picocli;

  // Descriptions are read into records.
  opens dev.espalier.runner.export to
      com.google.gson;
  opens dev.espalier.runner.results to
      com.google.gson;

  uses dev.espalier.api.Plugin;

  provides dev.espalier.api.Plugin with
      dev.espalier.runner.BuiltIns;
}
