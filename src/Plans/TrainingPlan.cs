using System.Globalization;
using System.Security.Cryptography;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Model.Lora;
using TurkishLlm.Plans.Guidelines;

namespace TurkishLlm.Plans;

/// <summary>
/// Everything that decides what a training run computes. One plan, one run: the same plan on the same device gives the
/// same weights.
/// </summary>
/// <remarks>
/// Plans come from YAML files by <see cref="Load"/>, which refuses every key it does not know and every value that
/// cannot be. One that was made or changed in code is checked by <see cref="ThrowIfInvalid"/>.
/// </remarks>
public sealed record TrainingPlan
{
    /// <summary>Name of the run; letters, digits, dots, dashes and underscores.</summary>
    public required string Name { get; init; }

    /// <summary>Folder the run writes to.</summary>
    public required string RunFolder { get; init; }

    /// <summary>What is trained.</summary>
    public required ModelConfig Model { get; init; }

    /// <summary>What is read.</summary>
    public required DataPlan Data { get; init; }

    /// <summary>How many steps there are and what one holds.</summary>
    public required BatchingPlan Training { get; init; }

    /// <summary>AdamW and its schedule.</summary>
    public required OptimizerPlan Optimizer { get; init; }

    /// <summary>Measuring the loss on held-out text.</summary>
    public EvaluationPlan Evaluation { get; init; } = new();

    /// <summary>Text written by the model on the way.</summary>
    public SamplePlan Samples { get; init; } = new();

    /// <summary>When the state of training is saved.</summary>
    public CheckpointPlan Checkpoints { get; init; } = new();

    /// <summary>What is done about bad batches and stalled steps.</summary>
    public SafetyPlan Safety { get; init; } = new();

    /// <summary>Locked decisions this plan knowingly contradicts.</summary>
    public IgnoredGuidelinesPlan IgnoredGuidelines { get; init; } = new();

    /// <summary>Weights to begin with; random ones when null.</summary>
    public WarmStartPlan? WarmStart { get; init; }

    /// <summary>Conversations to learn from; null to learn from the running text of the shards.</summary>
    public SftPlan? Sft { get; init; }

    /// <summary>Pairs of answers to learn from; null to learn from conversations or text.</summary>
    public PreferencePlan? Preference { get; init; }

    /// <summary>An adapter that learns in place of the weights; null where they learn.</summary>
    public LoraConfig? Lora { get; init; }

    /// <summary>How many numbers learn: those of the adapter where there is one, else those of the model.</summary>
    public long TrainableParameterCount => Lora?.CountParameters(Model) ?? Model.ParameterCount;

    /// <summary>Operations that a token takes in training. An adapter saves the gradients of the weights it is added to: a third of their products.</summary>
    public double FlopsPerToken
    {
        get
        {
            var products = ComputeCost.TrainingFlopsPerToken(Model, sequenceLength: 0);
            return ComputeCost.TrainingFlopsPerToken(Model, Training.SequenceLength) - (Lora is null ? 0 : products / 3);
        }
    }

    /// <summary>What a loss is a mean over: tokens, or pairs of answers.</summary>
    public string LossUnit => Preference is null ? "nats per token" : "nats per pair";

    /// <summary>Hash of what is in all files of conversations or pairs, as a run cannot go on with other rows; null where it learns from running text.</summary>
    /// <exception cref="IOException">A file is not there.</exception>
    public string? ComputeExamplesHash()
    {
        if ((Sft?.Sources.Select(source => source.Path).Concat(Sft.Gold) ?? Preference?.Files.Concat(Preference.Gold)) is not { } files) return null;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files) hash.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    /// <summary>Where to compute.</summary>
    public DeviceChoice Device { get; init; }

    /// <summary>Number type of matrix products.</summary>
    public ComputeType ComputeType { get; init; }

    /// <summary>Processor threads on a machine, divided among its processes; 0 leaves it to the program.</summary>
    public int Threads { get; init; }

    /// <summary>Every random number of the run comes from here.</summary>
    public long Seed { get; init; } = 1234;

    /// <summary>Steps between two lines on the console. The metrics file has every step.</summary>
    public long LogEvery { get; init; } = 10;

    /// <summary>Reads a plan.</summary>
    /// <param name="file">A YAML file.</param>
    /// <param name="overrides">Values that replace those of the file, as <c>section.key=value</c>.</param>
    /// <param name="directory">What relative paths of the plan are relative to; null leaves them as they are written.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ConfigurationException">The plan cannot be used; tells all problems, with file, line and column.</exception>
    public static TrainingPlan Load(string file, IEnumerable<string> overrides, string? directory = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (!File.Exists(file)) throw new FileNotFoundException($"There is no plan {file}.{SuggestPlan(file)}", file);
        return Parse(File.ReadAllText(file), file, overrides, directory);
    }

    /// <summary>Reads a plan from text.</summary>
    /// <param name="yaml">The text.</param>
    /// <param name="file">Its name in errors.</param>
    /// <param name="overrides">Values that replace those of the text, as <c>section.key=value</c>.</param>
    /// <param name="directory">What relative paths of the plan are relative to; null leaves them as they are written.</param>
    /// <exception cref="ConfigurationException">The plan cannot be used; tells all problems, with file, line and column.</exception>
    public static TrainingPlan Parse(string yaml, string file, IEnumerable<string> overrides, string? directory = null)
    {
        ArgumentNullException.ThrowIfNull(yaml);
        ArgumentNullException.ThrowIfNull(overrides);
        return new PlanReader(new PlanDocument(yaml, file, overrides), directory).Read();
    }

