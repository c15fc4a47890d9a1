/** The command line and what it runs. */
module dev.espalier.runner {
  requires dev.espalier.api;
  requires ai.djl.api;
}
