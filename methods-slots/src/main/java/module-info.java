/**
 * Frozen random weights.
 *
 * @provides dev.espalier.api.Plugin
 */
module dev.espalier.methods.slots {
  requires transitive dev.espalier.api;

  exports dev.espalier.methods.slots;

  provides dev.espalier.api.Plugin with
      dev.espalier.methods.slots.SlotsPlugin;
}
