using System.Runtime.CompilerServices;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Files;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training;
using TurkishLlm.Training.Safety;

namespace TurkishLlm.Spec.Training;

/// <summary>Reads the saved states of a run, in the order in which they were saved.</summary>
public delegate IReadOnlyList<IReadOnlyDictionary<string, string>> ReadStates(IReadOnlyList<RecordedState> states);

/// <summary>Resumes the run in the folder of a plan and trains to its end.</summary>
public delegate void ResumeRun(TrainingPlan plan, RunEnvironment environment);

/// <summary>
/// A run of six steps with validation, samples, a skipped batch, a rollback past the best step and smaller micro-batches.
/// </summary>
/// <param name="OnDivergence">Action on a data step with a loss that is not finite.</param>
/// <param name="OnSpike">Action on a data step with a gradient that jumps.</param>
/// <param name="Dropout">Dropout of the model.</param>
/// <param name="BestBy">Metric of the best step: the validation loss, or that of a task that the model is asked.</param>
public sealed record RunStateCase(
    DivergenceAction OnDivergence, DivergenceAction OnSpike, double Dropout, string BestBy = CheckpointPlan.Loss)
{
    /// <summary>Moments after which the run is killed: after a rollback with a new best step, and before the rollback.</summary>
    internal static IReadOnlyList<string> Kills { get; } = ["step 4", "step 3"];

    // The rollback is at step 4, right after the first validation; a batch that is skipped lies between it and its checkpoint.
    internal RunFaults Faults =>
        OnDivergence == DivergenceAction.Rollback
            ? new(Overflow: 4, Jump: 7, TooLarge: 2)
            : new(Overflow: 3, Jump: 5, TooLarge: 2);

    private static readonly Lazy<string> GoldFile = new(CreateGoldFile);

    private IReadOnlyList<EvaluationTask> Tasks => BestBy == CheckpointPlan.Loss ? []
        : [new("gold", [GoldFile.Value]) { Every = 3, MaxTokens = 2, Slices = ["domain"] }];

    // The same file for all runs of the process, because the plan of a resumed run must be equal.
    private static string CreateGoldFile()
    {
        var folder = Directory.CreateTempSubdirectory("turkishllm-gold-");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Delete(recursive: true);
        var file = Path.Combine(folder.FullName, "gold.jsonl");
        AtomicFile.WriteAllText(file, """
            {"question": "Depo?", "answer": "ID", "choices": ["ID", "is"], "domain": "a"}
            {"question": "Ad?", "answer": "i", "domain": "b"}
            """);
        return file;
    }

    internal Clearance CreateClearance(Conditions at, string folder) => new(
        at.TextPlan with
        {
            RunFolder = folder,
            Model = new ModelConfig(
                at.Model.VocabSize, dModel: 16, nLayers: 1, nHeads: 2, nKvHeads: 1, dFf: 24, maxSeqLen: 64, dropout: Dropout),
            Training = new BatchingPlan(Steps: 6, MicroBatchSize: 2, SequenceLength: 11, AccumulationSteps: 2)
            {
                Ema = new EmaPlan(0.7),
            },
            Optimizer = new OptimizerPlan(3e-3, 3e-4, WarmupSteps: 2)
            {
                Kind = Dropout > 0 ? OptimizerKind.Muon : OptimizerKind.AdamW,
            },
            Evaluation = new EvaluationPlan(Every: 3, Windows: 2) { Tasks = Tasks },
            Samples = new SamplePlan { Every = 3, Prompts = ["Depo"], MaxTokens = 3 },
            Checkpoints = new CheckpointPlan(Every: 2, KeepLast: 2, BestBy: BestBy),
            Safety = new SafetyPlan
            {
                OnDivergence = OnDivergence,
                OnSpike = OnSpike,
                SpikeWindow = 3,
                SpikeZScore = OnSpike == DivergenceAction.Log ? 0.01 : 100,
            },
        },
        reportJson: "{}", digest: "0123", requirementCount: 0);
}

/// <summary>The whole state of a run, saved and restored: CKP-30, CKP-31.</summary>
public static class RunStateSpec
{
    private static readonly ConditionalWeakTable<Conditions, Dictionary<RunStateCase, RecordedRun>> Recorded = [];

    private static readonly IReadOnlyList<RunStateCase> Cases =
    [
        new(DivergenceAction.Rollback, DivergenceAction.Log, Dropout: 0.1, BestBy: "gold.loss"),
        new(DivergenceAction.Skip, DivergenceAction.Rollback, Dropout: 0),
    ];

