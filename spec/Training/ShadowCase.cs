using TurkishLlm.Data.FineTuning;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Lora;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Spec.Training;

/// <summary>What a shadow run trains on.</summary>
public enum ShadowObjective
{
    /// <summary>Running text.</summary>
    Text,

    /// <summary>Conversations.</summary>
    Conversations,

    /// <summary>Preference pairs, with direct preference optimization.</summary>
    Dpo,

    /// <summary>Preference pairs, with odds-ratio preference optimization.</summary>
    Orpo,

    /// <summary>Both answers of preference pairs by themselves, with Kahneman-Tversky optimization.</summary>
    Kto,

    /// <summary>Preference pairs, with a reward model.</summary>
    Reward,
}

/// <summary>The initial state of a shadow run.</summary>
public enum ShadowStart
{
    /// <summary>Random weights.</summary>
    Random,

    /// <summary>Trained weights.</summary>
    Trained,

    /// <summary>Trained weights with the moments of the optimizer.</summary>
    WithMoments,

    /// <summary>Trained weights of a smaller vocabulary.</summary>
    Grown,
}

/// <summary>What happens to a shadow run after its first step.</summary>
public enum ShadowEvent
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The run is stopped after its first step and resumed.</summary>
    Resume,

    /// <summary>Its second batch is harmful and is skipped.</summary>
    Skip,

    /// <summary>Its third batch is harmful; the run is rolled back to its first checkpoint.</summary>
    RollBack,
}

/// <summary>A short run of a narrow model that the trainer takes and the shadow trainer replays.</summary>
/// <param name="Objective">What it trains on.</param>
public sealed record ShadowCase(ShadowObjective Objective)
{
    /// <summary>The initial state.</summary>
    public ShadowStart Start { get; init; }

    /// <summary>What happens after the first step.</summary>
    public ShadowEvent Event { get; init; }

    /// <summary>Steps that count as taken before the run.</summary>
    public long StepsBefore { get; init; }

    /// <summary>Micro-batches of a step.</summary>
    public int Accumulation { get; init; } = 1;

    /// <summary>True to put several conversations into a row.</summary>
    public bool Packing { get; init; }

    /// <summary>True for two weighted sources of conversations, mixed with running text.</summary>
    public bool Mixture { get; init; }

    /// <summary>True to train an adapter.</summary>
    public bool Adapter { get; init; }

    /// <summary>True to freeze the embedding and a part of the first layer.</summary>
    public bool Frozen { get; init; }

    /// <summary>True for another learning rate of every group of weights.</summary>
    public bool Multipliers { get; init; }

    /// <summary>True for separate weights of embedding and output projection, and a linear schedule or decay.</summary>
    public bool Untied { get; init; }

    /// <summary>True for the schedule wsd, in which the third step is the first of the decay.</summary>
    public bool StableDecay { get; init; }

    /// <summary>True for Muon with a learning rate and a decay of its own.</summary>
    public bool Muon { get; init; }

    /// <summary>True for a moving average of the weights.</summary>
    public bool Averaged { get; init; }

    /// <summary>True to recompute blocks in the backward pass.</summary>
    public bool Recomputed { get; init; }

    /// <summary>True for matrix products in bfloat16.</summary>
    public bool BFloat16 { get; init; }

    /// <summary>Number of processes, simulated by threads.</summary>
    public int Ranks { get; init; } = 1;

    /// <summary>Steps that the run takes.</summary>
    public int Steps { get; init; } = 3;

    /// <summary>The joint around which the plan of the run is replayed, narrowed; null for a plan made for the test.</summary>
    public ScheduleJoint? OwnPlan { get; init; }

    internal const int RowLength = 96, NewTokens = 5;

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", Words());

    private ModelConfig Model(Conditions at) => new(
        at.Model.VocabSize, dModel: 24, nLayers: 2, nHeads: 4, nKvHeads: 2, dFf: 40, maxSeqLen: RowLength,
        tieEmbeddings: !Untied);

