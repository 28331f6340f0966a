using TurkishLlm.Runs.Logs;
using TurkishLlm.Training.Validation;

namespace TurkishLlm.Training;

/// <summary>Receives the progress of a run.</summary>
public interface IRunObserver
{
    /// <summary>Called after each step.</summary>
    void OnStep(StepMetrics metrics);

    /// <summary>Called after each generated sample.</summary>
    void OnSample(TextSample sample);

    /// <summary>Called after the model was asked tasks, after <see cref="OnStep"/> of the step.</summary>
    /// <param name="step">The last step taken; 0 before training.</param>
    /// <param name="measured">Metrics and worst answers of the tasks that were due.</param>
    void OnTasks(long step, TaskMeasurement measured)
    {
    }

    /// <summary>Called after a checkpoint was written to a folder.</summary>
    void OnCheckpointSaved(string folder);

    /// <summary>
    /// Called for everything that is not a step. Stalls are reported from another thread, while the step hangs.
    /// </summary>
    void OnEvent(RunEvent runEvent)
    {
    }
}