    /// <summary>
    /// Fields that a resumed run does not read, with the reason; all others must change it, or the checkpoint is refused.
    /// </summary>
    private static readonly IReadOnlyDictionary<string, string> Unread = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["gate_digest"] = "names the gate report of the steps before; a resumed run has a report of its own",
    };

    /// <summary>CKP-30.</summary>
    public static readonly Requirement<RunStateCase, ReadStates> CKP_30_StateIsThatOfTheLogs = new()
    {
        Id = "CKP-30",
        Statement = "Every field of every saved state has the value that follows from plan, metrics and events up to its step, "
            + "also after a skipped batch, smaller micro-batches and a rollback.",
        Source = "BUG-CKP-05, BUG-CKP-20: norms saved as losses; BUG-CKP-21: the best step survives a rollback",
        CanonicalCases = Cases,
        CanonicalConditions = at => at.WithSmallVocabulary,
        Subject = (_, _) => states => [.. states.Select(state => state.Stored)],
        Holds = (read, c, at) =>
        {
            var states = Record(c, at).States;
            var found = read(states);
            return Verdict.All(states.Zip(found).SelectMany((pair, i) => pair.First.Required.Keys.Union(pair.Second.Keys)
                .Select(field => Verdict.Equal(
                    pair.First.Required.GetValueOrDefault(field, "no required value"),
                    pair.Second.GetValueOrDefault(field, "no saved value"),
                    FormattableString.Invariant($"save {i + 1}, {pair.First.Checkpoint}: {field}")))));
        },
        Impostors = new()
        {
            ["norms are losses"] = Changed((state, _) => state["safety.recent_norms"] = state["safety.recent_losses"]),
            ["losses are norms"] = Changed((state, _) => state["safety.recent_losses"] = state["safety.recent_norms"]),
            ["the newest loss is missing"] = Changed((state, _) =>
                state["safety.recent_losses"] = string.Join(' ', state["safety.recent_losses"].Split(' ').SkipLast(1))),
            ["the best step survives a rollback"] = Changed((state, before) => Keep(state, before, "best.step", "best.value")),
            ["the last validation loss survives a rollback"] = Changed((state, before) => Keep(state, before, "validation_loss")),
            ["the window survives a rollback"] = Changed((state, before) =>
            {
                if (before.TryGetValue("safety.refused_batches", out var refused) && refused != state["safety.refused_batches"])
                    Keep(state, before, "safety.recent_losses", "safety.recent_norms");
            }),
            ["a later checkpoint survives a rollback"] = Changed((state, _) =>
            {
                if (state.ContainsKey(RecordedState.LaterFiles)) state[RecordedState.LaterFiles] = "checkpoint 3";
            }),
            ["time begins at zero"] = Changed((state, _) => state["seconds"] = "0"),
            ["refused batches are not counted"] = Changed((state, _) => state["safety.refused_batches"] = "0"),
            ["only refused batches are skipped"] = Changed((state, _) =>
                state["safety.skipped_batches"] = state["safety.refused_batches"]),
            ["the micro-batch size is forgotten"] = Changed((state, _) => state["safety.micro_batch_size"] = "null"),
            ["the optimizer counts data steps"] = Changed((state, _) => state["optimizer_steps"] = FormattableString.Invariant(
                $"{Number(state["step"]) + Number(state["safety.skipped_batches"])}")),
            ["the average counts data steps"] = Changed((state, _) => state["average_updates"] = FormattableString.Invariant(
                $"{Number(state["step"]) + Number(state["safety.skipped_batches"])}")),
            ["a field is not saved"] = Changed((state, _) => state.Remove("seed")),
            ["a new field has no required value"] = Changed((state, _) => state["safety.new_field"] = "1"),
        },
    };

    /// <summary>CKP-31.</summary>
    public static readonly Requirement<RunStateCase, ResumeRun> CKP_31_EveryFieldCounts = new()
    {
        Id = "CKP-31",
        Statement = "A run that is killed and resumed leaves the files of the uninterrupted run: metrics, events, samples, "
            + "checkpoints and states, apart from times and memory, which never fall. Every field of the state is needed for it.",
        Source = "BUG-CKP-05, BUG-CKP-22: time begins at zero; BUG-CKP-23: a field of the state is saved, but not read; "
            + "BUG-CKP-24: what a run remembers outside its checkpoint",
        CanonicalCases = Cases,
        CanonicalConditions = at => at.WithSmallVocabulary,
        Subject = (c, at) => (plan, environment) => Resume(c, at, plan, environment),
        Holds = (resume, c, at) =>
        {
            var whole = Record(c, at);
            return Verdict.All(RunStateCase.Kills.Select(kill => InScratch(folder =>
            {
                if (whole.Snapshots.FirstOrDefault(moment => moment.Name == kill) is not { } snapshot)
                    return Verdict.That(false, $"the run never came to {kill}");
                var plan = snapshot.WriteTo(folder, whole.Plan);
                resume(plan, c.Faults.CreateEnvironment(plan));
                var difference = snapshot.FindDifference(whole.Files, folder);
                return Verdict.That(difference is null, $"killed after {kill}: {difference ?? "equal files"}");
            })));
        },
        Impostors = new(Impostors<RunStateCase, ResumeRun>.Create(
            CheckpointFields.Types.Keys.Except(Unread.Keys).Select(field => KeyValuePair.Create($"{field} is another", field)),
            field => (c, at) => (plan, environment) =>
            {
                var run = TurkishLlm.Runs.RunFolder.OpenExisting(plan.RunFolder);
                var checkpoint = run.CheckpointFolder(run.LatestCheckpointStep()!.Value);
                var file = Path.Combine(checkpoint, "state.json");
                var saved = File.ReadAllBytes(file);
                CheckpointFields.Alter(checkpoint, field);
                var altered = File.ReadAllBytes(file);
                Refusing(() => Resume(c, at, plan, environment));
                // The changed file itself does not count; what the run made of it does.
                if (File.Exists(file) && File.ReadAllBytes(file).AsSpan().SequenceEqual(altered)) File.WriteAllBytes(file, saved);
            }))
        {
            ["the metrics are lost"] = (c, at) => (plan, environment) =>
            {
                File.Delete(Path.Combine(plan.RunFolder, "metrics.jsonl"));
                Refusing(() => Resume(c, at, plan, environment));
            },
            ["the events are lost"] = (c, at) => (plan, environment) =>
            {
                File.Delete(Path.Combine(plan.RunFolder, "events.jsonl"));
                Resume(c, at, plan, environment);
            },
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [CKP_30_StateIsThatOfTheLogs, CKP_31_EveryFieldCounts];

    // The run of a case is trained once for both requirements and all impostors.
    private static RecordedRun Record(RunStateCase c, Conditions at)
    {
        var runs = Recorded.GetOrCreateValue(at);
        lock (runs)
        {
            if (!runs.TryGetValue(c, out var run))
                runs[c] = run = InScratch(folder =>
                    RecordedRun.Create(c.CreateClearance(at, folder), c.Faults, RunStateCase.Kills.Contains));
            return run;
        }
    }

    private static void Resume(RunStateCase c, Conditions at, TrainingPlan plan, RunEnvironment environment)
    {
        using var run = TrainingRun.Open(c.CreateClearance(at, plan.RunFolder), resume: true, environment: environment);
        run.Train();
    }

    // A checkpoint that is refused leaves the run incomplete, which its files show.
    private static void Refusing(Action resume)
    {
        try
        {
            resume();
        }
        catch (InvalidDataException)
        {
        }
    }

    private static T InScratch<T>(Func<string, T> run)
    {
        var scratch = Directory.CreateTempSubdirectory("turkishllm-state-");
        try
        {
            return run(Path.Combine(scratch.FullName, "run"));
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private static Func<RunStateCase, Conditions, ReadStates> Changed(
        Action<Dictionary<string, string>, IReadOnlyDictionary<string, string>> change) => (_, _) => states =>
    {
        var before = new Dictionary<string, string>(StringComparer.Ordinal);
        return
        [
            .. states.Select(state =>
            {
                var changed = new Dictionary<string, string>(state.Stored, StringComparer.Ordinal);
                change(changed, before);
                return before = changed;
            }),
        ];
    };

    private static void Keep(
        Dictionary<string, string> state, IReadOnlyDictionary<string, string> before, params string[] fields)
    {
        foreach (var field in fields)
            if (before.TryGetValue(field, out var value) && value != "null") state[field] = value;
    }

    private static long Number(string value) => long.Parse(value, System.Globalization.CultureInfo.InvariantCulture);
}
