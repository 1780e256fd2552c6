package io.dagwright.internal.serialization;

import com.esotericsoftware.kryo.kryo5.Kryo;
import com.esotericsoftware.kryo.kryo5.Serializer;
import com.esotericsoftware.kryo.kryo5.io.Input;
import com.esotericsoftware.kryo.kryo5.io.Output;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Values that travel in one: the arguments of a call, the results of several. Each is written as it
 * would be alone, by its fast form or a serializer that was chosen, not as a part of what is around
 * it. One object that is several of them arrives as one.
 */
public final class Values implements Carrier {

  private static final long serialVersionUID = 1L;

  private final @Nullable Object[] all;

  /** Values that nobody changes from now on. */
  public Values(@Nullable Object... all) {
    this.all = all;
  }

  /** Themselves; not to be changed. */
  public @Nullable Object[] array() {
    return all;
  }

  /** The same as a list that cannot be changed. */
  public List<@Nullable Object> list() {
    return Collections.unmodifiableList(Arrays.asList(all));
  }

  static final class InKryo extends Serializer<Values> {

    InKryo() {
      super(false, true);
    }

    @Override
    public void write(Kryo kryo, Output output, Values object) {
      CodecKryo codec = (CodecKryo) kryo;
      output.writeVarInt(object.all.length, true);
      for (Object value : object.all) {
        codec.writeValue(output, value);
      }
    }

    @Override
    public Values read(Kryo kryo, Input input, Class<? extends Values> type) {
      Values values = new Values(new Object[BoundedInput.readCount(input)]);
      kryo.reference(values);
      for (int i = 0; i < values.all.length; i++) {
        values.all[i] = kryo.readClassAndObject(input);
      }
      return values;
    }
  }
}
