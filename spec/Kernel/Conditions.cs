using TorchSharp;
using TurkishLlm.Data.Batches;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Plans;
using TurkishLlm.Tokenization;
using TurkishLlm.Training;

namespace TurkishLlm.Spec.Kernel;

/// <summary>
/// The conditions under which a requirement is judged: device, number type and seed, and the configuration, tokenizer and data
/// of the run that asks for clearance.
/// </summary>
public sealed class Conditions : IDisposable
{
    private readonly Lock _lock = new();
    private DirectoryInfo? _folder;
    private Conditions? _small;

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
    public Conditions(TrainingPlan plan)
    {
        plan.ThrowIfInvalid();
        Plan = plan;
        Device = TrainingDevice.Resolve(plan.Device);
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
    public TrainingPlan TextPlan => Plan with { WarmStart = null, Sft = null, Preference = null, Lora = null };

    /// <summary>Device of the run.</summary>
    public torch.Device Device { get; }

    /// <summary>Number type of matrix products.</summary>
    public ComputeType ComputeType => Plan.ComputeType;

    /// <summary>Seed of every random number of a requirement.</summary>
    public long Seed => Plan.Seed;

    /// <summary>Model of the run.</summary>
    public ModelConfig Model => Plan.Model;

    /// <summary>Tokenizer of the run.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Shards of the run.</summary>
    public TokenDataset Data { get; }

    /// <summary>
    /// The same conditions with at most <see cref="SmallVocabulary.MaximumSize"/> tokens: the first merges of the tokenizer, and
    /// the first documents of the shards, encoded with them.
    /// </summary>
    internal Conditions WithSmallVocabulary
    {
        get
        {
            if (SmallVocabulary.CountRemovedMerges(Tokenizer) == 0) return this;
            lock (_lock)
            {
                _folder ??= Directory.CreateTempSubdirectory("turkishllm-vocabulary-");
                return _small ??= new(SmallVocabulary.Create(this, _folder.FullName));
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Data.Dispose();
        _small?.Dispose();
        _folder?.Delete(recursive: true);
    }
}
