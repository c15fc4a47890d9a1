// SPDX-License-Identifier: Apache-2.0
package dev.espalier.runner.cluster;

import dev.espalier.api.settings.Ranges;
import dev.espalier.api.settings.Setting;
import java.util.Optional;

/**
 * The section {@code kubernetes} of a site file: where workers find the program and the shared
 * folder.
 *
 * @param image the image of a worker
 * @param espalier the folder of the distribution in the image
 * @param claim the claim of the shared volume
 * @param storage the size of a new volume
 * @param storageClass the class of a new volume
 * @param gpus the GPUs of a worker
 */
public record KubernetesSettings(
    @Setting(value = "the image with Java and Espalier", pattern = "[^\\s$]+") String image,
    @Setting(
            value = "folder of the distribution in the image, which begins with /",
            defaults = "/opt/espalier",
            pattern = "/[^\\p{Cntrl}]*")
        String espalier,
    @Setting(
            value =
                "name of the PersistentVolumeClaim of the shared folder: lower-case letters, digits"
                    + " and hyphens",
            defaults = "espalier",
            pattern = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
        String claim,
    @Setting(
            value =
                "size of the shared folder, such as 500Gi, if the manifest creates it; without it,"
                    + " the claim exists",
            pattern = "[1-9]\\d{0,8}[KMGT]i")
        Optional<String> storage,
    @Setting(
            value =
                "storage class of a new shared folder: lower-case letters, digits, hyphens and"
                    + " dots; it must allow ReadWriteMany",
            pattern = "[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?")
        Optional<String> storageClass,
    @Setting(value = "GPUs of a worker", defaults = "0", range = "[0, 64]") int gpus) {

  /** Checks the ranges and the forms. */
  public KubernetesSettings {
    Ranges.check(KubernetesSettings.class, image, espalier, claim, storage, storageClass, gpus);
  }
}
