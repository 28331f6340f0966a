using TurkishLlm.Plans;
using TurkishLlm.Runs;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Training;
using static System.FormattableString;

namespace TurkishLlm.Spec.Training;

/// <summary>
/// An uninterrupted run: its files at the end and at every moment that an observer can see, and its saved states.
/// </summary>
/// <param name="Plan">The plan.</param>
/// <param name="Files">The files at the end, see <see cref="RunFiles"/>.</param>
/// <param name="Snapshots">The files at each moment.</param>
/// <param name="States">Every saved state, with the values that the logs require.</param>
public sealed record RecordedRun(
    TrainingPlan Plan, IReadOnlyList<string> Files, IReadOnlyList<RunSnapshot> Snapshots, IReadOnlyList<RecordedState> States)
{
    /// <summary>Runs a plan to its end.</summary>
    /// <param name="clearance">Clearance for the plan.</param>
    /// <param name="faults">The faults of the run.</param>
    /// <param name="isRecorded">Returns true for the moments to take a snapshot of.</param>
    public static RecordedRun Create(Clearance clearance, RunFaults faults, Func<string, bool> isRecorded)
    {
        ArgumentNullException.ThrowIfNull(clearance);
        ArgumentNullException.ThrowIfNull(faults);
        var plan = clearance.Plan;
        var recorder = new Recorder(plan, new RunModel(clearance), isRecorded);
        using (var run = TrainingRun.Open(clearance, resume: false, environment: faults.CreateEnvironment(plan)))
            run.Train(recorder);
        return new(plan, RunFiles.Read(plan.RunFolder), recorder.Snapshots, recorder.States);
    }

    private sealed class Recorder(TrainingPlan plan, RunModel model, Func<string, bool> isRecorded) : IRunObserver
    {
        private readonly RunFolder _folder = RunFolder.ForPlan(plan);
        private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);
        private (long Step, IReadOnlyDictionary<string, string> Required)? _rolledBack;

        public List<RunSnapshot> Snapshots { get; } = [];

        public List<RecordedState> States { get; } = [];

        public void OnStep(StepMetrics metrics)
        {
            RecordRollback();
            model.Add(metrics);
            Record(Invariant($"step {metrics.Step}"));
        }

        public void OnSample(TextSample sample) => Record(Invariant($"sample {sample.Step}"));

        public void OnCheckpointSaved(string folder)
        {
            States.Add(RecordedState.Read(folder, model.GetRequiredState(folder)));
            Record(Path.GetFileName(folder));
        }

        public void OnEvent(RunEvent runEvent)
        {
            RecordRollback();
            model.Add(runEvent);
            if (runEvent.Action == EventAction.RolledBack)
                _rolledBack = ((long)runEvent.Values["to_step"], model.GetRequiredState(null));
            Record(Invariant($"event {runEvent.Step}"));
        }

        // The checkpoint of a rollback is saved again after the event, without a call.
        private void RecordRollback()
        {
            if (_rolledBack is not var (step, required)) return;
            _rolledBack = null;
            var folder = _folder.CheckpointFolder(step);
            string[] later =
            [
                .. _folder.CheckpointSteps().Where(other => other > step).Select(other => Invariant($"checkpoint {other}")),
                .. SampleLog.Read(_folder.SamplesFile).Where(sample => sample.Step > step)
                    .Select(sample => Invariant($"sample {sample.Step}")),
                .. AnswerLog.Read(_folder.AnswersFile).Where(answer => answer.Step > step)
                    .Select(answer => Invariant($"answer {answer.Step}")),
            ];
            States.Add(RecordedState.Read(folder, RunModel.WithHashes(required, folder)).WithLaterFiles(later));
        }

        private void Record(string moment)
        {
            var number = _counts[moment] = _counts.GetValueOrDefault(moment) + 1;
            var name = number == 1 ? moment : Invariant($"{moment} ({number})");
            if (isRecorded(name)) Snapshots.Add(RunSnapshot.Take(name, plan.RunFolder, Snapshots.LastOrDefault()));
        }
    }
}

/// <summary>A saved state, and what it must be.</summary>
/// <param name="Checkpoint">Name of the checkpoint.</param>
/// <param name="Stored">Values of <c>state.json</c>, see <see cref="CheckpointFields"/>.</param>
/// <param name="Required">The values that the logs require.</param>
public sealed record RecordedState(
    string Checkpoint, IReadOnlyDictionary<string, string> Stored, IReadOnlyDictionary<string, string> Required)
{
    /// <summary>What a rollback to this state has left of the steps after it: nothing is required.</summary>
    internal const string LaterFiles = "files of later steps";

    internal RecordedState WithLaterFiles(IEnumerable<string> found) => this with
    {
        Stored = new Dictionary<string, string>(Stored, StringComparer.Ordinal) { [LaterFiles] = string.Join(", ", found) },
        Required = new Dictionary<string, string>(Required, StringComparer.Ordinal) { [LaterFiles] = "" },
    };

    internal static RecordedState Read(string folder, IReadOnlyDictionary<string, string> required) => new(
        Path.GetFileName(folder),
        CheckpointFields.Read(TurkishLlm.Files.TextFile.ReadAllText(Path.Combine(folder, "state.json"))),
        required);
}
