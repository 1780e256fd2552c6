package io.dagwright.internal.code;

import io.dagwright.graph.TaskFunction;
import io.dagwright.internal.serialization.ClosureCodec;
import io.dagwright.internal.serialization.KryoPools;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A client and the worker that runs its tasks, connected by method calls. */
final class TestSession {

  final CodeCatalogue catalogue = new CodeCatalogue(Programs.provided(), JarIndex.ofThisJvm());
  final List<CodeHash> fetched = Collections.synchronizedList(new ArrayList<>());

  /** Names of classes that were asked for because they were nowhere. */
  final List<String> asked = Collections.synchronizedList(new ArrayList<>());

  private final BlobSource source =
      new BlobSource() {
        @Override
        public byte[] fetch(CodeHash hash) {
          fetched.add(hash);
          return catalogue.blob(hash);
        }

        @Override
        public @Nullable CodeUnit find(String className) {
          asked.add(className);
          return catalogue.find(0, className);
        }
      };

  private final ClosureCodec codec = new ClosureCodec(new KryoPools());
  private final BlobCache cache;
  private final ClassLoader worker;

  TestSession(BlobCache cache, ClassLoader worker) {
    this.cache = cache;
    this.worker = worker;
  }

  EpochUnit cover(Object... values) {
    List<Class<?>> classes = new ArrayList<>();
    for (Object value : values) {
      classes.add(value instanceof Class<?> type ? type : value.getClass());
    }
    EpochUnit covered = catalogue.cover(classes);
    CodeUnit read = CodeUnit.fromBytes(covered.unit().toBytes(), covered.unit().id());
    return new EpochUnit(covered.epoch(), read);
  }

  EpochLoader loader(CodeUnit unit) {
    return new EpochLoader("test", worker, unit, Programs.provided(), cache, source);
  }

  /** Sends the function to the worker and runs it there in a loader of its own. */
  @Nullable Object run(TaskFunction function) throws Exception {
    return run(function, loader(cover(function).unit()));
  }

  @Nullable Object run(TaskFunction function, EpochLoader loader) throws Exception {
    byte[] encoded = codec.encode(function, "test");
    return codec.decode(encoded, loader).function().call(null, new Object[0]);
  }
}
