/**
 * Sparse training: masks that move, thresholds and gates that are trained.
 *
 * @provides dev.espalier.api.Plugin
 */
module dev.espalier.methods.sparse {
  requires transitive dev.espalier.api;

  exports dev.espalier.methods.sparse;

  provides dev.espalier.api.Plugin with
      dev.espalier.methods.sparse.SparsePlugin;
}
