/** The command line, and the models and data sets that come with it. */
module dev.espalier.runner {
  requires dev.espalier.api;
  requires ai.djl.api;
  requires ai.djl.basicdataset;
  requires org.slf4j;

  // Digests read the components of records.
  exports dev.espalier.runner.data to
      dev.espalier.api;
  exports dev.espalier.runner.models to
      dev.espalier.api;
}
