/**
 * Knowledge evolution.
 *
 * @provides dev.espalier.api.Plugin
 */
module dev.espalier.methods.ke {
  requires transitive dev.espalier.api;

  exports dev.espalier.methods.ke;

  provides dev.espalier.api.Plugin with
      dev.espalier.methods.ke.KePlugin;
}
