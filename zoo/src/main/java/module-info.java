/**
 * Models and data sets.
 *
 * @provides dev.espalier.api.Plugin
 */
module dev.espalier.zoo {
  requires ai.djl.basicdataset;

  // In plugins/, where a user puts it there.
  requires static ai.djl.tokenizers;
  requires com.google.gson;
  requires transitive dev.espalier.api;
  requires java.desktop;
  requires org.apache.commons.csv;
  requires org.slf4j;

  exports dev.espalier.zoo;
  exports dev.espalier.zoo.data;
  exports dev.espalier.zoo.models;

  provides dev.espalier.api.Plugin with
      dev.espalier.zoo.ZooPlugin;
}
