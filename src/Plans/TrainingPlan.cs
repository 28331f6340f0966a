using System.Globalization;
using System.Security.Cryptography;
using TurkishLlm.Files;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Lora;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans.Chains;
using TurkishLlm.Plans.Guidelines;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Plans;

/// <summary>
/// Everything that decides what a training run computes: the same plan on the same device gives the same weights.
/// </summary>
/// <remarks>
/// <see cref="Load"/> reads a plan from a YAML file and refuses unknown keys and invalid values. A plan that was created or
/// changed in code is checked by <see cref="ThrowIfInvalid"/>. <see cref="PlanSchema"/> describes the keys.
/// </remarks>
public sealed record TrainingPlan
{
    /// <summary>Name of the run: letters a–z, digits, dots, dashes and underscores.</summary>
    public required string Name { get; init; }

    /// <summary>Folder that the run writes to.</summary>
    public required string RunFolder { get; init; }

    /// <summary>Sizes of the model.</summary>
    public required ModelConfig Model { get; init; }

    /// <summary>Tokenizer and token shards.</summary>
    public required DataPlan Data { get; init; }

    /// <summary>Length of training and size of a batch.</summary>
    public required BatchingPlan Training { get; init; }

    /// <summary>The optimizer and the schedule of its learning rate.</summary>
    public required OptimizerPlan Optimizer { get; init; }

    /// <summary>Measurements of the validation loss and of answers.</summary>
    public EvaluationPlan Evaluation { get; init; } = new();

    /// <summary>Text that the model generates during training.</summary>
    public SamplePlan Samples { get; init; } = new();

    /// <summary>Schedule of checkpoints.</summary>
    public CheckpointPlan Checkpoints { get; init; } = new();

    /// <summary>Actions on harmful batches and stalled steps.</summary>
    public SafetyPlan Safety { get; init; } = new();

    /// <summary>Guidelines that the plan does not follow, with reasons.</summary>
    public IgnoredGuidelinesPlan IgnoredGuidelines { get; init; } = new();

    /// <summary>Initial weights from another run; null for random weights.</summary>
    public WarmStartPlan? WarmStart { get; init; }

    /// <summary>Conversations to train on; null for the running text of the shards.</summary>
    public SftPlan? Sft { get; init; }

    /// <summary>Marks around messages; null if the plan trains on running text only.</summary>
    public ChatFormat? ChatTemplate => Sft?.ChatTemplate ?? Preference?.ChatTemplate ?? Grpo?.ChatTemplate;

    /// <summary>Pairs of answers to train on; null for conversations or text.</summary>
    public PreferencePlan? Preference { get; init; }

    /// <summary>Questions to answer, and rewards that judge the answers; null for other objectives.</summary>
    public GrpoPlan? Grpo { get; init; }

    /// <summary>A LoRA adapter that is trained instead of the weights; null to train the weights.</summary>
    public LoraConfig? Lora { get; init; }

    /// <summary>The model that is trained: for a reward model, <see cref="Model"/> with a scalar head.</summary>
    public ModelConfig TrainedModel => Preference?.Objective is RewardPlan ? Model.With(hasRewardHead: true) : Model;

    /// <summary>Number of trainable parameters: those of the adapter if there is one, otherwise those of the model.</summary>
    public long TrainableParameterCount => Lora?.CountParameters(Model) ?? TrainedModel.ParameterCount;

    /// <summary>
    /// Number of elements of the optimizer's state: two moments of every trained parameter, but one momentum where Muon updates
    /// it.
    /// </summary>
    public long OptimizerStateCount => 2 * TrainableParameterCount
        - (Optimizer.Kind == OptimizerKind.Muon
            ? ParameterTable.GetShapes(Model).Where(MuonPlan.IsUpdated).Sum(weight => weight.Shape[0] * weight.Shape[1]) : 0);

    /// <summary>Number of float32 elements in a checkpoint: trained weights, optimizer and average of the weights.</summary>
    public long CheckpointElementCount =>
        TrainableParameterCount + OptimizerStateCount + (Training.Ema is null ? 0 : TrainableParameterCount);

    /// <summary>
    /// Floating-point operations per token in training. An adapter saves the gradients of the weights it is added to, which are
    /// a third of the matrix products.
    /// </summary>
    public double FlopsPerToken
    {
        get
        {
            var products = ComputeCost.TrainingFlopsPerToken(Model, sequenceLength: 0);
            return ComputeCost.TrainingFlopsPerToken(Model, Training.SequenceLength) - (Lora is null ? 0 : products / 3);
        }
    }

