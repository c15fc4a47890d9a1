/**
 * Methods that remove channels.
 *
 * @provides dev.espalier.api.Plugin
 */
module dev.espalier.methods.gates {
  requires transitive dev.espalier.api;

  exports dev.espalier.methods.gates;

  provides dev.espalier.api.Plugin with
      dev.espalier.methods.gates.GatesPlugin;
}