    /// <summary>The whole plan, defaults and overrides included, as YAML that reads back to an equal plan.</summary>
    public string ToYaml() => PlanWriter.ToYaml(this);

    /// <summary>Refuses a plan that was made or changed in code and cannot be used.</summary>
    /// <exception cref="ConfigurationException">Tells all problems.</exception>
    public void ThrowIfInvalid() => ConfigurationException.ThrowIfAny([.. FindProblems()]);

    /// <summary>What this plan says otherwise than an earlier one, key by key.</summary>
    public IReadOnlyList<PlanDifference> DifferencesFrom(TrainingPlan earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        var before = PlanWriter.GetEntries(earlier).ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal);
        var after = PlanWriter.GetEntries(this).ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal);
        return
        [
            .. from key in before.Keys.Union(after.Keys)
               let difference = new PlanDifference(key, before.GetValueOrDefault(key), after.GetValueOrDefault(key))
               where difference.Before != difference.After
               select difference,
        ];
    }

    internal IEnumerable<ConfigurationProblem> FindProblems() =>
    [
        .. FindNameProblems(),
        .. Training.FindProblems(),
        .. FindLengthProblems(),
        .. Optimizer.FindProblems(Training.Steps),
        .. Optimizer.Freeze.FindProblems(Model),
        .. Sft?.FindProblems() ?? [],
        .. Preference?.FindProblems(this) ?? [],
        .. FindLoraProblems(),
        .. FindEpochProblems(),
        .. Evaluation.FindProblems(),
        .. Samples.FindProblems(),
        .. Checkpoints.FindProblems(),
        .. Safety.FindProblems(),
        .. IgnoredGuidelines.FindProblems(),
        .. WarmStart?.FindProblems(Training.Steps) ?? [],
        .. PlanRange.AtLeast(0, Threads, "threads"),
        .. PlanRange.AtLeast(0, Seed, "seed"),
        .. PlanRange.AtLeast(1, LogEvery, "log_every"),
    ];

    private IEnumerable<ConfigurationProblem> FindNameProblems()
    {
        if (Name.Length == 0 || Name[0] == '.' || !Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_'))
            yield return new($"name is \"{Name}\"; it names a folder and has letters a–z, digits, dots, dashes and underscores, and no dot first.", "name");
    }

    private IEnumerable<ConfigurationProblem> FindLengthProblems()
    {
        if (Training.SequenceLength > Model.MaxSeqLen)
            yield return new(
                string.Create(CultureInfo.InvariantCulture, $"training.sequence_length is {Training.SequenceLength}, longer than model.max_seq_len = {Model.MaxSeqLen}. Use sequence_length: {Model.MaxSeqLen} or max_seq_len: {Training.SequenceLength}."),
                "training.sequence_length", "model.max_seq_len");
    }

    private IEnumerable<ConfigurationProblem> FindEpochProblems()
    {
        if (Sft is null && Preference is null && Training.Epochs is not null)
            yield return new("training.epochs is for conversations; windows of running text are drawn for ever and have no epochs. Use training.steps.", "training.epochs");
    }

    private IEnumerable<ConfigurationProblem> FindLoraProblems()
    {
        if (Lora is null) yield break;
        if (WarmStart is null)
            yield return new("lora adapts weights that have learned something, but the plan begins with random ones. Add warm_start: with their checkpoint.", "lora", "warm_start");
        if (WarmStart is { GrowVocabulary: true })
            yield return new("lora leaves the embedding as it is, so the new words of warm_start.grow_vocabulary would never be learned. Train all weights, or use grow_vocabulary: false.", "warm_start.grow_vocabulary", "lora");
        if (WarmStart is { KeepOptimizer: true })
            yield return new("warm_start.keep_optimizer is true, but there are no moments of a new adapter. Use keep_optimizer: false.", "warm_start.keep_optimizer", "lora");
        if (Optimizer.Freeze.Parts.Count > 0)
            yield return new("optimizer.freeze names weights, but with lora none of them moves. Leave optimizer.freeze out.", "optimizer.freeze", "lora");
        if (Lora.GetShapes(Model).Min(tensor => tensor.Shape.Max()) is var narrowest && Lora.Rank >= narrowest)
            yield return new(string.Create(CultureInfo.InvariantCulture, $"lora.rank is {Lora.Rank}, but a matrix that it adapts is only {narrowest} wide, so the adapter would be larger than what it adapts. Use rank: {Math.Max(1, narrowest / 4)}."), "lora.rank", "model");
    }

    private static string SuggestPlan(string file)
    {
        var folder = Path.GetDirectoryName(file) is { Length: > 0 } named ? named : ".";
        if (!Directory.Exists(folder)) return $" There is no folder {folder} either.";
        var plans = Directory.EnumerateFiles(folder, "*.yaml").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal).ToArray();
        return plans.Length == 0 ? "" : SpellingSuggestions.FormatHint(Path.GetFileName(file), plans);
    }
}
