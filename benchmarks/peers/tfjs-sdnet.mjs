/**
 * SDNet in TensorFlow.js, in training mode: the layout and parameter names of tools/pytorch/sdnet_twin.py,
 * with NHWC activations and HWIO kernels.
 */

const EPSILON = 1e-5;

/**
 * Returns `variables` (trainable, by name) and `forward` (images [N,H,W,channels] → logits [N,classes]).
 * Batch norm uses the batch's statistics; running statistics are not kept.
 */
export function createSdnet(tf, classes, channels) {
  const variables = {};
  let seed = 0;

  /** A variable [shape], normal with He's deviation for its fan-in. */
  function weight(name, shape, fanIn) {
    const initial = tf.randomNormal(shape, 0, Math.sqrt(2 / fanIn), 'float32', ++seed);
    variables[name] = tf.variable(initial, true);
    return variables[name];
  }

  function filled(name, size, value) {
    variables[name] = tf.variable(tf.fill([size], value), true);
    return variables[name];
  }

  function conv(name, inputs, outputs, kernel, stride = 1) {
    const filter = weight(`${name}.weight`, [kernel, kernel, inputs, outputs], kernel * kernel * inputs);
    return (x) => tf.conv2d(x, filter, stride, (kernel - 1) / 2);
  }

  function depthwise(name, inputs) {
    const filter = weight(`${name}.weight`, [3, 3, inputs, 1], 9);
    return (x) => tf.depthwiseConv2d(x, filter, 1, 'same');
  }

  function separable(name, inputs, outputs) {
    return sequence(depthwise(`${name}.depthwise`, inputs), conv(`${name}.pointwise`, inputs, outputs, 1));
  }

  function batchNorm(name, size) {
    const scale = filled(`${name}.weight`, size, 1);
    const offset = filled(`${name}.bias`, size, 0);
    return (x) => {
      const { mean, variance } = tf.moments(x, [0, 1, 2]);
      return tf.batchNorm(x, mean, variance, offset, scale, EPSILON);
    };
  }

  function linear(name, inputs, outputs) {
    const matrix = weight(`${name}.weight`, [outputs, inputs], inputs);
    const bias = filled(`${name}.bias`, outputs, 0);
    return (x) => tf.matMul(x, matrix, false, true).add(bias);
  }

  function stem() {
    return sequence(
      conv('stem.conv', channels, 24, 3, 2),
      batchNorm('stem.norm', 24),
      tf.relu,
      separable('stem.separable', 24, 48),
      batchNorm('stem.separable_norm', 48),
    );
  }

  function residual(name, inputs, width) {
    const main = sequence(
      tf.relu,
      separable(`${name}.separable1`, inputs, width),
      batchNorm(`${name}.norm1`, width),
      tf.relu,
      separable(`${name}.separable2`, width, width),
      batchNorm(`${name}.norm2`, width),
      (x) => tf.maxPool(x, 3, 2, 1),
    );
    const shortcut = sequence(
      conv(`${name}.shortcut.conv`, inputs, width, 1, 2),
      batchNorm(`${name}.shortcut.norm`, width),
    );
    return (x) => main(x).add(shortcut(x));
  }

  function denseLayer(name, inputs, growth) {
    const added = sequence(
      batchNorm(`${name}.norm1`, inputs),
      tf.relu,
      conv(`${name}.conv`, inputs, 4 * growth, 1),
      batchNorm(`${name}.norm2`, 4 * growth),
      tf.relu,
      separable(`${name}.separable`, 4 * growth, growth),
    );
    return (x) => tf.concat([x, added(x)], 3);
  }

  function stage(name, inputs, width, growth, layers) {
    return sequence(
      residual(`${name}.residual`, inputs, width),
      ...Array.from({ length: layers }, (_, index) =>
        denseLayer(`${name}.dense.layer${index + 1}`, width + index * growth, growth),
      ),
    );
  }

  function channelAttention(name, size) {
    const mlp = sequence(
      linear(`${name}.reduce`, size, size / 16),
      tf.relu,
      linear(`${name}.expand`, size / 16, size),
    );
    return (x) => {
      const scores = mlp(tf.mean(x, [1, 2])).add(mlp(tf.max(x, [1, 2])));
      return x.mul(scores.sigmoid().reshape([-1, 1, 1, size]));
    };
  }

  function spatialAttention(name) {
    const score = conv(`${name}.conv`, 2, 1, 7);
    return (x) => x.mul(score(tf.concat([tf.mean(x, 3, true), tf.max(x, 3, true)], 3)).sigmoid());
  }

  const forward = sequence(
    stem(),
    stage('stage1', 48, 64, 24, 2),
    stage('stage2', 112, 192, 32, 6),
    stage('stage3', 384, 480, 48, 8),
    batchNorm('head.norm', 864),
    tf.relu,
    channelAttention('head.cbam.channel', 864),
    spatialAttention('head.cbam.spatial'),
    (x) => tf.mean(x, [1, 2]),
    linear('head.classifier', 864, classes),
  );
  return { variables, forward };
}

function sequence(...functions) {
  return (x) => functions.reduce((value, apply) => apply(value), x);
}

/** L = (1/B) Σ_b W_b · (−λ1 Σ p log q − λ2 Σ (1/N) log q), where W_b = Σ_c p_c W_c (paper, eq. 4–6). */
export function roLoss(tf, logits, targets, classWeights, lambda1 = 0.9, lambda2 = 0.1) {
  const logQ = tf.logSoftmax(logits);
  const perSample = tf.sum(targets.mul(logQ), 1).mul(-lambda1).sub(tf.mean(logQ, 1).mul(lambda2));
  return tf.mean(tf.sum(targets.mul(classWeights), 1).mul(perSample));
}
