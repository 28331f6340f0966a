using TorchSharp;
using TurkishLlm.Data.Batches;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Tokenization;
using TurkishLlm.Training;

namespace TurkishLlm.Spec.Plans;

/// <summary>
/// The conditions of a run that asks for clearance: device, number type and seed, and its configuration, tokenizer and data.
/// </summary>
public sealed class RunConditions : Conditions
{
    private readonly Lazy<RunConditions> _small;
    private string? _folder;

    /// <summary>
    /// Opens the device, tokenizer and shards of a plan. Throws if one is missing or they do not match: these are errors of the
    /// user, not failed requirements.
    /// </summary>
    /// <param name="plan">The plan of the run.</param>
    /// <exception cref="ConfigurationException">A value of the plan is out of range, or its device is missing.</exception>
    /// <exception cref="IOException">The tokenizer or the shards are not there.</exception>
    /// <exception cref="InvalidDataException">
    /// The tokenizer or a shard is damaged, or the shards were made with another tokenizer.
    /// </exception>
    public RunConditions(TrainingPlan plan)
        : base(DeviceOf(plan), plan.ComputeType.NumberType, plan.Seed)
    {
        Plan = plan;
        _small = new(CreateSmall);
        Tokenizer = Tokenizer.Load(plan.Data.Tokenizer);
        Data = TokenDataset.Open(plan.Data.Shards);
        try
        {
            Data.RequireTokenizer(Tokenizer.Hash);
        }
        catch
        {
            Data.Dispose();
            throw;
        }
    }

    /// <summary>The plan of the run that asks for clearance.</summary>
    public TrainingPlan Plan { get; }

    /// <summary>The plan as a pretraining run: random initial weights, all of them trained, on the text of its shards.</summary>
    public TrainingPlan TextPlan => Plan with
    {
        WarmStart = null, Sft = null, Preference = null, Grpo = null, Lora = null,
        // Text has no epochs, and before the rows are read they have no number of steps.
        Training = Plan.Training with
        {
            Epochs = null, Steps = Math.Max(Plan.Training.Steps, Plan.Optimizer.WarmupSteps + 1),
        },
    };

    /// <summary>Tokenizer of the run.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Shards of the run.</summary>
    public TokenDataset Data { get; }

    /// <inheritdoc/>
    public override bool HasPlan => true;

    /// <summary>
    /// The same conditions with at most 2,048 tokens: the first merges of the tokenizer, and
    /// the first documents of the shards, encoded with them.
    /// </summary>
    public RunConditions WithSmallVocabulary =>
        SmallVocabulary.CountRemovedMerges(Tokenizer) == 0 ? this : _small.Value;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Data.Dispose();
            if (_small.IsValueCreated) _small.Value.Dispose();
            if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
        }
        base.Dispose(disposing);
    }

    private RunConditions CreateSmall()
    {
        _folder = Directory.CreateTempSubdirectory("turkishllm-vocabulary-").FullName;
        return new(SmallVocabulary.Create(this, _folder));
    }

    private static torch.Device DeviceOf(TrainingPlan plan)
    {
        plan.ThrowIfInvalid();
        return TrainingDevice.Resolve(plan);
    }
}
