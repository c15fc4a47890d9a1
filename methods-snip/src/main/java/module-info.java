/**
 * Pruning at initialisation.
 *
 * @provides dev.espalier.api.Plugin
 */
module dev.espalier.methods.snip {
  requires transitive dev.espalier.api;

  exports dev.espalier.methods.snip;

  provides dev.espalier.api.Plugin with
      dev.espalier.methods.snip.SnipPlugin;
}