    /// <summary>What a step reads: <c>row</c>, <c>pair</c> or <c>answer</c>; null for running text.</summary>
    public string? RowName => Grpo is not null ? "answer" : Preference?.RowName ?? (Sft is null ? null : "row");

    /// <summary>What the loss is a mean over: <c>target</c>, <c>pair</c> or <c>answer</c>.</summary>
    public string LossTermName => Grpo is null && Preference is null ? "target" : RowName!;

    /// <summary>Unit of the loss, which is a mean over tokens, over pairs of answers or over answers.</summary>
    public string LossUnit => Preference?.Objective switch
    {
        _ when Grpo is not null => "per answer",
        null => "nats per token",
        KtoPlan => "per answer",            // 1 − σ, which is no logarithm
        _ => "nats per pair",
    };

    /// <summary>
    /// Computes a hash of all files of conversations, pairs or questions, because a run cannot resume with other rows; null for
    /// running text.
    /// </summary>
    /// <exception cref="IOException">A file does not exist.</exception>
    public string? ComputeExamplesHash()
    {
        if (
            (Sft?.Files ?? Preference?.Files.Concat(Preference.Gold) ?? Grpo?.Files.Concat(Grpo.Gold))
            is not { } files)
            return null;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files) hash.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    /// <summary>Device to train on.</summary>
    public DeviceChoice Device { get; init; }

    /// <summary>Number type of matrix products.</summary>
    public ComputeType ComputeType { get; init; }

    /// <summary>CPU threads, divided among the processes of the machine; 0 = automatic.</summary>
    public int Threads { get; init; }

    /// <summary>Seed of all random numbers of the run.</summary>
    public long Seed { get; init; } = 1234;

    /// <summary>Steps between two lines on the console. The metrics file contains every step.</summary>
    public long LogEvery { get; init; } = 10;

    /// <summary>Formats in which the run also writes its metrics, beside <c>metrics.jsonl</c>.</summary>
    public LogFormats Logging { get; init; }

    /// <summary>Reads a plan.</summary>
    /// <param name="file">A YAML file.</param>
    /// <param name="overrides">Values that replace those of the file, as <c>section.key=value</c>.</param>
    /// <param name="directory">Directory that relative paths of the plan are relative to; null leaves them unchanged.</param>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="ConfigurationException">The plan is invalid; lists all problems with file, line and column.</exception>
    public static TrainingPlan Load(string file, IEnumerable<string> overrides, string? directory = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (!File.Exists(file)) throw new FileNotFoundException($"There is no plan {file}.{PlanFiles.Suggest(file)}", file);
        return Parse(TextFile.ReadAllText(file), file, overrides, directory);
    }

    /// <summary>Reads a plan from text.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="file">Name of the file in errors.</param>
    /// <param name="overrides">Values that replace those of the text, as <c>section.key=value</c>.</param>
    /// <param name="directory">Directory that relative paths of the plan are relative to; null leaves them unchanged.</param>
    /// <exception cref="ConfigurationException">The plan is invalid; lists all problems with file, line and column.</exception>
    public static TrainingPlan Parse(string yaml, string file, IEnumerable<string> overrides, string? directory = null)
    {
        ArgumentNullException.ThrowIfNull(yaml);
        ArgumentNullException.ThrowIfNull(overrides);
        var document = new PlanDocument(yaml, file, overrides, directory) { Keys = PlanSchema.Keys };
        var plan = (TrainingPlan)PlanSchema.Root.Read(document.Root)!;
        plan = plan with { RunFolder = plan.RunFolder.Replace("{name}", plan.Name, StringComparison.Ordinal) };
        foreach (var problem in plan.FindProblems()) document.Report(problem);
        document.ThrowIfInvalid();
        return plan;
    }

    /// <summary>Returns the whole plan, including defaults and overrides, as YAML that is read as an equal plan.</summary>
    public string ToYaml() => PlanWriter.ToYaml(this);

    /// <summary>Checks a plan that was created or changed in code.</summary>
    /// <exception cref="ConfigurationException">The plan is invalid; lists all problems.</exception>
    public void ThrowIfInvalid() => ConfigurationException.ThrowIfAny([.. FindProblems()]);

    /// <summary>Returns the files and folders that a run of the plan reads, by the keys that name them.</summary>
    public IReadOnlyList<PlanInput> GetInputs() =>
        [.. PlanSchema.Root.GetPaths(this, key: null).Where(input => input.Key != "run")];

