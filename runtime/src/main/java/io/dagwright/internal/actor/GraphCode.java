package io.dagwright.internal.actor;

import io.dagwright.internal.executor.WorkerLocals;
import io.dagwright.internal.serialization.ClosureCodec;
import io.dagwright.internal.serialization.LargeParts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a worker was told of one graph: its prefixes, and its functions. Owned by its actor. */
final class GraphCode {

  final List<String> prefixes = new ArrayList<>();
  final Map<Integer, Function> functions = new HashMap<>();

  /** Finds the classes of its functions, and of what they are given and give back. */
  Supplier<ClassLoader> loader;

  /** What tasks of its session made once for this worker. */
  WorkerLocals locals = new WorkerLocals();

  /** Finds large values that functions of its session captured. */
  LargeParts.Finder parts = LargeParts.Finder.NONE;

  GraphCode(Supplier<ClassLoader> loader) {
    this.loader = loader;
  }

  String prefix(int number) {
    return number < prefixes.size() ? prefixes.get(number) : "task";
  }

  /** A function that is decoded when it is first called, on the thread that calls it. */
  static final class Function {
    private final byte[] encoded;
    private volatile @Nullable Kept kept;

    private record Kept(ClosureCodec.Decoded decoded, ClassLoader loader) {}

    Function(byte[] encoded) {
      this.encoded = encoded;
    }

    ClosureCodec.Decoded get(ClosureCodec codec, ClassLoader loader, LargeParts.Finder parts) {
      Kept now = kept;
      if (now == null || now.loader != loader) {
        now = new Kept(codec.decode(encoded, loader, parts), loader);
        kept = now; // Two threads may both decode it; either result will do.
      }
      return now.decoded;
    }
  }
}
