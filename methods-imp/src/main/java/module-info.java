/**
 * Lottery tickets by iterative magnitude pruning; early-bird tickets.
 *
 * @provides dev.espalier.api.Plugin
 */
module dev.espalier.methods.imp {
  requires transitive dev.espalier.api;

  exports dev.espalier.methods.imp;

  provides dev.espalier.api.Plugin with
      dev.espalier.methods.imp.ImpPlugin;
}