    /// <summary>Returns the keys with other values than in an earlier plan.</summary>
    public IReadOnlyList<PlanDifference> DifferencesFrom(TrainingPlan earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        var before = PlanWriter
            .GetEntries(earlier)
            .ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal);
        var after = PlanWriter.GetEntries(this).ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal);
        return
        [
            .. from key in before.Keys.Union(after.Keys)
               let difference = new PlanDifference(key, before.GetValueOrDefault(key), after.GetValueOrDefault(key))
               where difference.Before != difference.After
               select difference,
        ];
    }

    private IEnumerable<ConfigurationProblem> FindProblems() =>
    [
        .. FindNameProblems(),
        .. PlanSchema.Root.FindProblems(this, path: null),
        .. FindLengthProblems(),
        .. Optimizer.FindProblems(Training.Steps),
        .. Optimizer.Freeze.FindProblems(Model),
        .. Sft?.FindProblems() ?? [],
        .. Preference?.FindProblems(this) ?? [],
        .. Grpo?.FindProblems(this) ?? [],
        .. FindLoraProblems(),
        .. FindEpochProblems(),
        .. Samples.FindProblems(),
        .. Safety.FindProblems(),
        .. Evaluation.FindProblems(),
        .. Checkpoints.FindProblems(Evaluation),
        .. IgnoredGuidelines.FindProblems(),
        .. WarmStart?.FindProblems(Training.Steps) ?? [],
    ];

    private IEnumerable<ConfigurationProblem> FindNameProblems()
    {
        if (Name.Length == 0 || Name[0] == '.' || !Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_'))
            yield return new(
                $"name is \"{Name}\"; it names a folder and has letters a–z, digits, dots, dashes and "
                    + "underscores, and no dot first.",
                "name");
    }

    private IEnumerable<ConfigurationProblem> FindLengthProblems()
    {
        if (Training.SequenceLength > Model.MaxSeqLen)
            yield return new(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"training.sequence_length is {Training.SequenceLength}, longer than model.max_seq_len = "
                        + $"{Model.MaxSeqLen}. Use sequence_length: {Model.MaxSeqLen} or max_seq_len: "
                        + $"{Training.SequenceLength}."),
                "training.sequence_length", "model.max_seq_len");
    }

    private IEnumerable<ConfigurationProblem> FindEpochProblems()
    {
        if (Sft is null && Preference is null && Grpo is null && Training.Epochs is not null)
            yield return new(
                "training.epochs is for conversations; windows of running text are sampled indefinitely and have "
                    + "no epochs. Use training.steps.",
                "training.epochs");
    }

    private IEnumerable<ConfigurationProblem> FindLoraProblems()
    {
        if (Lora is null) yield break;
        if (WarmStart is null)
            yield return new(
                "lora adapts trained weights, but the plan starts from random ones. Add warm_start: with a " + "checkpoint.",
                "lora", "warm_start");
        if (WarmStart is { GrowVocabulary: true })
            yield return new(
                "lora does not train the embedding, so the new tokens of warm_start.grow_vocabulary would never "
                    + "be learned. Train all weights, or use grow_vocabulary: false.",
                "warm_start.grow_vocabulary", "lora");
        if (WarmStart is { KeepOptimizer: true })
            yield return new(
                "warm_start.keep_optimizer is true, but a new adapter has no moments. Use keep_optimizer: false.",
                "warm_start.keep_optimizer", "lora");
        if (Optimizer.Kind == OptimizerKind.Muon)
            yield return new(
                "optimizer.kind is muon, which orthogonalizes updates of whole matrices; an adapter is trained by its two "
                    + "factors. Use kind: adamw.",
                "optimizer.kind", "lora");
        if (Optimizer.Freeze.Parts.Count > 0)
            yield return new(
                "optimizer.freeze names weights, but with lora none of them is trained. Remove optimizer.freeze.",
                "optimizer.freeze", "lora");
        // With rank 1, the longer side of A is the input width of the matrix, and that of B its output width.
        var matrices = new LoraConfig(1, Lora.Alpha, targets: Lora.Targets).GetShapes(Model);
        if (matrices.Min(tensor => tensor.Shape.Max()) is var narrowest && Lora.Rank >= narrowest)
            yield return new(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"lora.rank is {Lora.Rank}, but a matrix that it adapts is only {narrowest} wide, so the adapter "
                        + $"would be larger than what it adapts. Use rank: {Math.Max(1, narrowest / 4)}."),
                "lora.rank", "model");
    }
}
