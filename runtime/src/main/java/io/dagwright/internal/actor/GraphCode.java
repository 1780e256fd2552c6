package io.dagwright.internal.actor;

import io.dagwright.graph.TaskFunction;
import io.dagwright.internal.serialization.ClosureCodec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a worker was told of one graph: its prefixes, and its functions. */
final class GraphCode {

  final List<String> prefixes = new ArrayList<>();
  final Map<Integer, Function> functions = new HashMap<>();

  /** A function that is decoded when it is first called, on the thread that calls it. */
  static final class Function {
    private final byte[] encoded;
    private volatile @Nullable TaskFunction decoded;

    Function(byte[] encoded) {
      this.encoded = encoded;
    }

    TaskFunction get(ClosureCodec codec, ClassLoader loader) {
      TaskFunction function = decoded;
      if (function == null) {
        function = codec.decode(encoded, loader);
        decoded = function; // Two threads may both decode it; either result will do.
      }
      return function;
    }
  }
}
