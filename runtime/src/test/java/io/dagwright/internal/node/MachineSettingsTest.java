package io.dagwright.internal.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.dagwright.config.Settings;
import io.dagwright.internal.scheduler.SchedulerSettings;
import io.dagwright.internal.worker.WorkerSettings;
import org.junit.jupiter.api.Test;

class MachineSettingsTest {

  @Test
  void whatTheMachinesAreTestedWithIsWhatTheReferenceSays() {
    Settings reference = Settings.of(ConfigFactory.defaultReference().resolve());

    assertThat(MachineSettings.scheduler(reference)).isEqualTo(SchedulerSettings.DEFAULT);
    assertThat(MachineSettings.worker(reference, 3)).isEqualTo(WorkerSettings.ofSlots(3));
  }
}
