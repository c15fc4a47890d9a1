/** What a plugin author and a library user meet: contracts, value types and the training engine. */
@SuppressWarnings("module") // the runner is compiled later
module dev.espalier.api {
  requires transitive ai.djl.api;
  requires transitive jakarta.inject;
  requires org.slf4j;
  requires static transitive org.apiguardian.api;

  exports dev.espalier.api;
  exports dev.espalier.api.data;
  exports dev.espalier.api.network;
  exports dev.espalier.api.settings;
  exports dev.espalier.api.state;
  exports dev.espalier.api.structure;
  exports dev.espalier.api.train;

  // What a method or a program needs of the engine is LocalTrial.
  exports dev.espalier.api.engine to
      dev.espalier.runner;

  // Keys of steps read the components of records that are not public, such as masked training.
  opens dev.espalier.api to
      dev.espalier.runner;
}
