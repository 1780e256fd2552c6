package io.dagwright;

import static java.util.Objects.requireNonNull;

import io.dagwright.graph.TaskFunction;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The ways a user's function is called with a task's argument and inputs. */
@SuppressWarnings("NullAway") // Whether null may be passed is between the user's functions.
enum Calls {
  VALUE {
    @Override
    TaskFunction adapt(Object function) {
      return new Value();
    }
  },
  EXTERNAL {
    @Override
    TaskFunction adapt(Object function) {
      throw new IllegalStateException("an external result has no function");
    }
  },
  DELAYED {
    @Override
    TaskFunction adapt(Object function) {
      return new Call0((Fn0<?>) function);
    }
  },
  ARGUMENT {
    @Override
    TaskFunction adapt(Object function) {
      return new CallArgument(cast(function));
    }
  },
  RUN {
    @Override
    TaskFunction adapt(Object function) {
      return new RunAction((Action) function);
    }
  },
  MAP {
    @Override
    TaskFunction adapt(Object function) {
      return new Call1(cast(function));
    }
  },
  COMBINE2 {
    @Override
    TaskFunction adapt(Object function) {
      return new Call2(cast(function));
    }
  },
  COMBINE3 {
    @Override
    TaskFunction adapt(Object function) {
      return new Call3(cast(function));
    }
  },
  COMBINE4 {
    @Override
    TaskFunction adapt(Object function) {
      return new Call4(cast(function));
    }
  },
  COMBINE5 {
    @Override
    TaskFunction adapt(Object function) {
      return new Call5(cast(function));
    }
  },
  ALL {
    @Override
    TaskFunction adapt(Object function) {
      return new CallAll(cast(function));
    }
  },
  LIST {
    @Override
    TaskFunction adapt(Object function) {
      return new ToList();
    }
  },
  CALL {
    @Override
    TaskFunction adapt(Object function) {
      return new CallNested(cast(function));
    }
  };

  /** Wraps a user's function as schedulers want it. */
  abstract TaskFunction adapt(Object function);

  /** The word users know it by. */
  String word() {
    String lower = name().toLowerCase(java.util.Locale.ROOT);
    return this == ARGUMENT ? "delayed" : lower.startsWith("combine") ? "combine" : lower;
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // Lazy's factories saw to it.
  private static <F> F cast(Object function) {
    return (F) requireNonNull(function);
  }

  private static List<@Nullable Object> list(@Nullable Object[] inputs) {
    return Collections.unmodifiableList(Arrays.asList(inputs));
  }

  private record Value() implements TaskFunction {
    @Override
    public @Nullable Object call(@Nullable Object argument, @Nullable Object[] inputs) {
      return argument;
    }
  }

  private record ToList() implements TaskFunction {
    @Override
    public Object call(@Nullable Object argument, @Nullable Object[] inputs) {
      return list(inputs);
    }
  }

  private record Call0(Fn0<?> function) implements TaskFunction {
    @Override
    public @Nullable Object call(@Nullable Object argument, @Nullable Object[] inputs)
        throws Exception {
      return function.call();
    }
  }

  private record CallArgument(Fn1<Object, Object> function) implements TaskFunction {
    @Override
    public @Nullable Object call(@Nullable Object argument, @Nullable Object[] inputs)
        throws Exception {
      return function.call(argument);
    }
  }

  private record RunAction(Action action) implements TaskFunction {
    @Override
    public @Nullable Object call(@Nullable Object argument, @Nullable Object[] inputs)
        throws Exception {
      action.run();
      return null;
    }
  }

  private record Call1(Fn1<Object, Object> function) implements TaskFunction {
    @Override
    public @Nullable Object call(@Nullable Object argument, @Nullable Object[] inputs)
        throws Exception {
      return function.call(inputs[0]);
    }
  }

  private record Call2(Fn2<Object, Object, Object> function) implements TaskFunction {
    @Override
    public @Nullable Object call(@Nullable Object argument, @Nullable Object[] inputs)
        throws Exception {
      return function.call(inputs[0], inputs[1]);
    }
  }

  private record Call3(Fn3<Object, Object, Object, Object> function) implements TaskFunction {
    @Override
    public @Nullable Object call(@Nullable Object argument, @Nullable Object[] inputs)
        throws Exception {
      return function.call(inputs[0], inputs[1], inputs[2]);
    }
  }

  private record Call4(Fn4<Object, Object, Object, Object, Object> function)
      implements TaskFunction {
    @Override
    public @Nullable Object call(@Nullable Object argument, @Nullable Object[] inputs)
        throws Exception {
      return function.call(inputs[0], inputs[1], inputs[2], inputs[3]);
    }
  }

  private record Call5(Fn5<Object, Object, Object, Object, Object, Object> function)
      implements TaskFunction {
    @Override
    public @Nullable Object call(@Nullable Object argument, @Nullable Object[] inputs)
        throws Exception {
      return function.call(inputs[0], inputs[1], inputs[2], inputs[3], inputs[4]);
    }
  }

  private record CallAll(Fn1<Object, Object> function) implements TaskFunction {
    @Override
    public @Nullable Object call(@Nullable Object argument, @Nullable Object[] inputs)
        throws Exception {
      return function.call(list(inputs));
    }
  }

  private record CallNested(Fn1<Object, Object> function) implements TaskFunction {
    @Override
    public @Nullable Object call(@Nullable Object argument, @Nullable Object[] inputs)
        throws Exception {
      return function.call(Nested.resolve(argument, inputs));
    }
  }
}
