// SPDX-License-Identifier: Apache-2.0
package dev.espalier.zoo.models;

import dev.espalier.api.network.Initialiser;
import dev.espalier.api.network.Model;
import dev.espalier.api.network.Network;
import dev.espalier.api.network.Task;
import dev.espalier.api.settings.Setting;
import java.util.List;
import org.apiguardian.api.API;

/**
 * Lenet-300-100: flatten, 300, ReLU, 100, ReLU, classes. On MNIST 784-300-100-10: 266,200 weights
 * (LTH paper, Figure 2: 266K) and, with biases, 266,610 parameters. Inputs float32 of shape (batch,
 * ...), of any size; outputs logits of shape (batch, classes). The layers are {@code fc1}, {@code
 * fc2} and {@code fc3}; the neurons of the first two are groups of these names.
 *
 * <p>Source: LeCun, Bottou, Bengio and Haffner, Proceedings of the IEEE 1998, for the sizes. The
 * LTH paper, arXiv:1803.03635, for ReLU and the Glorot normal initialisation. Without biases it is
 * that of edge-popup, arXiv:1911.13299, and slot machines, arXiv:2101.06475.
 *
 * @param biases whether layers have biases
 * @param initialiser the initialiser of the weights; biases start at 0
 */
@API(status = API.Status.EXPERIMENTAL, since = "0.1")
public record Lenet300100(
    @Setting(
            value = "whether layers have biases: yes in LTH, no in edge-popup and slot machines",
            defaults = "true")
        boolean biases,
    @Setting(
            value =
                "how the weights are drawn, glorot-normal in the LTH paper and kaiming-normal in"
                    + " open_lth; biases start at 0",
            defaults = "glorot-normal")
        Initialiser initialiser)
    implements Model {

  private static final List<Integer> HIDDEN = List.of(300, 100);

  @Override
  public Network build(Task task) {
    return new Mlp(HIDDEN, biases, initialiser)
        .network("lenet-300-100", task.numbers(), task.outputs());
  }
}