    /// <summary>Creates the plan, except for the files of its start.</summary>
    internal TrainingPlan Plan(Conditions at, string folder) => at.TextPlan with
    {
        Name = "shadow",
        RunFolder = Path.Combine(folder, "run"),
        Model = Start == ShadowStart.Grown ? Model(at).With(vocabSize: at.Model.VocabSize + NewTokens) : Model(at),
        Training = new BatchingPlan(
            StepsBefore + 5, MicroBatchSize: 2, Objective == ShadowObjective.Text ? 9 : RowLength, Accumulation)
        {
            ActivationCheckpointing = Recomputed ? ActivationCheckpointing.Blocks : ActivationCheckpointing.None,
            Ema = Averaged ? new EmaPlan(0.7, Muon ? 1 : 2) : null,
        },
        Optimizer = new OptimizerPlan(4e-3, 5e-4, WarmupSteps: StepsBefore + 2)
        {
            Beta1 = 0.85,
            Beta2 = 0.97,
            Epsilon = 1e-7,
            WeightDecay = 0.13,
            GradientClip = Objective == ShadowObjective.Text ? 0.2 : 0.5,
            Schedule = StableDecay ? ScheduleKind.Wsd : Untied ? ScheduleKind.Linear : ScheduleKind.Cosine,
            DecayRatio = StableDecay ? 3.0 / (StepsBefore + 5) : 0.1,
            DecayShape = StableDecay && !Untied ? DecayShape.Sqrt : DecayShape.Linear,
            Kind = Muon ? OptimizerKind.Muon : OptimizerKind.AdamW,
            Muon = Muon ? new() { LearningRate = 9e-3, Momentum = 0.8, WeightDecay = 0.4 } : new(),
            LearningRateMultipliers = Multipliers ? new(0.6, 1.7, 0.3, 1.2) : new(),
            Freeze = Frozen ? new("embed_tokens", "layers.0.attn", "layers.1-1.ffn_norm") : new(),
        },
        Evaluation = new EvaluationPlan(Every: 2, Windows: Objective == ShadowObjective.Text ? 3 : 1),
        Samples = new SamplePlan { Every = 0 },
        Checkpoints = new CheckpointPlan(Every: 1, KeepLast: 100),
        Safety = new SafetyPlan
        {
            OnDivergence = Event == ShadowEvent.RollBack ? DivergenceAction.Rollback : DivergenceAction.Skip,
        },
        Sft = Objective == ShadowObjective.Conversations ? Conversations(folder) : null,
        Preference = Objective >= ShadowObjective.Dpo ? Pairs(folder) : null,
        Lora = Adapter ? new LoraConfig(rank: 3, alpha: 5, targets: [LoraTarget.Q, LoraTarget.V, LoraTarget.Down]) : null,
        ComputeType = BFloat16 ? ComputeType.BFloat16 : ComputeType.Float32,
        Seed = at.Seed ^ 1,         // also for the largest seed
    };

    /// <summary>The data step that a step reads: later than the step if batches were refused before it.</summary>
    internal long DataStep(long step) => (Event, step - StepsBefore) switch
    {
        (ShadowEvent.Skip, > 1) => step + 1,
        (ShadowEvent.RollBack, > 1) => step + 2,
        _ => step,
    };

    /// <summary>Number of the harmful batch, counted from the start of the run; 0 for none.</summary>
    internal int HarmfulBatch => Event == ShadowEvent.Skip ? 2 : Event == ShadowEvent.RollBack ? 3 : 0;

    private SftPlan Conversations(string folder) => new(
        Mixture
            ? [new SftSource("main", ShadowFiles.Main(folder), 1.5), new SftSource("more", ShadowFiles.More(folder), 2)]
            : [new SftSource("main", ShadowFiles.Main(folder))])
    {
        ValidationShare = 0.5,
        System = Packing ? "Kısa yanıt ver." : null,
        Supervise = Mixture ? Supervision.Completion : Packing ? Supervision.Last : Supervision.All,
        Packing = Packing,
        TextShare = Mixture ? 0.4 : 0,
    };

    private PreferencePlan Pairs(string folder) => new(
        [ShadowFiles.Pairs(folder)],
        Objective switch
        {
            ShadowObjective.Dpo => new DpoPlan(Beta: 0.3, LabelSmoothing: 0.1),
            ShadowObjective.Orpo => new OrpoPlan(Lambda: 0.6),
            ShadowObjective.Kto => new KtoPlan(Beta: 0.3, DesirableWeight: 1.2, UndesirableWeight: 0.9),
            _ => new RewardPlan(Centering: 0.02),
        })
    {
        ValidationShare = 0.5,
        System = Adapter ? "Kısa yanıt ver." : null,
    };

    private IEnumerable<string> Words()
    {
        if (OwnPlan is { } joint)
        {
            var steps = joint switch
            {
                ScheduleJoint.End => "last steps",
                ScheduleJoint.Decay => "begin of the decay",
                _ => "end of the warm-up",
            };
            yield return $"the plan of the run, narrowed; {steps}";
            yield break;
        }
        yield return $"{Objective}";
        if (Start != ShadowStart.Random) yield return $"start: {Start}";
        if (StepsBefore > 0) yield return FormattableString.Invariant($"after {StepsBefore} steps");
        if (Accumulation > 1) yield return FormattableString.Invariant($"{Accumulation} micro-batches");
        if (Packing) yield return "packed";
        if (Mixture) yield return "a mixture";
        if (Adapter) yield return "an adapter";
        if (Frozen) yield return "frozen parts";
        if (Multipliers) yield return "multipliers";
        if (Untied) yield return "untied";
        if (StableDecay) yield return "wsd";
        if (Muon) yield return "Muon";
        if (Averaged) yield return "averaged";
        if (Recomputed) yield return "recomputed";
        if (BFloat16) yield return "bfloat16";
        if (Event != ShadowEvent.None) yield return $"{Event}";
        if (Ranks > 1) yield return FormattableString.Invariant($"{Ranks} ranks");
    }
}
